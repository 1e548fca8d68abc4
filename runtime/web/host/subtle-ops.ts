// The native ops of crypto.subtle (runtime/ops/subtle_*.cc), typed. A part of ops.ts, through which
// everybody else gets at it.

export const enum SubtleHash {
  Sha1 = 0,
  Sha256 = 1,
  Sha384 = 2,
  Sha512 = 3,
}

type Bytes = ArrayBuffer | ArrayBufferView;
/** Large work is done on another thread. */
type Soon<T> = T | Promise<T>;

/**
 * The symmetric half of crypto.subtle. Keys and parameters have the sizes that their algorithms ask
 * for: the callers check that. Undefined: the operation failed (a tag or padding that is wrong,
 * data that are too long).
 */
export interface SubtleOps {
  digest(hash: SubtleHash, data: Bytes): Soon<ArrayBuffer>;
  hmac(hash: SubtleHash, key: Uint8Array, data: Bytes): Soon<ArrayBuffer>;
  /** In constant time. */
  hmacVerify(hash: SubtleHash, key: Uint8Array, signature: Bytes, data: Bytes): Soon<boolean>;

  /** The tag is the end of what is encrypted. */
  aesGcm(
    encrypt: boolean,
    key: Uint8Array,
    iv: Uint8Array,
    additionalData: Uint8Array | undefined,
    tagBytes: number,
    data: Bytes,
  ): Soon<ArrayBuffer | undefined>;
  aesCbc(
    encrypt: boolean,
    key: Uint8Array,
    iv: Uint8Array,
    data: Bytes,
  ): Soon<ArrayBuffer | undefined>;
  /** `bits` at the end of the block are the counter; the others stay as they are. */
  aesCtr(
    key: Uint8Array,
    block: Uint8Array,
    bits: number,
    data: Bytes,
  ): Soon<ArrayBuffer | undefined>;
  /** AES-KW (RFC 3394). */
  aesKeyWrap(wrap: boolean, key: Uint8Array, data: Bytes): Soon<ArrayBuffer | undefined>;

  hkdf(
    hash: SubtleHash,
    key: Uint8Array,
    salt: Uint8Array,
    info: Uint8Array,
    bytes: number,
  ): Soon<ArrayBuffer | undefined>;
  pbkdf2(
    hash: SubtleHash,
    password: Uint8Array,
    salt: Uint8Array,
    iterations: number,
    bytes: number,
  ): Soon<ArrayBuffer | undefined>;

  /** Throws if the system's generator fails. */
  randomKey(bytes: number): Uint8Array<ArrayBuffer>;
  /** Undefined if the lengths differ. */
  timingSafeEqual(
    a: ArrayBufferLike | ArrayBufferView,
    b: ArrayBufferLike | ArrayBufferView,
  ): boolean | undefined;
  /** Without padding. Undefined if it were longer than strings can be. */
  encodeBase64Url(bytes: Bytes): string | undefined;
  /** Undefined for anything but base64url without padding. */
  decodeBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined;
}

/** A kind of asymmetric key: a curve, or RSA. */
export const enum KeyKind {
  P256 = 0,
  P384 = 1,
  P521 = 2,
  Ed25519 = 3,
  X25519 = 4,
  Ed448 = 5,
  X448 = 6,
  Rsa = 7,
}

/** How key data are encoded: SubjectPublicKeyInfo, PrivateKeyInfo, the octets of a public key. */
export const enum KeyEncoding {
  Spki = 0,
  Pkcs8 = 1,
  Raw = 2,
}

/**
 * The asymmetric half of crypto.subtle. Keys are given as their material (curve.h and rsa_key.h in
 * runtime/native/crypto/), and to operations with their `id` (KeySlots.id), under which they are kept parsed;
 * with undefined they are not kept. Imports give a string, what is wrong with the key data, if they
 * fail; other operations undefined.
 */
export interface SubtleKeyOps {
  /** The material, the modulus's bits and the public exponent without leading zeros. */
  importRsaKey(isPrivate: boolean, data: Bytes): RsaKeyFacts | string;
  /** The same from magnitudes: n and e; for private keys d, p, q, dp, dq and qi as well. */
  importRsaNumbers(isPrivate: boolean, ...numbers: Bytes[]): RsaKeyFacts | string;
  /** p, q, dp, dq and qi of a key. */
  recoverRsaPrimes(n: Bytes, e: Bytes, d: Bytes): Soon<Uint8Array<ArrayBuffer>[] | undefined>;
  /** The magnitudes of a key, in that order. */
  rsaNumbers(isPrivate: boolean, material: Uint8Array): ArrayBuffer[];
  /** Whether the size and the public exponent are such that keys can be generated with them. */
  canGenerateRsaKey(modulusLength: number, publicExponent: Uint8Array): boolean;
  generateRsaKey(
    modulusLength: number,
    publicExponent: Uint8Array,
  ): Soon<[publicKey: Uint8Array<ArrayBuffer>, privateKey: Uint8Array<ArrayBuffer>] | undefined>;

  /** The material. */
  importCurveKey(
    kind: KeyKind,
    encoding: KeyEncoding,
    data: Bytes,
  ): Soon<Uint8Array<ArrayBuffer> | string>;
  /**
   * The material of a private key from its secret octets; fails if its public key is another one.
   */
  importCurveSecret(
    kind: KeyKind,
    secret: Uint8Array,
    publicKey: Uint8Array,
  ): Soon<Uint8Array<ArrayBuffer> | string>;
  exportCurveKey(
    kind: KeyKind,
    encoding: KeyEncoding.Spki | KeyEncoding.Pkcs8,
    material: Uint8Array,
  ): ArrayBuffer;
  /** The private key's material, which ends with the public key's. */
  generateCurveKey(kind: KeyKind): Soon<Uint8Array<ArrayBuffer> | undefined>;

  /** `hash` is -1 for EdDSA, `saltLength` for all but RSA-PSS. */
  signWithKey(
    kind: KeyKind,
    id: number | undefined,
    privateKey: Uint8Array,
    hash: SubtleHash | -1,
    saltLength: number,
    data: Bytes,
  ): Soon<ArrayBuffer | undefined>;
  verifyWithKey(
    kind: KeyKind,
    id: number | undefined,
    publicKey: Uint8Array,
    hash: SubtleHash | -1,
    saltLength: number,
    signature: Bytes,
    data: Bytes,
  ): Soon<boolean>;
  rsaOaep(
    encrypt: boolean,
    id: number | undefined,
    key: Uint8Array,
    hash: SubtleHash,
    label: Uint8Array | undefined,
    data: Bytes,
  ): Soon<ArrayBuffer | undefined>;
  /** So many first bits of the shared secret, which has them. */
  agreeKeys(
    kind: KeyKind,
    id: number | undefined,
    privateKey: Uint8Array,
    publicId: number | undefined,
    publicKey: Uint8Array,
    bits: number,
  ): Soon<ArrayBuffer | undefined>;
}

export type RsaKeyFacts = [
  material: Uint8Array<ArrayBuffer>,
  modulusLength: number,
  publicExponent: Uint8Array<ArrayBuffer>,
];
