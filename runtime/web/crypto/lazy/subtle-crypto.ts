// SubtleCrypto (Web Cryptography, section 14): the methods, as far as they do not depend on the
// algorithm.
//
// They are async functions: whatever is thrown rejects the promise, as Web IDL says. Up to their
// first await they run within the call, which is where identifiers are normalized and data are
// read. Thread: the isolate's.
import {
  INTERNAL,
  defineInterface,
  illegalConstructor,
  isArrayBuffer,
  nullable,
  requireArguments,
  toAllowSharedBufferSource,
  toBoolean,
  toBufferSource,
  toUnsignedLong,
} from "../../idl/webidl.ts";
import { requireRandomness } from "../crypto.ts";
import {
  Usage,
  type Awaitable,
  type Data,
  type Jwk,
  type KeyPairSlots,
  type KeySlots,
} from "./algorithm.ts";
import { createKey, keySlots, toCryptoKey, type CryptoKey } from "./crypto-key.ts";
import { accessError } from "./errors.ts";
import { normalize, toIdentifier, type AlgorithmIdentifier, type Normalized } from "./normalize.ts";
import { toUsages, usageNames, type KeyUsage } from "./usages.ts";
import {
  exportKey,
  importKey,
  missingUsages,
  parseJwk,
  requireKeyData,
  serializeJwk,
  toKeyData,
  toKeyFormat,
} from "./wrapping.ts";

const toLength = nullable(toUnsignedLong);

/** Converts an argument; messages say "parameter N". */
function at(where: string, parameter: number): string {
  return `${where}: parameter ${parameter}`;
}

/**
 * The key's slots, if it is one for the algorithm and has the usage: else an InvalidAccessError.
 */
function requireKey(key: CryptoKey, { algorithm }: Normalized, usage: Usage): KeySlots {
  const slots = keySlots(key);
  if (slots.algorithm.name !== algorithm.name) {
    throw accessError(`The key is one for ${slots.algorithm.name}, not for ${algorithm.name}.`);
  }
  if ((slots.usages & usage) === 0) {
    throw accessError(`The key does not have the usage '${usageNames(usage)[0]}'.`);
  }
  return slots;
}

/** wrapKey and unwrapKey, or what does their work for algorithms without them. */
function normalizeWrapping(
  own: "wrapKey" | "unwrapKey",
  instead: "encrypt" | "decrypt",
  identifier: AlgorithmIdentifier,
): Normalized {
  try {
    return normalize(own, identifier);
  } catch {
    return normalize(instead, identifier);
  }
}

/** AES-KW wraps multiples of 8 bytes. */
function payloadBlock({ algorithm }: Normalized): number {
  return algorithm.wrapKey === undefined ? 1 : 8;
}

/** encrypt, decrypt and sign. */
function useKey(
  operation: "encrypt" | "decrypt" | "sign",
  usage: Usage,
  present: number,
  algorithm: AlgorithmIdentifier,
  key: CryptoKey,
  data: Data,
): Awaitable<ArrayBuffer> {
  const where = `Failed to execute '${operation}' on 'SubtleCrypto'`;
  requireArguments(present, 3, where);
  const identifier = toIdentifier(algorithm, at(where, 1));
  const cryptoKey = toCryptoKey(key, at(where, 2));
  const bytes = toBufferSource(data, at(where, 3));
  const normalized = normalize(operation, identifier);
  const slots = requireKey(cryptoKey, normalized, usage);
  return normalized.algorithm[operation]!(normalized.params, slots, bytes);
}

export class SubtleCrypto {
  #brand = undefined;

  constructor(key?: unknown) {
    illegalConstructor(key);
  }

  async encrypt(algorithm: AlgorithmIdentifier, key: CryptoKey, data: Data): Promise<ArrayBuffer> {
    void this.#brand;
    return await useKey("encrypt", Usage.Encrypt, arguments.length, algorithm, key, data);
  }

  async decrypt(algorithm: AlgorithmIdentifier, key: CryptoKey, data: Data): Promise<ArrayBuffer> {
    void this.#brand;
    return await useKey("decrypt", Usage.Decrypt, arguments.length, algorithm, key, data);
  }

  async sign(algorithm: AlgorithmIdentifier, key: CryptoKey, data: Data): Promise<ArrayBuffer> {
    void this.#brand;
    return await useKey("sign", Usage.Sign, arguments.length, algorithm, key, data);
  }

