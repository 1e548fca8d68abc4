// Requests that wait for their app (`limits.concurrency`) while another version takes its place: they have not begun, so
// that they are the new version's. What the old one does not end in time is told so.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { Connection, requestBytes } from "../../tools/harness/http.ts";
import { until } from "../../tools/harness/wait.ts";
import { Admin } from "./lib/admin-client.ts";
import { buildApps } from "./lib/apps.ts";
import { controlled } from "./lib/controlled.ts";
import { samplesOf } from "./lib/metrics.ts";

/** `/hold` and `/stream` never end. */
const APP = `
export default {
  fetch(request: Request, env: { WORD?: string }) {
    const { pathname } = new URL(request.url);
    if (pathname === "/hold") return new Promise(() => {});
    if (pathname === "/stream") {
      return new Response(new ReadableStream({ start: (c) => c.enqueue(new Uint8Array(1)) }));
    }
    return new Response(env.WORD ?? "as built");
  },
};`;

const CALLER = `
type Env = { APP: { fetch(request: Request): Promise<Response> } };
export default { fetch: (request: Request, env: Env) => env.APP.fetch(request) };`;

async function crowded(t: TestContext, drain_timeout: string) {
  const made = await buildApps(
    t,
    {
      app: {
        files: APP,
        limits: { concurrency: 2, queue: 10, queue_timeout: "60s" },
        drain_timeout,
      },
      caller: { files: CALLER, services: { APP: "app" } },
    },
    { access_log: "json", shutdown_timeout: "100ms" },
  );
  const running = await controlled(t, made, 1);
  const admin = new Admin(made.directory);
  const open = async (path: string, host = "app.test") => {
    const connection = await Connection.open(running.server);
    t.after(() => connection.close());
    await connection.send(requestBytes(host, path));
    return connection;
  };
  /** Of the app, summed over its versions. */
  const gauge = async (name: string) =>
    [...samplesOf((await admin.get("/metrics")).body)]
      .filter(([sample]) => sample.startsWith(`${name}{app="app"`))
      .reduce((sum, [, value]) => sum + value, 0);
  const under = (name: string, count: number) =>
    until(`${count} of ${name}`, async () => (await gauge(name)) === count);
  const stream = await open("/stream");
  assert.match((await stream.readSome()).toString(), /200 OK/);
  const held = await open("/hold");
  await under("nano_requests_in_flight", 1);
  return { ...running, open, gauge, under, stream, held };
}

for (const [what, change] of [
  ["variables", ["env", "set", "app", "WORD=new"]],
  ["a limit of memory", ["limits", "app", "memory=64MiB"]],
] as const) {
  test(`requests that wait are the new version's at once: ${what}`, async (t) => {
    const { done, open, under } = await crowded(t, "60s");
    const waiting = [await open("/"), await open("/"), await open("/", "caller.test")];
    await under("nano_queued_requests", 3);
    // The old one has as many as it may, and goes on with them.
    await done([...change, "--no-wait"], /release 2 serves/);
    for (const each of waiting) {
      const { status, text } = await each.read();
      assert.deepEqual([status, text], [200, what === "variables" ? "new" : "as built"]);
    }
  });
}

test("what an old version does not end in time is cut, and everybody is told why", async (t) => {
  const { done, stream, held, gauge, server } = await crowded(t, "300ms");
  await done(["env", "set", "app", "WORD=new"], /release 2 serves/);
  const refused = await held.read();
  assert.equal(refused.status, 503);
  assert.equal(refused.header("nano-error"), "drain-timeout");
  assert.equal(refused.header("retry-after"), "1");
  const problem = JSON.parse(refused.text) as { request_id: string; limit: number };
  assert.equal(problem.limit, 300);
  assert.doesNotMatch((await stream.readAll()).toString(), /\r\n0\r\n/, "cut, not ended");

  const cut = await server.waitForLog("the cut", ({ msg }) => msg.includes("drain_timeout"));
  assert.partialDeepStrictEqual(cut, {
    reason: "drain-timeout",
    limit: 300,
    requests: 1,
    streams: 1,
    queued: 0,
  });
  const lines = await until("both lines", () => {
    const found = server.log.filter(({ msg }) => msg === "request");
    return found.length === 2 && found;
  });
  for (const line of lines) assert.equal(line.reason, "drain-timeout");
  assert.deepEqual(lines.map(({ status, ended }) => [status, ended]).sort(), [
    [200, "cut"],
    [503, undefined],
  ]);
  const ids = lines.map(({ request_id }) => String(request_id));
  assert.ok(ids.includes(problem.request_id));
  assert.deepEqual(String(cut.request_ids).split(" ").sort(), ids.sort());
  assert.equal(await gauge("nano_limit_stops_total"), 1);
});
