// RSASSA-PKCS1-v1_5 and RSA-PSS (Web Cryptography, sections 20 and 21). Thread: the isolate's.
import { KeyKind } from "../../host/ops.ts";
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
import { noParameters, parameters, required, unsignedLong } from "./normalize.ts";
import { rsaImportParams, rsaKeyGenParams, rsaKeys } from "./rsa-keys.ts";

const SIGNATURE_USES = { public: Usage.Verify, private: Usage.Sign, jwk: "sig" } as const;

/** Stands for the length of the salt where there is none. */
const NO_SALT = -1;

async function sign(key: KeySlots, saltLength: number, data: Data): Promise<ArrayBuffer> {
  requireKeyType(key, "private");
  const { id, data: material, algorithm } = key;
  const hash = hashNumber(algorithm.hash!);
  return done(
    await ops.signWithKey(KeyKind.Rsa, id, material, hash, saltLength, data),
    "The key is too short for a signature with this hash and this length of salt.",
  );
}

function verify(key: KeySlots, saltLength: number, signature: Data, data: Data) {
  requireKeyType(key, "public");
  const { id, data: material, algorithm } = key;
  const hash = hashNumber(algorithm.hash!);
  return ops.verifyWithKey(KeyKind.Rsa, id, material, hash, saltLength, signature, data);
}

const RSASSA = "RSASSA-PKCS1-v1_5";
const RSASSA_JWK_NAMES: Record<HashName, string> = {
  "SHA-1": "RS1",
  "SHA-256": "RS256",
  "SHA-384": "RS384",
  "SHA-512": "RS512",
};

export const rsassaPkcs1: Algorithm = {
  name: RSASSA,
  params: {
    sign: noParameters,
    verify: noParameters,
    generateKey: rsaKeyGenParams,
    importKey: rsaImportParams,
  },
  ...rsaKeys(RSASSA, SIGNATURE_USES, RSASSA_JWK_NAMES),

  sign: (_params, key, data) => sign(key, NO_SALT, data),
  verify: (_params, key, signature, data) => verify(key, NO_SALT, signature, data),
};

interface RsaPssParams extends Params {
  /** Bytes. */
  readonly saltLength: number;
}

const pssParams = parameters<RsaPssParams>("RsaPssParams", { saltLength: required(unsignedLong) });

const PSS_JWK_NAMES: Record<HashName, string> = {
  "SHA-1": "PS1",
  "SHA-256": "PS256",
  "SHA-384": "PS384",
  "SHA-512": "PS512",
};

export const rsaPss: Algorithm = {
  name: "RSA-PSS",
  params: {
    sign: pssParams,
    verify: pssParams,
    generateKey: rsaKeyGenParams,
    importKey: rsaImportParams,
  },
  ...rsaKeys("RSA-PSS", SIGNATURE_USES, PSS_JWK_NAMES),

  sign: (params: RsaPssParams, key, data) => sign(key, params.saltLength, data),
  verify: (params: RsaPssParams, key, signature, data) =>
    verify(key, params.saltLength, signature, data),
};
