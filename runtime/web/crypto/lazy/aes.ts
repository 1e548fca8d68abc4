// AES (Web Cryptography, sections 27 to 30): CTR, CBC, GCM and KW. Thread: the isolate's.
import {
  Usage,
  type Algorithm,
  type Data,
  type Jwk,
  type KeySlots,
  type Params,
} from "./algorithm.ts";
import { dataError, operationError, orFail } from "./errors.ts";
import { bytes, noParameters, octet, parameters, required, unsignedShort } from "./normalize.ts";
import { exportSecret, importSecret, secretKey } from "./secret-key.ts";
import { requireUsages } from "./usages.ts";

/** AesKeyGenParams and AesDerivedKeyParams. */
interface LengthParams extends Params {
  readonly length: number;
}

const keyGenParams = parameters<LengthParams>("AesKeyGenParams", {
  length: required(unsignedShort),
});
const derivedKeyParams = parameters<LengthParams>("AesDerivedKeyParams", {
  length: required(unsignedShort),
});

function isKeyLength(bits: number): boolean {
  return bits === 128 || bits === 192 || bits === 256;
}

/** The part that all modes share: keys. `suffix` is the mode in a JWK's `alg`: "A128" + suffix. */
function aesKeys(name: string, suffix: string, usagesOfKeys: number) {
  const jwkName = (bits: number) => `A${bits}${suffix}`;
  return {
    name,

    generateKey(params: LengthParams, extractable: boolean, usages: number): KeySlots {
      requireUsages(usages, usagesOfKeys, name);
      const { length } = params;
      if (!isKeyLength(length)) throw operationError(`AES has no keys of ${length} bits.`);
      return secretKey({ name, length }, ops.randomKey(length >>> 3), extractable, usages);
    },

    importKey: ((format, data, _params, extractable, usages) => {
      requireUsages(usages, usagesOfKeys, name);
      const key = importSecret(format, data, extractable, usages, "enc");
      const length = key.length * 8;
      if (!isKeyLength(length)) throw dataError(`AES has no keys of ${length} bits.`);
      if (format === "jwk") {
        const { alg } = data as Jwk;
        if (alg !== undefined && alg !== jwkName(length)) {
          throw dataError(`The JWK's member 'alg' is not '${jwkName(length)}'.`);
        }
      }
      return secretKey({ name, length }, key, extractable, usages);
    }) as NonNullable<Algorithm["importKey"]>,

    exportKey: ((format, key) =>
      exportSecret(format, key, jwkName(key.algorithm.length!))) as NonNullable<
      Algorithm["exportKey"]
    >,

    getKeyLength(params: LengthParams): number {
      if (!isKeyLength(params.length)) {
        throw operationError(`AES has no keys of ${params.length} bits.`);
      }
      return params.length;
    },
  };
}

const keyParams = {
  generateKey: keyGenParams,
  importKey: noParameters,
  getKeyLength: derivedKeyParams,
};

const CIPHER_USAGES = Usage.Encrypt | Usage.Decrypt | Usage.WrapKey | Usage.UnwrapKey;

interface CtrParams extends Params {
  readonly counter: Uint8Array;
  readonly length: number;
}

const ctrParams = parameters<CtrParams>("AesCtrParams", {
  counter: required(bytes),
  length: required(octet),
});

/** Both directions are the same operation. */
function ctr({ counter, length }: CtrParams, key: KeySlots, data: Data): Promise<ArrayBuffer> {
  if (counter.length !== 16) throw operationError("The counter block of AES-CTR has 16 bytes.");
  if (length === 0 || length > 128) {
    throw operationError("The counter of AES-CTR has a length of 1 to 128 bits.");
  }
  const message = "The data are longer than AES-CTR can encrypt with a counter of this length.";
  return orFail(ops.aesCtr(key.data, counter, length, data), message);
}

export const aesCtr: Algorithm = {
  ...aesKeys("AES-CTR", "CTR", CIPHER_USAGES),
  params: { ...keyParams, encrypt: ctrParams, decrypt: ctrParams },
  encrypt: ctr,
  decrypt: ctr,
};

interface CbcParams extends Params {
  readonly iv: Uint8Array;
}

const cbcParams = parameters<CbcParams>("AesCbcParams", { iv: required(bytes) });

function requireCbcIv({ iv }: CbcParams): void {
  if (iv.length !== 16) throw operationError("The initialization vector of AES-CBC has 16 bytes.");
}

export const aesCbc: Algorithm = {
  ...aesKeys("AES-CBC", "CBC", CIPHER_USAGES),
  params: { ...keyParams, encrypt: cbcParams, decrypt: cbcParams },

  encrypt(params: CbcParams, key, data) {
    requireCbcIv(params);
    return orFail(ops.aesCbc(true, key.data, params.iv, data), "AES-CBC could not encrypt.");
  },

  decrypt(params: CbcParams, key, data) {
    requireCbcIv(params);
    return orFail(
      ops.aesCbc(false, key.data, params.iv, data),
      "The data are not what AES-CBC encrypts with this key and initialization vector.",
    );
  },
};

interface GcmParams extends Params {
  readonly iv: Uint8Array;
  readonly additionalData: Uint8Array | undefined;
  /** Bits. */
  readonly tagLength: number | undefined;
}

const gcmParams = parameters<GcmParams>("AesGcmParams", {
  additionalData: bytes,
  iv: required(bytes),
  tagLength: octet,
});

/** The length of the tag in bytes. */
function gcmTagBytes(params: GcmParams): number {
  const bits = params.tagLength ?? 128;
  if (bits !== 32 && bits !== 64 && !(bits >= 96 && bits <= 128 && bits % 8 === 0)) {
    throw operationError("A tag of AES-GCM has 32, 64, 96, 104, 112, 120 or 128 bits.");
  }
  return bits >>> 3;
}

export const aesGcm: Algorithm = {
  ...aesKeys("AES-GCM", "GCM", CIPHER_USAGES),
  params: { ...keyParams, encrypt: gcmParams, decrypt: gcmParams },

  encrypt(params: GcmParams, key, data) {
    const { iv, additionalData } = params;
    const tag = gcmTagBytes(params);
    return orFail(
      ops.aesGcm(true, key.data, iv, additionalData, tag, data),
      "AES-GCM could not encrypt: an initialization vector or data of this length are not possible.",
    );
  },

  decrypt(params: GcmParams, key, data) {
    const { iv, additionalData } = params;
    const tag = gcmTagBytes(params);
    return orFail(
      ops.aesGcm(false, key.data, iv, additionalData, tag, data),
      "The data, or what goes with them, are not what was encrypted with this key.",
    );
  },
};

export const aesKw: Algorithm = {
  ...aesKeys("AES-KW", "KW", Usage.WrapKey | Usage.UnwrapKey),
  params: { ...keyParams, wrapKey: noParameters, unwrapKey: noParameters },

  wrapKey: (_params: Params, key: KeySlots, data: Data) =>
    orFail(
      ops.aesKeyWrap(true, key.data, data),
      "AES-KW wraps keys of at least 16 bytes, in multiples of 8.",
    ),

  unwrapKey: (_params: Params, key: KeySlots, data: Data) =>
    orFail(ops.aesKeyWrap(false, key.data, data), "The data are no key wrapped with this one."),
};
