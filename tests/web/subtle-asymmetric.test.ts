// crypto.subtle with public keys: signatures, RSA-OAEP and key agreement, against the vectors of RFCs. What
// Web Platform Tests check already is not repeated.
import { assert, test } from "./harness.ts";
import {
  ECDH,
  EC_JWK,
  ED25519_JWK,
  ED25519_TOKEN,
  ES256_TOKEN,
  RS256_TOKEN,
  RSA_JWK,
  X25519,
  fromBase64Url,
  hex,
  publicJwk,
  toHex,
  utf8,
} from "./subtle-vectors.ts";

const { subtle } = crypto;
const RSASSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const PSS = { name: "RSA-PSS", hash: "SHA-256" };
const OAEP = { name: "RSA-OAEP", hash: "SHA-256" };
const ECDSA = { name: "ECDSA", namedCurve: "P-256" };

// Evaluated while a snapshot is built, if there is one: keys have to survive it, and none may be made.
const early = {
  rsaPrivate: await subtle.importKey("jwk", RSA_JWK, RSASSA, true, ["sign"]),
  rsaPublic: await subtle.importKey("jwk", publicJwk(RSA_JWK), RSASSA, true, ["verify"]),
  ecPrivate: await subtle.importKey("jwk", EC_JWK, ECDSA, true, ["sign"]),
  edPrivate: await subtle.importKey("jwk", ED25519_JWK, "Ed25519", true, ["sign"]),
  edSignature: "",
  generation: "",
};
early.edSignature = toHex(await subtle.sign("Ed25519", early.edPrivate, utf8("early")));
try {
  await subtle.generateKey(ECDSA, true, ["sign"]);
} catch (error) {
  early.generation = (error as Error).message;
}

test("subtle: keys are not generated at the top level", () => {
  assert.ok(/inside fetch\(\)/.test(early.generation), early.generation);
});

test("subtle: keys that were imported at the top level work", async () => {
  const [message, signature] = splitToken(RS256_TOKEN);
  assert.equal(
    toHex(await subtle.sign(RSASSA.name, early.rsaPrivate, message)),
    toHex(signature.buffer),
  );
  assert.ok(await subtle.verify(RSASSA.name, early.rsaPublic, signature, message));
  const verifier = await subtle.importKey("jwk", publicJwk(EC_JWK), ECDSA, true, ["verify"]);
  const ecSignature = await subtle.sign(
    { name: "ECDSA", hash: "SHA-256" },
    early.ecPrivate,
    message,
  );
  assert.ok(
    await subtle.verify({ name: "ECDSA", hash: "SHA-256" }, verifier, ecSignature, message),
  );
  assert.equal(
    toHex(await subtle.sign("Ed25519", early.edPrivate, utf8("early"))),
    early.edSignature,
  );
});

function splitToken(token: string): [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>] {
  const dot = token.lastIndexOf(".");
  return [utf8(token.slice(0, dot)), fromBase64Url(token.slice(dot + 1))];
}

test("subtle: RS256 of RFC 7515, A.2", async () => {
  const [message, signature] = splitToken(RS256_TOKEN);
  const signer = await subtle.importKey("jwk", RSA_JWK, RSASSA, false, ["sign"]);
  assert.equal(toHex(await subtle.sign(RSASSA.name, signer, message)), toHex(signature.buffer));
  const verifier = await subtle.importKey("jwk", publicJwk(RSA_JWK), RSASSA, false, ["verify"]);
  assert.equal(await subtle.verify(RSASSA.name, verifier, signature, message), true);
  message[0]! ^= 1;
  assert.equal(await subtle.verify(RSASSA.name, verifier, signature, message), false);
});

test("subtle: ES256 of RFC 7515, A.3", async () => {
  const [message, signature] = splitToken(ES256_TOKEN);
  const verifier = await subtle.importKey("jwk", publicJwk(EC_JWK), ECDSA, false, ["verify"]);
  const params = { name: "ECDSA", hash: "SHA-256" };
  assert.equal(await subtle.verify(params, verifier, signature, message), true);
  assert.equal(
    await subtle.verify({ ...params, hash: "SHA-384" }, verifier, signature, message),
    false,
  );
  // DER, as other libraries write ECDSA signatures, is no signature here.
  assert.equal(await subtle.verify(params, verifier, new Uint8Array(70), message), false);
});

test("subtle: EdDSA of RFC 8037, A.4", async () => {
  const [message, signature] = splitToken(ED25519_TOKEN);
  const signer = await subtle.importKey("jwk", ED25519_JWK, "Ed25519", false, ["sign"]);
  assert.equal(toHex(await subtle.sign("Ed25519", signer, message)), toHex(signature.buffer));
  const verifier = await subtle.importKey("jwk", publicJwk(ED25519_JWK), "Ed25519", false, [
    "verify",
  ]);
  assert.equal(await subtle.verify("Ed25519", verifier, signature, message), true);
});

