// RSA keys, which RSASSA-PKCS1-v1_5, RSA-PSS and RSA-OAEP have in common (Web Cryptography, sections 20 to
// 22): generation, import, export. Their material is DER. Thread: the isolate's.
import type { RsaKeyFacts } from "../../host/ops.ts";
import { copyBytes, toBufferSource, toUint8Array } from "../../idl/webidl.ts";
import type { Algorithm, HashName, Jwk, KeyFormat, KeySlots, Params } from "./algorithm.ts";
import { dataError, operationError } from "./errors.ts";
import { checkJwk, encodeBase64Url, jwkBytes } from "./jwk.ts";
import {
  generated,
  imported,
  importedKey,
  keyPair,
  rawBytes,
  requireImportUsages,
  requireJwkAlg,
  requirePairUsages,
  requirePrivateUsages,
  requireType,
  unsupportedFormat,
  type KeyUses,
} from "./key-pair.ts";
import { hash, parameters, required, unsignedLong } from "./normalize.ts";

interface RsaHashedKeyGenParams extends Params {
  readonly modulusLength: number;
  readonly publicExponent: Uint8Array<ArrayBuffer>;
  readonly hash: HashName;
}

interface RsaHashedImportParams extends Params {
  readonly hash: HashName;
}

/** BigInteger, which is a Uint8Array, not of shared memory: a copy. */
const bigInteger = {
  convert: (value: unknown, where?: string) => toBufferSource(toUint8Array(value, where), where),
  finish: copyBytes,
};

export const rsaKeyGenParams = parameters<RsaHashedKeyGenParams>("RsaHashedKeyGenParams", {
  modulusLength: required(unsignedLong),
  publicExponent: required(bigInteger),
  hash: required(hash),
});

export const rsaImportParams = parameters<RsaHashedImportParams>("RsaHashedImportParams", {
  hash: required(hash),
});

/** Members of a JWK that hold a key's numbers, in the order of the native ops. */
const PUBLIC_MEMBERS = ["n", "e"] as const;
const PRIVATE_MEMBERS = ["n", "e", "d", "p", "q", "dp", "dq", "qi"] as const;

async function importJwk(jwk: Jwk, isPrivate: boolean): Promise<RsaKeyFacts | string> {
  const n = jwkBytes(jwk, "n");
  const e = jwkBytes(jwk, "e");
  if (!isPrivate) return ops.importRsaNumbers(false, n, e);
  if (jwk.oth !== undefined) {
    throw dataError("RSA keys with more than two primes are not supported.");
  }
  const d = jwkBytes(jwk, "d");
  const { p, q, dp, dq, qi } = jwk;
  // All of the others are there, or none (RFC 7518, section 6.3.2).
  if (
    p === undefined &&
    q === undefined &&
    dp === undefined &&
    dq === undefined &&
    qi === undefined
  ) {
    const primes = await ops.recoverRsaPrimes(n, e, d);
    if (primes === undefined) return "The private exponent does not belong to the public key.";
    return ops.importRsaNumbers(
      true,
      n,
      e,
      d,
      primes[0]!,
      primes[1]!,
      primes[2]!,
      primes[3]!,
      primes[4]!,
    );
  }
  return ops.importRsaNumbers(
    true,
    n,
    e,
    d,
    jwkBytes(jwk, "p"),
    jwkBytes(jwk, "q"),
    jwkBytes(jwk, "dp"),
    jwkBytes(jwk, "dq"),
    jwkBytes(jwk, "qi"),
  );
}

/** The operations of keys of one of the algorithms; `jwkNames` are its names in JWK, by the hash. */
export function rsaKeys(name: string, uses: KeyUses, jwkNames: Record<HashName, string>) {
  return {
    async generateKey(params: RsaHashedKeyGenParams, extractable, usages) {
      requirePairUsages(usages, uses, name);
      const { modulusLength, publicExponent } = params;
      if (!ops.canGenerateRsaKey(modulusLength, publicExponent)) {
        throw operationError(
          "RSA keys have 512 to 16384 bits and an odd public exponent of 3 or more.",
        );
      }
      requirePrivateUsages(usages, uses);
      const pair = generated(await ops.generateRsaKey(modulusLength, publicExponent));
      const algorithm = { name, modulusLength, publicExponent, hash: params.hash };
      return keyPair(algorithm, pair[0], pair[1], extractable, usages, uses);
    },

    async importKey(format, data, params: RsaHashedImportParams, extractable, usages) {
      if (format === "raw") throw unsupportedFormat(format, name);
      let isPrivate = format === "pkcs8";
      let facts: RsaKeyFacts | string;
      if (format === "jwk") {
        const jwk = data as Jwk;
        isPrivate = jwk.d !== undefined;
        requireImportUsages(isPrivate, usages, uses, name);
        checkJwk(jwk, "RSA", uses.jwk, extractable, usages);
        requireJwkAlg(jwk, jwkNames[params.hash]);
        facts = await importJwk(jwk, isPrivate);
      } else {
        requireImportUsages(isPrivate, usages, uses, name);
        facts = ops.importRsaKey(isPrivate, data as Uint8Array);
      }
      const key = imported(facts);
      const algorithm = {
        name,
        modulusLength: key[1],
        publicExponent: key[2],
        hash: params.hash,
      };
      return importedKey(isPrivate, algorithm, key[0], extractable, usages);
    },

    exportKey(format: KeyFormat, key: KeySlots): ArrayBuffer | Jwk {
      if (format === "raw") throw unsupportedFormat(format, name);
      const isPrivate = key.type === "private";
      if (format === "jwk") {
        const jwk: Jwk = { kty: "RSA", alg: jwkNames[key.algorithm.hash!] };
        const numbers = ops.rsaNumbers(isPrivate, key.data);
        const members = isPrivate ? PRIVATE_MEMBERS : PUBLIC_MEMBERS;
        for (let i = 0; i < members.length; i++) jwk[members[i]!] = encodeBase64Url(numbers[i]!);
        return jwk;
      }
      requireType(key, format === "spki" ? "public" : "private", format);
      return rawBytes(key.data);
    },
  } satisfies Partial<Algorithm>;
}
