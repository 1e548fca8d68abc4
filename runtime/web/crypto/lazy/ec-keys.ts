// Keys on the NIST curves, which ECDSA and ECDH have in common (Web Cryptography, sections 23 and 24):
// generation, import, export. Material: an uncompressed point; for private keys the scalar before it.
// Thread: the isolate's.
import { KeyEncoding, KeyKind } from "../../host/ops.ts";
import { concatenate } from "../../idl/bytes.ts";
import { copyBytes } from "../../idl/webidl.ts";
import type { Algorithm, Jwk, KeyFormat, KeySlots, Params } from "./algorithm.ts";
import { dataError, notSupported } from "./errors.ts";
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
  type Material,
} from "./key-pair.ts";
import { domString, parameters, required } from "./normalize.ts";

/** EcKeyGenParams and EcKeyImportParams, which have the same members. */
export interface EcKeyParams extends Params {
  readonly namedCurve: string;
}

export const ecKeyGenParams = parameters<EcKeyParams>("EcKeyGenParams", {
  namedCurve: required(domString),
});
export const ecKeyImportParams = parameters<EcKeyParams>("EcKeyImportParams", {
  namedCurve: required(domString),
});

export interface NistCurve {
  readonly name: string;
  readonly kind: KeyKind;
  /** Bytes of a coordinate, and of a scalar. */
  readonly size: number;
  /** `alg` of a JWK for ECDSA. */
  readonly jwkAlg: string;
}

const curves: readonly NistCurve[] = [
  { name: "P-256", kind: KeyKind.P256, size: 32, jwkAlg: "ES256" },
  { name: "P-384", kind: KeyKind.P384, size: 48, jwkAlg: "ES384" },
  { name: "P-521", kind: KeyKind.P521, size: 66, jwkAlg: "ES512" },
];

function findCurve(name: string): NistCurve | undefined {
  for (let i = 0; i < curves.length; i++) {
    if (curves[i]!.name === name) return curves[i];
  }
  return undefined;
}

/** The curve of a key. */
export function curveOf(key: KeySlots): NistCurve {
  return findCurve(key.algorithm.namedCurve!)!;
}

// Not from a list: that would be iterated over.
const UNCOMPRESSED = new Uint8Array(1);
UNCOMPRESSED[0] = 4;

/** The public key of a JWK as an uncompressed point (RFC 7518, section 6.2.1). */
function jwkPoint(jwk: Jwk, { size }: NistCurve): Material {
  const x = jwkBytes(jwk, "x");
  const y = jwkBytes(jwk, "y");
  if (x.length !== size || y.length !== size) {
    throw dataError(`The JWK's members 'x' and 'y' are not ${size} bytes long each.`);
  }
  return concatenate([UNCOMPRESSED, x, y], 1 + 2 * size);
}

function importJwk(jwk: Jwk, curve: NistCurve) {
  const point = jwkPoint(jwk, curve);
  if (jwk.d === undefined) return ops.importCurveKey(curve.kind, KeyEncoding.Raw, point);
  const scalar = jwkBytes(jwk, "d");
  if (scalar.length !== curve.size) {
    throw dataError(`The JWK's member 'd' is not ${curve.size} bytes long.`);
  }
  return ops.importCurveSecret(curve.kind, scalar, point);
}

const ENCODINGS = {
  raw: KeyEncoding.Raw,
  spki: KeyEncoding.Spki,
  pkcs8: KeyEncoding.Pkcs8,
} as const;

/** The operations of keys of one of the algorithms; ECDSA looks at `alg` of JWKs. */
export function ecKeys(name: string, uses: KeyUses, checksJwkAlg: boolean) {
  function requireCurve(namedCurve: string): NistCurve {
    const curve = findCurve(namedCurve);
    if (curve === undefined) throw dataError(`${name} has no curve '${namedCurve}'.`);
    return curve;
  }

  return {
    async generateKey({ namedCurve }: EcKeyParams, extractable, usages) {
      requirePairUsages(usages, uses, name);
      const curve = findCurve(namedCurve);
      if (curve === undefined) throw notSupported(`${name} has no curve '${namedCurve}'.`);
      requirePrivateUsages(usages, uses);
      const material = generated(await ops.generateCurveKey(curve.kind));
      const point = copyBytes(part(material, curve.size, material.length));
      return keyPair({ name, namedCurve }, point, material, extractable, usages, uses);
    },

    async importKey(format, data, params: EcKeyParams, extractable, usages) {
      const { namedCurve } = params;
      let isPrivate = format === "pkcs8";
      let result;
      if (format === "jwk") {
        const jwk = data as Jwk;
        isPrivate = jwk.d !== undefined;
        requireImportUsages(isPrivate, usages, uses, name);
        checkJwk(jwk, "EC", uses.jwk, extractable, usages);
        if (jwk.crv !== namedCurve) {
          throw dataError(`The JWK's member 'crv' is not '${namedCurve}'.`);
        }
        const curve = requireCurve(namedCurve);
        if (checksJwkAlg && jwk.alg !== undefined && jwk.alg !== curve.jwkAlg) {
          throw dataError(`The JWK's member 'alg' is not '${curve.jwkAlg}'.`);
        }
        result = importJwk(jwk, curve);
      } else {
        if (format === "raw") requireCurve(namedCurve);
        requireImportUsages(isPrivate, usages, uses, name);
        const { kind } = requireCurve(namedCurve);
        result = ops.importCurveKey(kind, ENCODINGS[format], data as Uint8Array);
      }
      const material = imported(await result);
      return importedKey(isPrivate, { name, namedCurve }, material, extractable, usages);
    },

    exportKey(format: KeyFormat, key: KeySlots): ArrayBuffer | Jwk {
      const { kind, size } = curveOf(key);
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
          const x = (isPrivate ? size : 0) + UNCOMPRESSED.length;
          const jwk: Jwk = {
            kty: "EC",
            crv: key.algorithm.namedCurve!,
            x: encodeBase64Url(part(key.data, x, x + size)),
            y: encodeBase64Url(part(key.data, x + size, x + 2 * size)),
          };
          if (isPrivate) jwk.d = encodeBase64Url(part(key.data, 0, size));
          return jwk;
        }
      }
    },
  } satisfies Partial<Algorithm>;
}
