// Apps that want more than they may have: what they get, what their clients, the log and their neighbours see.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { buildApps, type App } from "./lib/apps.ts";
import { Connection, request, requestBytes } from "../../tools/harness/http.ts";
import { answeringCoded, type Origin } from "./lib/origin.ts";
import { serve } from "./lib/server.ts";
import { until } from "../../tools/harness/wait.ts";

const HELLO = `export default { fetch: () => new Response("hello") };`;
const BUSY: App = {
  files: `let served = 0;
function spin(): never { for (;;); }
export default {
  async fetch({ url }, _env, ctx) {
    const { pathname } = new URL(url);
    if (pathname === "/spin") spin();
    if (pathname === "/later") { await new Promise((done) => setTimeout(done, 1)); spin(); }
    if (pathname === "/background") ctx.waitUntil(new Promise((done) => setTimeout(done, 1)).then(spin));
    if (pathname === "/stream") {
      let parts = 0;
      return new Response(new ReadableStream({
        async pull(controller) {
          if (++parts === 3) spin();
          controller.enqueue(new TextEncoder().encode("part"));
        },
      }));
    }
    // The engine does not look whether it may go on.
    if (pathname === "/native") [].copyWithin.call({ length: 2 ** 53 - 1 }, 1, 0);
    return new Response(String(++served));
  },
};`,
  limits: { cpu: "200ms" },
};

interface Problem {
  type: string;
  title: string;
  status: number;
  app: string;
  limit: number;
  used: number;
  request_id: string;
}

test("a request that computes too long is answered with the reason, and the log says where it was", async (t) => {
  const { dist } = await buildApps(t, { busy: BUSY, app: HELLO });
  const server = await serve(t, dist, { workers: 1 });
  const [worker] = await until("the worker", () => server.workers());
  for (const path of ["/spin", "/later"]) {
    const connection = await Connection.open(server);
    await connection.send(requestBytes("busy.test", path));
    const response = await connection.read();
    assert.equal(response.status, 503);
    assert.equal(response.header("nano-error"), "cpu-limit");
    assert.equal(response.header("content-type"), "application/problem+json");
    const problem = JSON.parse(response.text) as Problem;
    assert.equal(problem.type, "urn:nano:problem:cpu-limit");
    assert.equal(problem.app, "busy");
    assert.equal(problem.limit, 200);
    assert.ok(problem.used >= 200);
    const line = await server.waitForLog(
      "why",
      ({ request_id, reason }) => request_id === problem.request_id && reason !== undefined,
    );
    assert.equal(line.level, "error");
    assert.equal(line.app, "busy");
    assert.equal(line.reason, "cpu-limit");
    assert.equal(line.limit, 200);
    assert.equal(line.used, problem.used);
    assert.match(
      line.msg,
      /^the app was stopped: .*\(`limits\.cpu`\)\n +at spin \(index\.ts:2:\d+\)/,
    );
    // The connection goes on, and a fresh isolate answers.
    await connection.send(requestBytes("busy.test", "/"));
    assert.equal((await connection.read()).text, "1");
    connection.close();
  }
  assert.equal((await request(server, "app.test", "/")).text, "hello");
  assert.deepEqual(server.workers(), [worker]);
  const near = server.log.filter((line) => line.near === "cpu-limit");
  assert.equal(near.length, 2, "each of them was told to be near before");
  assert.equal(near[0].level, "warn");
  assert.match(near[0].request_id as string, /^[0-9a-f]{16}$/);
  assert.match(
    near[0].msg,
    /of CPU time, \d\d % of its limit, 200 ms \(`limits\.cpu`\)\n +at spin/,
  );
});

test("what a request leaves behind counts as it did before", async (t) => {
  const { dist } = await buildApps(t, { busy: BUSY });
  const server = await serve(t, dist, { workers: 1 });
  assert.equal((await request(server, "busy.test", "/background")).text, "1");
  await server.waitForLog("its stop", ({ reason }) => reason === "cpu-limit");
  assert.equal((await request(server, "busy.test", "/")).text, "1");
});

test("a response that has begun is cut without its end", async (t) => {
  const { dist } = await buildApps(t, { busy: BUSY });
  const server = await serve(t, dist, { workers: 1 });
  await assert.rejects(request(server, "busy.test", "/stream"), /ended|ECONNRESET/);
  await server.waitForLog("its stop", ({ reason }) => reason === "cpu-limit");
});

