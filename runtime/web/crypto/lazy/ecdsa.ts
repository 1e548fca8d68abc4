// ECDSA (Web Cryptography, section 23). Thread: the isolate's.
import { Usage, type Algorithm, type HashName, type Params } from "./algorithm.ts";
import { curveOf, ecKeyGenParams, ecKeyImportParams, ecKeys } from "./ec-keys.ts";
import { hashNumber } from "./hashes.ts";
import { done, requireKeyType } from "./key-pair.ts";
import { hash, parameters, required } from "./normalize.ts";

interface EcdsaParams extends Params {
  readonly hash: HashName;
}

const ecdsaParams = parameters<EcdsaParams>("EcdsaParams", { hash: required(hash) });

const NO_SALT = -1;

export const ecdsa: Algorithm = {
  name: "ECDSA",
  params: {
    sign: ecdsaParams,
    verify: ecdsaParams,
    generateKey: ecKeyGenParams,
    importKey: ecKeyImportParams,
  },
  ...ecKeys("ECDSA", { public: Usage.Verify, private: Usage.Sign, jwk: "sig" }, true),

  async sign(params: EcdsaParams, key, data) {
    requireKeyType(key, "private");
    const { kind } = curveOf(key);
    const digest = hashNumber(params.hash);
    const signature = await ops.signWithKey(kind, key.id, key.data, digest, NO_SALT, data);
    return done(signature, "The signature could not be made.");
  },

  verify(params: EcdsaParams, key, signature, data) {
    requireKeyType(key, "public");
    const { kind } = curveOf(key);
    const digest = hashNumber(params.hash);
    return ops.verifyWithKey(kind, key.id, key.data, digest, NO_SALT, signature, data);
  },
};
