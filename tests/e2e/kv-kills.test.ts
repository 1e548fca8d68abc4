// Kills at random moments, of workers and of the store: what was acknowledged is there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { request } from "../../tools/harness/http.ts";
import { until } from "../../tools/harness/wait.ts";
import { buildApps } from "./lib/apps.ts";
import { serve } from "./lib/server.ts";

const KILLS = Number(process.env.NANO_KV_KILLS ?? 100);
const CLIENTS = 6;

const APP = `
  export default {
    async fetch(request, env) {
      const { pathname, searchParams } = new URL(request.url);
      const key = searchParams.get("key");
      if (pathname === "/put") {
        await env.KV.put(key, searchParams.get("value"));
        return new Response("acknowledged");
      }
      return new Response(await env.KV.get(key));
    },
  };`;

/** The same numbers in each run. */
function random(seed: number): () => number {
  return () => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed / 2147483648;
  };
}

test(`two workers and ${KILLS} kills at random moments lose no acknowledged write`, async (t) => {
  const made = await buildApps(t, { app: { files: APP, default: true, kv: { KV: "kills" } } });
  const server = await serve(t, made.dist, { config: made.config, workers: 2 });
  const next = random(7);
  // The last value of each key that was acknowledged, and those that were sent after it and were not.
  const acknowledged = new Map<string, number>();
  const unknown = new Map<string, Set<number>>();
  let isOver = false;
  let writes = 0;
  let failures = 0;

  const client = async (number: number) => {
    for (let value = 1; !isOver; value++) {
      const key = `${number}/${value % 7}`;
      const open = unknown.get(key) ?? new Set();
      unknown.set(key, open.add(value));
      try {
        const { text } = await request(server, "app.test", `/put?key=${key}&value=${value}`);
        if (text !== "acknowledged") throw new Error(text);
        acknowledged.set(key, value);
        open.clear();
        writes++;
      } catch {
        failures++; // The worker that had it was killed.
      }
    }
  };
  const clients = Array.from({ length: CLIENTS }, (_, number) => client(number));

  for (let kill = 0; kill < KILLS; kill++) {
    const before = writes;
    await until("a write", () => writes > before);
    await new Promise((resolve) => setTimeout(resolve, next() * 30));
    const store = server.store();
    const victims = kill % 4 !== 0 && store !== undefined ? [store] : server.workers();
    const victim = victims[Math.floor(next() * victims.length)];
    if (victim !== undefined) process.kill(victim, "SIGKILL");
  }
  const before = writes;
  await until("writes after all kills", () => writes > before + 10);
  isOver = true;
  await Promise.all(clients);

  for (const [key, value] of acknowledged) {
    const { text } = await request(server, "app.test", `/?key=${key}`);
    const read = Number(text);
    const allowed = read === value || unknown.get(key)!.has(read);
    assert.ok(allowed, `${key} has ${text}; ${value} was acknowledged last, of ${writes} writes`);
  }
  assert.ok(acknowledged.size > 0 && writes > KILLS, `${writes} writes, ${failures} failed`);
  t.diagnostic(`${writes} writes were acknowledged, ${failures} were not`);
});
