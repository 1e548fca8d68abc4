// crypto.subtle: AES, with the vectors of NIST SP 800-38A, of the submission of GCM to NIST, and of
// RFC 3394.
import { assert, test } from "./harness.ts";
import { fromHex, toHex } from "./hex.ts";

const { subtle } = crypto;

const BLOCKS =
  "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51" +
  "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
const KEY_128 = "2b7e151628aed2a6abf7158809cf4f3c";
const KEY_192 = "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b";
const KEY_256 = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";

function importAes(name: string, key: string): Promise<CryptoKey> {
  return subtle.importKey("raw", fromHex(key), name, true, ["encrypt", "decrypt"]);
}

test("AES-CBC: SP 800-38A, F.2", async () => {
  const iv = fromHex("000102030405060708090a0b0c0d0e0f");
  for (const [key, first, last] of [
    [KEY_128, "7649abac8119b246cee98e9b12e9197d", "3ff1caa1681fac09120eca307586e1a7"],
    [KEY_192, "4f021db243bc633d7178183a9fa071e8", "08b0e27988598881d920a9e64f5615cd"],
    [KEY_256, "f58c4c04d6e5f1ba779eabfb5f7bfbd6", "b2eb05e2c39be9fcda6c19078c6a9d1b"],
  ] as const) {
    const aes = await importAes("AES-CBC", key);
    const encrypted = await subtle.encrypt({ name: "AES-CBC", iv }, aes, fromHex(BLOCKS));
    // Four blocks, and one of padding.
    assert.equal(encrypted.byteLength, 80);
    assert.equal(toHex(encrypted.slice(0, 16)), first);
    assert.equal(toHex(encrypted.slice(48, 64)), last);
    assert.equal(toHex(await subtle.decrypt({ name: "AES-CBC", iv }, aes, encrypted)), BLOCKS);
  }
});

test("AES-CBC: every length, and what is not its own is an OperationError", async () => {
  const aes = await importAes("AES-CBC", KEY_256);
  const iv = new Uint8Array(16);
  const algorithm = { name: "AES-CBC", iv };
  for (let size = 0; size <= 33; size++) {
    const text = new Uint8Array(size).fill(size);
    const encrypted = await subtle.encrypt(algorithm, aes, text);
    assert.equal(encrypted.byteLength, size - (size % 16) + 16);
    assert.equal(toHex(await subtle.decrypt(algorithm, aes, encrypted)), toHex(text));
  }
  const bad = { name: "OperationError" };
  for (const size of [0, 1, 15, 17, 33]) {
    await assert.rejects(subtle.decrypt(algorithm, aes, new Uint8Array(size)), bad, `${size}`);
  }
  const zeros = await subtle.encrypt(algorithm, aes, new Uint8Array(32));
  await assert.rejects(subtle.decrypt(algorithm, aes, zeros.slice(0, 32)), bad);
  for (const size of [0, 12, 15, 17]) {
    const short = { name: "AES-CBC", iv: new Uint8Array(size) };
    await assert.rejects(subtle.encrypt(short, aes, iv), bad);
    await assert.rejects(subtle.decrypt(short, aes, zeros), bad);
  }
});

test("AES-CTR: SP 800-38A, F.5", async () => {
  const counter = fromHex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
  for (const [key, first, last] of [
    [KEY_128, "874d6191b620e3261bef6864990db6ce", "1e031dda2fbe03d1792170a0f3009cee"],
    [KEY_192, "1abc932417521ca24f2b0459fe7e6e0b", "4f78a7f6d29809585a97daec58c6b050"],
    [KEY_256, "601ec313775789a5b7a7f504bbf3d228", "dfc9c58db67aada613c2dd08457941a6"],
  ] as const) {
    const aes = await importAes("AES-CTR", key);
    for (const length of [128, 64, 20]) {
      const algorithm = { name: "AES-CTR", counter, length };
      const encrypted = await subtle.encrypt(algorithm, aes, fromHex(BLOCKS));
      assert.equal(toHex(encrypted.slice(0, 16)), first);
      assert.equal(toHex(encrypted.slice(48)), last);
      assert.equal(toHex(await subtle.decrypt(algorithm, aes, encrypted)), BLOCKS);
    }
  }
});

/** What the definition says, block by block: the low bits of the block count, the others stay. */
async function ctrByBlocks(
  aes: CryptoKey,
  counter: Uint8Array<ArrayBuffer>,
  length: number,
  size: number,
): Promise<string> {
  const toInteger = (bytes: Uint8Array) => BigInt(`0x${toHex(bytes)}`);
  const modulus = 1n << BigInt(length);
  const start = toInteger(counter);
  const fixed = start - (start % modulus);
  let text = "";
  for (let block = 0; block * 16 < size; block++) {
    const value = fixed + ((start + BigInt(block)) % modulus);
    const single = fromHex(value.toString(16).padStart(32, "0"));
    const zeros = new Uint8Array(Math.min(16, size - block * 16));
    text += toHex(await subtle.encrypt({ name: "AES-CTR", counter: single, length }, aes, zeros));
  }
  return text;
}

