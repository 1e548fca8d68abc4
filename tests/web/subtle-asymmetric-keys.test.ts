// crypto.subtle with public keys: import, export, generation, and key data that must be refused with the
// error that the specification names. What Web Platform Tests check already is not repeated.
import { assert, test } from "./harness.ts";
import {
  EC_JWK,
  ED25519_JWK,
  RSA_JWK,
  concat,
  fromBase64Url,
  hex,
  publicJwk,
  toHex,
} from "./subtle-vectors.ts";

const { subtle } = crypto;
const RSASSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const PSS = { name: "RSA-PSS", hash: "SHA-384" };
const OAEP = { name: "RSA-OAEP", hash: "SHA-1" };
const ECDSA = { name: "ECDSA", namedCurve: "P-256" };
const DATA_ERROR = { name: "DataError" };

type Given = Uint8Array<ArrayBuffer> | object;

function importKey(
  format: KeyFormat,
  data: Given,
  algorithm: object | string,
  usages: KeyUsage[],
  extractable = true,
): Promise<CryptoKey> {
  return subtle.importKey(
    format as "raw",
    data as BufferSource,
    algorithm as Algorithm,
    extractable,
    usages,
  );
}

async function refuses(
  format: KeyFormat,
  data: Given,
  algorithm: object | string,
  usages: KeyUsage[],
  message: RegExp,
): Promise<void> {
  await assert.rejects(importKey(format, data, algorithm, usages), { name: "DataError", message });
}

test("subtle keys: RSA in every format, with all its facts", async () => {
  const key = await importKey("jwk", RSA_JWK, RSASSA, ["sign"]);
  const algorithm = key.algorithm as RsaHashedKeyAlgorithm;
  assert.deepEqual(Object.keys(algorithm), ["name", "modulusLength", "publicExponent", "hash"]);
  assert.equal(algorithm.modulusLength, 2048);
  assert.deepEqual(algorithm.publicExponent, new Uint8Array([1, 0, 1]));
  assert.deepEqual(algorithm.hash, { name: "SHA-256" });
  const jwk = await subtle.exportKey("jwk", key);
  assert.deepEqual(jwk, { ...RSA_JWK, alg: "RS256", key_ops: ["sign"], ext: true });

  const pkcs8 = await subtle.exportKey("pkcs8", key);
  const again = await importKey("pkcs8", new Uint8Array(pkcs8), RSASSA, ["sign"]);
  assert.deepEqual(await subtle.exportKey("jwk", again), jwk);

  const publicKey = await importKey("jwk", publicJwk(RSA_JWK), RSASSA, ["verify"]);
  const spki = await subtle.exportKey("spki", publicKey);
  assert.equal(spki.byteLength, 294);
  const other = await importKey("spki", new Uint8Array(spki), PSS, []);
  assert.deepEqual(await subtle.exportKey("jwk", other), {
    ...publicJwk(RSA_JWK),
    alg: "PS384",
    key_ops: [],
    ext: true,
  });
});

test("subtle keys: formats belong to types", async () => {
  const access = { name: "InvalidAccessError" };
  const unsupported = { name: "NotSupportedError" };
  const rsa = await importKey("jwk", RSA_JWK, RSASSA, ["sign"]);
  const rsaPublic = await importKey("jwk", publicJwk(RSA_JWK), RSASSA, []);
  await assert.rejects(subtle.exportKey("spki", rsa), access);
  await assert.rejects(subtle.exportKey("pkcs8", rsaPublic), access);
  await assert.rejects(subtle.exportKey("raw", rsaPublic), unsupported);
  await assert.rejects(importKey("raw", new Uint8Array(8), RSASSA, []), unsupported);
  for (const [jwk, algorithm] of [
    [EC_JWK, ECDSA],
    [ED25519_JWK, "Ed25519"],
  ] as const) {
    const privateKey = await importKey("jwk", jwk, algorithm, ["sign"]);
    const publicKey = await importKey("jwk", publicJwk(jwk), algorithm, []);
    await assert.rejects(subtle.exportKey("raw", privateKey), access);
    await assert.rejects(subtle.exportKey("spki", privateKey), access);
    await assert.rejects(subtle.exportKey("pkcs8", publicKey), access);
  }
});

