// An app that is stopped at its limits over and over leaves nothing behind: its isolates go one after the other, and
// the worker has as much memory as before. NANO_SOAK_STOPS=1000 (`make soak`) stops it so often.
//
// Memory is compared when nobody asks for anything and the worker has given back what it does not need, and only once
// it is warm: V8 keeps some pages, and what is compiled once, for the next isolate.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { request } from "../../tools/harness/http.ts";
import { until } from "../../tools/harness/wait.ts";
import { buildApps } from "./lib/apps.ts";
import { serve } from "./lib/server.ts";

const STOPS = Number(process.env.NANO_SOAK_STOPS ?? 200);
const WARM = 40;
/** What may be left: this part of what was there, or so many MiB, whichever is more. */
const PART = 0.05;
const MIB = 2;

const STOPPED = `const keep: unknown[] = [];
export default {
  async fetch({ url }: Request) {
    const { pathname } = new URL(url);
    if (pathname === "/cpu-limit") for (;;);
    if (pathname === "/memory-limit") for (;;) keep.push({ a: [1] });
    if (pathname === "/external-memory-limit") for (;;) keep.push(new Uint8Array(1e5).fill(1));
    return new Response("fine");
  },
};`;
const REASONS = ["cpu-limit", "memory-limit", "external-memory-limit"];

/** What the process has for itself, in MiB. */
function own(pid: number): number {
  return Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) / 1024;
}

const countOf = (pid: number, what: "fd" | "task") => readdirSync(`/proc/${pid}/${what}`).length;
const mappingsOf = (pid: number) => readFileSync(`/proc/${pid}/maps`, "utf8").split("\n").length;

test("the isolate of a worker that was stopped with a large heap does not stay for the next", async (t) => {
  const { dist } = await buildApps(t, { app: { files: STOPPED, limits: { memory: "128MiB" } } });
  const server = await serve(t, dist, { workers: 1 });
  const [worker] = await until("the worker", () => server.workers());
  assert.equal((await request(server, "app.test", "/")).text, "fine");
  const stopped = await request(server, "app.test", "/memory-limit");
  assert.ok(stopped.header("nano-error") !== undefined, stopped.text);
  // Nothing else has the worker do anything.
  await until("its memory to be given back", () => own(worker) < 64);
  assert.deepEqual(server.workers(), [worker]);
});

test(`${STOPS} stops at limits leave nothing behind`, { timeout: 3_600_000 }, async (t) => {
  const { dist } = await buildApps(t, {
    app: {
      files: STOPPED,
      limits: { cpu: "60ms", memory: "16MiB", external_memory: "16MiB" },
    },
    other: `export default { fetch: () => new Response("hello") };`,
  });
  const server = await serve(t, dist, { workers: 1 });
  const [worker] = await until("the worker", () => server.workers());
  const stopped = new Map<string, number>();

  async function stop(times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      const reason = await request(server, "app.test", "/" + REASONS[i % REASONS.length]);
      const told = reason.header("nano-error")!;
      assert.ok(REASONS.includes(told), `${told}\n${reason.text}`);
      stopped.set(told, (stopped.get(told) ?? 0) + 1);
      assert.equal((await request(server, "app.test", "/")).text, "fine");
      assert.equal((await request(server, "other.test", "/")).text, "hello");
    }
  }

  /** When it has given back what it does not need, which it does seconds after the last request. */
  async function calm(): Promise<number> {
    let last = own(worker);
    let since = performance.now();
    await until("memory to settle", () => {
      const now = own(worker);
      if (Math.abs(now - last) > last / 100) {
        last = now;
        since = performance.now();
      }
      return performance.now() - since > 4000;
    });
    return last;
  }

  await stop(WARM);
  const before = await calm();
  const counts = [countOf(worker, "fd"), countOf(worker, "task")];
  const mappings = mappingsOf(worker);
  stopped.clear();
  await stop(STOPS);
  const after = await calm();
  assert.deepEqual(server.workers(), [worker], server.output);
  for (const reason of REASONS) assert.ok(stopped.has(reason), `${reason} was never reached`);
  t.diagnostic(`${before.toFixed(1)} MiB before, ${after.toFixed(1)} MiB after`);
  t.diagnostic(`${mappings} mappings before, ${mappingsOf(worker)} after`);
  assert.ok(after <= before + Math.max(before * PART, MIB), `${before} MiB, ${after} MiB`);
  assert.deepEqual([countOf(worker, "fd"), countOf(worker, "task")], counts);
  assert.ok(mappingsOf(worker) <= mappings + 50, `${mappings}, ${mappingsOf(worker)} mappings`);
});
