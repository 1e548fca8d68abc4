// X25519 (Web Cryptography, section 26), and X448 (Secure Curves in the Web Cryptography API), which is the
// same on another curve. Thread: the isolate's.
import { KeyKind } from "../../host/ops.ts";
import type { Algorithm } from "./algorithm.ts";
import {
  AGREEMENT_USES,
  agree,
  keyDeriveParams,
  type EcdhKeyDeriveParams,
} from "./key-agreement.ts";
import { noParameters } from "./normalize.ts";
import { okpKeys, type OkpCurve } from "./okp-keys.ts";

function montgomery(curve: OkpCurve): Algorithm {
  const { name, kind, size } = curve;
  return {
    name,
    params: {
      deriveBits: keyDeriveParams,
      generateKey: noParameters,
      importKey: noParameters,
    },
    ...okpKeys(curve, AGREEMENT_USES),

    deriveBits: (params: EcdhKeyDeriveParams, key, length) =>
      agree(kind, size, key, params.public, length),
  };
}

export const x25519 = montgomery({
  name: "X25519",
  kind: KeyKind.X25519,
  size: 32,
  jwkAlgs: undefined,
});

export const x448 = montgomery({
  name: "X448",
  kind: KeyKind.X448,
  size: 56,
  jwkAlgs: undefined,
});
