// deriveBits of ECDH, X25519 and X448, which differ in their curves only (Web Cryptography, sections 24 and
// 26). Thread: the isolate's.
import type { KeyKind } from "../../host/ops.ts";
import { Usage, type KeySlots, type Params } from "./algorithm.ts";
import { keySlots, toCryptoKey } from "./crypto-key.ts";
import { accessError, operationError } from "./errors.ts";
import { done, requireKeyType } from "./key-pair.ts";
import { parameters, required } from "./normalize.ts";

export interface EcdhKeyDeriveParams extends Params {
  /** The peer's key. */
  readonly public: KeySlots;
}

export const keyDeriveParams = parameters<EcdhKeyDeriveParams>("EcdhKeyDeriveParams", {
  public: required({ convert: toCryptoKey, finish: keySlots }),
});

export const AGREEMENT_USES = {
  public: Usage.None,
  private: Usage.DeriveKey | Usage.DeriveBits,
  jwk: "enc",
} as const;

/** `size` is that of the secret in bytes, `length` what is wanted of it in bits; null: all. */
export async function agree(
  kind: KeyKind,
  size: number,
  key: KeySlots,
  peer: KeySlots,
  length: number | null,
): Promise<ArrayBuffer> {
  requireKeyType(key, "private");
  requireKeyType(peer, "public");
  if (peer.algorithm.name !== key.algorithm.name) {
    throw accessError(`The public key is one for ${peer.algorithm.name}.`);
  }
  if (peer.algorithm.namedCurve !== key.algorithm.namedCurve) {
    throw accessError(`The public key is on the curve ${peer.algorithm.namedCurve}.`);
  }
  const bits = length ?? size * 8;
  if (bits > size * 8) {
    throw operationError(`The shared secret has ${size * 8} bits, fewer than ${bits}.`);
  }
  const secret = await ops.agreeKeys(kind, key.id, key.data, peer.id, peer.data, bits);
  return done(secret, "The public key has no usable secret in common with any other.");
}
