// jose: encryption by every key management and content algorithm, in all serialisations.
import * as jose from "jose";
import { assert, test } from "../web/harness.ts";

const plaintext = new TextEncoder().encode(
  "It’s a dangerous business, Frodo, going out your door.",
);
const contents = ["A128GCM", "A192GCM", "A256GCM"];
contents.push("A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512");

type Key = CryptoKey | Uint8Array;

async function roundTrip(alg: string, enc: string, encryptKey: Key, decryptKey: Key, other: Key) {
  const jwe = await new jose.CompactEncrypt(plaintext)
    .setProtectedHeader({ alg, enc })
    .encrypt(encryptKey);
  // PBES2 has to be allowed by name.
  const options = { keyManagementAlgorithms: [alg] };
  const decrypted = await jose.compactDecrypt(jwe, decryptKey, options);
  assert.deepEqual(decrypted.plaintext, plaintext);
  assert.equal(decrypted.protectedHeader.enc, enc);
  const parts = jwe.split(".");
  const tag = jose.base64url.decode(parts[4]!);
  tag[0]! ^= 1;
  parts[4] = jose.base64url.encode(tag);
  await assert.rejects(
    jose.compactDecrypt(parts.join("."), decryptKey, options),
    jose.errors.JWEDecryptionFailed,
    "a changed tag",
  );
  await assert.rejects(
    jose.compactDecrypt(jwe, other, options),
    jose.errors.JWEDecryptionFailed,
    "another key",
  );
}

for (const enc of contents) {
  test(`jose JWE dir ${enc}`, async () => {
    const [key, other] = (await Promise.all([
      jose.generateSecret(enc, { extractable: true }),
      jose.generateSecret(enc),
    ])) as CryptoKey[];
    await roundTrip("dir", enc, key!, key!, other!);
    const jwk = await jose.exportJWK(key!);
    const imported = await jose.importJWK({ ...jwk, alg: enc });
    await roundTrip("dir", enc, imported, key!, other!);
  });
}

for (const alg of ["A128KW", "A192KW", "A256KW", "A128GCMKW", "A192GCMKW", "A256GCMKW"]) {
  test(`jose JWE ${alg}`, async () => {
    for (const enc of ["A128GCM", "A256CBC-HS512"]) {
      const key = (await jose.generateSecret(alg)) as CryptoKey;
      await roundTrip(alg, enc, key, key, (await jose.generateSecret(alg)) as CryptoKey);
    }
  });
}

for (const alg of ["RSA-OAEP", "RSA-OAEP-256", "RSA-OAEP-384", "RSA-OAEP-512"]) {
  test(`jose JWE ${alg}`, async () => {
    const [own, other] = await Promise.all([jose.generateKeyPair(alg), jose.generateKeyPair(alg)]);
    await roundTrip(alg, "A256GCM", own.publicKey, own.privateKey, other.privateKey);
  });
}

for (const crv of ["P-256", "P-384", "P-521", "X25519"]) {
  for (const alg of ["ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"]) {
    test(`jose JWE ${alg} ${crv}`, async () => {
      const own = await jose.generateKeyPair(alg, { crv, extractable: true });
      const other = await jose.generateKeyPair(alg, { crv });
      await roundTrip(alg, "A128CBC-HS256", own.publicKey, own.privateKey, other.privateKey);
      const publicKey = await jose.importJWK(await jose.exportJWK(own.publicKey), alg);
      const privateKey = await jose.importPKCS8(await jose.exportPKCS8(own.privateKey), alg);
      await roundTrip(alg, "A192GCM", publicKey, privateKey, other.privateKey);
    });
  }
}

for (const alg of ["PBES2-HS256+A128KW", "PBES2-HS384+A192KW", "PBES2-HS512+A256KW"]) {
  test(`jose JWE ${alg}`, async () => {
    const key = (password: string) => new TextEncoder().encode(password);
    await roundTrip(alg, "A256GCM", key("entrap-o-peter"), key("entrap-o-peter"), key("other"));
  });
}

test("jose JWE: additional data, flattened and general serialisations", async () => {
  const secret = (await jose.generateSecret("A256GCMKW")) as CryptoKey;
  const { publicKey, privateKey } = await jose.generateKeyPair("ECDH-ES+A256KW");
  const aad = new TextEncoder().encode("additional");
  const flat = await new jose.FlattenedEncrypt(plaintext)
    .setProtectedHeader({ alg: "A256GCMKW", enc: "A256GCM" })
    .setAdditionalAuthenticatedData(aad)
    .encrypt(secret);
  const opened = await jose.flattenedDecrypt(flat, secret);
  assert.deepEqual(opened.plaintext, plaintext);
  assert.deepEqual(opened.additionalAuthenticatedData, aad);
  await assert.rejects(
    jose.flattenedDecrypt({ ...flat, aad: jose.base64url.encode("changed") }, secret),
    jose.errors.JWEDecryptionFailed,
  );
  const general = new jose.GeneralEncrypt(plaintext).setProtectedHeader({ enc: "A128GCM" });
  general.addRecipient(secret).setUnprotectedHeader({ alg: "A256GCMKW" });
  general.addRecipient(publicKey).setUnprotectedHeader({ alg: "ECDH-ES+A256KW" });
  const jwe = await general.encrypt();
  for (const key of [secret, privateKey]) {
    assert.deepEqual((await jose.generalDecrypt(jwe, key)).plaintext, plaintext);
  }
});

test("jose JWE: compressed plaintext", async () => {
  const key = (await jose.generateSecret("A256GCM")) as CryptoKey;
  const jwe = await new jose.CompactEncrypt(plaintext)
    .setProtectedHeader({ alg: "dir", enc: "A256GCM", zip: "DEF" })
    .encrypt(key);
  assert.deepEqual((await jose.compactDecrypt(jwe, key)).plaintext, plaintext);
});

test("jose encrypted JWT", async () => {
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const token = await new jose.EncryptJWT({ secret: "claim" })
    .setProtectedHeader({ alg: "dir", enc: "A128CBC-HS256" })
    .setIssuedAt()
    .setExpirationTime("1h")
    .encrypt(secret);
  const { payload } = await jose.jwtDecrypt(token, secret);
  assert.equal(payload.secret, "claim");
});
