// crypto.subtle: HKDF and PBKDF2, with the vectors of RFC 5869, RFC 6070 and RFC 7914.
import { assert, test } from "./harness.ts";
import { ascii, fromHex, toHex } from "./hex.ts";

const { subtle } = crypto;

function importSecret(name: string, secret: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return subtle.importKey("raw", secret, name, false, ["deriveBits", "deriveKey"]);
}

test("HKDF: RFC 5869, A.1 to A.3 and A.7", async () => {
  for (const [hash, secret, salt, info, length, output] of [
    [
      "SHA-256",
      "0b".repeat(22),
      "000102030405060708090a0b0c",
      "f0f1f2f3f4f5f6f7f8f9",
      42,
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ],
    [
      "SHA-256",
      "0b".repeat(22),
      "",
      "",
      42,
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ],
    [
      "SHA-1",
      "0c".repeat(22),
      "",
      "",
      42,
      "2c91117204d745f3500d636a62f64f0ab3bae548aa53d423b0d1f27ebba6f5e5673a081d70cce7acfc48",
    ],
  ] as const) {
    const algorithm = { name: "HKDF", hash, salt: fromHex(salt), info: fromHex(info) };
    const key = await importSecret("HKDF", fromHex(secret));
    assert.equal(toHex(await subtle.deriveBits(algorithm, key, length * 8)), output);
  }
});

test("HKDF: lengths", async () => {
  const key = await importSecret("HKDF", ascii("secret"));
  const algorithm = { name: "HKDF", hash: "SHA-256", salt: ascii(""), info: ascii("") };
  assert.equal((await subtle.deriveBits(algorithm, key, 0)).byteLength, 0);
  assert.equal((await subtle.deriveBits(algorithm, key, 255 * 256)).byteLength, 255 * 32);
  const bad = { name: "OperationError" };
  for (const length of [1, 255, 255 * 256 + 8, 2 ** 32 - 8]) {
    await assert.rejects(subtle.deriveBits(algorithm, key, length), bad, `${length}`);
  }
  await assert.rejects(subtle.deriveBits(algorithm, key, null), bad);
  await assert.rejects(subtle.deriveBits(algorithm, key), bad);
  // A key of no bytes is one all the same.
  const empty = await importSecret("HKDF", ascii(""));
  assert.equal((await subtle.deriveBits(algorithm, empty, 128)).byteLength, 16);
});

test("PBKDF2: RFC 6070 and RFC 7914, section 11", async () => {
  for (const [hash, password, salt, iterations, output] of [
    ["SHA-1", "password", "salt", 1, "0c60c80f961f0e71f3a9b524af6012062fe037a6"],
    ["SHA-1", "password", "salt", 2, "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"],
    ["SHA-1", "password", "salt", 4096, "4b007901b765489abead49d926f721d065a429c1"],
    [
      "SHA-1",
      "passwordPASSWORDpassword",
      "saltSALTsaltSALTsaltSALTsaltSALTsalt",
      4096,
      "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038",
    ],
    ["SHA-1", "pass\0word", "sa\0lt", 4096, "56fa6aa75548099dcc37d7f03425e0c3"],
    [
      "SHA-256",
      "passwd",
      "salt",
      1,
      "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc" +
        "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783",
    ],
  ] as const) {
    const algorithm = { name: "PBKDF2", hash, salt: ascii(salt), iterations };
    const key = await importSecret("PBKDF2", ascii(password));
    assert.equal(toHex(await subtle.deriveBits(algorithm, key, output.length * 4)), output);
  }
});

test("PBKDF2: parameters", async () => {
  const key = await importSecret("PBKDF2", ascii(""));
  const algorithm = { name: "PBKDF2", hash: "SHA-512", salt: ascii(""), iterations: 1 };
  assert.equal((await subtle.deriveBits(algorithm, key, 0)).byteLength, 0);
  assert.equal((await subtle.deriveBits(algorithm, key, 8)).byteLength, 1);
  const bad = { name: "OperationError" };
  await assert.rejects(subtle.deriveBits({ ...algorithm, iterations: 0 }, key, 256), bad);
  // What no thread could be given back from for hours.
  await assert.rejects(subtle.deriveBits({ ...algorithm, iterations: 2 ** 32 - 1 }, key, 256), bad);
  await assert.rejects(subtle.deriveBits({ ...algorithm, iterations: 6e7 }, key, 1024), bad);
  await assert.rejects(subtle.deriveBits(algorithm, key, 12), bad);
  await assert.rejects(subtle.deriveBits(algorithm, key), bad);
  for (const iterations of [-1, 2 ** 32, NaN, Infinity, undefined]) {
    await assert.rejects(
      subtle.deriveBits({ ...algorithm, iterations: iterations as number }, key, 256),
      TypeError,
    );
  }
});

test("keys to derive from are imported as raw, not extractable, for nothing else", async () => {
  for (const name of ["HKDF", "PBKDF2"]) {
    const secret = ascii("secret");
    const key = await importSecret(name, secret);
    assert.equal(key.extractable, false);
    assert.deepEqual(key.algorithm as unknown, { name });
    await assert.rejects(subtle.exportKey("raw", key), { name: "NotSupportedError" });
    await assert.rejects(subtle.importKey("raw", secret, name, true, ["deriveBits"]), {
      name: "SyntaxError",
    });
    await assert.rejects(subtle.importKey("raw", secret, name, false, ["sign"]), {
      name: "SyntaxError",
    });
    await assert.rejects(subtle.importKey("raw", secret, name, false, []), { name: "SyntaxError" });
    await assert.rejects(subtle.importKey("jwk", { kty: "oct" }, name, false, ["deriveBits"]), {
      name: "NotSupportedError",
    });
    await assert.rejects(subtle.generateKey(name, false, ["deriveBits"]), {
      name: "NotSupportedError",
    });
  }
});

test("deriveKey: keys for AES and HMAC are what deriveBits gives", async () => {
  const base = await importSecret("HKDF", ascii("secret"));
  const algorithm = { name: "HKDF", hash: "SHA-384", salt: ascii("salt"), info: ascii("info") };
  for (const [type, usage, bits] of [
    [{ name: "AES-GCM", length: 256 }, "encrypt", 256],
    [{ name: "AES-KW", length: 128 }, "wrapKey", 128],
    [{ name: "HMAC", hash: "SHA-256" }, "sign", 512],
    [{ name: "HMAC", hash: "SHA-512" }, "sign", 1024],
    [{ name: "HMAC", hash: "SHA-512", length: 80 }, "sign", 80],
  ] as const) {
    const key = await subtle.deriveKey(algorithm, base, type, true, [usage]);
    const raw = toHex((await subtle.exportKey("raw", key)) as ArrayBuffer);
    assert.equal(raw, toHex(await subtle.deriveBits(algorithm, base, bits)));
    assert.equal((key.algorithm as HmacKeyAlgorithm).length, bits);
    assert.deepEqual(key.usages as unknown, [usage]);
  }
  const hmac = { name: "HMAC", hash: "SHA-256", length: 0 };
  await assert.rejects(subtle.deriveKey(algorithm, base, hmac, true, ["sign"]), TypeError);
  const aes = { name: "AES-GCM", length: 100 };
  await assert.rejects(subtle.deriveKey(algorithm, base, aes, true, ["encrypt"]), {
    name: "OperationError",
  });
  await assert.rejects(subtle.deriveKey(algorithm, base, { ...aes, length: 128 }, true, []), {
    name: "SyntaxError",
  });
});
