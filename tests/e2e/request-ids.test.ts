// Lines of the log that a request has led to say which one it was, also when it has been answered; and apps that are
// stopped are told by their request and, where the engine can tell it, their place.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { Connection, request, requestBytes } from "../../tools/harness/http.ts";
import { until } from "../../tools/harness/wait.ts";
import { buildApps } from "./lib/apps.ts";
import { serve, type Server } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const TRACEPARENT = `00-${TRACE}-b7ad6b7169203331-01`;

const APP = `const keep: unknown[] = [];
const later = (ms: number) => new Promise((done) => setTimeout(done, ms));
const cases: Record<string, (ctx: ExecutionContext, request: Request) => unknown> = {
  line: () => console.log("line"),
  async awaited() { await later(1); console.log("awaited"); },
  thrown() { throw new Error("thrown"); },
  lost() { void later(1).then(() => { throw new Error("lost"); }); return later(20); },
  kept(ctx) { ctx.waitUntil(later(50).then(() => console.log("kept"))); },
  "kept, rejected"(ctx) { ctx.waitUntil(later(50).then(() => { throw new Error("rejected"); })); },
  "kept, computes"(ctx) { ctx.waitUntil(later(50).then(() => { for (;;); })); },
  "kept, takes heap"(ctx) { ctx.waitUntil(later(50).then(() => { for (;;) keep.push([1]); })); },
  "kept, takes buffers"(ctx) {
    ctx.waitUntil(later(50).then(() => { for (;;) keep.push(new Uint8Array(1e6)); }));
  },
  async awaits() { for (;;) await null; },
  numbers() { for (let n = 3n; ; n *= n); },
  sort() { for (;;) keep.push(Array.from({ length: 2e5 }, (_, i) => "x" + (i * 7919) % 200003).sort()); },
  "one list"() { keep.push(new Array(2e7).fill(1.5)); },
  buffers() { for (;;) one(); },
  "rejects, and answers"() { void Promise.reject(new Error("at once")); },
  "left behind"() { setTimeout(() => console.log("left behind"), 20); },
  "left behind, computes"() { setTimeout(() => { for (;;); }, 20); },
  "left behind, microtasks"() { const f = () => queueMicrotask(f); f(); },
  "large text"() { return new Response("é".repeat(2 ** 26)); },
  // For a client that has left.
  async "aborted, logs"(_, { signal }) {
    signal.addEventListener("abort", () => console.log("aborted"));
    await later(2000);
  },
  async "aborted, computes"(_, { signal }) {
    signal.addEventListener("abort", () => { for (;;); });
    await later(2000);
  },
  "canceled, computes"() {
    return new Response(new ReadableStream({
      async pull(controller) { await later(20); controller.enqueue(new Uint8Array(1e5)); },
      cancel() { for (;;); },
    }));
  },
};
/** Where one is made, and where nothing is that takes time. */
function one() { keep.push(new Uint8Array(1e6)); }
export default {
  async fetch(request: Request, _: unknown, ctx: ExecutionContext) {
    const answer = await cases[decodeURIComponent(new URL(request.url).pathname.slice(1))]?.(ctx, request);
    return answer instanceof Response ? answer : new Response("answered");
  },
};`;

interface Case {
  /** Of the line in the log. */
  says: RegExp;
  /** How an app that is stopped was said to be near that, if it is. */
  near?: string;
  /** The function in the first line of the stack, if the engine can tell. */
  at?: RegExp;
  /** The client goes away before it has an answer. */
  leaves?: boolean;
}

