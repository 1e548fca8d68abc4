// jose: signatures by every algorithm, in all serialisations, and signed tokens.
import * as jose from "jose";
import { assert, test } from "../web/harness.ts";

const text = new TextEncoder();

const signatures = ["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384"];
signatures.push("PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519");

interface Keys {
  sign: CryptoKey | Uint8Array;
  verify: CryptoKey | Uint8Array;
}

async function keysOf(alg: string): Promise<Keys> {
  if (alg.startsWith("HS")) {
    const secret = (await jose.generateSecret(alg, { extractable: true })) as CryptoKey;
    return { sign: secret, verify: secret };
  }
  const { privateKey, publicKey } = await jose.generateKeyPair(alg, { extractable: true });
  return { sign: privateKey, verify: publicKey };
}

for (const alg of signatures) {
  test(`jose JWT ${alg}: sign, verify, refuse`, async () => {
    const { sign, verify } = await keysOf(alg);
    const token = await new jose.SignJWT({ role: "admin" })
      .setProtectedHeader({ alg })
      .setIssuedAt()
      .setIssuer("urn:issuer")
      .setAudience("urn:audience")
      .setExpirationTime("2h")
      .sign(sign);
    const options = { issuer: "urn:issuer", audience: "urn:audience", algorithms: [alg] };
    const { payload, protectedHeader } = await jose.jwtVerify(token, verify, options);
    assert.equal(payload.role, "admin");
    assert.equal(protectedHeader.alg, alg);
    const [head, , signature] = token.split(".");
    const forged = `${head}.${jose.base64url.encode('{"role":"root"}')}.${signature}`;
    await assert.rejects(
      jose.jwtVerify(forged, verify),
      jose.errors.JWSSignatureVerificationFailed,
    );
    const other = await keysOf(alg);
    await assert.rejects(
      jose.jwtVerify(token, other.verify),
      jose.errors.JWSSignatureVerificationFailed,
    );
  });

  test(`jose JWK ${alg}: export, import, verify`, async () => {
    const { sign, verify } = await keysOf(alg);
    const signJwk = await jose.exportJWK(sign);
    const verifyJwk = await jose.exportJWK(verify);
    const importedSign = await jose.importJWK(signJwk, alg);
    const importedVerify = await jose.importJWK(verifyJwk, alg);
    const jws = await new jose.CompactSign(text.encode("payload"))
      .setProtectedHeader({ alg })
      .sign(importedSign);
    for (const key of [verify, importedVerify]) {
      const { payload } = await jose.compactVerify(jws, key);
      assert.equal(new TextDecoder().decode(payload), "payload");
    }
  });
}

for (const alg of ["RS256", "PS384", "ES256", "ES384", "ES512", "EdDSA"]) {
  test(`jose PEM ${alg}: export and import PKCS #8 and SPKI`, async () => {
    const { sign, verify } = await keysOf(alg);
    const pkcs8 = await jose.exportPKCS8(sign as CryptoKey);
    const spki = await jose.exportSPKI(verify as CryptoKey);
    assert.ok(/^-----BEGIN PRIVATE KEY-----\n[\s\S]+\n-----END PRIVATE KEY-----/.test(pkcs8));
    assert.ok(spki.startsWith("-----BEGIN PUBLIC KEY-----\n"));
    const again = await jose.importPKCS8(pkcs8, alg);
    const token = await new jose.SignJWT().setProtectedHeader({ alg }).sign(again);
    await jose.jwtVerify(token, await jose.importSPKI(spki, alg));
  });
}

test("jose JWS: flattened and general serialisations", async () => {
  const first = await keysOf("ES256");
  const second = await keysOf("HS256");
  const payload = text.encode("It’s a dangerous business");
  const flat = await new jose.FlattenedSign(payload)
    .setProtectedHeader({ alg: "ES256" })
    .setUnprotectedHeader({ kid: "1" })
    .sign(first.sign);
  assert.deepEqual((await jose.flattenedVerify(flat, first.verify)).payload, payload);
  const general = new jose.GeneralSign(payload);
  general.addSignature(first.sign).setProtectedHeader({ alg: "ES256" });
  general.addSignature(second.sign).setProtectedHeader({ alg: "HS256" });
  const jws = await general.sign();
  assert.equal(jws.signatures.length, 2);
  for (const key of [first.verify, second.verify]) {
    assert.deepEqual((await jose.generalVerify(jws, key)).payload, payload);
  }
});

test("jose JWS: unencoded payloads", async () => {
  const { sign, verify } = await keysOf("HS256");
  const jws = await new jose.FlattenedSign(text.encode("foo"))
    .setProtectedHeader({ alg: "HS256", b64: false, crit: ["b64"] })
    .sign(sign);
  const signed = { ...jws, payload: "foo" };
  assert.equal(
    new TextDecoder().decode((await jose.flattenedVerify(signed, verify)).payload),
    "foo",
  );
});

test("jose JWT: claims are validated", async () => {
  const secret = text.encode("a secret of thirty-two bytes ....");
  const make = (claims: jose.JWTPayload) =>
    new jose.SignJWT(claims).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(secret);
  const now = Math.floor(Date.now() / 1000);
  await assert.rejects(
    jose.jwtVerify(await make({ exp: now - 10 }), secret),
    jose.errors.JWTExpired,
  );
  await jose.jwtVerify(await make({ exp: now - 10 }), secret, { clockTolerance: 60 });
  await assert.rejects(
    jose.jwtVerify(await make({ iat: now - 100 }), secret, { maxTokenAge: 50 }),
    jose.errors.JWTExpired,
  );
  const checks: [jose.JWTPayload, jose.JWTVerifyOptions][] = [
    [{ nbf: now + 100 }, {}],
    [{ iss: "a" }, { issuer: "b" }],
    [{ aud: ["a"] }, { audience: "b" }],
    [{ sub: "a" }, { subject: "b" }],
    [{}, { requiredClaims: ["jti"] }],
    [{}, { typ: "at+jwt" }],
  ];
  for (const [claims, options] of checks) {
    await assert.rejects(
      jose.jwtVerify(await make(claims), secret, options),
      jose.errors.JWTClaimValidationFailed,
    );
  }
  await assert.rejects(
    jose.jwtVerify(await make({}), secret, { algorithms: ["HS512"] }),
    jose.errors.JOSEAlgNotAllowed,
  );
});

test("jose JWT: decoded without verification, and unsecured", async () => {
  const token = new jose.UnsecuredJWT({ a: "ü" }).setIssuedAt(1).encode();
  assert.deepEqual(jose.UnsecuredJWT.decode(token).payload, { a: "ü", iat: 1 } as never);
  assert.equal(jose.decodeJwt(token).a, "ü");
  assert.equal(jose.decodeProtectedHeader(token).alg, "none");
});
