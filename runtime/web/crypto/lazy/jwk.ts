// JSON Web Keys (Web Cryptography, section 15; RFC 7517). Thread: the isolate's.
import { keys } from "../../idl/primordials.ts";
import { dictionary, sequence, toBoolean, toDOMString } from "../../idl/webidl.ts";
import type { Jwk, KeySlots } from "./algorithm.ts";
import { dataError, operationError } from "./errors.ts";
import { usageNames, usagesOfNames } from "./usages.ts";

const text = { convert: toDOMString };

const toOtherPrimes = dictionary("RsaOtherPrimesInfo", { d: text, r: text, t: text });

/** The dictionary JsonWebKey: its members in the order in which they are read. */
const members = {
  alg: text,
  crv: text,
  d: text,
  dp: text,
  dq: text,
  e: text,
  ext: { convert: toBoolean },
  k: text,
  key_ops: { convert: sequence(toDOMString) },
  kty: text,
  n: text,
  oth: { convert: sequence(toOtherPrimes) },
  p: text,
  q: text,
  qi: text,
  use: text,
  x: text,
  y: text,
};

export const toJsonWebKey = dictionary("JsonWebKey", members) as (
  value: unknown,
  where?: string,
) => Jwk;

const NAMES = keys(members) as (keyof Jwk)[];

/**
 * An exported key as scripts get it: the members of the algorithm, and those that all keys have.
 */
export function finishJwk(jwk: Jwk, key: KeySlots): Jwk {
  const complete: Jwk = { ...jwk, key_ops: usageNames(key.usages), ext: key.extractable };
  const ordered: Record<string, unknown> = {};
  for (let i = 0; i < NAMES.length; i++) {
    const value = complete[NAMES[i]!];
    if (value !== undefined) ordered[NAMES[i]!] = value;
  }
  return ordered as Jwk;
}

/**
 * The checks of a JWK that all algorithms make, in the specification's order: `kty`, `use` (only if
 * there are usages), `key_ops`, `ext`. A DataError for the first that fails.
 */
export function checkJwk(
  jwk: Jwk,
  kty: string,
  use: "sig" | "enc" | undefined,
  extractable: boolean,
  usages: number,
): void {
  if (jwk.kty !== kty) throw dataError(`The JWK's member 'kty' is not '${kty}'.`);
  if (usages !== 0 && use !== undefined && jwk.use !== undefined && jwk.use !== use) {
    throw dataError(`The JWK's member 'use' is not '${use}'.`);
  }
  if (jwk.key_ops !== undefined) {
    const allowed = usagesOfNames(jwk.key_ops);
    if (allowed === undefined) throw dataError("The JWK's member 'key_ops' has a value twice.");
    if ((usages & ~allowed) !== 0) {
      throw dataError("The JWK's member 'key_ops' lacks one of the usages that were asked for.");
    }
  }
  if (jwk.ext === false && extractable) {
    throw dataError("The JWK's member 'ext' says that the key is not extractable.");
  }
}

/**
 * The bytes of a base64url member (RFC 7515: no padding); a DataError if it is absent or malformed.
 */
export function jwkBytes(
  jwk: Jwk,
  member: "d" | "dp" | "dq" | "e" | "k" | "n" | "p" | "q" | "qi" | "x" | "y",
): Uint8Array<ArrayBuffer> {
  const value = jwk[member];
  if (value === undefined) throw dataError(`The JWK has no member '${member}'.`);
  const bytes = ops.decodeBase64Url(value);
  if (bytes === undefined) throw dataError(`The JWK's member '${member}' is not base64url.`);
  return bytes;
}

/** base64url without padding. */
export function encodeBase64Url(bytes: ArrayBuffer | ArrayBufferView): string {
  const text = ops.encodeBase64Url(bytes);
  if (text === undefined) throw operationError("The key is too long for a string.");
  return text;
}