test("subtle: RSA-PSS signatures are random, and belong to their length of salt", async () => {
  const signer = await subtle.importKey("jwk", RSA_JWK, PSS, false, ["sign"]);
  const verifier = await subtle.importKey("jwk", publicJwk(RSA_JWK), PSS, false, ["verify"]);
  const params = { name: "RSA-PSS", saltLength: 32 };
  const message = utf8("message");
  const first = await subtle.sign(params, signer, message);
  const second = await subtle.sign(params, signer, message);
  assert.notEqual(toHex(first), toHex(second));
  assert.equal(await subtle.verify(params, verifier, first, message), true);
  assert.equal(await subtle.verify({ ...params, saltLength: 31 }, verifier, first, message), false);
  for (const saltLength of [223, 2 ** 31, 2 ** 32 - 1]) {
    await assert.rejects(subtle.sign({ ...params, saltLength }, signer, message), {
      name: "OperationError",
    });
    assert.equal(await subtle.verify({ ...params, saltLength }, verifier, first, message), false);
  }
  for (const saltLength of [-1, 2 ** 32, NaN, undefined]) {
    await assert.rejects(
      subtle.sign({ ...params, saltLength } as RsaPssParams, signer, message),
      TypeError,
    );
  }
});

test("subtle: RSA-OAEP with and without a label", async () => {
  const decrypter = await subtle.importKey("jwk", RSA_JWK, OAEP, false, ["decrypt"]);
  const encrypter = await subtle.importKey("jwk", publicJwk(RSA_JWK), OAEP, false, ["encrypt"]);
  const label = utf8("label");
  const labelled = await subtle.encrypt({ name: "RSA-OAEP", label }, encrypter, utf8("secret"));
  assert.equal(labelled.byteLength, 256);
  const opened = await subtle.decrypt({ name: "RSA-OAEP", label }, decrypter, labelled);
  assert.equal(new TextDecoder().decode(opened), "secret");
  const failure = { name: "OperationError" };
  await assert.rejects(subtle.decrypt("RSA-OAEP", decrypter, labelled), failure);
  await assert.rejects(subtle.decrypt("RSA-OAEP", decrypter, new Uint8Array(0)), failure);
  await assert.rejects(subtle.decrypt("RSA-OAEP", decrypter, new Uint8Array(256)), failure);
  await assert.rejects(subtle.decrypt("RSA-OAEP", decrypter, new Uint8Array(1000)), failure);
  await assert.rejects(subtle.encrypt("RSA-OAEP", encrypter, new Uint8Array(191)), failure);
  const empty = await subtle.encrypt("RSA-OAEP", encrypter, new Uint8Array(0));
  assert.equal((await subtle.decrypt("RSA-OAEP", decrypter, empty)).byteLength, 0);
  const long = { name: "RSA-OAEP", label: new Uint8Array(300_000) };
  const sealed = await subtle.encrypt(long, encrypter, new Uint8Array(190));
  assert.equal((await subtle.decrypt(long, decrypter, sealed)).byteLength, 190);
});

function pkcs8OfX25519(secret: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16 + secret.length);
  bytes.set(hex("302e020100300506032b656e04220420"));
  bytes.set(secret, 16);
  return bytes;
}

test("subtle: X25519 of RFC 7748, 6.1", async () => {
  const alice = await subtle.importKey("pkcs8", pkcs8OfX25519(hex(X25519.alice)), "X25519", true, [
    "deriveBits",
  ]);
  const bob = await subtle.importKey("raw", hex(X25519.bobPublic), "X25519", true, []);
  const params = { name: "X25519", public: bob };
  assert.equal(toHex(await subtle.deriveBits(params, alice, 256)), X25519.shared);
  assert.equal(toHex(await subtle.deriveBits(params, alice, null)), X25519.shared);
  assert.equal(toHex(await subtle.deriveBits(params, alice, 12)), "4a50");
  assert.equal(toHex(await subtle.deriveBits(params, alice, 0)), "");
  await assert.rejects(subtle.deriveBits(params, alice, 257), { name: "OperationError" });
  const jwk = await subtle.exportKey("jwk", alice);
  assert.equal(toHex(fromBase64Url(jwk.x!).buffer), X25519.alicePublic);

  const small = await subtle.importKey("raw", new Uint8Array(32), "X25519", true, []);
  await assert.rejects(subtle.deriveBits({ name: "X25519", public: small }, alice, 256), {
    name: "OperationError",
  });
});

