// SHA-1 and SHA-2 (Web Cryptography, section 32), and what other algorithms need to know of them.
// Thread: the isolate's.
import { SubtleHash } from "../../host/ops.ts";
import type { Algorithm, Data, HashName, Params } from "./algorithm.ts";
import { noParameters } from "./normalize.ts";

interface HashFacts {
  readonly number: SubtleHash;
  /** Bits of a digest. */
  readonly bits: number;
  /** Bits of a block of input: the default length of an HMAC key. */
  readonly block: number;
}

const facts: Record<HashName, HashFacts> = {
  "SHA-1": { number: SubtleHash.Sha1, bits: 160, block: 512 },
  "SHA-256": { number: SubtleHash.Sha256, bits: 256, block: 512 },
  "SHA-384": { number: SubtleHash.Sha384, bits: 384, block: 1024 },
  "SHA-512": { number: SubtleHash.Sha512, bits: 512, block: 1024 },
};

export function hashFacts(name: HashName): HashFacts {
  return facts[name];
}

/** The number by which native ops know a hash. */
export function hashNumber(name: HashName): SubtleHash {
  return facts[name].number;
}

function sha(name: HashName): Algorithm {
  const { number } = facts[name];
  return {
    name,
    params: { digest: noParameters },
    digest: (_params: Params, data: Data) => ops.digest(number, data),
  };
}

export const sha1 = sha("SHA-1");
export const sha256 = sha("SHA-256");
export const sha384 = sha("SHA-384");
export const sha512 = sha("SHA-512");