test("subtle keys: what an export gives belongs to the caller", async () => {
  for (const [jwk, algorithm] of [
    [RSA_JWK, RSASSA],
    [EC_JWK, ECDSA],
    [ED25519_JWK, "Ed25519"],
  ] as const) {
    const key = await importKey("jwk", publicJwk(jwk), algorithm, ["verify"]);
    const spki = await subtle.exportKey("spki", key);
    const before = toHex(spki);
    new Uint8Array(spki).fill(0);
    structuredClone(spki, { transfer: [spki] });
    assert.equal(toHex(await subtle.exportKey("spki", key)), before);
  }
  const raw = hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  const key = await importKey("raw", raw, "Ed25519", ["verify"]);
  raw.fill(0);
  assert.equal((await subtle.exportKey("jwk", key)).x, ED25519_JWK.x);
});

test("subtle keys: usages come first", async () => {
  const syntax = { name: "SyntaxError" };
  const junk = new Uint8Array([1, 2, 3]);
  await assert.rejects(importKey("spki", junk, RSASSA, ["sign"]), syntax);
  await assert.rejects(importKey("pkcs8", junk, RSASSA, ["verify"]), syntax);
  await assert.rejects(importKey("jwk", {}, OAEP, ["decrypt"]), syntax);
  await assert.rejects(importKey("jwk", { d: "" }, OAEP, ["encrypt"]), syntax);
  await assert.rejects(importKey("spki", junk, { ...ECDSA, name: "ECDH" }, ["deriveBits"]), syntax);
  await assert.rejects(importKey("raw", junk, "X25519", ["deriveKey"]), syntax);
  await assert.rejects(
    importKey("raw", junk, { ...ECDSA, namedCurve: "P-255" }, ["sign"]),
    DATA_ERROR,
  );
  // A private key that is good for nothing else.
  await assert.rejects(importKey("jwk", RSA_JWK, RSASSA, []), syntax);
});

test("subtle keys: members of JWKs that every algorithm looks at", async () => {
  const jwk = publicJwk(RSA_JWK);
  await refuses("jwk", { ...jwk, kty: "rsa" }, RSASSA, ["verify"], /'kty'/);
  await refuses("jwk", { ...jwk, kty: undefined }, RSASSA, ["verify"], /'kty'/);
  await refuses("jwk", { ...jwk, use: "enc" }, RSASSA, ["verify"], /'use'/);
  await importKey("jwk", { ...jwk, use: "enc" }, RSASSA, []);
  await refuses("jwk", { ...jwk, key_ops: ["sign"] }, RSASSA, ["verify"], /'key_ops'/);
  await refuses("jwk", { ...jwk, key_ops: ["verify", "verify"] }, RSASSA, ["verify"], /'key_ops'/);
  await importKey("jwk", { ...jwk, key_ops: ["verify", "anything"] }, RSASSA, ["verify"]);
  await refuses("jwk", { ...jwk, ext: false }, RSASSA, ["verify"], /'ext'/);
  const hidden = await importKey("jwk", { ...jwk, ext: false }, RSASSA, ["verify"], false);
  assert.equal(hidden.extractable, false);
  await assert.rejects(subtle.exportKey("jwk", hidden), { name: "InvalidAccessError" });
  await refuses("jwk", { ...jwk, alg: "RS384" }, RSASSA, ["verify"], /'alg'/);
  await refuses("jwk", { ...jwk, alg: "rs256" }, RSASSA, ["verify"], /'alg'/);
  await refuses("jwk", { ...jwk, alg: "RSA-OAEP-256" }, OAEP, ["encrypt"], /'alg'/);
  await importKey("jwk", { ...jwk, alg: "RSA-OAEP" }, OAEP, ["encrypt"]);
  await refuses("jwk", { ...publicJwk(EC_JWK), alg: "ES384" }, ECDSA, ["verify"], /'alg'/);
  await importKey("jwk", { ...publicJwk(EC_JWK), alg: "ES256" }, ECDSA, ["verify"]);
  await importKey("jwk", { ...publicJwk(EC_JWK), alg: "whatever" }, { ...ECDSA, name: "ECDH" }, []);
  await refuses("jwk", { ...publicJwk(ED25519_JWK), alg: "ES256" }, "Ed25519", ["verify"], /'alg'/);
  await refuses("jwk", { ...publicJwk(EC_JWK), crv: "P-384" }, ECDSA, ["verify"], /'crv'/);
  await refuses("jwk", publicJwk(ED25519_JWK), "X25519", [], /'crv'/);
});

