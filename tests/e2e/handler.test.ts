// The handler's contract: what fetch gets, what becomes of its failures, waitUntil, the log.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { buildApps } from "./lib/apps.ts";
import { Connection, request, requestBytes } from "../../tools/harness/http.ts";
import { serve, type Server } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";
import { until } from "../../tools/harness/wait.ts";

const SOURCE = `import { fail, failLater } from "./failures.ts";

interface Context { waitUntil(promise: Promise<unknown>): void }
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
let finished = 0;
let aborted = 0;
let cancelled = 0;

const routes: Record<string, (request: Request, context: Context) => Promise<Response> | Response> = {
  "/throw": () => fail("secret detail"),
  "/reject": () => failLater("secret detail"),
  "/string": () => { throw "secret detail"; },
  "/nothing": () => undefined as never,
  "/number": () => 42 as never,
  "/body-throws": () => new Response(new ReadableStream({
    async pull(controller) {
      await later(20);
      controller.error(new Error("secret detail"));
    },
  })),
  "/part-then-throws": () => new Response(new ReadableStream({
    start(controller) { controller.enqueue(new TextEncoder().encode("part")); },
    async pull(controller) { await later(20); throw new Error("secret detail"); },
  })),
  "/unhandled": () => { Promise.reject(new Error("nobody cares")); return new Response("fine"); },
  "/timer": () => { setTimeout(() => { throw new Error("thrown by a timer"); }, 1); return new Response("fine"); },
  "/later": (request, context) => {
    context.waitUntil(later(100).then(() => { finished += 1; }));
    return new Response("now");
  },
  "/later-fails": (request, context) => {
    context.waitUntil(later(1).then(() => failLater("failed afterwards")));
    return new Response("now");
  },
  "/finished": () => new Response(String(finished)),
  "/hang": async (request) => {
    request.signal.addEventListener("abort", () => { aborted += 1; });
    await later(60_000);
    return new Response("late");
  },
  "/aborted": () => new Response(String(aborted)),
  "/endless": () => new Response(new ReadableStream({
    async pull(controller) {
      await later(5);
      controller.enqueue(new Uint8Array(1000));
    },
    cancel() { cancelled += 1; },
  })),
  "/cancelled": () => new Response(String(cancelled)),
  "/log": () => {
    console.log("plain", { a: [1, "two"] }, 3n);
    console.warn("warned");
    console.error(new Error("shown"));
    console.debug("line one\\nline \\"two\\" \\u0000 \\u{1F600} \\u001b[31m");
    return new Response("logged");
  },
  "/request": async (request) => Response.json({
    method: request.method, url: request.url, headers: [...request.headers], body: await request.text(),
  }),
};

export default {
  async fetch(request: Request, env: unknown, context: Context): Promise<Response> {
    const route = routes[new URL(request.url).pathname];
    return route ? route(request, context) : new Response("not found", { status: 404 });
  },
};
`;

const FAILURES = `// Lines that types take up shift nothing.
type Detail = string;

export function fail(detail: Detail): never {
  throw new Error(detail);
}

export async function failLater(detail: Detail): Promise<never> {
  await null;
  throw new TypeError(detail);
}
`;

