// @noble/curves: signatures and shared secrets of every curve, and its wrapper over crypto.subtle.
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { ed25519, ristretto255, x25519 } from "@noble/curves/ed25519.js";
import { ed448, x448 } from "@noble/curves/ed448.js";
import { brainpoolP256r1 } from "@noble/curves/misc.js";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import { bytesToHex, hexToBytes } from "@noble/curves/utils.js";
import * as web from "@noble/curves/webcrypto.js";
import { assert, test } from "../web/harness.ts";

const message = new TextEncoder().encode("hello noble");

for (const [name, curve] of Object.entries({
  secp256k1,
  schnorr,
  p256,
  p384,
  p521,
  ed25519,
  ed448,
  brainpoolP256r1,
})) {
  test(`@noble/curves ${name} signs and verifies`, () => {
    const { secretKey, publicKey } = curve.keygen();
    const signature = curve.sign(message, secretKey);
    assert.equal(curve.verify(signature, message, publicKey), true);
    assert.equal(curve.verify(signature, message, curve.keygen().publicKey), false);
    assert.equal(curve.verify(signature, new Uint8Array([1]), publicKey), false);
  });
}

for (const [name, curve] of Object.entries({ x25519, x448, secp256k1, p256, p384, p521 })) {
  test(`@noble/curves ${name} agrees on a shared secret`, () => {
    const alice = curve.keygen();
    const bob = curve.keygen();
    assert.equal(
      bytesToHex(curve.getSharedSecret(alice.secretKey, bob.publicKey)),
      bytesToHex(curve.getSharedSecret(bob.secretKey, alice.publicKey)),
    );
  });
}

// RFC 8032, section 7.1, test 2.
test("@noble/curves ed25519 gives the RFC's signature", () => {
  const secret = hexToBytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  assert.equal(
    bytesToHex(ed25519.sign(hexToBytes("72"), secret)),
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  );
});

test("@noble/curves bls12-381 aggregates signatures", () => {
  const { longSignatures } = bls12_381;
  const signers = [longSignatures.keygen(), longSignatures.keygen()];
  const hashed = longSignatures.hash(message);
  const signatures = signers.map(({ secretKey }) => longSignatures.sign(hashed, secretKey));
  const signature = longSignatures.aggregateSignatures(signatures);
  const publicKey = longSignatures.aggregatePublicKeys(signers.map((signer) => signer.publicKey));
  assert.equal(longSignatures.verify(signature, hashed, publicKey), true);
});

test("@noble/curves points", () => {
  const { Point } = ristretto255;
  assert.ok(Point.BASE.multiply(3n).equals(Point.BASE.add(Point.BASE).add(Point.BASE)));
  const point = p256.Point.BASE.double();
  assert.ok(p256.Point.fromHex(point.toHex(true)).equals(point));
});

const pairs = {
  p256: [web.p256, p256],
  p384: [web.p384, p384],
  p521: [web.p521, p521],
  ed25519: [web.ed25519, ed25519],
} as const;

for (const [name, [native, own]] of Object.entries(pairs)) {
  test(`@noble/curves/webcrypto ${name} and crypto.subtle verify each other`, async () => {
    assert.equal(await native.isSupported(), true);
    const { secretKey, publicKey } = await native.keygen();
    const signature = await native.sign(message, secretKey);
    assert.equal(await native.verify(signature, message, publicKey), true);
    assert.equal(await native.verify(signature, new Uint8Array([1]), publicKey), false);
    // ECDSA as crypto.subtle has it does not ask for the lower of the two values of S.
    const options = { lowS: false } as never;
    const raw = (await native.utils.convertPublicKey(publicKey, "spki", "raw")) as Uint8Array;
    assert.equal(own.verify(signature, message, raw, options), true);
    const theirs = own.keygen();
    const theirKey = own.Point.fromBytes(theirs.publicKey).toBytes(false);
    const theirSignature = own.sign(message, theirs.secretKey, options);
    assert.equal(
      await native.verify(theirSignature, message, theirKey, { formatPub: "raw" }),
      true,
    );
  });
}

test("@noble/curves/webcrypto x25519 agrees on a shared secret", async () => {
  const alice = await web.x25519.keygen();
  const bob = await web.x25519.keygen();
  assert.deepEqual(
    await web.x25519.getSharedSecret(alice.secretKey, bob.publicKey),
    await web.x25519.getSharedSecret(bob.secretKey, alice.publicKey),
  );
});