test("subtle keys: missing, malformed and wrong numbers of RSA JWKs", async () => {
  for (const member of ["n", "e"] as const) {
    await refuses("jwk", { ...publicJwk(RSA_JWK), [member]: undefined }, RSASSA, [], /'[ne]'/);
    await refuses("jwk", { ...publicJwk(RSA_JWK), [member]: "a+b/" }, RSASSA, [], /'[ne]'/);
    await refuses("jwk", { ...publicJwk(RSA_JWK), [member]: "AQAB=" }, RSASSA, [], /'[ne]'/);
  }
  for (const member of ["p", "q", "dp", "dq", "qi"] as const) {
    await refuses(
      "jwk",
      { ...RSA_JWK, [member]: undefined },
      RSASSA,
      ["sign"],
      new RegExp(`'${member}'`),
    );
    await refuses("jwk", { ...RSA_JWK, [member]: "" }, RSASSA, ["sign"], /zero/);
    await refuses("jwk", { ...RSA_JWK, [member]: RSA_JWK.e }, RSASSA, ["sign"], /primes|remainder/);
  }
  await refuses("jwk", { ...RSA_JWK, d: RSA_JWK.dp }, RSASSA, ["sign"], /inverse/);
  await refuses("jwk", { ...RSA_JWK, e: "AQ" }, RSASSA, ["sign"], /exponent/);
  await refuses("jwk", { ...publicJwk(RSA_JWK), e: "AQ" }, RSASSA, [], /exponent/);
  await refuses("jwk", { ...publicJwk(RSA_JWK), e: "AQAA" }, RSASSA, [], /exponent/);
  await refuses("jwk", { ...publicJwk(RSA_JWK), n: "AQAB" }, RSASSA, [], /17 bits/);
  await refuses("jwk", { ...publicJwk(RSA_JWK), n: "" }, RSASSA, [], /0 bits/);
  await refuses(
    "jwk",
    { ...RSA_JWK, oth: [{ r: "AQ", d: "AQ", t: "AQ" }] },
    RSASSA,
    ["sign"],
    /two primes/,
  );
  // Leading zeros change nothing.
  const padded = await importKey("jwk", { ...publicJwk(RSA_JWK), e: "AAEAAQ" }, RSASSA, []);
  assert.deepEqual(
    (padded.algorithm as RsaHashedKeyAlgorithm).publicExponent,
    new Uint8Array([1, 0, 1]),
  );
});

test("subtle keys: an RSA JWK needs no primes", async () => {
  const { n, e, d } = RSA_JWK;
  const key = await importKey("jwk", { kty: "RSA", n, e, d }, RSASSA, ["sign"]);
  assert.deepEqual(await subtle.exportKey("jwk", key), {
    ...RSA_JWK,
    alg: "RS256",
    key_ops: ["sign"],
    ext: true,
  });
  await refuses("jwk", { kty: "RSA", n, e, d: e }, RSASSA, ["sign"], /does not belong/);
  // All of them, or none.
  await refuses("jwk", { kty: "RSA", n, e, d, p: RSA_JWK.p }, RSASSA, ["sign"], /'q'/);
});