test("AES-CTR: a counter of any length starts again at 0, and its neighbours stay", async () => {
  const aes = await importAes("AES-CTR", KEY_256);
  for (const [counter, lengths] of [
    ["ff".repeat(16), [1, 3, 8, 9, 63, 64, 65, 127, 128]],
    ["00".repeat(8) + "ff".repeat(7) + "fe", [8, 9, 63, 64, 65, 128]],
    [`a5${"ff".repeat(14)}fd`, [2, 7, 64, 100, 119, 120, 121, 128]],
    ["00".repeat(16), [1, 2, 64, 128]],
  ] as const) {
    for (const length of lengths) {
      for (const size of [16, 20, 100]) {
        if (size > 16 * 2 ** length) continue;
        const block = fromHex(counter);
        const algorithm = { name: "AES-CTR", counter: block, length };
        const encrypted = await subtle.encrypt(algorithm, aes, new Uint8Array(size));
        const message = `${counter}, ${length} bits, ${size} bytes`;
        assert.equal(toHex(encrypted), await ctrByBlocks(aes, block, length, size), message);
      }
    }
  }
});

test("AES-CTR: parameters that make no sense are OperationErrors", async () => {
  const aes = await importAes("AES-CTR", KEY_128);
  const data = new Uint8Array(33);
  const counter = new Uint8Array(16);
  const bad = { name: "OperationError" };
  for (const length of [0, 129, 255]) {
    await assert.rejects(subtle.encrypt({ name: "AES-CTR", counter, length }, aes, data), bad);
  }
  for (const size of [0, 15, 17]) {
    const short = { name: "AES-CTR", counter: new Uint8Array(size), length: 64 };
    await assert.rejects(subtle.encrypt(short, aes, data), bad);
  }
  // A counter of one bit has two values; the data have three blocks.
  await assert.rejects(subtle.encrypt({ name: "AES-CTR", counter, length: 1 }, aes, data), bad);
  await assert.rejects(
    subtle.encrypt({ name: "AES-CTR", counter, length: 256 }, aes, data),
    TypeError,
  );
});

const GCM_KEY = "feffe9928665731c6d6a8f9467308308";
const GCM_TEXT =
  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" +
  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
const GCM_ADDITIONAL = fromHex("feedfacedeadbeeffeedfacedeadbeefabaddad2");

test("AES-GCM: the submission's test cases 1, 4 and 6", async () => {
  const empty = await importAes("AES-GCM", "00".repeat(16));
  const first = { name: "AES-GCM", iv: new Uint8Array(12) };
  const tag = await subtle.encrypt(first, empty, new Uint8Array());
  assert.equal(toHex(tag), "58e2fccefa7e3061367f1d57a4e7455a");

  const aes = await importAes("AES-GCM", GCM_KEY);
  const fourth = {
    name: "AES-GCM",
    iv: fromHex("cafebabefacedbaddecaf888"),
    additionalData: GCM_ADDITIONAL,
  };
  const encrypted = await subtle.encrypt(fourth, aes, fromHex(GCM_TEXT));
  assert.equal(
    toHex(encrypted),
    "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e" +
      "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091" +
      "5bc94fbc3221a5db94fae95ae7121a47",
  );
  assert.equal(toHex(await subtle.decrypt(fourth, aes, encrypted)), GCM_TEXT);

  const sixth = {
    ...fourth,
    iv: fromHex(
      "9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728" +
        "c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b",
    ),
  };
  const long = toHex(await subtle.encrypt(sixth, aes, fromHex(GCM_TEXT)));
  assert.equal(long.slice(-32), "619cc5aefffe0bfa462af43c1699d050");
});

test("AES-GCM: tags of every length, and nothing that was changed is decrypted", async () => {
  const aes = await importAes("AES-GCM", GCM_KEY);
  const iv = new Uint8Array(12).fill(3);
  const bad = { name: "OperationError" };
  for (const tagLength of [32, 64, 96, 104, 112, 120, 128]) {
    const algorithm = { name: "AES-GCM", iv, tagLength, additionalData: GCM_ADDITIONAL };
    const encrypted = new Uint8Array(await subtle.encrypt(algorithm, aes, fromHex(GCM_TEXT)));
    assert.equal(encrypted.length, GCM_TEXT.length / 2 + tagLength / 8);
    assert.equal(toHex(await subtle.decrypt(algorithm, aes, encrypted)), GCM_TEXT);
    for (const at of [0, encrypted.length - 1]) {
      const changed = encrypted.slice();
      changed[at]! ^= 0x80;
      await assert.rejects(subtle.decrypt(algorithm, aes, changed), bad);
    }
    const other = { ...algorithm, additionalData: new Uint8Array() };
    await assert.rejects(subtle.decrypt(other, aes, encrypted), bad);
    await assert.rejects(subtle.decrypt(algorithm, aes, encrypted.slice(0, 3)), bad);
    await assert.rejects(subtle.decrypt(algorithm, aes, new Uint8Array()), bad);
  }
  for (const tagLength of [0, 1, 8, 16, 33, 127, 136, 255]) {
    await assert.rejects(subtle.encrypt({ name: "AES-GCM", iv, tagLength }, aes, iv), bad);
    await assert.rejects(subtle.decrypt({ name: "AES-GCM", iv, tagLength }, aes, iv), bad);
  }
  await assert.rejects(subtle.encrypt({ name: "AES-GCM", iv: new Uint8Array() }, aes, iv), bad);
});

