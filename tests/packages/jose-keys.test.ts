// jose: key sets, thumbprints, certificates, embedded keys.
import * as jose from "jose";
import { assert, test } from "../web/harness.ts";

async function signedBy(alg: string, kid: string) {
  const { privateKey, publicKey } = await jose.generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await jose.exportJWK(publicKey)), kid, alg, use: "sig" };
  const token = await new jose.SignJWT({ sub: kid })
    .setProtectedHeader({ alg, kid })
    .sign(privateKey);
  return { jwk, token, privateKey };
}

test("jose finds the key in a local key set", async () => {
  const first = await signedBy("ES256", "one");
  const second = await signedBy("RS256", "two");
  const third = await signedBy("EdDSA", "three");
  const set = jose.createLocalJWKSet({ keys: [first.jwk, second.jwk] });
  for (const { token, jwk } of [first, second]) {
    assert.equal((await jose.jwtVerify(token, set)).payload.sub, jwk.kid);
  }
  await assert.rejects(jose.jwtVerify(third.token, set), jose.errors.JWKSNoMatchingKey);
});

test("jose fetches a remote key set with a fetch of the app's own", async () => {
  const { jwk, token } = await signedBy("ES384", "remote");
  let fetches = 0;
  const set = jose.createRemoteJWKSet(new URL("https://keys.test/jwks.json"), {
    [jose.customFetch]: async (url: string, options: { headers: Headers; signal: AbortSignal }) => {
      fetches++;
      assert.equal(url, "https://keys.test/jwks.json");
      assert.ok(options.headers instanceof Headers && options.signal instanceof AbortSignal);
      return Response.json({ keys: [jwk] });
    },
  });
  for (let i = 0; i < 3; i++)
    assert.equal((await jose.jwtVerify(token, set)).payload.sub, "remote");
  assert.equal(fetches, 1);
  assert.equal(set.fresh, true);
});

// RFC 7638, section 3.1.
const thumbprinted = {
  kty: "RSA",
  n: "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
  e: "AQAB",
};

test("jose calculates thumbprints", async () => {
  const expected = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
  assert.equal(await jose.calculateJwkThumbprint(thumbprinted), expected);
  const uri = await jose.calculateJwkThumbprintUri(thumbprinted, "sha256");
  assert.equal(uri, `urn:ietf:params:oauth:jwk-thumbprint:sha-256:${expected}`);
});

test("jose verifies by the key embedded in the header", async () => {
  const { privateKey, publicKey } = await jose.generateKeyPair("ES256", { extractable: true });
  const { kty, crv, x, y } = await jose.exportJWK(publicKey);
  const token = await new jose.SignJWT({})
    .setProtectedHeader({ alg: "ES256", jwk: { kty, crv, x, y } as jose.JWK })
    .sign(privateKey);
  const { protectedHeader } = await jose.jwtVerify(token, jose.EmbeddedJWK);
  assert.equal(protectedHeader.jwk!.x, x);
});

// RFC 7515, appendices A.1 and A.3: tokens made by others.
test("jose verifies the examples of RFC 7515", async () => {
  const hs = await jose.importJWK({
    kty: "oct",
    alg: "HS256",
    k: "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
  });
  const body =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
  const token = `eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.${body}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk`;
  const options = { currentDate: new Date(1_300_000_000_000) };
  assert.equal((await jose.jwtVerify(token, hs, options)).payload.iss, "joe");
  const es = await jose.importJWK({
    kty: "EC",
    crv: "P-256",
    alg: "ES256",
    x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
  });
  const signature =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
  const other = `eyJhbGciOiJFUzI1NiJ9.${body}.${signature}`;
  assert.equal((await jose.jwtVerify(other, es, options)).payload.iss, "joe");
});

test("jose refuses keys that do not fit", async () => {
  const { privateKey, publicKey } = await jose.generateKeyPair("ES256");
  const sign = new jose.SignJWT({}).setProtectedHeader({ alg: "ES256" });
  await assert.rejects(sign.sign(publicKey), TypeError);
  const rs = new jose.SignJWT({}).setProtectedHeader({ alg: "RS256" });
  await assert.rejects(rs.sign(privateKey), TypeError);
  await assert.rejects(jose.exportJWK(privateKey), TypeError);
  await assert.rejects(jose.generateKeyPair("RS256", { modulusLength: 1024 }));
});
