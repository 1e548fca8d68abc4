// crypto.subtle: SHA and HMAC, with the vectors of FIPS 180-4 and RFC 4231.
import { assert, test } from "./harness.ts";
import { ascii, fromHex, toHex } from "./hex.ts";

const { subtle } = crypto;

const digests: [hash: string, text: string, digest: string][] = [
  ["SHA-1", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"],
  ["SHA-1", "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"],
  ["SHA-256", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [
    "SHA-256",
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  ],
  [
    "SHA-384",
    "abc",
    "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed" +
      "8086072ba1e7cc2358baeca134c825a7",
  ],
  [
    "SHA-512",
    "abc",
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a" +
      "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
  ],
];

for (const [hash, text, digest] of digests) {
  test(`digest: ${hash} of '${text}'`, async () => {
    assert.equal(toHex(await subtle.digest(hash, ascii(text))), digest);
    assert.equal(toHex(await subtle.digest({ name: hash.toLowerCase() }, ascii(text))), digest);
  });
}

test("digest: small data and large data, which another thread hashes", async () => {
  const million = new Uint8Array(1_000_000).fill(0x61);
  const expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
  assert.equal(toHex(await subtle.digest("SHA-256", million)), expected);
  // What changes after the call is of no consequence.
  const pending = subtle.digest("SHA-256", million);
  million.fill(0);
  assert.equal(toHex(await pending), expected);
  const sizes = [0, 1, 63, 64, 65, 127, 128, 100_000, 131_072, 131_073];
  for (const size of sizes) {
    const whole = new Uint8Array(size + 7).fill(7);
    const view = whole.subarray(3, size + 3);
    const copy = whole.slice(3, size + 3);
    const digest = toHex(await subtle.digest("SHA-512", view));
    assert.equal(digest, toHex(await subtle.digest("SHA-512", copy.buffer)), `${size}`);
    assert.equal(digest, toHex(await subtle.digest("SHA-512", new DataView(copy.buffer))));
  }
});

test("digest: many at a time settle in no particular order, each with its own result", async () => {
  const parts = Array.from({ length: 60 }, (_, i) => new Uint8Array(i * 5000).fill(i));
  const first = await Promise.all(parts.map((part) => subtle.digest("SHA-1", part)));
  for (let i = 0; i < parts.length; i++) {
    assert.equal(toHex(first[i]!), toHex(await subtle.digest("SHA-1", parts[i]!)), `${i}`);
  }
});

test("digest: odd buffers are errors, or have no bytes", async () => {
  const gone = new ArrayBuffer(8);
  const view = new Uint8Array(gone);
  const dataView = new DataView(gone);
  structuredClone(gone, { transfer: [gone] });
  const empty = toHex(await subtle.digest("SHA-1", new Uint8Array()));
  assert.equal(toHex(await subtle.digest("SHA-1", gone)), empty);
  assert.equal(toHex(await subtle.digest("SHA-1", view)), empty);
  assert.equal(toHex(await subtle.digest("SHA-1", dataView)), empty);
  const shared = new Uint8Array(new SharedArrayBuffer(8)) as unknown as Uint8Array<ArrayBuffer>;
  await assert.rejects(subtle.digest("SHA-1", shared), TypeError);
  const resizable = new ArrayBuffer(8, { maxByteLength: 16 });
  await assert.rejects(subtle.digest("SHA-1", resizable), TypeError);
  for (const bad of ["text", 1, null, undefined, {}, [1, 2]]) {
    await assert.rejects(subtle.digest("SHA-1", bad as never), TypeError);
  }
});

const macs: [hash: string, key: string, data: string, mac: string][] = [
  [
    "SHA-256",
    "0b".repeat(20),
    toHex(ascii("Hi There")),
    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
  ],
  [
    "SHA-384",
    "0b".repeat(20),
    toHex(ascii("Hi There")),
    "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c" +
      "faea9ea9076ede7f4af152e8b2fa9cb6",
  ],
  [
    "SHA-512",
    toHex(ascii("Jefe")),
    toHex(ascii("what do ya want for nothing?")),
    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554" +
      "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
  ],
  [
    "SHA-256",
    "aa".repeat(131),
    toHex(ascii("Test Using Larger Than Block-Size Key - Hash Key First")),
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  ],
];

for (const [hash, key, data, mac] of macs) {
  test(`HMAC: ${hash} with a key of ${key.length / 2} bytes`, async () => {
    const imported = await subtle.importKey("raw", fromHex(key), { name: "HMAC", hash }, true, [
      "sign",
      "verify",
    ]);
    assert.equal(toHex(await subtle.sign("HMAC", imported, fromHex(data))), mac);
    assert.equal(await subtle.verify("HMAC", imported, fromHex(mac), fromHex(data)), true);
    const wrong = fromHex(mac);
    wrong[0]! ^= 1;
    assert.equal(await subtle.verify("HMAC", imported, wrong, fromHex(data)), false);
    assert.equal(await subtle.verify("HMAC", imported, wrong.slice(1), fromHex(data)), false);
    assert.equal(await subtle.verify("HMAC", imported, new Uint8Array(), fromHex(data)), false);
  });
}

test("HMAC: the length of a key in bits", async () => {
  const data = fromHex("ffffff");
  const bits = { name: "HMAC", hash: "SHA-256", length: 19 };
  const key = await subtle.importKey("raw", data, bits, true, ["sign"]);
  assert.equal((key.algorithm as HmacKeyAlgorithm).length, 19);
  assert.equal(toHex((await subtle.exportKey("raw", key)) as ArrayBuffer), "ffffe0");
  for (const length of [0, 16, 25]) {
    await assert.rejects(subtle.importKey("raw", data, { ...bits, length }, true, ["sign"]), {
      name: "DataError",
    });
  }
  const generated = await subtle.generateKey({ ...bits, length: 13 }, true, ["sign"]);
  const raw = new Uint8Array((await subtle.exportKey("raw", generated)) as ArrayBuffer);
  assert.equal(raw.length, 2);
  assert.equal(raw[1]! & 0x07, 0);
  for (const length of [0, 2 ** 32 - 1]) {
    await assert.rejects(subtle.generateKey({ ...bits, length }, true, ["sign"]), {
      name: "OperationError",
    });
  }
  for (const [hash, length] of [
    ["SHA-1", 512],
    ["SHA-256", 512],
    ["SHA-384", 1024],
    ["SHA-512", 1024],
  ] as const) {
    const made = await subtle.generateKey({ name: "HMAC", hash }, false, ["sign"]);
    assert.equal((made.algorithm as HmacKeyAlgorithm).length, length);
  }
});

test("HMAC: JWK", async () => {
  const jwk = { kty: "oct", k: "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1", alg: "HS256" };
  // RFC 7515, A.1: the key of the example, cut short. Its last digit has bits that belong to
  // nothing.
  const hs256 = { name: "HMAC", hash: "SHA-256" };
  const key = await subtle.importKey("jwk", jwk, hs256, true, ["verify", "sign"]);
  const exported = await subtle.exportKey("jwk", key);
  assert.deepEqual(exported, {
    alg: "HS256",
    ext: true,
    k: "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-w",
    key_ops: ["sign", "verify"],
    kty: "oct",
  });
  const bad: JsonWebKey[] = [
    { ...jwk, kty: "RSA" },
    { ...jwk, k: undefined },
    { ...jwk, k: "AyM1S" },
    { ...jwk, k: "AyM1SysP=" },
    { ...jwk, k: "AyM1 SysP" },
    { ...jwk, k: "AyM1+ysP" },
    { ...jwk, k: "" },
    { ...jwk, alg: "HS512" },
    { ...jwk, use: "enc" },
    { ...jwk, ext: false },
    { ...jwk, key_ops: ["sign"] },
    { ...jwk, key_ops: ["sign", "verify", "sign"] },
  ];
  for (const each of bad) {
    await assert.rejects(
      subtle.importKey("jwk", each, hs256, true, ["verify", "sign"]),
      { name: "DataError" },
      JSON.stringify(each),
    );
  }
  const { kty, k } = jwk;
  const fine: JsonWebKey[] = [
    { kty, k },
    { kty, k, use: "sig", ext: true },
    { kty, k, key_ops: ["verify", "sign", "something else"] },
  ];
  for (const each of fine) await subtle.importKey("jwk", each, hs256, true, ["verify", "sign"]);
});