test("subtle keys: wrong numbers of EC and OKP JWKs", async () => {
  await refuses("jwk", { ...publicJwk(EC_JWK), x: EC_JWK.y }, ECDSA, [], /not a point/);
  await refuses("jwk", { ...publicJwk(EC_JWK), x: "AQAB" }, ECDSA, [], /32 bytes/);
  await refuses("jwk", { ...publicJwk(EC_JWK), y: undefined }, ECDSA, [], /'y'/);
  await refuses("jwk", { ...EC_JWK, d: EC_JWK.x }, ECDSA, ["sign"], /not that of the private key/);
  await refuses("jwk", { ...EC_JWK, d: "AQ" }, ECDSA, ["sign"], /32 bytes/);
  await refuses("jwk", { ...EC_JWK, d: "A".repeat(43) }, ECDSA, ["sign"], /below the order/);
  await refuses("jwk", { ...ED25519_JWK, x: ED25519_JWK.d }, "Ed25519", ["sign"], /not that of/);
  await refuses("jwk", { ...ED25519_JWK, x: "" }, "Ed25519", ["sign"], /'x'/);
  await refuses("jwk", { ...ED25519_JWK, d: "AQ" }, "Ed25519", ["sign"], /1 bytes/);
  await refuses("jwk", { ...publicJwk(ED25519_JWK), x: "AQ" }, "Ed25519", [], /1 bytes/);
});

test("subtle keys: DER that is damaged or of another kind", async () => {
  const rsa = await importKey("jwk", publicJwk(RSA_JWK), RSASSA, []);
  const spki = new Uint8Array(await subtle.exportKey("spki", rsa));
  const ec = await importKey("jwk", publicJwk(EC_JWK), ECDSA, []);
  const ecSpki = new Uint8Array(await subtle.exportKey("spki", ec));
  await refuses("spki", new Uint8Array(0), RSASSA, [], /well-formed/);
  await refuses("spki", spki.slice(0, -1), RSASSA, [], /well-formed/);
  await refuses("spki", concat(spki, new Uint8Array(1)), RSASSA, [], /well-formed/);
  await refuses("spki", ecSpki, RSASSA, [], /not those of an RSA key/);
  await refuses("spki", spki, ECDSA, [], /not those of an elliptic curve key/);
  await refuses("spki", ecSpki, { ...ECDSA, namedCurve: "P-521" }, [], /not on the curve P-521/);
  await refuses("pkcs8", spki, RSASSA, ["sign"], /well-formed/);
  await refuses("spki", hex("3080"), RSASSA, [], /well-formed/);
  await refuses("spki", hex("3084ffffffff"), RSASSA, [], /well-formed/);
  const junk = new Uint8Array(100_000).fill(0x30);
  await refuses("spki", junk, RSASSA, [], /well-formed/);
  await refuses("pkcs8", junk, "Ed25519", ["sign"], /well-formed/);
});

test("subtle keys: points in their forms", async () => {
  const x = fromBase64Url(EC_JWK.x);
  const y = fromBase64Url(EC_JWK.y);
  const uncompressed = concat(hex("04"), x, y);
  const compressed = concat(y[31]! & 1 ? hex("03") : hex("02"), x);
  for (const data of [uncompressed, compressed]) {
    const key = await importKey("raw", data, ECDSA, ["verify"]);
    assert.deepEqual(new Uint8Array(await subtle.exportKey("raw", key)), uncompressed);
  }
  await refuses("raw", hex("00"), ECDSA, [], /point/);
  await refuses("raw", new Uint8Array(0), ECDSA, [], /point/);
  await refuses("raw", concat(hex("06"), x, y), ECDSA, [], /point/);
  await refuses("raw", concat(hex("04"), x, x), ECDSA, [], /not a point/);
  await refuses("raw", concat(hex("04"), x), ECDSA, [], /bytes long/);
  await refuses("raw", uncompressed, { ...ECDSA, namedCurve: "P-384" }, [], /bytes long/);
  await refuses("raw", uncompressed, { ...ECDSA, namedCurve: "constructor" }, [], /no curve/);
});