const CASES: Record<string, Case> = {
  line: { says: /^line$/ },
  awaited: { says: /^awaited$/ },
  thrown: { says: /thrown/ },
  lost: { says: /Uncaught \(in promise\) Error: lost/ },
  kept: { says: /^kept$/ },
  "kept, rejected": { says: /waitUntil\(\) was rejected/ },
  "kept, computes": { says: /app was stopped.*CPU/, near: "cpu-limit", at: /index\.ts:10:/ },
  "kept, takes heap": { says: /app was stopped.*heap/, near: "memory-limit", at: /index\.ts:11:/ },
  "kept, takes buffers": { says: /app was stopped.*outside/, at: /index\.ts:13:/ },
  awaits: { says: /app was stopped.*CPU/, near: "cpu-limit" },
  numbers: { says: /app was stopped/ },
  sort: { says: /app was stopped/ },
  "one list": { says: /app was stopped.*heap/ },
  buffers: { says: /app was stopped.*outside/, at: /at one \(/ },
  "rejects, and answers": { says: /Uncaught \(in promise\) Error: at once/ },
  "left behind": { says: /^left behind$/ },
  "left behind, computes": { says: /app was stopped.*CPU/, near: "cpu-limit", at: /index\.ts:22:/ },
  "left behind, microtasks": { says: /app was stopped.*CPU/, near: "cpu-limit" },
  "large text": { says: /app was stopped/ },
  "aborted, logs": { says: /^aborted$/, leaves: true },
  "aborted, computes": {
    says: /app was stopped.*CPU/,
    near: "cpu-limit",
    at: /index\.ts:31:/,
    leaves: true,
  },
  "canceled, computes": {
    says: /app was stopped.*CPU/,
    near: "cpu-limit",
    at: /at cancel /,
    leaves: true,
  },
};

/** Asks, and goes away. */
async function leave(
  server: Server,
  path: string,
  headers: Record<string, string>,
): Promise<string> {
  const connection = await Connection.open(server);
  await connection.send(requestBytes("app.test", path, { headers }));
  await new Promise((done) => setTimeout(done, 200));
  connection.close();
  return "";
}

describe("lines of the log", () => {
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    const { dist } = await buildApps(scope, {
      app: {
        files: APP,
        limits: { cpu: "500ms", memory: "64MiB", external_memory: "32MiB", warn_at: 50 },
      },
    });
    server = await serve(scope, dist, { workers: 1 });
  });

  for (const [name, { says, near, at, leaves }] of Object.entries(CASES)) {
    test(`name their request: ${name}`, async () => {
      const path = "/" + encodeURIComponent(name);
      const first = server.log.length;
      const headers = { traceparent: TRACEPARENT };
      const text = leaves
        ? await leave(server, path, headers)
        : (await request(server, "app.test", path, { headers })).text;
      const line = await until("the line", () =>
        server.log.slice(first).find(({ msg }) => says.test(msg)),
      );
      assert.match(String(line.request_id), /^[0-9a-f]{16}$/);
      assert.equal(line.trace_id, TRACE);
      // Its client was told the same, if it was told of it.
      if (text.startsWith("{")) {
        assert.equal((JSON.parse(text) as { request_id: string }).request_id, line.request_id);
      }
      if (at !== undefined) assert.match(line.msg.split("\n")[1]!, at);
      assert.doesNotMatch(line.msg, /nano:web/, "a place within the runtime");
      if (near === undefined) return;
      const warning = server.log.slice(first).find((entry) => entry.near === near);
      assert.ok(warning, "no warning");
      assert.deepEqual([warning.request_id, warning.trace_id], [line.request_id, TRACE]);
      if (near === "cpu-limit" && at !== undefined) {
        assert.match(warning.msg.split("\n")[1]!, at);
      }
    });
  }
});

for (const isolation of ["shared", "process"]) {
  test(`apps that answer a request together call it by one name (isolation: ${isolation})`, async (t) => {
    const { dist, config } = await buildApps(
      t,
      {
        front: {
          files: `export default { async fetch(_, env) {
            console.log("front");
            return env.MIDDLE.fetch("http://middle/");
          } };`,
          services: { MIDDLE: "middle" },
        },
        middle: {
          files: `export default { fetch: (_, env) => env.BACK.fetch("http://back/") };`,
          services: { BACK: "back" },
        },
        back: {
          files: `export default { fetch() { console.log("back"); for (;;); } };`,
          limits: { cpu: "50ms", warn_at: 0 },
          ...(isolation === "process" && { isolation }),
        },
      },
      { access_log: "json" },
    );
    const server = await serve(t, dist, { config, workers: 1 });
    const answer = await request(server, "front.test", "/");
    assert.equal(answer.header("nano-error"), "cpu-limit");
    const { request_id: id } = JSON.parse(answer.text) as { request_id: string };
    const lines = await until("the client's line", () => {
      const found = server.log.filter((line) => line.request_id !== undefined);
      return found.some(({ msg }) => msg === "request") && found;
    });
    assert.deepEqual(
      lines.map(({ app, msg, request_id }) => [app, msg.split(":")[0], request_id]),
      [
        ["front", "front", id],
        ["back", "back", id],
        ["back", "the app was stopped", id],
        ["front", "request", id],
      ],
    );
  });
}
