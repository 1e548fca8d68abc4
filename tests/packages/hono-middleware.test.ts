// hono: the middleware it comes with, other than authentication.
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { every, except, some } from "hono/combine";
import { compress } from "hono/compress";
import { cors } from "hono/cors";
import { csrf } from "hono/csrf";
import { etag } from "hono/etag";
import { ipRestriction } from "hono/ip-restriction";
import { languageDetector } from "hono/language";
import { logger } from "hono/logger";
import { methodOverride } from "hono/method-override";
import { poweredBy } from "hono/powered-by";
import { prettyJSON } from "hono/pretty-json";
import { requestId } from "hono/request-id";
import { NONCE, secureHeaders } from "hono/secure-headers";
import { timeout } from "hono/timeout";
import { endTime, setMetric, startTime, timing } from "hono/timing";
import { appendTrailingSlash, trimTrailingSlash } from "hono/trailing-slash";
import { validator } from "hono/validator";
import { assert, delay, test } from "../web/harness.ts";

test("hono/cors answers preflights and marks answers", async () => {
  const app = new Hono();
  app.use(
    cors({
      origin: ["https://a.test", "https://b.test"],
      allowMethods: ["POST", "GET"],
      allowHeaders: ["x-custom"],
      exposeHeaders: ["content-length"],
      maxAge: 600,
      credentials: true,
    }),
  );
  app.get("/", (c) => c.text("ok"));
  const preflight = await app.request("/", {
    method: "OPTIONS",
    headers: { origin: "https://b.test", "access-control-request-method": "POST" },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get("access-control-allow-origin"), "https://b.test");
  assert.equal(preflight.headers.get("access-control-allow-methods"), "POST,GET");
  assert.equal(preflight.headers.get("access-control-allow-headers"), "x-custom");
  assert.equal(preflight.headers.get("access-control-max-age"), "600");
  assert.equal(preflight.headers.get("vary"), "Origin, Access-Control-Request-Headers");
  const got = await app.request("/", { headers: { origin: "https://evil.test" } });
  assert.equal(got.headers.get("access-control-allow-origin"), null);
  assert.equal(got.headers.get("access-control-expose-headers"), "content-length");
});

test("hono/etag makes tags and answers 304", async () => {
  const app = new Hono();
  app.use(etag());
  app.get("/", (c) => c.text("unchanging", 200, { "cache-control": "max-age=1" }));
  const first = await app.request("/");
  const tag = first.headers.get("etag")!;
  assert.ok(/^"[0-9a-f]{40}"$/.test(tag), tag);
  const second = await app.request("/", { headers: { "if-none-match": tag } });
  assert.equal(second.status, 304);
  assert.equal(second.headers.get("etag"), tag);
  assert.equal(second.headers.get("content-type"), null);
  assert.equal(await second.text(), "");
});

test("hono/etag digests streams part by part", async () => {
  const app = new Hono();
  app.use(etag({ weak: true }));
  app.get("/", () => {
    const parts = ["a", "b", "c"];
    return new Response(
      new ReadableStream({
        pull(controller) {
          const part = parts.shift();
          if (part === undefined) controller.close();
          else controller.enqueue(new TextEncoder().encode(part));
        },
      }),
    );
  });
  const response = await app.request("/");
  assert.ok(response.headers.get("etag")!.startsWith('W/"'));
  assert.equal(await response.text(), "abc");
});

test("hono/body-limit refuses large bodies, with and without a length", async () => {
  const app = new Hono();
  app.use(bodyLimit({ maxSize: 10, onError: (c) => c.text("too large", 413) }));
  app.post("/", async (c) => c.text(await c.req.text()));
  const post = (body: BodyInit, headers: Record<string, string> = {}) =>
    app.request("/", { method: "POST", body, headers, duplex: "half" } as RequestInit);
  assert.equal(await (await post("small", { "content-length": "5" })).text(), "small");
  assert.equal((await post("x".repeat(11), { "content-length": "11" })).status, 413);
  const stream = (size: number) => new Blob(["x".repeat(size)]).stream();
  assert.equal(await (await post(stream(10))).text(), "x".repeat(10));
  assert.equal((await post(stream(11))).status, 413);
});

test("hono/compress compresses with what the client accepts", async () => {
  const app = new Hono();
  app.use(compress());
  app.get("/", (c) => c.text("compress me ".repeat(200)));
  app.get("/small", (c) => c.text("small", 200, { "content-length": "5" }));
  for (const format of ["gzip", "deflate"] as const) {
    const response = await app.request("/", { headers: { "accept-encoding": format } });
    assert.equal(response.headers.get("content-encoding"), format);
    assert.equal(response.headers.get("content-length"), null);
    const text = new Response(response.body!.pipeThrough(new DecompressionStream(format)));
    assert.equal(await text.text(), "compress me ".repeat(200));
  }
  const small = await app.request("/small", { headers: { "accept-encoding": "gzip" } });
  assert.equal(small.headers.get("content-encoding"), null);
});

test("hono/csrf refuses forms of other origins", async () => {
  const app = new Hono();
  app.use(csrf());
  app.post("/", (c) => c.text("ok"));
  const post = (from: string) =>
    app.request("http://shop.test/", {
      method: "POST",
      headers: { origin: from, "content-type": "application/x-www-form-urlencoded" },
      body: "a=b",
    });
  assert.equal((await post("http://shop.test")).status, 200);
  assert.equal((await post("http://evil.test")).status, 403);
});

test("hono/combine: some, every, except", async () => {
  const app = new Hono();
  const key = (name: string) => (c: { req: { header(name: string): string | undefined } }) =>
    c.req.header("x-key") === name;
  app.use("/some", some(key("a") as never, key("b") as never));
  app.use(
    "/every",
    every(key("a") as never, async (_, next) => next()),
  );
  app.use(
    "/open/*",
    except("/open/door", () => Promise.resolve(new Response("", { status: 403 }))),
  );
  app.get("*", (c) => c.text("in"));
  app.onError((_, c) => c.text("out", 401));
  const status = async (path: string, name: string) =>
    (await app.request(path, { headers: { "x-key": name } })).status;
  assert.equal(await status("/some", "b"), 200);
  assert.equal(await status("/some", "c"), 401);
  assert.equal(await status("/every", "a"), 200);
  assert.equal(await status("/open/door", ""), 200);
  assert.equal(await status("/open/window", ""), 403);
});

test("hono/ip-restriction knows IPv4 and IPv6 ranges", async () => {
  const app = new Hono();
  const denyList = ["192.168.2.0/24", "::ffff:10.0.0.1", "2001:db8::/32"];
  app.use(ipRestriction((c) => c.req.header("x-ip")!, { denyList, allowList: [] }));
  app.get("/", (c) => c.text("in"));
  const status = async (ip: string) => (await app.request("/", { headers: { "x-ip": ip } })).status;
  assert.equal(await status("192.168.1.9"), 200);
  assert.equal(await status("192.168.2.9"), 403);
  assert.equal(await status("2001:db8:1::1"), 403);
  assert.equal(await status("2001:db9::1"), 200);
});

test("hono/language detects languages", async () => {
  const app = new Hono();
  app.use(languageDetector({ supportedLanguages: ["en", "de"], fallbackLanguage: "en" }));
  app.get("/", (c) => c.text(c.get("language")));
  const of = async (path: string, accept: string) =>
    (await app.request(path, { headers: { "accept-language": accept } })).text();
  assert.equal(await of("/", "fr, de;q=0.8, en;q=0.2"), "de");
  assert.equal(await of("/?lang=de", "en"), "de");
  assert.equal(await of("/", "fr"), "en");
});

test("hono/logger writes a line for request and answer", async () => {
  const lines: string[] = [];
  const app = new Hono();
  app.use(logger((line) => void lines.push(line)));
  app.get("/a", (c) => c.text("ok"));
  await app.request("/a");
  assert.equal(lines.length, 2);
  assert.ok(/^<-- GET \/a/.test(lines[0]!), lines[0]);
  assert.ok(/^--> GET \/a .*200.* \d+m?s$/.test(lines[1]!), lines[1]);
});

test("hono/method-override takes the method from a form, a header or a query", async () => {
  for (const [options, path, init] of [
    [{}, "/", { body: new URLSearchParams({ _method: "DELETE" }) }],
    [{ header: "x-method" }, "/", { headers: { "x-method": "DELETE" } }],
    [{ query: "m" }, "/?m=DELETE", {}],
  ] as const) {
    const app = new Hono();
    app.use("/", methodOverride({ app, ...options }));
    app.delete("/", (c) => c.text("deleted"));
    const response = await app.request(path, { method: "POST", ...init } as RequestInit);
    assert.equal(await response.text(), "deleted", JSON.stringify(options));
  }
});

test("hono: pretty-json, powered-by, request-id, trailing-slash", async () => {
  const app = new Hono({ strict: true });
  app.use(prettyJSON(), poweredBy(), requestId(), trimTrailingSlash());
  app.get("/json", (c) => c.json({ a: 1 }));
  app.get("/id", (c) => c.text(c.get("requestId")));
  assert.equal(await (await app.request("/json?pretty")).text(), '{\n  "a": 1\n}');
  const id = await app.request("/id");
  assert.equal(id.headers.get("x-powered-by"), "Hono");
  const text = await id.text();
  assert.ok(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(text), text);
  assert.equal(id.headers.get("x-request-id"), text);
  const trimmed = await app.request("http://shop.test/json/?a=b");
  assert.equal(
    `${trimmed.status} ${trimmed.headers.get("location")}`,
    "301 http://shop.test/json?a=b",
  );
  const other = new Hono({ strict: true });
  other.use(appendTrailingSlash());
  other.get("/json/", (c) => c.text("ok"));
  assert.equal((await other.request("/json")).headers.get("location"), "http://localhost/json/");
});

test("hono/secure-headers sets headers, policies and nonces", async () => {
  const app = new Hono();
  app.use(secureHeaders({ contentSecurityPolicy: { scriptSrc: ["'self'", NONCE] } }));
  app.get("/", (c) => c.text(c.get("secureHeadersNonce")!));
  const response = await app.request("/");
  const nonce = await response.text();
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  assert.equal(
    response.headers.get("content-security-policy"),
    `script-src 'self' 'nonce-${nonce}'`,
  );
});

test("hono/timeout gives up on slow handlers", async () => {
  const app = new Hono();
  app.use(timeout(20));
  app.get("/slow", async (c) => {
    await delay(2000);
    return c.text("late");
  });
  app.get("/fast", (c) => c.text("fast"));
  assert.equal((await app.request("/slow")).status, 504);
  assert.equal((await app.request("/fast")).status, 200);
});

test("hono/timing writes Server-Timing", async () => {
  const app = new Hono();
  app.use(timing());
  app.get("/", async (c) => {
    setMetric(c, "region", "eu");
    startTime(c, "db");
    await delay(5);
    endTime(c, "db");
    return c.text("ok");
  });
  const value = (await app.request("/")).headers.get("server-timing")!;
  const db = /db;dur=([\d.]+)/.exec(value);
  assert.ok(value.includes("region") && db !== null, value);
  assert.ok(Number(db![1]) >= 4, value);
});

test("hono/validator checks forms, JSON, queries, headers, cookies and parameters", async () => {
  const app = new Hono();
  const need = (name: string) => (value: Record<string, unknown>, c: { text: Function }) =>
    typeof value[name] === "string" ? { [name]: value[name] } : c.text(`${name} is missing`, 400);
  app.post("/form", validator("form", need("f") as never), (c) => c.json(c.req.valid("form")));
  app.post("/json", validator("json", need("j") as never), (c) => c.json(c.req.valid("json")));
  app.get("/q", validator("query", need("q") as never), (c) => c.json(c.req.valid("query")));
  app.get("/h", validator("header", need("x-h") as never), (c) => c.json(c.req.valid("header")));
  app.get("/c", validator("cookie", need("c") as never), (c) => c.json(c.req.valid("cookie")));
  app.get("/p/:p", validator("param", need("p") as never), (c) => c.json(c.req.valid("param")));
  const ask = async (path: string, init?: RequestInit) => {
    const response = await app.request(path, init);
    return `${response.status} ${await response.text()}`;
  };
  const form = new FormData();
  form.set("f", "1");
  assert.equal(await ask("/form", { method: "POST", body: form }), '200 {"f":"1"}');
  const json = { "content-type": "application/json" };
  const body = '{"j":"1"}';
  assert.equal(await ask("/json", { method: "POST", headers: json, body }), `200 ${body}`);
  const broken = await ask("/json", { method: "POST", headers: json, body: "{" });
  assert.ok(broken.startsWith("400 Malformed JSON"), broken);
  assert.equal(await ask("/q?q=1"), '200 {"q":"1"}');
  assert.equal(await ask("/q"), "400 q is missing");
  assert.equal(await ask("/h", { headers: { "X-H": "1" } }), '200 {"x-h":"1"}');
  assert.equal(await ask("/c", { headers: { cookie: "c=1" } }), '200 {"c":"1"}');
  assert.equal(await ask("/p/1"), '200 {"p":"1"}');
});
