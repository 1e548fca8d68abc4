// openpgp: keys of every kind, encryption to keys and passwords, signatures, streams.
import * as openpgp from "openpgp";
import { assert, test } from "../web/harness.ts";

const userIDs = [{ name: "Ada", email: "ada@example.com" }];
const text = "Hello, Wörld!";

interface Generated {
  privateKey: openpgp.PrivateKey;
  publicKey: openpgp.PublicKey;
}

async function keys(options: Partial<openpgp.KeyOptions>): Promise<Generated> {
  return openpgp.generateKey({ userIDs, format: "object", ...options } as never) as never;
}

async function roundTrip({ privateKey, publicKey }: Generated): Promise<void> {
  const armored = (await openpgp.encrypt({
    message: await openpgp.createMessage({ text }),
    encryptionKeys: publicKey,
    signingKeys: privateKey,
  })) as string;
  assert.ok(armored.startsWith("-----BEGIN PGP MESSAGE-----\n"), armored);
  const { data, signatures } = await openpgp.decrypt({
    message: await openpgp.readMessage({ armoredMessage: armored }),
    decryptionKeys: privateKey,
    verificationKeys: publicKey,
    expectSigned: true,
  });
  assert.equal(data, text);
  assert.equal(await signatures[0]!.verified, true);
}

for (const [name, options] of Object.entries({
  curve25519: { type: "curve25519" },
  "curve25519 (legacy)": { type: "ecc", curve: "curve25519Legacy" },
  "P-256": { type: "ecc", curve: "nistP256" },
  "P-384": { type: "ecc", curve: "nistP384" },
  "P-521": { type: "ecc", curve: "nistP521" },
  "RSA 2048": { type: "rsa", rsaBits: 2048 },
}) as [string, Partial<openpgp.KeyOptions>][]) {
  test(`openpgp ${name}: generate, encrypt, sign, decrypt, verify`, async () => {
    await roundTrip(await keys(options));
  });
}

test("openpgp version 6 keys with AEAD", async () => {
  const config = { v6Keys: true, aeadProtect: true };
  const generated = await keys({ type: "curve25519", config });
  assert.equal(generated.publicKey.getFingerprint().length, 64);
  await roundTrip(generated);
});

test("openpgp keys: armor, passphrases, revocation", async () => {
  const generated = (await openpgp.generateKey({
    userIDs,
    type: "curve25519",
    passphrase: "correct horse",
  })) as { privateKey: string; publicKey: string; revocationCertificate: string };
  const locked = await openpgp.readPrivateKey({ armoredKey: generated.privateKey });
  assert.equal(locked.isDecrypted(), false);
  const privateKey = await openpgp.decryptKey({ privateKey: locked, passphrase: "correct horse" });
  assert.equal(privateKey.isDecrypted(), true);
  await assert.rejects(openpgp.decryptKey({ privateKey: locked, passphrase: "wrong" }));
  const publicKey = await openpgp.readKey({ armoredKey: generated.publicKey });
  assert.equal(publicKey.getFingerprint(), privateKey.getFingerprint());
  assert.equal((await publicKey.getPrimaryUser()).user.userID!.email, "ada@example.com");
  const { publicKey: revoked } = (await openpgp.revokeKey({
    key: publicKey,
    revocationCertificate: generated.revocationCertificate,
    format: "object",
  })) as { publicKey: openpgp.PublicKey };
  assert.equal(await revoked.isRevoked(), true);
});

test("openpgp encrypts bytes with a password", async () => {
  const binary = crypto.getRandomValues(new Uint8Array(20_000));
  const encrypted = await openpgp.encrypt({
    message: await openpgp.createMessage({ binary }),
    passwords: ["secret stuff"],
    format: "binary",
  });
  const message = await openpgp.readMessage({ binaryMessage: encrypted as Uint8Array });
  const { data } = await openpgp.decrypt({
    message,
    passwords: ["secret stuff"],
    format: "binary",
  });
  assert.deepEqual(new Uint8Array(data as Uint8Array), binary);
  await assert.rejects(openpgp.decrypt({ message, passwords: ["other"] }));
});

test("openpgp signs in clear text and detached", async () => {
  const { privateKey, publicKey } = await keys({ type: "curve25519" });
  const clear = (await openpgp.sign({
    message: await openpgp.createCleartextMessage({ text }),
    signingKeys: privateKey,
  })) as string;
  assert.ok(clear.includes(text));
  const verify = async (cleartextMessage: string) => {
    const message = await openpgp.readCleartextMessage({ cleartextMessage });
    const { signatures } = await openpgp.verify({ message, verificationKeys: publicKey });
    return signatures[0]!.verified;
  };
  assert.equal(await verify(clear), true);
  await assert.rejects(verify(clear.replace("Hello", "Hullo")), /Signed digest did not match/);
  const message = await openpgp.createMessage({ text });
  const armored = await openpgp.sign({ message, signingKeys: privateKey, detached: true });
  const { signatures } = await openpgp.verify({
    message: await openpgp.createMessage({ text }),
    signature: await openpgp.readSignature({ armoredSignature: armored as string }),
    verificationKeys: publicKey,
  });
  assert.equal(await signatures[0]!.verified, true);
});

test("openpgp encrypts and decrypts streams", async () => {
  const part = new TextEncoder().encode("0123456789".repeat(1000));
  let left = 20;
  const binary = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (left-- === 0) controller.close();
      else controller.enqueue(part);
    },
  });
  const encrypted = (await openpgp.encrypt({
    message: await openpgp.createMessage({ binary: binary as never }),
    passwords: ["stream"],
    format: "binary",
  })) as unknown as ReadableStream<Uint8Array>;
  assert.ok(encrypted instanceof ReadableStream);
  const { data } = await openpgp.decrypt({
    message: await openpgp.readMessage({ binaryMessage: encrypted as never }),
    passwords: ["stream"],
    format: "binary",
    config: { allowUnauthenticatedStream: true },
  });
  let size = 0;
  for await (const chunk of data as unknown as AsyncIterable<Uint8Array>) size += chunk.length;
  assert.equal(size, 20 * part.length);
});
