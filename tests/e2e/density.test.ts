// Many apps in one worker: isolates that nobody needs are given up and come back, and no request notices.

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Connection, request, requestBytes } from "../../tools/harness/http.ts";
import { until } from "../../tools/harness/wait.ts";
import { Admin } from "./lib/admin-client.ts";
import { buildApps, type App } from "./lib/apps.ts";
import { serve } from "./lib/server.ts";

const APP = `let served = 0;
export default {
  async fetch({ url }, _env, ctx) {
    const { pathname } = new URL(url);
    if (pathname === "/slow") await new Promise((done) => setTimeout(done, 150));
    if (pathname === "/later") ctx.waitUntil(new Promise((done) => setTimeout(done, 150)));
    if (pathname === "/stream") {
      let parts = 0;
      return new Response(new ReadableStream({
        async pull(controller) {
          await new Promise((done) => setTimeout(done, 30));
          controller.enqueue(new TextEncoder().encode("."));
          if (++parts === 5) controller.close();
        },
      }));
    }
    return new Response(String(++served));
  },
};`;

async function evictions(admin: Admin, reason: string): Promise<number> {
  const { body } = await admin.get("/metrics");
  let sum = 0;
  for (const [, labels, value] of body.matchAll(/^nano_app_evictions_total\{(.*)\} (\d+)$/gm)) {
    if (labels!.includes(`reason="${reason}"`)) sum += Number(value);
  }
  return sum;
}

test("isolates that come and go lose no request", async (t) => {
  const names = Array.from({ length: 6 }, (_, i) => `app${i}`);
  const app: App = { files: APP, idle: "1ms" };
  const { dist, config } = await buildApps(t, Object.fromEntries(names.map((name) => [name, app])));
  const server = await serve(t, dist, { workers: 1, config });
  const admin = new Admin(dirname(dist));
  const paths = ["/", "/slow", "/later", "/stream"];
  const end = Date.now() + 4000;
  let answered = 0;
  const client = async (number: number) => {
    for (let i = number; Date.now() < end; i++) {
      const path = paths[i % paths.length]!;
      const { status, text } = await request(server, `${names[(i * 5) % names.length]}.test`, path);
      assert.equal(status, 200);
      if (path === "/stream") assert.equal(text, ".....");
      answered++;
      // Around the moments at which isolates go.
      await sleep((i * 37) % 130);
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, number) => client(number)));
  assert.ok(answered > 50, `${answered} answers`);
  const count = await evictions(admin, "idle");
  assert.ok(count > 10, `${count} evictions`);
  assert.deepEqual(
    server.log.filter(({ level }) => level === "error" || level === "warn"),
    [],
  );
});

test("server.memory bounds what a worker keeps for apps that take turns", async (t) => {
  const MOST = 64 * 2 ** 20;
  // Each keeps 4 MB.
  const files = `let kept: Uint8Array | undefined;
export default {
  fetch: () => new Response(String((kept ??= new Uint8Array(4e6).fill(1)).length)),
};`;
  const names = Array.from({ length: 30 }, (_, i) => `app${i}`);
  const { dist, config } = await buildApps(
    t,
    Object.fromEntries(names.map((name) => [name, { files }])),
    { memory: "64MiB" },
  );
  const server = await serve(t, dist, { workers: 1, config });
  const admin = new Admin(dirname(dist));
  let most = 0;
  for (let round = 0; round < 2; round++) {
    for (const name of names) {
      assert.equal((await request(server, `${name}.test`, "/")).text, "4000000");
      const { json } = await admin.get("/admin/status");
      most = Math.max(most, json.workers[0].own);
    }
  }
  assert.ok((await evictions(admin, "memory")) > 10);
  // One app more than fits, for a moment.
  assert.ok(most < MOST + 16e6, `${most} bytes`);
  assert.ok(most > MOST / 2, `${most} bytes`);
  await server.waitForLog("evictions", ({ msg }) => /isolates that nobody needed/.test(msg));
});

test("an app that takes the worker's memory is stopped by name, and its neighbours go on", async (t) => {
  const hoarder = `const kept: Uint8Array[] = [];
const take = () => { kept.push(new Uint8Array(10e6).fill(1)); };
export default {
  async fetch({ url }) {
    // In one turn, or in many.
    if (url.endsWith("/once")) for (;;) take();
    for (;;) { take(); await new Promise((done) => setTimeout(done, 5)); }
  },
};`;
  const { dist, config } = await buildApps(
    t,
    {
      hoarder: { files: hoarder, limits: { external_memory: "8GiB", cpu: "0s" } },
      neighbour: APP,
    },
    { memory: "128MiB" },
  );
  const server = await serve(t, dist, { workers: 1, config });
  const [worker] = await until("the worker", () => server.workers());
  const neighbour = await Connection.open(server);
  await neighbour.send(requestBytes("neighbour.test", "/stream"));
  const { text } = await neighbour.read();
  assert.equal(text, ".....");
  for (const path of ["/turns", "/once"]) {
    const response = await request(server, "hoarder.test", path, { timeout: 20_000 });
    assert.equal(response.status, 503, path);
    assert.equal(response.header("nano-error"), "server-memory");
    // What was set, not where stops begin.
    const { limit, used } = JSON.parse(response.text) as { limit: number; used: number };
    assert.equal(limit, 128 * 2 ** 20, path);
    assert.ok(used > limit, path);
    assert.equal((await request(server, "neighbour.test", "/")).status, 200);
  }
  assert.deepEqual(server.workers(), [worker], "no worker ended");
  await server.waitForLog(
    "why",
    ({ app, reason, msg }) =>
      app === "hoarder" &&
      reason === "server-memory" &&
      msg.includes("`server.memory` is 128 MiB, and a quarter beyond that apps are stopped"),
  );
  // In the middle of a turn it is known whose it is, and where it was.
  await server.waitForLog(
    "whose",
    ({ msg, reason, request_id }) =>
      reason === "server-memory" && request_id !== undefined && /\n {4}at take \(/.test(msg),
  );
});

test("a worker that cannot be relieved of an app ends at once, and the app is named", async (t) => {
  // The engine does not look whether it may go on, and takes memory meanwhile.
  const stuck = `export default {
  fetch({ url }) {
    if (!url.endsWith("/stuck")) return new Response("fine");
    return new Response(String(new Array(2 ** 32 - 1).fill(0).length));
  },
};`;
  const { dist, config } = await buildApps(
    t,
    { stuck: { files: stuck, limits: { memory: "8GiB", cpu: "0s" } }, neighbour: APP },
    { memory: "128MiB" },
  );
  const server = await serve(t, dist, { workers: 1, config });
  const [worker] = await until("the worker", () => server.workers());
  await assert.rejects(request(server, "stuck.test", "/stuck", { timeout: 20_000 }));
  const line = await server.waitForLog(
    "the death",
    ({ app, msg }) => app === "stuck" && /had more memory than `server\.memory`/.test(msg),
  );
  assert.match(line.msg, /it was running this app; starting it again$/);
  assert.equal((await request(server, "neighbour.test", "/")).text, "1");
  assert.notDeepEqual(server.workers(), [worker]);
  assert.equal((await request(server, "stuck.test", "/")).text, "fine");
});