  async verify(
    algorithm: AlgorithmIdentifier,
    key: CryptoKey,
    signature: Data,
    data: Data,
  ): Promise<boolean> {
    void this.#brand;
    const where = "Failed to execute 'verify' on 'SubtleCrypto'";
    requireArguments(arguments.length, 4, where);
    const identifier = toIdentifier(algorithm, at(where, 1));
    const cryptoKey = toCryptoKey(key, at(where, 2));
    const signatureBytes = toBufferSource(signature, at(where, 3));
    const bytes = toBufferSource(data, at(where, 4));
    const normalized = normalize("verify", identifier);
    const slots = requireKey(cryptoKey, normalized, Usage.Verify);
    return await normalized.algorithm.verify!(normalized.params, slots, signatureBytes, bytes);
  }

  async digest(algorithm: AlgorithmIdentifier, data: Data): Promise<ArrayBuffer> {
    void this.#brand;
    const where = "Failed to execute 'digest' on 'SubtleCrypto'";
    requireArguments(arguments.length, 2, where);
    const identifier = toIdentifier(algorithm, at(where, 1));
    const bytes = toBufferSource(data, at(where, 2));
    const normalized = normalize("digest", identifier);
    return await normalized.algorithm.digest!(normalized.params, bytes);
  }

  async generateKey(
    algorithm: AlgorithmIdentifier,
    extractable: boolean,
    keyUsages: KeyUsage[],
  ): Promise<CryptoKey | { publicKey: CryptoKey; privateKey: CryptoKey }> {
    void this.#brand;
    const where = "Failed to execute 'generateKey' on 'SubtleCrypto'";
    requireArguments(arguments.length, 3, where);
    const identifier = toIdentifier(algorithm, at(where, 1));
    const exportable = toBoolean(extractable);
    const usages = toUsages(keyUsages, at(where, 3));
    const normalized = normalize("generateKey", identifier);
    requireRandomness("crypto.subtle.generateKey()");
    const result = await normalized.algorithm.generateKey!(normalized.params, exportable, usages);
    if ("data" in result) {
      if (usages === 0) throw missingUsages(result.type);
      return createKey(result);
    }
    const { publicKey, privateKey }: KeyPairSlots = result;
    if (privateKey.usages === 0) throw missingUsages("private");
    return { publicKey: createKey(publicKey), privateKey: createKey(privateKey) };
  }

  async deriveKey(
    algorithm: AlgorithmIdentifier,
    baseKey: CryptoKey,
    derivedKeyType: AlgorithmIdentifier,
    extractable: boolean,
    keyUsages: KeyUsage[],
  ): Promise<CryptoKey> {
    void this.#brand;
    const where = "Failed to execute 'deriveKey' on 'SubtleCrypto'";
    requireArguments(arguments.length, 5, where);
    const identifier = toIdentifier(algorithm, at(where, 1));
    const cryptoKey = toCryptoKey(baseKey, at(where, 2));
    const derivedIdentifier = toIdentifier(derivedKeyType, at(where, 3));
    const exportable = toBoolean(extractable);
    const usages = toUsages(keyUsages, at(where, 5));
    const normalized = normalize("deriveBits", identifier);
    const derived = normalize("importKey", derivedIdentifier);
    const sized = normalize("getKeyLength", derivedIdentifier);
    const slots = requireKey(cryptoKey, normalized, Usage.DeriveKey);
    const length = sized.algorithm.getKeyLength!(sized.params);
    const secret = await normalized.algorithm.deriveBits!(normalized.params, slots, length);
    return await importKey(derived, "raw", new Uint8Array(secret), exportable, usages);
  }

  async deriveBits(
    algorithm: AlgorithmIdentifier,
    baseKey: CryptoKey,
    length: number | null = null,
  ): Promise<ArrayBuffer> {
    void this.#brand;
    const where = "Failed to execute 'deriveBits' on 'SubtleCrypto'";
    requireArguments(arguments.length, 2, where);
    const identifier = toIdentifier(algorithm, at(where, 1));
    const cryptoKey = toCryptoKey(baseKey, at(where, 2));
    const bits = toLength(length, at(where, 3));
    const normalized = normalize("deriveBits", identifier);
    const slots = requireKey(cryptoKey, normalized, Usage.DeriveBits);
    return await normalized.algorithm.deriveBits!(normalized.params, slots, bits);
  }

  async importKey(
    format: "raw" | "spki" | "pkcs8" | "jwk",
    keyData: Data | Jwk,
    algorithm: AlgorithmIdentifier,
    extractable: boolean,
    keyUsages: KeyUsage[],
  ): Promise<CryptoKey> {
    void this.#brand;
    const where = "Failed to execute 'importKey' on 'SubtleCrypto'";
    requireArguments(arguments.length, 5, where);
    const keyFormat = toKeyFormat(format, at(where, 1));
    const given = toKeyData(keyData, at(where, 2));
    const identifier = toIdentifier(algorithm, at(where, 3));
    const exportable = toBoolean(extractable);
    const usages = toUsages(keyUsages, at(where, 5));
    const normalized = normalize("importKey", identifier);
    const data = requireKeyData(keyFormat, given);
    return await importKey(normalized, keyFormat, data, exportable, usages);
  }

