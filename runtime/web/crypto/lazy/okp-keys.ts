// Keys on Curve25519 and Curve448, "octet key pairs" in JWK (Web Cryptography, sections 25 and 26; RFC
// 8037): generation, import, export. Material: the public key's octets; for private keys the secret ones
// before them. Thread: the isolate's.
import { KeyEncoding, type KeyKind } from "../../host/ops.ts";
import { copyBytes } from "../../idl/webidl.ts";
import type { Algorithm, Jwk, KeyFormat, KeySlots, Params } from "./algorithm.ts";
import { dataError } from "./errors.ts";
import { checkJwk, encodeBase64Url, jwkBytes } from "./jwk.ts";
import {
  generated,
  imported,
  importedKey,
  keyPair,
  part,
  rawBytes,
  requireImportUsages,
  requirePairUsages,
  requirePrivateUsages,
  requireType,
  type KeyUses,
} from "./key-pair.ts";

export interface OkpCurve {
  /** Of the curve in JWK and of the algorithm. */
  readonly name: string;
  readonly kind: KeyKind;
  /** Bytes of a public key, and of a secret one. */
  readonly size: number;
  /** What `alg` of a JWK may be; the first is what it is at export. Undefined: anything, and nothing. */
  readonly jwkAlgs: readonly [string, string] | undefined;
}

function importJwk(jwk: Jwk, { kind }: OkpCurve) {
  const publicKey = jwkBytes(jwk, "x");
  if (jwk.d === undefined) return ops.importCurveKey(kind, KeyEncoding.Raw, publicKey);
  if (publicKey.length === 0) throw dataError("The JWK's member 'x' is empty.");
  return ops.importCurveSecret(kind, jwkBytes(jwk, "d"), publicKey);
}

/** The operations of keys of the curve's algorithm. */
export function okpKeys(curve: OkpCurve, uses: KeyUses) {
  const { name, kind, size, jwkAlgs } = curve;
  return {
    async generateKey(_params: Params, extractable, usages) {
      requirePairUsages(usages, uses, name);
      requirePrivateUsages(usages, uses);
      const material = generated(await ops.generateCurveKey(kind));
      const publicKey = copyBytes(part(material, size, material.length));
      return keyPair({ name }, publicKey, material, extractable, usages, uses);
    },

    async importKey(format, data, _params: Params, extractable, usages) {
      let isPrivate = format === "pkcs8";
      let result;
      if (format === "jwk") {
        const jwk = data as Jwk;
        isPrivate = jwk.d !== undefined;
        requireImportUsages(isPrivate, usages, uses, name);
        checkJwk(jwk, "OKP", uses.jwk, extractable, usages);
        if (jwk.crv !== name) throw dataError(`The JWK's member 'crv' is not '${name}'.`);
        const { alg } = jwk;
        if (
          jwkAlgs !== undefined &&
          alg !== undefined &&
          alg !== jwkAlgs[0] &&
          alg !== jwkAlgs[1]
        ) {
          throw dataError(`The JWK's member 'alg' is neither '${jwkAlgs[0]}' nor '${jwkAlgs[1]}'.`);
        }
        result = importJwk(jwk, curve);
      } else {
        requireImportUsages(isPrivate, usages, uses, name);
        const encoding =
          format === "raw" ? KeyEncoding.Raw : isPrivate ? KeyEncoding.Pkcs8 : KeyEncoding.Spki;
        result = ops.importCurveKey(kind, encoding, data as Uint8Array);
      }
      const material = imported(await result);
      return importedKey(isPrivate, { name }, material, extractable, usages);
    },

    exportKey(format: KeyFormat, key: KeySlots): ArrayBuffer | Jwk {
      const isPrivate = key.type === "private";
      switch (format) {
        case "raw":
          requireType(key, "public", format);
          return rawBytes(key.data);
        case "spki":
          requireType(key, "public", format);
          return ops.exportCurveKey(kind, KeyEncoding.Spki, key.data);
        case "pkcs8":
          requireType(key, "private", format);
          return ops.exportCurveKey(kind, KeyEncoding.Pkcs8, key.data);
        case "jwk": {
          const x = isPrivate ? size : 0;
          const jwk: Jwk = {
            kty: "OKP",
            crv: name,
            x: encodeBase64Url(part(key.data, x, x + size)),
          };
          if (jwkAlgs !== undefined) jwk.alg = jwkAlgs[0];
          if (isPrivate) jwk.d = encodeBase64Url(part(key.data, 0, size));
          return jwk;
        }
      }
    },
  } satisfies Partial<Algorithm>;
}
