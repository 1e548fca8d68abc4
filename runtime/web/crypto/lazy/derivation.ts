// HKDF and PBKDF2 (Web Cryptography, sections 33 and 34). Thread: the isolate's.
import { copyBytes } from "../../idl/webidl.ts";
import { Usage, type Algorithm, type HashName, type KeySlots, type Params } from "./algorithm.ts";
import { operationError, orFail, usagesError } from "./errors.ts";
import { hashFacts, hashNumber } from "./hashes.ts";
import { bytes, hash, noParameters, parameters, required, unsignedLong } from "./normalize.ts";
import { secretKey, unsupportedFormat } from "./secret-key.ts";
import { requireUsages } from "./usages.ts";

const importKey = (name: string): NonNullable<Algorithm["importKey"]> =>
  function (format, data, _params, extractable, usages): KeySlots {
    if (format !== "raw") throw unsupportedFormat(format);
    requireUsages(usages, Usage.DeriveKey | Usage.DeriveBits, name);
    if (extractable) throw usagesError(`A key for ${name} cannot be extractable.`);
    return secretKey({ name }, copyBytes(data as Uint8Array), false, usages);
  };

/** The length in bytes. */
function requireLength(length: number | null): number {
  if (length === null || length % 8 !== 0) {
    throw operationError("The length has to be a multiple of 8 bits.");
  }
  return length / 8;
}

interface HkdfParams extends Params {
  readonly hash: HashName;
  readonly info: Uint8Array;
  readonly salt: Uint8Array;
}

export const hkdf: Algorithm = {
  name: "HKDF",
  params: {
    deriveBits: parameters<HkdfParams>("HkdfParams", {
      hash: required(hash),
      info: required(bytes),
      salt: required(bytes),
    }),
    importKey: noParameters,
    getKeyLength: noParameters,
  },

  deriveBits(params: HkdfParams, key, length) {
    const size = requireLength(length);
    // RFC 5869, section 2.3.
    if (size > 255 * (hashFacts(params.hash).bits / 8)) {
      throw operationError(
        "HKDF cannot derive so many bits: the most are 255 digests of the hash.",
      );
    }
    return orFail(
      ops.hkdf(hashNumber(params.hash), key.data, params.salt, params.info, size),
      "HKDF failed.",
    );
  },

  importKey: importKey("HKDF"),
  getKeyLength: () => null,
};

/**
 * Iterations, for all of the output, that keep a thread busy for some 15 seconds. The thread cannot
 * be stopped, not even when the app is, and is one of a few that all apps share.
 */
const MOST_ITERATIONS = 1e8;

interface Pbkdf2Params extends Params {
  readonly hash: HashName;
  readonly iterations: number;
  readonly salt: Uint8Array;
}

export const pbkdf2: Algorithm = {
  name: "PBKDF2",
  params: {
    deriveBits: parameters<Pbkdf2Params>("Pbkdf2Params", {
      hash: required(hash),
      iterations: required(unsignedLong),
      salt: required(bytes),
    }),
    importKey: noParameters,
    getKeyLength: noParameters,
  },

  deriveBits(params: Pbkdf2Params, key, length) {
    const size = requireLength(length);
    if (params.iterations === 0) throw operationError("PBKDF2 needs at least one iteration.");
    const { bits } = hashFacts(params.hash);
    const iterations = params.iterations * (((length! + bits - 1) / bits) >>> 0);
    if (iterations > MOST_ITERATIONS) {
      throw operationError(`PBKDF2 would take ${iterations} iterations; the most are 100 million.`);
    }
    return orFail(
      ops.pbkdf2(hashNumber(params.hash), key.data, params.salt, params.iterations, size),
      "PBKDF2 failed.",
    );
  },

  importKey: importKey("PBKDF2"),
  getKeyLength: () => null,
};
