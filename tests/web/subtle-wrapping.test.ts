// crypto.subtle: wrapKey and unwrapKey, and CryptoKey objects: their attributes, clones, and keys
// that were made while the app's snapshot was built.
import { assert, test } from "./harness.ts";
import { ascii, toHex } from "./hex.ts";

const { subtle } = crypto;

// At the top level: these keys become part of the app's snapshot.
const early = {
  aes: await subtle.importKey("raw", ascii("32 bytes are a key for AES, yes!"), "AES-GCM", true, [
    "encrypt",
    "decrypt",
  ]),
  hmac: await subtle.importKey("raw", ascii("early"), { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
    "verify",
  ]),
  derived: await subtle
    .importKey("raw", ascii("early"), "PBKDF2", false, ["deriveBits"])
    .then((key) =>
      subtle.deriveBits(
        { name: "PBKDF2", hash: "SHA-256", salt: ascii("salt"), iterations: 10_000 },
        key,
        256,
      ),
    ),
  digest: await subtle.digest("SHA-256", new Uint8Array(1_000_000)),
  wrapping: await subtle.importKey("raw", new Uint8Array(16), "AES-KW", false, [
    "wrapKey",
    "unwrapKey",
  ]),
};
const sealed = await subtle.encrypt(
  { name: "AES-GCM", iv: new Uint8Array(12) },
  early.aes,
  ascii("sealed at build time"),
);
const signature = await subtle.sign("HMAC", early.hmac, ascii("signed at build time"));

test("keys that were made while the snapshot was built work when it runs", async () => {
  const iv = new Uint8Array(12);
  const opened = await subtle.decrypt({ name: "AES-GCM", iv }, early.aes, sealed);
  assert.equal(toHex(opened), toHex(ascii("sealed at build time")));
  assert.equal(
    await subtle.verify("HMAC", early.hmac, signature, ascii("signed at build time")),
    true,
  );
  assert.deepEqual(early.hmac.algorithm as unknown, {
    name: "HMAC",
    hash: { name: "SHA-256" },
    length: 40,
  });
  const raw = (await subtle.exportKey("raw", early.aes)) as ArrayBuffer;
  assert.equal(raw.byteLength, 32);
  const wrapped = await subtle.wrapKey("raw", early.aes, early.wrapping, "AES-KW");
  assert.equal(wrapped.byteLength, 40);
});

test("slow work gives the same while a snapshot is built and when it runs", async () => {
  const again = await subtle.digest("SHA-256", new Uint8Array(1_000_000));
  assert.equal(toHex(early.digest), toHex(again));
  const key = await subtle.importKey("raw", ascii("early"), "PBKDF2", false, ["deriveBits"]);
  const algorithm = { name: "PBKDF2", hash: "SHA-256", salt: ascii("salt"), iterations: 10_000 };
  assert.equal(toHex(early.derived), toHex(await subtle.deriveBits(algorithm, key, 256)));
});

const iv = new Uint8Array(16).fill(5);
const wrappers = [
  { key: { name: "AES-GCM", length: 256 }, with: { name: "AES-GCM", iv } },
  { key: { name: "AES-CBC", length: 128 }, with: { name: "AES-CBC", iv } },
  { key: { name: "AES-CTR", length: 192 }, with: { name: "AES-CTR", counter: iv, length: 128 } },
  { key: { name: "AES-KW", length: 256 }, with: { name: "AES-KW" } },
];
const keys: { algorithm: AesKeyGenParams | HmacKeyGenParams; usages: KeyUsage[] }[] = [
  { algorithm: { name: "AES-GCM", length: 128 }, usages: ["encrypt", "decrypt"] },
  { algorithm: { name: "AES-KW", length: 256 }, usages: ["wrapKey", "unwrapKey"] },
  { algorithm: { name: "HMAC", hash: "SHA-1" }, usages: ["sign", "verify"] },
  { algorithm: { name: "HMAC", hash: "SHA-512", length: 256 }, usages: ["sign"] },
];

for (const wrapper of wrappers) {
  test(`wrapKey and unwrapKey with ${wrapper.key.name}`, async () => {
    const wrapping = (await subtle.generateKey(wrapper.key, false, [
      "wrapKey",
      "unwrapKey",
    ])) as CryptoKey;
    for (const { algorithm, usages } of keys) {
      const key = (await subtle.generateKey(algorithm, true, usages)) as CryptoKey;
      const raw = toHex((await subtle.exportKey("raw", key)) as ArrayBuffer);
      for (const format of ["raw", "jwk"] as const) {
        const wrapped = await subtle.wrapKey(format, key, wrapping, wrapper.with);
        const unwrapped = await subtle.unwrapKey(
          format,
          wrapped,
          wrapping,
          wrapper.with,
          algorithm,
          true,
          usages,
        );
        assert.equal(toHex((await subtle.exportKey("raw", unwrapped)) as ArrayBuffer), raw);
        assert.deepEqual(unwrapped.usages as unknown, usages);
      }
    }
  });
}

