// Keys as bytes: what exportKey, wrapKey, importKey and unwrapKey share. Thread: the isolate's.
import { parseJson, stringifyJson } from "../../idl/primordials.ts";
import {
  bytesOf,
  enumeration,
  isArrayBuffer,
  isArrayBufferView,
  isObject,
  toBufferSource,
} from "../../idl/webidl.ts";
import type { Data, Jwk, KeyFormat, KeySlots } from "./algorithm.ts";
import { createKey, type CryptoKey } from "./crypto-key.ts";
import { accessError, dataError, notSupported, usagesError } from "./errors.ts";
import { finishJwk, toJsonWebKey } from "./jwk.ts";
import type { Normalized } from "./normalize.ts";
import { findAlgorithm } from "./registry.ts";

export const toKeyFormat = enumeration("KeyFormat", ["raw", "spki", "pkcs8", "jwk"]);

export type KeyData = Data | Jwk;

/** (BufferSource or JsonWebKey). */
export function toKeyData(value: unknown, where?: string): KeyData {
  if (isArrayBufferView(value) || isArrayBuffer(value)) return toBufferSource(value, where);
  return toJsonWebKey(value, where);
}

/** A TypeError unless key data are of the kind that the format asks for. */
export function requireKeyData(format: KeyFormat, data: KeyData): Uint8Array | Jwk {
  const isBytes = isArrayBufferView(data) || isArrayBuffer(data);
  if (format === "jwk") {
    if (isBytes) throw new TypeError("A key in the format 'jwk' is a JsonWebKey, not bytes.");
    return data;
  }
  if (!isBytes) {
    throw new TypeError(`A key in the format '${format}' is bytes in an ArrayBuffer or a view.`);
  }
  return bytesOf(data);
}

/** "The operation" of importKey and what follows it: the key, ready for scripts. */
export async function importKey(
  { algorithm, params }: Normalized,
  format: KeyFormat,
  data: Uint8Array | Jwk,
  extractable: boolean,
  usages: number,
): Promise<CryptoKey> {
  const key = await algorithm.importKey!(format, data, params, extractable, usages);
  if (key.type !== "public" && usages === 0) throw missingUsages(key.type);
  return createKey(key);
}

export function missingUsages(type: string) {
  return usagesError(`A ${type} key needs usages.`);
}

/** The checks of exportKey and wrapKey, and the operation. */
export async function exportKey(format: KeyFormat, key: KeySlots): Promise<ArrayBuffer | Jwk> {
  const { name } = key.algorithm;
  const algorithm = findAlgorithm(name);
  if (algorithm?.exportKey === undefined) {
    throw notSupported(`Keys for ${name} cannot be exported.`);
  }
  if (!key.extractable) throw accessError("The key is not extractable.");
  const exported = await algorithm.exportKey(format, key);
  return format === "jwk" ? finishJwk(exported as Jwk, key) : (exported as ArrayBuffer);
}

/**
 * A JWK as UTF-8, with spaces at its end if its length has to be a multiple of `block` bytes: the
 * specification leaves it to implementations to adapt the text to what the wrapping algorithm can
 * take.
 */
export function serializeJwk(jwk: Jwk, block: number): Uint8Array<ArrayBuffer> {
  let text = stringifyJson(jwk);
  while (ops.utf8Length(text) % block !== 0) text += " ";
  return ops.encodeUtf8(text);
}

/** "Parse a JWK" (section 14.3). */
export function parseJwk(bytes: ArrayBuffer): Jwk {
  let parsed: unknown;
  try {
    parsed = parseJson(ops.decodeUtf8(bytes, false, false));
  } catch {
    throw dataError("The unwrapped key is not JSON.");
  }
  // As in a new realm: what scripts put into Object.prototype is no part of the key.
  if (isObject(parsed)) parsed = { __proto__: null, ...parsed };
  let jwk: Jwk;
  try {
    jwk = toJsonWebKey(parsed);
  } catch {
    throw dataError("The unwrapped key is not a JSON Web Key.");
  }
  if (jwk.kty === undefined) throw dataError("The unwrapped JWK has no member 'kty'.");
  return jwk;
}