test("the time that it takes to decode an answer of fetch() is the request's", async (t) => {
  const large = await answeringCoded(t, "gzip", gzipSync(Buffer.alloc(256 << 20)));
  const small = await answeringCoded(t, "gzip", gzipSync(Buffer.alloc(64 << 10)));
  const { dist } = await buildApps(t, {
    app: {
      files: `export default {
        async fetch(request) {
          const response = await fetch(request.headers.get("from")!);
          const body = await response.arrayBuffer();
          return new Response(String(body.byteLength));
        },
      };`,
      limits: { cpu: "60ms", external_memory: "1GiB" },
    },
  });
  const server = await serve(t, dist, { workers: 1 });
  const from = (origin: Origin) =>
    request(server, "app.test", "/", { headers: { from: `${origin.url}/` } });
  for (let i = 0; i < 100; i++) assert.equal((await from(small)).text, String(64 << 10));
  const stopped = await from(large);
  assert.equal(stopped.header("nano-error"), "cpu-limit", stopped.text);
  const { request_id: id } = JSON.parse(stopped.text) as Problem;
  const line = await server.waitForLog("why", ({ reason }) => reason === "cpu-limit");
  assert.equal(line.request_id, id);
  assert.equal((await from(small)).text, String(64 << 10));
});

test("an app that nothing stops takes its worker with it, and is named", async (t) => {
  const { dist } = await buildApps(t, { busy: BUSY, app: HELLO });
  const server = await serve(t, dist, { workers: 1 });
  const [first] = await until("the worker", () => server.workers());
  await assert.rejects(request(server, "busy.test", "/native"), /ended|ECONNRESET/);
  const death = await server.waitForLog("its death", ({ pid }) => pid === first);
  assert.equal(death.app, "busy");
  // What it was stopped at, and the second.
  assert.ok(Number(death.used) >= 1200, `used is ${death.used}`);
  assert.match(
    death.msg,
    /ended itself because an app went on for a second after it was stopped at a limit; it was running this app; starting it again$/,
  );
  assert.equal((await request(server, "app.test", "/")).text, "hello");
});

test("time in which a worker does not run is no reason to end it", async (t) => {
  const { dist } = await buildApps(t, {
    app: {
      // A step that the engine does not leave, of some 600 ms.
      files: `export default { fetch() {
        return new Response(String("é".repeat(2 ** 25).normalize("NFD").length));
      } };`,
      limits: { cpu: "100ms", memory: "512MiB" },
    },
  });
  const server = await serve(t, dist, { workers: 1 });
  const [worker] = await until("the worker", () => server.workers());
  const answer = request(server, "app.test", "/");
  await new Promise((done) => setTimeout(done, 250));
  process.kill(worker!, "SIGSTOP");
  await new Promise((done) => setTimeout(done, 1500));
  process.kill(worker!, "SIGCONT");
  assert.equal((await answer).header("nano-error"), "cpu-limit");
  assert.deepEqual(server.workers(), [worker]);
});

test("an app that logs too much loses lines of its own, and nobody else does", async (t) => {
  const { dist } = await buildApps(t, {
    loud: {
      files: `export default { fetch: ({ url }) => {
        const many = url.endsWith("/flood") ? 1000 : 1;
        for (let i = 0; i < many; i++) console.log("line " + i + " " + "x".repeat(500));
        if (url.endsWith("/long")) console.log("y".repeat(5_000_000));
        return new Response("logged");
      } };`,
      limits: { log_line: "1KiB", log_rate: "16KiB" },
    },
    app: `export default { fetch: () => { console.log("here"); return new Response("hello"); } };`,
  });
  const server = await serve(t, dist, { workers: 1 });
  assert.equal((await request(server, "loud.test", "/long")).text, "logged");
  const long = await server.waitForLog("the long line", ({ msg }) => msg.startsWith("yyy"));
  assert.match(long.msg, /^y{1024} … \(at least 4998976 more bytes\)$/);
  assert.equal((await request(server, "loud.test", "/flood")).text, "logged");
  assert.equal((await request(server, "app.test", "/")).text, "hello");
  await server.waitForLog("the other's line", ({ app, msg }) => app === "app" && msg === "here");
  // That begins with a line of its own, and all are counted without more of them.
  const limit = 16 << 10;
  const begun = await server.waitForLog("its begin", ({ msg }) => /from here on lines/.test(msg));
  assert.deepEqual([begun.app, begun.reason, begun.limit], ["loud", "log-rate", limit]);
  const lines = server.log.filter(({ app, msg }) => app === "loud" && msg.startsWith("line "));
  assert.ok(lines.length < 200, `${lines.length} lines`);
  await until("the count", () => {
    const told = server.log.filter(({ msg }) => /lines of the app were dropped/.test(msg));
    for (const { app, reason } of told) assert.deepEqual([app, reason], ["loud", "log-rate"]);
    return told.reduce((sum, line) => sum + Number(line.count), 0) === 1001 - lines.length;
  });
});

