// hono: authentication middleware, JSON Web Tokens of every algorithm, signed cookies.
import { Hono } from "hono";
import { basicAuth } from "hono/basic-auth";
import { bearerAuth } from "hono/bearer-auth";
import { deleteCookie, generateCookie, getCookie, getSignedCookie } from "hono/cookie";
import { setCookie, setSignedCookie } from "hono/cookie";
import { jwk } from "hono/jwk";
import { decode, jwt, sign, verify, type JwtVariables } from "hono/jwt";
import { assert, test } from "../web/harness.ts";

const header = (value: string) => ({ headers: { authorization: value } });

test("hono/basic-auth lets the right user in", async () => {
  const app = new Hono();
  app.use(basicAuth({ username: "ada", password: "pass:wörd", realm: "shop" }));
  app.get("/", (c) => c.text("in"));
  const refused = await app.request("/");
  assert.equal(refused.status, 401);
  assert.equal(refused.headers.get("www-authenticate"), 'Basic realm="shop"');
  const encoded = btoa(String.fromCharCode(...new TextEncoder().encode("ada:pass:wörd")));
  assert.equal(await (await app.request("/", header(`Basic ${encoded}`))).text(), "in");
  const wrong = await app.request("/", header(`Basic ${btoa("ada:pass")}`));
  assert.equal(wrong.status, 401);
});

test("hono/basic-auth asks a function", async () => {
  const app = new Hono();
  app.use(basicAuth({ verifyUser: (name, password) => name === "x" && password === "y" }));
  app.get("/", (c) => c.text("in"));
  assert.equal((await app.request("/", header(`Basic ${btoa("x:y")}`))).status, 200);
  assert.equal((await app.request("/", header(`Basic ${btoa("x:z")}`))).status, 401);
});

test("hono/bearer-auth compares tokens", async () => {
  const app = new Hono();
  app.use(bearerAuth({ token: ["one", "two"] }));
  app.get("/", (c) => c.text("in"));
  assert.equal((await app.request("/", header("Bearer two"))).status, 200);
  assert.equal((await app.request("/", header("Bearer three"))).status, 401);
  assert.equal((await app.request("/", header("Basic two"))).status, 400);
  assert.equal((await app.request("/")).status, 401);
});

for (const alg of ["HS256", "HS384", "HS512"] as const) {
  test(`hono/jwt signs and verifies ${alg}`, async () => {
    const payload = { sub: "ada", exp: Math.floor(Date.now() / 1000) + 60 };
    const token = await sign(payload, "secret", alg);
    assert.deepEqual(await verify(token, "secret", alg), payload as never);
    assert.equal(decode(token).header.alg, alg);
    await assert.rejects(verify(token, "other", alg), { name: "JwtTokenSignatureMismatched" });
  });
}

const hash = (alg: string) => `SHA-${alg.slice(2)}`;
const rsa = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
const asymmetric: Record<string, RsaHashedKeyGenParams | EcKeyGenParams | { name: string }> = {
  EdDSA: { name: "Ed25519" },
  ES256: { name: "ECDSA", namedCurve: "P-256" },
  ES384: { name: "ECDSA", namedCurve: "P-384" },
  ES512: { name: "ECDSA", namedCurve: "P-521" },
};
for (const alg of ["RS256", "RS384", "RS512"]) {
  asymmetric[alg] = { name: "RSASSA-PKCS1-v1_5", hash: hash(alg), ...rsa };
}
for (const alg of ["PS256", "PS384", "PS512"]) {
  asymmetric[alg] = { name: "RSA-PSS", hash: hash(alg), ...rsa };
}

function generate(alg: string): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(asymmetric[alg]!, true, ["sign", "verify"]) as never;
}

for (const alg of Object.keys(asymmetric)) {
  test(`hono/jwt signs and verifies ${alg}`, async () => {
    const { privateKey, publicKey } = await generate(alg);
    const token = await sign({ sub: "ada" }, privateKey, alg as "RS256");
    assert.deepEqual(await verify(token, publicKey, alg as "RS256"), { sub: "ada" } as never);
    const other = await generate(alg);
    await assert.rejects(verify(token, other.publicKey, alg as "RS256"), {
      name: "JwtTokenSignatureMismatched",
    });
  });
}

test("hono's jwt middleware guards routes and hands over the payload", async () => {
  const app = new Hono<{ Variables: JwtVariables }>();
  app.use("/auth/*", jwt({ secret: "secret", alg: "HS256" }));
  app.get("/auth/page", (c) => c.json(c.get("jwtPayload")));
  assert.equal((await app.request("/auth/page")).status, 401);
  const token = await sign({ role: "admin" }, "secret", "HS256");
  const response = await app.request("/auth/page", header(`Bearer ${token}`));
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { role: "admin" });
  const expired = await sign({ exp: 1 }, "secret", "HS256");
  assert.equal((await app.request("/auth/page", header(`Bearer ${expired}`))).status, 401);
});

test("hono/jwk verifies by a key set", async () => {
  const { privateKey, publicKey } = await generate("RS256");
  const key = await crypto.subtle.exportKey("jwk", publicKey);
  const privateJwk = { ...(await crypto.subtle.exportKey("jwk", privateKey)), kid: "k1" };
  const app = new Hono();
  app.use(jwk({ keys: [{ ...key, kid: "k1", alg: "RS256" }], alg: ["RS256"] }));
  app.get("/", (c) => c.text("in"));
  const token = await sign({ sub: "ada" }, privateJwk as never, "RS256");
  assert.equal((await app.request("/", header(`Bearer ${token}`))).status, 200);
  assert.equal((await app.request("/", header(`Bearer ${token}x`))).status, 401);
});

test("hono/cookie reads, sets and deletes cookies", async () => {
  const app = new Hono();
  app.get("/", (c) => {
    setCookie(c, "a", "1", {
      path: "/",
      secure: true,
      httpOnly: true,
      maxAge: 60,
      sameSite: "Strict",
    });
    setCookie(c, "host", "2", { prefix: "host" });
    deleteCookie(c, "old");
    return c.json([getCookie(c, "yummy"), getCookie(c)]);
  });
  const response = await app.request("/", {
    headers: { cookie: 'yummy=choco%20late; tasty="straw berry"' },
  });
  assert.equal(
    response.headers.getSetCookie().join("\n"),
    [
      "a=1; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Strict",
      "__Host-host=2; Path=/; Secure",
      "old=; Max-Age=0; Path=/",
    ].join("\n"),
  );
  assert.deepEqual(await response.json(), [
    "choco late",
    { yummy: "choco late", tasty: "straw berry" },
  ]);
  assert.equal(generateCookie("b", "c d", { expires: new Date(0) }).includes("1970"), true);
});

test("hono/cookie signs cookies and notices forged ones", async () => {
  const app = new Hono();
  app.get("/set", async (c) => {
    await setSignedCookie(c, "user", "ada", "secret");
    return c.text("set");
  });
  app.get("/get", async (c) => c.json([await getSignedCookie(c, "secret", "user")]));
  const [cookie] = (await app.request("/set")).headers.getSetCookie();
  const value = cookie!.split(";")[0]!;
  const good = await app.request("/get", { headers: { cookie: value } });
  assert.deepEqual(await good.json(), ["ada"]);
  const forged = await app.request("/get", { headers: { cookie: value.replace("ada", "eve") } });
  assert.deepEqual(await forged.json(), [false]);
});
