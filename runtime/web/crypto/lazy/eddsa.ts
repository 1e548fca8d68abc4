// Ed25519 (Web Cryptography, section 25), and Ed448 (Secure Curves in the Web Cryptography API), which is
// the same on another curve. Thread: the isolate's.
import { KeyKind } from "../../host/ops.ts";
import { Usage, type Algorithm } from "./algorithm.ts";
import { done, requireKeyType } from "./key-pair.ts";
import { noParameters } from "./normalize.ts";
import { okpKeys, type OkpCurve } from "./okp-keys.ts";

/** EdDSA has its own hash, and no salt. */
const NO_HASH = -1;
const NO_SALT = -1;

function eddsa(curve: OkpCurve): Algorithm {
  const { name, kind } = curve;
  return {
    name,
    params: {
      sign: noParameters,
      verify: noParameters,
      generateKey: noParameters,
      importKey: noParameters,
    },
    ...okpKeys(curve, { public: Usage.Verify, private: Usage.Sign, jwk: "sig" }),

    async sign(_params, key, data) {
      requireKeyType(key, "private");
      const signature = await ops.signWithKey(kind, key.id, key.data, NO_HASH, NO_SALT, data);
      return done(signature, "The signature could not be made.");
    },

    verify(_params, key, signature, data) {
      requireKeyType(key, "public");
      return ops.verifyWithKey(kind, key.id, key.data, NO_HASH, NO_SALT, signature, data);
    },
  };
}

export const ed25519 = eddsa({
  name: "Ed25519",
  kind: KeyKind.Ed25519,
  size: 32,
  jwkAlgs: ["Ed25519", "EdDSA"],
});

export const ed448 = eddsa({
  name: "Ed448",
  kind: KeyKind.Ed448,
  size: 57,
  jwkAlgs: ["Ed448", "EdDSA"],
});
