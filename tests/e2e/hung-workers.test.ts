// Workers that do not answer any more, though they live: the supervisor finds them, and starts others.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { buildApps } from "./lib/apps.ts";
import { groupWorkers } from "./lib/groups.ts";
import { request } from "../../tools/harness/http.ts";
import { serve } from "./lib/server.ts";
import { until } from "../../tools/harness/wait.ts";

const HELLO = `export default { fetch: () => new Response("hello") };`;
/** For what takes the supervisor's patience, ten seconds, to be seen. */
const PATIENT = { timeout: 60_000 };

test("a worker that a signal has stopped is replaced, and no app is blamed", PATIENT, async (t) => {
  const { dist } = await buildApps(t, { app: HELLO });
  const server = await serve(t, dist, { workers: 2 });
  await until("two workers", () => server.workers().length === 2);
  await request(server, "app.test", "/");
  const [stopped, other] = server.workers();
  process.kill(stopped, "SIGSTOP");
  const death = await server.waitForLog("its end", ({ pid }) => pid === stopped);
  assert.match(
    death.msg,
    /^worker \d did not answer and was ended: a signal \(SIGSTOP\) has stopped it for 10 s; starting it again$/,
  );
  assert.equal(death.app, undefined);
  await until("another one", () => server.workers().length === 2);
  assert.ok(server.workers().includes(other));
  assert.equal((await request(server, "app.test", "/")).text, "hello");
});

test(
  "what waits for a group's process that was stopped is the next one's, and has waited since it came",
  PATIENT,
  async (t) => {
    const { dist, config } = await buildApps(
      t,
      { alone: { files: HELLO, isolation: "process" } },
      { access_log: "json" },
    );
    const server = await serve(t, dist, { workers: 1, config });
    const [stopped] = await until("its process", () => {
      const found = groupWorkers(server, "app:alone");
      return found.length === 1 && found;
    });
    process.kill(stopped!, "SIGSTOP");
    const began = performance.now();
    assert.equal((await request(server, "alone.test", "/")).text, "hello");
    const waited = performance.now() - began;
    assert.ok(waited > 5_000, `${waited} ms`);
    const { duration_ms } = await server.waitForLog("its line", ({ msg }) => msg === "request");
    // As its client has it, but for the way here and back.
    assert.ok(
      Math.abs(Number(duration_ms) - waited) < 2_000,
      `${String(duration_ms)} of ${waited} ms`,
    );
  },
);

test("a worker that goes on, or computes, is left alone", PATIENT, async (t) => {
  const { dist } = await buildApps(t, {
    app: HELLO,
    busy: {
      files: `export default { fetch() {
        for (const end = Date.now() + 13_000; Date.now() < end;);
        return new Response("done");
      } };`,
      limits: { cpu: "30s", first_byte: "30s" },
    },
  });
  const server = await serve(t, dist, { workers: 2 });
  await until("two workers", () => server.workers().length === 2);
  const before = server.workers();
  process.kill(before[0], "SIGSTOP");
  await sleep(3_000);
  process.kill(before[0], "SIGCONT");
  assert.equal((await request(server, "busy.test", "/")).text, "done");
  assert.deepEqual(server.workers(), before);
});

test("an app cannot wait for memory that nobody changes", async (t) => {
  const { dist } = await buildApps(t, {
    app: `export default { fetch() {
      try {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      } catch (error) {
        return new Response(String(error));
      }
      return new Response("waited");
    } };`,
  });
  const server = await serve(t, dist, { workers: 1 });
  assert.match(
    (await request(server, "app.test", "/")).text,
    /^TypeError: Atomics.wait cannot be called/,
  );
});