test("refusals that had no line are counted when no more come", async (t) => {
  const { dist } = await buildApps(t, {
    app: {
      files: `export default { async fetch({ url }) {
        if (url.endsWith("/held")) await new Promise<void>((done) => setTimeout(done, 60_000));
        return new Response("answered");
      } };`,
      limits: { concurrency: 1, queue: 0 },
    },
  });
  const server = await serve(t, dist, { workers: 1 });
  const held = await Connection.open(server);
  await held.send(requestBytes("app.test", "/held"));
  await until(
    "that it is held",
    async () => (await request(server, "app.test", "/")).status === 503,
  );
  const refused = 21;
  for (let i = 1; i < refused; i++) {
    assert.equal((await request(server, "app.test", "/")).header("nano-error"), "queue-full");
  }
  const full = () => server.log.filter(({ reason }) => reason === "queue-full");
  // Whatever time that takes, in the end all have been told of, by nothing that comes after them.
  await until("all of them", () => {
    const told = full().map(({ msg, count }) =>
      count === undefined ? 1 + Number(/\(and (\d+) more/.exec(msg)?.[1] ?? 0) : Number(count),
    );
    return told.reduce((sum, some) => sum + some, 0) === refused;
  });
  const rest = full().at(-1)!;
  assert.match(rest.msg, /^\d+ more since the last line: .*\(`limits\.queue`\)$/);
  assert.deepEqual([rest.app, rest.level, rest.request_id], ["app", "error", undefined]);
  held.close();
});

test("the line of a stop names the others that it ended", async (t) => {
  const { dist } = await buildApps(t, {
    app: {
      files: `let waiting = 0;
      export default { async fetch({ url }) {
        if (url.endsWith("/waiting")) return new Response(String(waiting));
        if (url.endsWith("/spin")) for (;;);
        ++waiting;
        await new Promise((done) => setTimeout(done, 60_000));
      } };`,
      limits: { cpu: "100ms" },
    },
  });
  const server = await serve(t, dist, { workers: 1 });
  const others = await Promise.all(Array.from({ length: 12 }, () => Connection.open(server)));
  for (const other of others) await other.send(requestBytes("app.test", "/"));
  await until(
    "that all wait",
    async () => (await request(server, "app.test", "/waiting")).text === "12",
  );
  const idOf = ({ text }: { text: string }) => (JSON.parse(text) as Problem).request_id;
  const guilty = idOf(await request(server, "app.test", "/spin"));
  const ids = await Promise.all(others.map(async (other) => idOf(await other.read())));
  const stop = await server.waitForLog("the stop", ({ reason }) => reason === "cpu-limit");
  assert.deepEqual([stop.request_id, stop.others], [guilty, 12]);
  const named = String(stop.other_requests).split(" ");
  assert.equal(new Set(named).size, 10);
  for (const name of named) assert.ok(ids.includes(name), `${name} was answered to nobody`);
  for (const other of others) other.close();
});

test("what is refused within an app is told with its place, and an isolate that goes with its reason", async (t) => {
  const { dist } = await buildApps(t, {
    app: {
      files: `export default { async fetch({ url }) {
        if (url.endsWith("/timers")) for (;;) setTimeout(() => {}, 1e6);
        if (url.endsWith("/calls")) for (;;) await fetch("http://127.0.0.1:9/").catch((e) => {
          if (e.cause?.code === "ERR_TOO_MANY_SUBREQUESTS") throw e;
        });
        for (;;);
      } };`,
      limits: { cpu: "200ms", timers: 10, subrequests: 2 },
    },
  });
  const server = await serve(t, dist, { workers: 1 });
  for (const [path, reason, place] of [
    ["/timers", "timer-limit", /index\.ts:2:\d+/],
    ["/calls", "subrequest-limit", /index\.ts:3:\d+/],
  ] as const) {
    assert.equal((await request(server, "app.test", path)).status, 500);
    const line = await server.waitForLog("why", (entry) => entry.reason === reason);
    assert.match(line.msg.split("\n")[1]!, place);
  }
  await request(server, "app.test", "/");
  const gone = await server.waitForLog("its end", ({ msg }) => msg.startsWith("its isolate is"));
  assert.match(gone.msg, /thrown away \(cpu-limit\); the next request/);
});