test("subtle keys: RSA generation checks its parameters before it begins", async () => {
  const generate = (modulusLength: number, exponent: number[]) =>
    subtle.generateKey(
      { ...RSASSA, modulusLength, publicExponent: new Uint8Array(exponent) },
      true,
      ["sign"],
    );
  const failure = { name: "OperationError" };
  for (const exponent of [[], [0], [1], [2], [1, 0, 0], [0, 0, 1]]) {
    await assert.rejects(generate(2048, exponent), failure);
  }
  for (const bits of [0, 1, 256, 511, 16385, 2 ** 32 - 1]) {
    await assert.rejects(generate(bits, [1, 0, 1]), failure);
  }
  for (const bits of [-1, 2 ** 32, NaN]) {
    await assert.rejects(generate(bits, [1, 0, 1]), TypeError);
  }
  await assert.rejects(
    subtle.generateKey(
      { ...RSASSA, modulusLength: 512, publicExponent: [1, 0, 1] as never },
      true,
      ["sign"],
    ),
    TypeError,
  );
  const shared = new Uint8Array(new SharedArrayBuffer(3));
  shared.set([1, 0, 1]);
  await assert.rejects(
    subtle.generateKey(
      { ...RSASSA, modulusLength: 512, publicExponent: shared as Uint8Array<never> },
      true,
      ["sign"],
    ),
    TypeError,
  );
  const params = { ...RSASSA, modulusLength: 512, publicExponent: new Uint8Array([0, 3]) };
  const pair = (await subtle.generateKey(params, false, ["sign", "verify"])) as CryptoKeyPair;
  assert.equal(pair.publicKey.extractable, true);
  assert.equal(pair.privateKey.extractable, false);
  assert.deepEqual(pair.publicKey.usages, ["verify"]);
  assert.deepEqual(pair.privateKey.usages, ["sign"]);
  assert.equal((await subtle.exportKey("jwk", pair.publicKey)).e, "Aw");
  // Too short for SHA-512's encoding.
  const short = await subtle.generateKey({ ...params, hash: "SHA-512" }, true, ["sign"]);
  await assert.rejects(subtle.sign(RSASSA.name, short.privateKey, new Uint8Array(1)), failure);
});

test("subtle keys: generated pairs in all formats", async () => {
  for (const [algorithm, usages] of [
    [{ name: "ECDSA", namedCurve: "P-521" }, ["sign", "verify"]],
    [{ name: "ECDH", namedCurve: "P-384" }, ["deriveBits"]],
    [{ name: "Ed25519" }, ["sign"]],
    [{ name: "X25519" }, ["deriveKey"]],
  ] as [Algorithm, KeyUsage[]][]) {
    const pair = (await subtle.generateKey(algorithm, true, usages)) as CryptoKeyPair;
    const privateUsages = pair.privateKey.usages;
    const publicUsages = pair.publicKey.usages;
    const jwk = await subtle.exportKey("jwk", pair.privateKey);
    for (const format of ["pkcs8", "jwk"] as const) {
      const exported = await subtle.exportKey(format as "jwk", pair.privateKey);
      const again = await importKey(format, exported, algorithm, privateUsages);
      assert.deepEqual(await subtle.exportKey("jwk", again), jwk, `${algorithm.name} ${format}`);
    }
    for (const format of ["spki", "raw", "jwk"] as const) {
      const exported = await subtle.exportKey(format as "jwk", pair.publicKey);
      const again = await importKey(format, exported, algorithm, publicUsages);
      assert.equal((await subtle.exportKey("jwk", again)).x, jwk.x, `${algorithm.name} ${format}`);
    }
  }
});

test("subtle keys: wrapped by RSA-OAEP, and unwrapped", async () => {
  const wrap = await importKey("jwk", publicJwk(RSA_JWK), OAEP, ["wrapKey"]);
  const unwrap = await importKey("jwk", RSA_JWK, OAEP, ["unwrapKey"]);
  const key = await importKey("jwk", ED25519_JWK, "Ed25519", ["sign"]);
  const wrapped = await subtle.wrapKey("pkcs8", key, wrap, "RSA-OAEP");
  const unwrapped = await subtle.unwrapKey("pkcs8", wrapped, unwrap, "RSA-OAEP", "Ed25519", true, [
    "sign",
  ]);
  assert.equal((await subtle.exportKey("jwk", unwrapped)).d, ED25519_JWK.d);
  await assert.rejects(
    subtle.unwrapKey("pkcs8", wrapped, unwrap, "RSA-OAEP", "X25519", true, ["deriveBits"]),
    DATA_ERROR,
  );
});