test("AES: data that another thread encrypts", async () => {
  const text = new Uint8Array(1_500_003).map((_, i) => i * 7 + (i >> 8));
  const block = new Uint8Array(16);
  for (const algorithm of [
    { name: "AES-GCM", iv: block },
    { name: "AES-CBC", iv: block },
    { name: "AES-CTR", counter: block, length: 64 },
  ]) {
    const aes = await importAes(algorithm.name, KEY_256);
    const pending = subtle.encrypt(algorithm, aes, text.slice());
    block.fill(9); // Parameters are copied at once.
    const encrypted = await pending;
    block.fill(0);
    const start = text.slice(0, 1600);
    const short = new Uint8Array(await subtle.encrypt(algorithm, aes, start));
    assert.deepEqual(new Uint8Array(encrypted, 0, 1600), short.subarray(0, 1600).slice());
    assert.deepEqual(new Uint8Array(await subtle.decrypt(algorithm, aes, encrypted)), text);
    const half = encrypted.slice(0, 700_001);
    if (algorithm.name !== "AES-CTR") {
      await assert.rejects(subtle.decrypt(algorithm, aes, half), { name: "OperationError" });
    }
  }
});

test("AES-KW: RFC 3394, 4.1 and 4.6", async () => {
  for (const [wrapping, key, wrapped] of [
    [
      "000102030405060708090a0b0c0d0e0f",
      "00112233445566778899aabbccddeeff",
      "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5",
    ],
    [
      "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
      "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f",
      "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21",
    ],
  ] as const) {
    const usages: KeyUsage[] = ["wrapKey", "unwrapKey"];
    const kek = await subtle.importKey("raw", fromHex(wrapping), "AES-KW", false, usages);
    const inner = await importAes("AES-GCM", key);
    assert.equal(toHex(await subtle.wrapKey("raw", inner, kek, "AES-KW")), wrapped);
    const again = await subtle.unwrapKey("raw", fromHex(wrapped), kek, "AES-KW", "AES-CBC", true, [
      "encrypt",
    ]);
    assert.equal(toHex((await subtle.exportKey("raw", again)) as ArrayBuffer), key);
    const changed = fromHex(wrapped);
    changed[5]! ^= 1;
    for (const bad of [changed, changed.slice(0, 16), new Uint8Array(), new Uint8Array(23)]) {
      await assert.rejects(
        subtle.unwrapKey("raw", bad, kek, "AES-KW", "AES-CBC", true, ["encrypt"]),
        { name: "OperationError" },
      );
    }
  }
});

test("AES: keys have 128, 192 or 256 bits", async () => {
  for (const name of ["AES-GCM", "AES-CBC", "AES-CTR", "AES-KW"]) {
    const usage: KeyUsage = name === "AES-KW" ? "wrapKey" : "encrypt";
    const mode = name.slice(4);
    for (const length of [128, 192, 256]) {
      const key = await subtle.generateKey({ name, length }, true, [usage]);
      assert.deepEqual(key.algorithm as unknown, { name, length });
      const raw = (await subtle.exportKey("raw", key)) as ArrayBuffer;
      assert.equal(raw.byteLength, length / 8);
      assert.notEqual(toHex(raw), "00".repeat(length / 8));
      const jwk = (await subtle.exportKey("jwk", key)) as JsonWebKey;
      assert.equal(jwk.alg, `A${length}${mode}`);
      const imported = await subtle.importKey("jwk", jwk, name, true, [usage]);
      assert.equal(toHex((await subtle.exportKey("raw", imported)) as ArrayBuffer), toHex(raw));
      const otherAlg = { ...jwk, alg: `A${length === 128 ? 256 : 128}${mode}` };
      for (const bad of [otherAlg, { ...jwk, alg: "" }, { ...jwk, use: "sig" }]) {
        await assert.rejects(subtle.importKey("jwk", bad, name, true, [usage]), {
          name: "DataError",
        });
      }
    }
    for (const length of [0, 64, 127, 129, 512, 65535]) {
      await assert.rejects(subtle.generateKey({ name, length }, true, [usage]), {
        name: "OperationError",
      });
    }
    await assert.rejects(subtle.generateKey({ name, length: 65536 }, true, [usage]), TypeError);
    for (const bytes of [0, 15, 17, 31, 33, 64]) {
      await assert.rejects(subtle.importKey("raw", new Uint8Array(bytes), name, true, [usage]), {
        name: "DataError",
      });
    }
    for (const format of ["spki", "pkcs8"] as const) {
      await assert.rejects(subtle.importKey(format, new Uint8Array(16), name, true, [usage]), {
        name: "NotSupportedError",
      });
    }
  }
});
