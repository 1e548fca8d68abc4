// What an algorithm of Web Cryptography is to the rest of this group: a module exports one
// Algorithm object, registry.ts lists it, subtle-crypto.ts does everything that the specification
// does outside of "the operation": normalization, usages and extractability checks, copies,
// promises, CryptoKey objects.
//
// How a new algorithm is written (hmac.ts is a small example):
// - `params` says, for each operation that is supported, which dictionary its parameters are
//   converted to (normalize.ts). An operation without an entry is not supported. Values arrive
//   normalized: buffer sources as copies (Uint8Array), hashes as HashName, dictionaries complete.
// - Operations get KeySlots, never CryptoKey objects, and give KeySlots. They run synchronously up
//   to their first native op, which reads the caller's `data` in place: no copy is needed, and none
//   may be read after an await.
// - Native ops (runtime/ops/subtle_work.h) give their result at once when the work is small, or a
//   promise of it when it runs on another thread; `await` takes both. They give undefined where the
//   cryptographic operation failed: the module turns that into the error that the specification
//   names (errors.ts). So each operation may be an async function or a plain one.
// - Keys are bytes (KeySlots.data): the state of an app may become a startup snapshot at any time,
//   and no native object survives that. Native code parses them when it needs them; KeySlots.id
//   lets it cache what it parsed, for an isolate, after boot.
//
// Thread: the isolate's.
import type { Converter } from "../../idl/webidl.ts";

/**
 * Operations that identifiers are normalized for (section 18.4.4), by the names of Algorithm's
 * methods.
 */
export type Operation =
  | "encrypt"
  | "decrypt"
  | "sign"
  | "verify"
  | "digest"
  | "generateKey"
  | "importKey"
  | "deriveBits"
  | "getKeyLength"
  | "wrapKey"
  | "unwrapKey";

export type KeyType = "public" | "private" | "secret";
export type KeyFormat = "raw" | "spki" | "pkcs8" | "jwk";

/** Sets of KeyUsage; the bits are in the order of the enumeration in the specification. */
export const enum Usage {
  None = 0,
  Encrypt = 1,
  Decrypt = 2,
  Sign = 4,
  Verify = 8,
  DeriveKey = 16,
  DeriveBits = 32,
  WrapKey = 64,
  UnwrapKey = 128,
}

/** Native ops know them by numbers: hashNumber() in hashes.ts. */
export type HashName = "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512";

/** A normalized algorithm: at least its registered name, in the specification's spelling. */
export interface Params {
  readonly name: string;
}

/**
 * [[algorithm]] of a key. Never shown to scripts as it is: CryptoKey.algorithm makes an object of
 * its own in which `hash` is `{ name }` and `publicExponent` is a copy. Its members in the order of
 * the specification's dictionaries.
 */
export interface KeyAlgorithm {
  readonly name: string;
  /** AES and HMAC: bits. */
  readonly length?: number;
  /** RSA: bits. */
  readonly modulusLength?: number;
  /** RSA: big-endian. */
  readonly publicExponent?: Uint8Array<ArrayBuffer>;
  /** HMAC and RSA. */
  readonly hash?: HashName;
  /** EC: "P-256", … */
  readonly namedCurve?: string;
}

/** The internal slots of a CryptoKey. Immutable. */
export interface KeySlots {
  readonly type: KeyType;
  readonly extractable: boolean;
  readonly algorithm: KeyAlgorithm;
  /** A set of Usage bits. */
  readonly usages: number;
  /**
   * The material, in a form that the algorithm chooses and keeps: raw octets of secret keys, DER of
   * SubjectPublicKeyInfo or PrivateKeyInfo, raw octets of X25519's and Ed25519's keys. Never handed
   * out.
   */
  readonly data: Uint8Array<ArrayBuffer>;
  /**
   * A number of this key's alone within its isolate, for native caches of parsed keys: createKey()
   * assigns it (modules leave it out), and clones share it with their original.
   */
  readonly id?: number;
}

export interface KeyPairSlots {
  readonly publicKey: KeySlots;
  readonly privateKey: KeySlots;
}

/** JsonWebKey as the dictionary conversion leaves it: absent members are undefined. */
export interface Jwk {
  kty?: string;
  use?: string;
  key_ops?: string[];
  alg?: string;
  ext?: boolean;
  crv?: string;
  x?: string;
  y?: string;
  d?: string;
  n?: string;
  e?: string;
  p?: string;
  q?: string;
  dp?: string;
  dq?: string;
  qi?: string;
  oth?: { r?: string; d?: string; t?: string }[];
  k?: string;
}

export type Awaitable<T> = T | Promise<T>;

/** Bytes that belong to the caller: to be read before the operation's first await only. */
export type Data = ArrayBuffer | ArrayBufferView;

/** How an identifier is converted to the parameters of one algorithm's operation. */
export interface ParamsType<P extends Params> {
  readonly convert: Converter<P>;
  /** After all members are converted, what section 18.4.4, step 10, does with each, in order. */
  readonly finish: readonly [member: string, finish: (value: never) => unknown][];
}

/**
 * A registered algorithm. Methods' parameters are declared with the types that the entry of
 * `params` gives them. All of them throw (or reject with) the DOMExceptions of errors.ts and
 * nothing else.
 */
export interface Algorithm {
  readonly name: string;
  /** How identifiers for an operation are converted; absent: not supported. */
  readonly params: { readonly [O in Operation]?: ParamsType<Params> };

  encrypt?(params: Params, key: KeySlots, data: Data): Awaitable<ArrayBuffer>;
  decrypt?(params: Params, key: KeySlots, data: Data): Awaitable<ArrayBuffer>;
  sign?(params: Params, key: KeySlots, data: Data): Awaitable<ArrayBuffer>;
  verify?(params: Params, key: KeySlots, signature: Data, data: Data): Awaitable<boolean>;
  digest?(params: Params, data: Data): Awaitable<ArrayBuffer>;

  /** Checks `usages` (SyntaxError for one that is not the algorithm's) before anything else. */
  generateKey?(
    params: Params,
    extractable: boolean,
    usages: number,
  ): Awaitable<KeySlots | KeyPairSlots>;
  /**
   * `data` is the caller's bytes for raw, spki and pkcs8 (copy what is kept), a Jwk for jwk. The
   * caller checks afterwards that secret and private keys have usages. NotSupportedError for a
   * format that is not the algorithm's.
   */
  importKey?(
    format: KeyFormat,
    data: Uint8Array | Jwk,
    params: Params,
    extractable: boolean,
    usages: number,
  ): Awaitable<KeySlots>;
  /**
   * Bytes, or for jwk the members that belong to the algorithm: `key_ops` and `ext` are added by
   * the caller.
   */
  exportKey?(format: KeyFormat, key: KeySlots): Awaitable<ArrayBuffer | Jwk>;

  /** `length` in bits; null: the algorithm's own. */
  deriveBits?(params: Params, key: KeySlots, length: number | null): Awaitable<ArrayBuffer>;
  /** "Get key length" of deriveKey: bits; null: what the derivation gives. */
  getKeyLength?(params: Params): number | null;

  /** Where absent, encrypt and decrypt do it. */
  wrapKey?(params: Params, key: KeySlots, data: Data): Awaitable<ArrayBuffer>;
  unwrapKey?(params: Params, key: KeySlots, data: Data): Awaitable<ArrayBuffer>;
}