test("subtle: ECDH of RFC 7518, C", async () => {
  const algorithm = { name: "ECDH", namedCurve: "P-256" };
  const alice = await subtle.importKey("jwk", ECDH.alice, algorithm, false, ["deriveBits"]);
  const bob = await subtle.importKey("jwk", ECDH.bob, algorithm, false, []);
  const params = { name: "ECDH", public: bob };
  assert.equal(toHex(await subtle.deriveBits(params, alice, 256)), ECDH.shared);
  assert.equal(toHex(await subtle.deriveBits(params, alice, 9)), "9e00");
  await assert.rejects(subtle.deriveBits(params, alice, 264), { name: "OperationError" });
  // Both sides get an AES key out of it.
  const derive = await subtle.importKey("jwk", ECDH.alice, algorithm, false, ["deriveKey"]);
  const key = await subtle.deriveKey(params, derive, { name: "AES-GCM", length: 128 }, true, [
    "encrypt",
  ]);
  assert.equal(toHex(await subtle.exportKey("raw", key)), ECDH.shared.slice(0, 32));
});

test("subtle: small-order Ed25519 keys verify nothing", async () => {
  const identity = new Uint8Array(32);
  identity[0] = 1;
  const key = await subtle.importKey("raw", identity, "Ed25519", true, ["verify"]);
  const signature = new Uint8Array(64);
  signature[0] = 1;
  assert.equal(await subtle.verify("Ed25519", key, signature, utf8("anything")), false);
});

test("subtle: data are read when the method is called", async () => {
  const signer = await subtle.importKey("jwk", ED25519_JWK, "Ed25519", false, ["sign"]);
  for (const size of [10, 1000, 400_000]) {
    const data = new Uint8Array(size).fill(7);
    const expected = toHex(await subtle.sign("Ed25519", signer, data));
    const signature = subtle.sign("Ed25519", signer, data);
    data.fill(8);
    assert.equal(toHex(await signature), expected, `${size} bytes`);
  }
});

test("subtle: many operations at once, more keys than are kept parsed", async () => {
  const pairs: CryptoKeyPair[] = await Promise.all(
    Array.from({ length: 50 }, () => subtle.generateKey(ECDSA, false, ["sign", "verify"])),
  );
  const params = { name: "ECDSA", hash: "SHA-256" };
  for (let round = 0; round < 2; round++) {
    const signatures = await Promise.all(
      pairs.map((pair, i) => subtle.sign(params, pair.privateKey, utf8(`message ${i}`))),
    );
    const valid = await Promise.all(
      pairs.map((pair, i) =>
        subtle.verify(params, pair.publicKey, signatures[i]!, utf8(`message ${i}`)),
      ),
    );
    assert.ok(valid.every((each) => each === true));
    const mixed = await subtle.verify(
      params,
      pairs[0]!.publicKey,
      signatures[1]!,
      utf8("message 1"),
    );
    assert.equal(mixed, false);
  }
});

test("subtle: a clone of a key is the same key", async () => {
  const signer = await subtle.importKey("jwk", ED25519_JWK, "Ed25519", false, ["sign"]);
  const clone = structuredClone(signer);
  assert.notEqual(clone, signer);
  assert.equal(clone.type, "private");
  assert.equal(clone.extractable, false);
  const message = utf8("m");
  assert.equal(
    toHex(await subtle.sign("Ed25519", clone, message)),
    toHex(await subtle.sign("Ed25519", signer, message)),
  );
});

test("subtle: patched prototypes do not matter", async () => {
  await null; // The harness itself needs them.
  const { subarray, set, slice } = Uint8Array.prototype;
  const { push } = Array.prototype;
  const broken = () => {
    throw new Error("patched");
  };
  Object.assign(Uint8Array.prototype, { subarray: broken, set: broken, slice: broken });
  Array.prototype.push = broken;
  let jwk: JsonWebKey | undefined;
  let valid: boolean | undefined;
  try {
    const signer = await subtle.importKey("jwk", EC_JWK, ECDSA, true, ["sign"]);
    const verifier = await subtle.importKey("jwk", ECDH.bob, ECDSA, true, ["verify"]);
    const params = { name: "ECDSA", hash: "SHA-256" };
    const signature = await subtle.sign(params, signer, new Uint8Array(3));
    valid = await subtle.verify(params, verifier, signature, new Uint8Array(3));
    jwk = await subtle.exportKey("jwk", signer);
  } finally {
    Object.assign(Uint8Array.prototype, { subarray, set, slice });
    Array.prototype.push = push;
  }
  assert.equal(valid, false);
  assert.equal(jwk?.y, EC_JWK.y);
});
