// ECDH (Web Cryptography, section 24). Thread: the isolate's.
import type { Algorithm } from "./algorithm.ts";
import { curveOf, ecKeyGenParams, ecKeyImportParams, ecKeys } from "./ec-keys.ts";
import {
  AGREEMENT_USES,
  agree,
  keyDeriveParams,
  type EcdhKeyDeriveParams,
} from "./key-agreement.ts";

export const ecdh: Algorithm = {
  name: "ECDH",
  params: {
    deriveBits: keyDeriveParams,
    generateKey: ecKeyGenParams,
    importKey: ecKeyImportParams,
  },
  ...ecKeys("ECDH", AGREEMENT_USES, false),

  async deriveBits(params: EcdhKeyDeriveParams, key, length) {
    const { kind, size } = curveOf(key);
    return agree(kind, size, key, params.public, length);
  },
};
