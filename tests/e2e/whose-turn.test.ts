// What runs long after a request has come is still that request's, whichever others have come meanwhile: timers, tasks,
// messages and sources of streams have its names in the log, pass on its trace, and take its CPU time.

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { before, describe, test } from "node:test";
import { Connection, request, requestBytes } from "../../tools/harness/http.ts";
import { until } from "../../tools/harness/wait.ts";
import { Admin } from "./lib/admin-client.ts";
import { buildApps } from "./lib/apps.ts";
import { samplesOf } from "./lib/metrics.ts";
import { answering, response } from "./lib/origin.ts";
import { serve, type LogLine, type Server } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";

const A = "0af7651916cd43dd8448eb211c80319c";
const B = "1bf7651916cd43dd8448eb211c80319d";

const traced = (trace: string) => ({ traceparent: `00-${trace}-b7ad6b7169203331-01` });

const app = (origin: string) => `
const rounds = 6;
const later = (ms: number) => new Promise((done) => setTimeout(done, ms));
const cases: Record<string, () => unknown> = {
  timeouts() { for (let i = 1; i <= rounds; i++) setTimeout(() => console.log("A"), i * 30); },
  chain() { let i = 0; const next = () => { console.log("A"); if (++i < rounds) setTimeout(next, 30); }; next(); },
  interval() { let i = 0; const id = setInterval(() => { console.log("A"); if (++i === rounds) clearInterval(id); }, 30); },
  microtasks() {
    for (let i = 1; i <= rounds; i++) setTimeout(() => queueMicrotask(() => console.log("A")), i * 30);
  },
  messages() {
    const { port1, port2 } = new MessageChannel();
    port2.onmessage = () => console.log("A");
    for (let i = 1; i <= rounds; i++) setTimeout(() => port1.postMessage(i), i * 30);
  },
  signals() {
    for (let i = 1; i <= rounds; i++) AbortSignal.timeout(i * 30).addEventListener("abort", () => console.log("A"));
  },
  calls() {
    for (let i = 1; i <= rounds; i++) {
      setTimeout(() => fetch("${origin}").then((r) => r.text()).then(() => console.log("A")), i * 30);
    }
  },
  uploads() {
    let i = 0;
    const body = new ReadableStream({
      async pull(controller) {
        await later(30);
        console.log("A");
        if (++i === rounds) controller.close(); else controller.enqueue(new Uint8Array(1e5));
      },
    });
    void fetch("${origin}", { method: "POST", body, duplex: "half" } as RequestInit).then((r) => r.text());
  },
};
export default {
  fetch(request: Request) {
    const path = new URL(request.url).pathname.slice(1);
    if (path === "B") {
      console.log("B");
      return later(5).then(() => new Response("B"));
    }
    if (path === "busy") {
      // In steps, each of which ends soon, and for ever.
      const step = () => { const end = Date.now() + 20; while (Date.now() < end); console.log("step"); setTimeout(step, 0); };
      step();
      return new Promise(() => {});
    }
    cases[path]!();
    return new Promise(() => {});
  },
};`;

describe("while other requests come", () => {
  const scope = suiteScope();
  let server: Server;
  let dist: string;
  const traces: (string | undefined)[] = [];

  before(async () => {
    const origin = await answering(scope, ({ fields }) => {
      traces.push(fields.find(([name]) => name === "traceparent")?.[1].slice(3, 35));
      return response(200, {}, "answered");
    });
    ({ dist } = await buildApps(scope, {
      app: {
        files: app(origin.url),
        limits: { cpu: "300ms", warn_at: 0 },
      },
    }));
    server = await serve(scope, dist, { workers: 1 });
  });

  for (const name of [
    "timeouts",
    "chain",
    "interval",
    "microtasks",
    "messages",
    "signals",
    "calls",
    "uploads",
  ]) {
    test(`${name} are the first one's`, async () => {
      const first = server.log.length;
      traces.length = 0;
      const connection = await Connection.open(server);
      await connection.send(requestBytes("app.test", "/" + name, { headers: traced(A) }));
      const lines = (msg: string): LogLine[] =>
        server.log.slice(first).filter((line) => line.msg === msg);
      await until("all lines", async () => {
        await request(server, "app.test", "/B", { headers: traced(B) });
        return lines("A").length >= 6;
      });
      connection.close();
      assert.deepEqual(
        lines("A").map((line) => line.trace_id),
        lines("A").map(() => A),
      );
      assert.equal(new Set(lines("A").map((line) => line.request_id)).size, 1);
      assert.ok(lines("B").length > 0);
      assert.ok(lines("B").every((line) => line.trace_id === B));
      const calls = { calls: 6, uploads: 1 }[name] ?? 0;
      await until("the calls", () => traces.length >= calls);
      assert.deepEqual(traces, Array<string>(calls).fill(A));
    });
  }

  test("CPU time is that of who takes it", async () => {
    const admin = new Admin(dirname(dist));
    /** All that the app's requests have taken, in milliseconds, counted by the ticks that its limit counts. */
    const taken = async () => {
      const samples = samplesOf((await admin.get("/metrics")).body);
      return 1000 * samples.get('nano_app_cpu_seconds_total{app="app"}')!;
    };
    const before = await taken();
    const first = server.log.length;
    const connection = await Connection.open(server);
    await connection.send(requestBytes("app.test", "/busy", { headers: traced(A) }));
    const stop = await until("the stop", async () => {
      await request(server, "app.test", "/B", { headers: traced(B) });
      return server.log.slice(first).find((line) => line.msg.startsWith("the app was stopped"));
    });
    connection.close();
    assert.equal(stop.trace_id, A);
    const steps = server.log.slice(first).filter((line) => line.msg === "step").length;
    // None takes more than its 20 ms on the clock, whoever has the processor besides.
    assert.ok(steps >= 10, `${steps} steps`);
    const all = (await taken()) - before;
    const used = Number(stop.used);
    assert.ok(used >= 300 && used >= 0.7 * all, `${used} ms of ${all} ms`);
  });
});
