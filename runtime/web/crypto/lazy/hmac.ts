// HMAC (Web Cryptography, section 31). Thread: the isolate's.
import {
  Usage,
  type Algorithm,
  type Data,
  type HashName,
  type Jwk,
  type KeyFormat,
  type KeySlots,
  type Params,
} from "./algorithm.ts";
import { dataError, operationError } from "./errors.ts";
import { hashFacts, hashNumber } from "./hashes.ts";
import { hash, noParameters, parameters, required, unsignedLong } from "./normalize.ts";
import { exportSecret, importSecret, secretKey } from "./secret-key.ts";
import { requireUsages } from "./usages.ts";

/** HmacImportParams and HmacKeyGenParams, which have the same members. */
interface HmacParams extends Params {
  readonly hash: HashName;
  /** Bits. */
  readonly length: number | undefined;
}

const keyGenParams = parameters<HmacParams>("HmacKeyGenParams", {
  hash: required(hash),
  length: unsignedLong,
});
const importParams = parameters<HmacParams>("HmacImportParams", {
  hash: required(hash),
  length: unsignedLong,
});

const USAGES = Usage.Sign | Usage.Verify;

/** What is generated at most, at once: a megabyte. */
const MOST_BITS = 8 * 2 ** 20;

/** The names of `alg` in a JWK. */
const JWK_NAMES: Record<HashName, string> = {
  "SHA-1": "HS1",
  "SHA-256": "HS256",
  "SHA-384": "HS384",
  "SHA-512": "HS512",
};

/** The first `length` bits: those of the last byte that do not belong to them become 0. */
function truncate(data: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  const rest = length % 8;
  if (rest !== 0) data[data.length - 1]! &= 0xff << (8 - rest);
  return data;
}

function hmacKey(
  { hash: name }: HmacParams,
  length: number,
  data: Uint8Array<ArrayBuffer>,
  extractable: boolean,
  usages: number,
): KeySlots {
  const algorithm = { name: "HMAC", length, hash: name };
  return secretKey(algorithm, truncate(data, length), extractable, usages);
}

export const hmac: Algorithm = {
  name: "HMAC",
  params: {
    sign: noParameters,
    verify: noParameters,
    generateKey: keyGenParams,
    importKey: importParams,
    getKeyLength: importParams,
  },

  sign: (_params, key, data) => ops.hmac(hashNumber(key.algorithm.hash!), key.data, data),

  verify: (_params: Params, key: KeySlots, signature: Data, data: Data) =>
    ops.hmacVerify(hashNumber(key.algorithm.hash!), key.data, signature, data),

  generateKey(params: HmacParams, extractable, usages) {
    requireUsages(usages, USAGES, "HMAC");
    const length = params.length ?? hashFacts(params.hash).block;
    if (length === 0) throw operationError("An HMAC key cannot have a length of 0 bits.");
    if (length > MOST_BITS) {
      throw operationError(`An HMAC key of ${length} bits is more than any hash has use for.`);
    }
    const data = ops.randomKey((length + 7) >>> 3);
    return hmacKey(params, length, data, extractable, usages);
  },

  importKey(format, data, params: HmacParams, extractable, usages) {
    requireUsages(usages, USAGES, "HMAC");
    const bytes = importSecret(format, data, extractable, usages, "sig");
    if (format === "jwk") {
      const { alg } = data as Jwk;
      if (alg !== undefined && alg !== JWK_NAMES[params.hash]) {
        throw dataError(`The JWK's member 'alg' is not '${JWK_NAMES[params.hash]}'.`);
      }
    }
    const present = bytes.length * 8;
    if (present === 0) throw dataError("An HMAC key cannot be empty.");
    const length = params.length ?? present;
    if (length > present || length <= present - 8) {
      throw dataError(
        `The HMAC key has ${present} bits, which does not fit a length of ${length}.`,
      );
    }
    return hmacKey(params, length, bytes, extractable, usages);
  },

  exportKey: (format: KeyFormat, key: KeySlots) =>
    exportSecret(format, key, JWK_NAMES[key.algorithm.hash!]),

  getKeyLength(params: HmacParams) {
    if (params.length === 0) throw new TypeError("An HMAC key cannot have a length of 0 bits.");
    return params.length ?? hashFacts(params.hash).block;
  },
};
