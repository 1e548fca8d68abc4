// The errors made while ordinary requests are served: none. An exception that is thrown and caught costs
// more than the rest of a request, and no answer shows it.
//
// The engine prints every exception that is thrown, by script or by itself, caught or not. Errors that
// are made without being thrown are counted by stand-ins for their constructors.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { build, linkPackages, workspace } from "./lib/apps.ts";
import { request, type RequestOptions } from "../../tools/harness/http.ts";
import { serve, type Server } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";
import { until } from "../../tools/harness/wait.ts";

const app = `
import { Hono } from "hono";
import { compress } from "hono/compress";
import { cors } from "hono/cors";
import { etag } from "hono/etag";
import { secureHeaders } from "hono/secure-headers";
import { stream, streamSSE } from "hono/streaming";
import { AutoRouter } from "itty-router";

// Their stacks.
const made = [];
const record = (error) => (made.push(error.stack), error);
for (const name of ["Error", "TypeError", "RangeError", "SyntaxError", "AggregateError"]) {
  globalThis[name] = new Proxy(globalThis[name], {
    construct: (...args) => record(Reflect.construct(...args)),
    apply: (...args) => record(Reflect.apply(...args)),
  });
}

const hono = new Hono().use("*", cors(), secureHeaders());
hono.get("/hono/text/:id", (c) => c.text(c.req.param("id")));
hono.get("/hono/json", (c) => c.json({ q: c.req.query("q") }));
hono.get("/hono/etag", etag(), (c) => c.text("tagged"));
hono.get("/hono/compress", compress(), (c) => c.text("compress me ".repeat(1000)));
hono.get("/hono/stream", (c) => stream(c, async (s) => { await s.write("a"); await s.write("b"); }));
hono.get("/hono/events", (c) => streamSSE(c, (s) => s.writeSSE({ data: "tick" })));
hono.post("/hono/json", async (c) => c.json(await c.req.json()));
hono.post("/hono/form", async (c) => c.json(Object.keys(await c.req.parseBody())));

const itty = AutoRouter();
itty.get("/itty/:name", ({ name }) => ({ hello: name })).post("/itty/echo", (r) => r.json());

const pulled = (type, close) => {
  let left = 3;
  const pull = (c) => (left-- > 0 ? c.enqueue(new TextEncoder().encode("chunk")) : close(c));
  return new Response(new ReadableStream({ type, pull }));
};
const web = {
  "/made": () => Response.json(made),
  "/caught": () => { try { return new Response(null.x); } catch { return new Response("caught"); } },
  "/unthrown": () => new Response(new TypeError("nobody throws it").message),
  "/pulled": () => pulled(undefined, (c) => c.close()),
  "/bytes": () => pulled("bytes", (c) => { c.close(); c.byobRequest?.respond(0); }),
  "/from": () => new Response(ReadableStream.from([new Uint8Array(3)])),
  "/gzip": () => new Response(new Blob(["abc"]).stream().pipeThrough(new CompressionStream("gzip"))),
  "/send-form": () => {
    const form = new FormData();
    form.append("a", "b");
    form.append("file", new Blob(["x"]), "f.txt");
    return new Response(form);
  },
  "/params": (r) => Response.json(Object.fromEntries(new URL(r.url).searchParams)),
  "/digest": async () => new Response(await crypto.subtle.digest("SHA-256", new Uint8Array(3))),
  "/cloned": async () => { const a = new Response("abc"); await a.clone().text(); return a; },
  "/redirect": (r) => Response.redirect(new URL("/elsewhere", r.url)),
  "/view": () => new Response(new DataView(new ArrayBuffer(8))),
  "/array": () => new Response(new Uint16Array(8)),
  "/url-encoded": () => new Response(new URLSearchParams("a=b")),
  "/blob": () => new Response(new Blob(["a"])),
  "/structured": () => Response.json(structuredClone({ a: [1, new Map([[1, 2]])] })),
  "/timer": async () => { await new Promise((r) => setTimeout(r, 1)); return new Response("a"); },
  "/signal": (r) => {
    AbortSignal.any([r.signal]).addEventListener("abort", () => {});
    return new Response("a");
  },
  "/log": () => { console.log("a", { b: [1] }); return new Response("a"); },
  "/empty": () => new Response(null, { status: 204 }),
  "/transform": (r) => new Response(r.body.pipeThrough(new TransformStream())),
  "/decode": async (r) => {
    let text = "";
    for await (const part of r.body.pipeThrough(new TextDecoderStream())) text += part;
    return new Response(text);
  },
  "/form": async (r) => Response.json([...(await r.formData()).keys()]),
  "/clone": async (r) => { const copy = r.clone(); return new Response((await r.text()) + (await copy.text())); },
  "/reader": async (r) => {
    const reader = r.body.getReader();
    let size = 0;
    for (let part; !(part = await reader.read()).done; ) size += part.value.length;
    return new Response(String(size));
  },
};
export default {
  fetch(request, env, context) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/hono")) return hono.fetch(request, env, context);
    return pathname.startsWith("/itty") ? itty.fetch(request) : web[pathname](request);
  },
};
`;

