// Keys that are a string of bits: what AES, HMAC and the key derivations have in common.
// Thread: the isolate's.
import { copyBytes, viewBuffer } from "../../idl/webidl.ts";
import type { Jwk, KeyAlgorithm, KeyFormat, KeySlots } from "./algorithm.ts";
import { notSupported } from "./errors.ts";
import { checkJwk, encodeBase64Url, jwkBytes } from "./jwk.ts";

export function secretKey(
  algorithm: KeyAlgorithm,
  data: Uint8Array<ArrayBuffer>,
  extractable: boolean,
  usages: number,
): KeySlots {
  return { type: "secret", extractable, algorithm, usages, data };
}

/**
 * The bits of a key that is imported as raw or jwk ("oct"), a copy.
 * @param jwkUse what `use` has to be.
 */
export function importSecret(
  format: KeyFormat,
  data: Uint8Array | Jwk,
  extractable: boolean,
  usages: number,
  jwkUse: "sig" | "enc",
): Uint8Array<ArrayBuffer> {
  if (format === "raw") return copyBytes(data as Uint8Array);
  if (format !== "jwk") throw unsupportedFormat(format);
  checkJwk(data as Jwk, "oct", jwkUse, extractable, usages);
  return jwkBytes(data as Jwk, "k");
}

/** The key as raw or jwk; `alg` is the latter's name of the algorithm. */
export function exportSecret(format: KeyFormat, key: KeySlots, alg: string): ArrayBuffer | Jwk {
  if (format === "raw") return viewBuffer(copyBytes(key.data)) as ArrayBuffer;
  if (format === "jwk") return { kty: "oct", k: encodeBase64Url(key.data), alg };
  throw unsupportedFormat(format);
}

export function unsupportedFormat(format: KeyFormat) {
  return notSupported(`Keys of this kind have no format '${format}'.`);
}