describe("the handler", () => {
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    const { dist } = await buildApps(scope, {
      app: { files: { "index.ts": SOURCE, "failures.ts": FAILURES }, hosts: "app.test" },
    });
    server = await serve(scope, dist);
  });

  const get = (path: string) => request(server, "app.test", path);
  /** Waits for an error in the log, from a line of it on. */
  const errorWith = (text: string, from = 0) =>
    until(`a log line with ${text}`, () =>
      server.log.slice(from).find(({ level, msg }) => level === "error" && msg.includes(text)),
    );

  const failing: [path: string, name: string, place: RegExp][] = [
    ["/throw", "Error: secret detail", /\bfail \(failures\.ts:5:9\)[^]*index\.ts:10:\d+/],
    ["/reject", "TypeError: secret detail", /failures\.ts:10:9/],
  ];
  for (const [path, name, place] of failing) {
    test(`${path}: 500 without details, a log line with the original place`, async () => {
      const from = server.lines.length;
      const response = await get(path);
      assert.equal(response.status, 500);
      const whole = JSON.stringify(response) + response.text;
      assert.doesNotMatch(whole, /secret|TypeError|failures|index|\.ts/);
      const line = await errorWith(name, from);
      assert.equal(line.app, "app");
      assert.match(line.msg, place);
      // How the runtime called the handler is the same each time.
      assert.doesNotMatch(line.msg, /nano:web/);
    });
  }

  for (const path of ["/string", "/nothing", "/number"]) {
    test(`${path}: 500, and a log line`, async () => {
      const from = server.lines.length;
      const { status, text } = await get(path);
      assert.equal(status, 500);
      assert.doesNotMatch(text, /secret/);
      await until("the log line", () =>
        server.lines.slice(from).some((line) => JSON.parse(line).level === "error"),
      );
    });
  }

  for (const path of ["/body-throws", "/part-then-throws"]) {
    test(`${path}: a body that breaks off is no whole answer`, async () => {
      const from = server.lines.length;
      const connection = await Connection.open(server);
      await connection.send(requestBytes("app.test", path));
      await assert.rejects(connection.read(), /ended|ECONNRESET/);
      connection.close();
      assert.equal((await errorWith("secret detail", from)).app, "app");
    });
  }

  test("errors outside of a request are logged, the app goes on", async () => {
    assert.equal((await get("/unhandled")).text, "fine");
    await errorWith("nobody cares");
    assert.equal((await get("/timer")).text, "fine");
    await errorWith("thrown by a timer");
    assert.equal((await get("/finished")).status, 200);
  });

  test("waitUntil goes on after the answer", async () => {
    assert.equal((await get("/later")).text, "now");
    await until("the end of the work", async () => (await get("/finished")).text === "1");
    assert.equal((await get("/later-fails")).text, "now");
    const line = await errorWith("failed afterwards");
    assert.match(line.msg, /failures\.ts:10:9/);
  });

  test("a client that goes away aborts its request", async () => {
    const connection = await Connection.open(server);
    await connection.send(requestBytes("app.test", "/hang"));
    await get("/finished");
    connection.socket.resetAndDestroy();
    await until("the abort", async () => (await get("/aborted")).text === "1");
  });

  test("a client that goes away cancels the response's stream", async () => {
    const connection = await Connection.open(server);
    await connection.send(requestBytes("app.test", "/endless"));
    await connection.readHead();
    connection.close();
    await until("the end of the stream", async () => (await get("/cancelled")).text === "1");
  });

  test("console writes JSON lines", async () => {
    const from = server.lines.length;
    await get("/log");
    await until("the lines", () => server.lines.length >= from + 4);
    const lines = server.log.slice(from);
    const find = (text: string) => lines.find(({ msg }) => msg.includes(text))!;
    assert.equal(find("plain").level, "info");
    assert.match(find("plain").msg, /a: \[\s*1, ['"]two['"]\s*\]/);
    assert.equal(find("warned").level, "warn");
    assert.equal(find("shown").level, "error");
    assert.match(find("shown").msg, /Error: shown\n[^]*index\.ts:\d+:\d+/);
    assert.equal(find("line one").msg, 'line one\nline "two" \u0000 \u{1F600} \u001b[31m');
    assert.equal(find("line one").level, "debug");
    for (const line of lines) {
      assert.equal(line.app, "app");
      assert.equal(new Date(line.time).toISOString(), line.time);
    }
  });

  test("the request as the app sees it", async () => {
    const { json } = await request(server, "app.test", "/request?a=%20b&c=%zz", {
      method: "PATCH",
      headers: { "X-Twice": "one", "x-twice": "two", "X-Latin": "\u00fc" },
      body: "body",
    });
    assert.deepEqual(json, {
      method: "PATCH",
      url: "http://app.test/request?a=%20b&c=%zz",
      headers: [
        ["cf-connecting-ip", "127.0.0.1"],
        ["content-length", "4"],
        ["host", "app.test"],
        ["x-latin", "\u00fc"],
        ["x-twice", "one, two"],
      ],
      body: "body",
    });
  });
});