const gets = [
  "/hono/text/7",
  "/hono/json?q=a%20b",
  "/hono/etag",
  "/hono/compress",
  "/hono/stream",
  "/hono/events",
  "/hono/absent",
  "/itty/ada",
  ...["/pulled", "/bytes", "/from", "/gzip", "/send-form", "/params?a=b&c", "/digest", "/cloned"],
  ...["/redirect", "/view", "/array", "/url-encoded", "/blob", "/structured", "/timer", "/signal"],
  ...["/log", "/empty"],
];
const boundary = "----boundary";
const multipart = {
  headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
  body:
    `--${boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n` +
    `--${boundary}\r\nContent-Disposition: form-data; name="f"; filename="f.txt"\r\n` +
    `Content-Type: text/plain\r\n\r\ncontent\r\n--${boundary}--\r\n`,
};
const encoded = {
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: "a=b&f=c",
};
const json = { headers: { "content-type": "application/json" }, body: '{"a":1}' };
const posts: [string, RequestOptions][] = [
  ["/hono/json", json],
  ["/itty/echo", json],
  ...["/hono/form", "/form"].flatMap((path): [string, RequestOptions][] => [
    [path, multipart],
    [path, encoded],
  ]),
  ...["/transform", "/decode", "/clone", "/reader"].map((path): [string, RequestOptions] => [
    path,
    { body: "hello" },
  ]),
];
const requests: [string, RequestOptions][] = [
  ...gets.map((path): [string, RequestOptions] => [
    path,
    { headers: { "accept-encoding": "gzip", origin: "http://a.example" } },
  ]),
  ...posts.map(([path, options]): [string, RequestOptions] => [
    path,
    { method: "POST", ...options },
  ]),
];

describe("errors made while requests are served", () => {
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    const warmup = requests.map(([path, options]) => ({ path, ...options }));
    const made = workspace(scope, { cold: app, warm: { files: app, warmup } });
    linkPackages(made.directory);
    await build(made);
    const env = { ...process.env, NANO_V8_FLAGS: "--print-all-exceptions" };
    server = await serve(scope, made.dist, { env });
  });

  const thrown = (): number => server.lines.filter((line) => line === "Exception thrown:").length;
  const stacksOfMade = async (host: string): Promise<string[]> =>
    JSON.parse((await request(server, host, "/made")).text) as string[];

  for (const name of ["cold", "warm"]) {
    test(`${name}: none`, async () => {
      const host = `${name}.test`;
      const thrownBefore = thrown();
      const madeBefore = (await stacksOfMade(host)).length;
      for (let round = 0; round < 3; round++) {
        for (const [path, options] of requests) {
          const { status } = await request(server, host, path, options);
          const expected = { "/hono/absent": 404, "/redirect": 302, "/empty": 204 }[path] ?? 200;
          assert.equal(status, expected, path);
        }
      }
      assert.deepEqual((await stacksOfMade(host)).slice(madeBefore), [], "errors made");

      // One that is thrown, to see that all others would have been seen by now, and one that is not.
      assert.equal((await request(server, host, "/caught")).text, "caught");
      await until("the exception that is caught", () => thrown() > thrownBefore);
      const lines = server.lines.filter((line) => /^at .*, line |: \/|nano:web/.test(line));
      assert.equal(thrown(), thrownBefore + 1, `exceptions thrown:\n${lines.join("\n")}`);
      await request(server, host, "/unthrown");
      assert.equal((await stacksOfMade(host)).length, madeBefore + 1);
    });
  }
});
