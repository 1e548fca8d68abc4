// RSA-OAEP (Web Cryptography, section 22). Thread: the isolate's.
import {
  Usage,
  type Algorithm,
  type Data,
  type HashName,
  type KeySlots,
  type Params,
} from "./algorithm.ts";
import { hashNumber } from "./hashes.ts";
import { done, requireKeyType } from "./key-pair.ts";
import { bytes, parameters } from "./normalize.ts";
import { rsaImportParams, rsaKeyGenParams, rsaKeys } from "./rsa-keys.ts";

interface RsaOaepParams extends Params {
  readonly label: Uint8Array | undefined;
}

const oaepParams = parameters<RsaOaepParams>("RsaOaepParams", { label: bytes });

const USES = {
  public: Usage.Encrypt | Usage.WrapKey,
  private: Usage.Decrypt | Usage.UnwrapKey,
  jwk: "enc",
} as const;

const JWK_NAMES: Record<HashName, string> = {
  "SHA-1": "RSA-OAEP",
  "SHA-256": "RSA-OAEP-256",
  "SHA-384": "RSA-OAEP-384",
  "SHA-512": "RSA-OAEP-512",
};

function oaep(encrypt: boolean, { label }: RsaOaepParams, key: KeySlots, data: Data) {
  const hash = hashNumber(key.algorithm.hash!);
  return ops.rsaOaep(encrypt, key.id, key.data, hash, label, data);
}

export const rsaOaep: Algorithm = {
  name: "RSA-OAEP",
  params: {
    encrypt: oaepParams,
    decrypt: oaepParams,
    generateKey: rsaKeyGenParams,
    importKey: rsaImportParams,
  },
  ...rsaKeys("RSA-OAEP", USES, JWK_NAMES),

  async encrypt(params: RsaOaepParams, key, data) {
    requireKeyType(key, "public");
    return done(await oaep(true, params, key, data), "The data are too long for the key.");
  },

  async decrypt(params: RsaOaepParams, key, data) {
    requireKeyType(key, "private");
    return done(
      await oaep(false, params, key, data),
      "The data are not a ciphertext for this key, hash and label.",
    );
  },
};