  async exportKey(
    format: "raw" | "spki" | "pkcs8" | "jwk",
    key: CryptoKey,
  ): Promise<ArrayBuffer | Jwk> {
    void this.#brand;
    const where = "Failed to execute 'exportKey' on 'SubtleCrypto'";
    requireArguments(arguments.length, 2, where);
    const keyFormat = toKeyFormat(format, at(where, 1));
    const cryptoKey = toCryptoKey(key, at(where, 2));
    return await exportKey(keyFormat, keySlots(cryptoKey));
  }

  async wrapKey(
    format: "raw" | "spki" | "pkcs8" | "jwk",
    key: CryptoKey,
    wrappingKey: CryptoKey,
    wrapAlgorithm: AlgorithmIdentifier,
  ): Promise<ArrayBuffer> {
    void this.#brand;
    const where = "Failed to execute 'wrapKey' on 'SubtleCrypto'";
    requireArguments(arguments.length, 4, where);
    const keyFormat = toKeyFormat(format, at(where, 1));
    const cryptoKey = toCryptoKey(key, at(where, 2));
    const wrapping = toCryptoKey(wrappingKey, at(where, 3));
    const identifier = toIdentifier(wrapAlgorithm, at(where, 4));
    const normalized = normalizeWrapping("wrapKey", "encrypt", identifier);
    const slots = requireKey(wrapping, normalized, Usage.WrapKey);
    const exported = await exportKey(keyFormat, keySlots(cryptoKey));
    const bytes = isArrayBuffer(exported)
      ? exported
      : serializeJwk(exported, payloadBlock(normalized));
    const { algorithm, params } = normalized;
    return await (algorithm.wrapKey ?? algorithm.encrypt)!(params, slots, bytes);
  }

  async unwrapKey(
    format: "raw" | "spki" | "pkcs8" | "jwk",
    wrappedKey: Data,
    unwrappingKey: CryptoKey,
    unwrapAlgorithm: AlgorithmIdentifier,
    unwrappedKeyAlgorithm: AlgorithmIdentifier,
    extractable: boolean,
    keyUsages: KeyUsage[],
  ): Promise<CryptoKey> {
    void this.#brand;
    const where = "Failed to execute 'unwrapKey' on 'SubtleCrypto'";
    requireArguments(arguments.length, 7, where);
    const keyFormat = toKeyFormat(format, at(where, 1));
    const wrapped = toBufferSource(wrappedKey, at(where, 2));
    const unwrapping = toCryptoKey(unwrappingKey, at(where, 3));
    const identifier = toIdentifier(unwrapAlgorithm, at(where, 4));
    const keyIdentifier = toIdentifier(unwrappedKeyAlgorithm, at(where, 5));
    const exportable = toBoolean(extractable);
    const usages = toUsages(keyUsages, at(where, 7));
    const normalized = normalizeWrapping("unwrapKey", "decrypt", identifier);
    const keyNormalized = normalize("importKey", keyIdentifier);
    const slots = requireKey(unwrapping, normalized, Usage.UnwrapKey);
    const { algorithm, params } = normalized;
    const bytes = await (algorithm.unwrapKey ?? algorithm.decrypt)!(params, slots, wrapped);
    const data = keyFormat === "jwk" ? parseJwk(bytes) : new Uint8Array(bytes);
    return await importKey(keyNormalized, keyFormat, data, exportable, usages);
  }

  /** Not of the specification: as Workers have it. */
  timingSafeEqual(
    a: ArrayBufferLike | ArrayBufferView,
    b: ArrayBufferLike | ArrayBufferView,
  ): boolean {
    void this.#brand;
    const where = "Failed to execute 'timingSafeEqual' on 'SubtleCrypto'";
    requireArguments(arguments.length, 2, where);
    return timingSafeEqual(a, b, where);
  }
}

/** Compares bytes in a time that does not depend on them; a TypeError if there are not as many. */
export function timingSafeEqual(a: unknown, b: unknown, where: string): boolean {
  const equal = ops.timingSafeEqual(
    toAllowSharedBufferSource(a, at(where, 1)),
    toAllowSharedBufferSource(b, at(where, 2)),
  );
  if (equal === undefined) throw new TypeError(`${where}: the lengths in bytes differ.`);
  return equal;
}

defineInterface(SubtleCrypto, "SubtleCrypto", { length: 0 });

export const subtle = new SubtleCrypto(INTERNAL);