test("wrapKey: what may not be wrapped, or not with that key", async () => {
  const usages: KeyUsage[] = ["encrypt", "decrypt"];
  const aes = await subtle.importKey("raw", new Uint8Array(16), "AES-GCM", true, usages);
  const hidden = await subtle.importKey("raw", new Uint8Array(16), "AES-GCM", false, usages);
  const kw = early.wrapping;
  await assert.rejects(subtle.wrapKey("raw", hidden, kw, "AES-KW"), { name: "InvalidAccessError" });
  await assert.rejects(subtle.wrapKey("raw", aes, aes, { name: "AES-GCM", iv }), {
    name: "InvalidAccessError",
  });
  await assert.rejects(subtle.wrapKey("raw", aes, kw, { name: "AES-GCM", iv }), {
    name: "InvalidAccessError",
  });
  await assert.rejects(subtle.wrapKey("raw", aes, kw, "SHA-1"), { name: "NotSupportedError" });
  await assert.rejects(subtle.wrapKey("spki", aes, kw, "AES-KW"), { name: "NotSupportedError" });
  const pbkdf2 = await subtle.importKey("raw", iv, "PBKDF2", false, ["deriveBits"]);
  await assert.rejects(subtle.wrapKey("raw", pbkdf2, kw, "AES-KW"), { name: "NotSupportedError" });
  // Keys of 15 bytes cannot be wrapped by AES-KW.
  const hmac = await subtle.importKey(
    "raw",
    new Uint8Array(15),
    { name: "HMAC", hash: "SHA-1" },
    true,
    ["sign"],
  );
  await assert.rejects(subtle.wrapKey("raw", hmac, kw, "AES-KW"), { name: "OperationError" });
});

test("unwrapKey: what is no JWK is a DataError", async () => {
  const usages: KeyUsage[] = ["encrypt", "unwrapKey"];
  const aes = await subtle.importKey("raw", new Uint8Array(16), "AES-GCM", true, usages);
  const gcm = { name: "AES-GCM", iv };
  for (const text of [
    "",
    "not JSON",
    "null",
    "1",
    '"text"',
    "[]",
    "{}",
    '{"k":"AAAAAAAAAAAAAAAAAAAAAA"}',
    '{"kty":"oct"}',
    '{"kty":"oct","k":"AAAA"}',
    '{"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAA","key_ops":1}',
    "\u00ff\u00fe",
  ]) {
    const wrapped = await subtle.encrypt(gcm, aes, ascii(text));
    await assert.rejects(
      subtle.unwrapKey("jwk", wrapped, aes, gcm, "AES-CBC", true, ["encrypt"]),
      { name: "DataError" },
      text,
    );
  }
  const jwk = '{"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAA"}';
  const wrapped = await subtle.encrypt(gcm, aes, ascii(jwk));
  await assert.rejects(subtle.unwrapKey("jwk", wrapped, aes, gcm, "AES-CBC", true, []), {
    name: "SyntaxError",
  });
  await subtle.unwrapKey("jwk", wrapped, aes, gcm, "AES-CBC", true, ["encrypt"]);
});

test("unwrapKey: an unwrapped JWK inherits nothing", async () => {
  const prototype = Object.prototype as { kty?: unknown; k?: unknown };
  const usages: KeyUsage[] = ["encrypt", "unwrapKey"];
  const aes = await subtle.importKey("raw", new Uint8Array(16), "AES-GCM", true, usages);
  const gcm = { name: "AES-GCM", iv };
  const wrapped = await subtle.encrypt(gcm, aes, ascii("{}"));
  prototype.kty = "oct";
  prototype.k = "AAAAAAAAAAAAAAAAAAAAAA";
  try {
    await assert.rejects(subtle.unwrapKey("jwk", wrapped, aes, gcm, "AES-CBC", true, ["encrypt"]), {
      name: "DataError",
    });
  } finally {
    delete prototype.kty;
    delete prototype.k;
  }
});

test("CryptoKey: attributes are the same objects each time, and changing them changes no key", async () => {
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const key = await subtle.importKey("raw", ascii("key"), hmac, true, ["verify", "sign", "sign"]);
  assert.equal(key.type, "secret");
  assert.equal(key.extractable, true);
  assert.deepEqual(key.usages as unknown, ["sign", "verify"]);
  assert.equal(key.usages, key.usages);
  assert.equal(key.algorithm, key.algorithm);
  assert.equal(Object.keys(key.algorithm).join(), "name,hash,length");
  const algorithm = key.algorithm as HmacKeyAlgorithm;
  const before = toHex(await subtle.sign("HMAC", key, ascii("data")));
  algorithm.name = "AES-GCM";
  algorithm.hash.name = "SHA-1";
  key.usages.length = 0;
  assert.equal(toHex(await subtle.sign("HMAC", key, ascii("data"))), before);
  assert.equal(((await subtle.exportKey("jwk", key)) as JsonWebKey).alg, "HS256");
  assert.throws(() => new (CryptoKey as never as new () => unknown)(), TypeError);
  assert.throws(() => Object.create(CryptoKey.prototype).type, TypeError);
  await assert.rejects(
    subtle.sign("HMAC", Object.create(CryptoKey.prototype) as CryptoKey, ascii("data")),
    TypeError,
  );
});

test("CryptoKey: structured clones are keys of the same material", async () => {
  const { aes, hmac } = structuredClone(early);
  assert.ok(aes instanceof CryptoKey);
  assert.notEqual(aes, early.aes);
  assert.deepEqual(aes.algorithm as unknown, { name: "AES-GCM", length: 256 });
  assert.deepEqual(aes.usages as unknown, ["encrypt", "decrypt"]);
  assert.equal(hmac.extractable, false);
  const opened = await subtle.decrypt({ name: "AES-GCM", iv: new Uint8Array(12) }, aes, sealed);
  assert.equal(toHex(opened), toHex(ascii("sealed at build time")));
  assert.equal(
    toHex(await subtle.sign("HMAC", hmac, ascii("signed at build time"))),
    toHex(signature),
  );
  await assert.rejects(subtle.exportKey("raw", hmac), { name: "InvalidAccessError" });
});
