// What /metrics counts of apps, over all workers and beyond their lives.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { Connection, request, requestBytes } from "../../tools/harness/http.ts";
import { root } from "../../tools/harness/paths.ts";
import { until } from "../../tools/harness/wait.ts";
import { Admin } from "./lib/admin-client.ts";
import { buildApps } from "./lib/apps.ts";
import { samplesOf } from "./lib/metrics.ts";
import { computes } from "./lib/processes.ts";
import { serve } from "./lib/server.ts";

const SHOP = `export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/missing") return new Response("no", { status: 404 });
    if (pathname === "/throws") throw new Error("oops");
    if (pathname === "/moved") return Response.redirect("https://shop.test/", 302);
    if (pathname === "/echo") return new Response(await request.text());
    if (pathname === "/spin") for (;;);
    if (pathname === "/never") await new Promise(() => {});
    if (pathname === "/cut") return new Response(new ReadableStream({
      start(c) { c.enqueue(new TextEncoder().encode("part")); },
      pull() { throw new Error("oops"); },
    }));
    return new Response("12345");
  },
};`;
const KILLER = `export default {
  fetch: ({ url }) => {
    if (url.endsWith("/native")) [].copyWithin.call({ length: 2 ** 53 - 1 }, 1, 0);
    return new Response("fine");
  },
};`;

test("requests are counted by how they end, over all workers", async (t) => {
  // A first request takes more of the CPU's time where others share the processor's caches.
  const { dist } = await buildApps(t, { shop: { files: SHOP, limits: { cpu: "500ms" } } });
  const server = await serve(t, dist, { workers: 2 });
  const admin = new Admin(dirname(dist));
  for (let i = 0; i < 10; i++) await request(server, "shop.test", "/");
  for (let i = 0; i < 3; i++) await request(server, "shop.test", "/missing");
  await request(server, "shop.test", "/throws");
  await request(server, "shop.test", "/moved");
  await assert.rejects(request(server, "shop.test", "/cut"));
  assert.equal((await request(server, "shop.test", "/spin")).header("nano-error"), "cpu-limit");
  const leaves = await Connection.open(server);
  await leaves.send(requestBytes("shop.test", "/never"));
  await until("it to be under way", async () =>
    [...samplesOf((await admin.get("/metrics")).body)].some(
      ([name, value]) => name.startsWith('nano_requests_in_flight{app="shop"') && value === 1,
    ),
  );
  leaves.close();
  const samples = await until("the end of the one that left", async () => {
    const found = samplesOf((await admin.get("/metrics")).body);
    return found.get('nano_requests_total{app="shop",status="aborted"}') === 1 && found;
  });
  const requests = (status: string) =>
    samples.get(`nano_requests_total{app="shop",status="${status}"}`);
  assert.equal(requests("2xx"), 10);
  assert.equal(requests("3xx"), 1);
  assert.equal(requests("4xx"), 3);
  assert.equal(requests("5xx"), 2);
  assert.equal(requests("cut"), 1);
  assert.equal(samples.get('nano_response_body_bytes_total{app="shop"}')! >= 50, true);
  assert.equal(samples.get('nano_limit_stops_total{app="shop",reason="cpu-limit"}'), 1);
  assert.equal(samples.get('nano_request_duration_seconds_count{app="shop"}'), 18);
  assert.equal(samples.get('nano_request_duration_seconds_bucket{app="shop",le="+Inf"}'), 18);
  assert.ok(samples.get('nano_request_duration_seconds_sum{app="shop"}')! > 0.05);
  assert.ok(samples.get('nano_app_cpu_seconds_total{app="shop"}')! >= 0.05);
  assert.ok(samples.get('nano_app_boots_total{app="shop"}')! >= 2);
  assert.ok(samples.get('nano_app_boot_seconds_total{app="shop"}')! > 0);
  let last = 0;
  for (const [name, value] of samples) {
    if (!name.startsWith('nano_request_duration_seconds_bucket{app="shop"')) continue;
    assert.ok(value >= last, "buckets are cumulative");
    last = value;
  }
});

test("requests that wait for their turn are told of beside those that have it", async (t) => {
  const { dist } = await buildApps(t, {
    shop: { files: SHOP, limits: { concurrency: 1, queue: 2, queue_timeout: "1m" } },
  });
  const server = await serve(t, dist, { workers: 1 });
  const admin = new Admin(dirname(dist));
  const gauge = async (name: string) =>
    [...samplesOf((await admin.get("/metrics")).body)].find(([sample]) =>
      new RegExp(`^nano_${name}\\{app="shop",version="[0-9a-f]{12}",id="\\d+",worker="1"\\}$`).test(
        sample,
      ),
    )?.[1];
  const waits = (requests: number, queued: number) =>
    until(
      `${requests} and ${queued}`,
      async () =>
        [await gauge("requests_in_flight"), await gauge("queued_requests")].join() ===
        [requests, queued].join(),
    );
  const clients: Connection[] = [];
  t.after(() => clients.forEach((client) => client.close()));
  for (let i = 0; i < 3; i++) {
    clients.push(await Connection.open(server));
    await clients[i]!.send(requestBytes("shop.test", i === 0 ? "/never" : "/"));
  }
  await waits(1, 2);
  const { versions } = (await admin.get("/admin/status")).json.workers[0];
  assert.deepEqual([versions[0].in_flight, versions[0].queued], [1, 2]);
  clients[2]!.close();
  await waits(1, 1);
  clients[0]!.close();
  assert.equal((await clients[1]!.read()).text, "12345");
  await waits(0, 0);
});

test("bodies are counted in bytes", async (t) => {
  const { dist } = await buildApps(t, { shop: SHOP });
  const server = await serve(t, dist, { workers: 1 });
  const body = "x".repeat(12_345);
  const echo = await request(server, "shop.test", "/echo", { method: "POST", body });
  assert.equal(echo.text, body);
  const samples = samplesOf((await new Admin(dirname(dist)).get("/metrics")).body);
  assert.equal(samples.get('nano_request_body_bytes_total{app="shop"}'), 12_345);
  assert.equal(samples.get('nano_response_body_bytes_total{app="shop"}'), 12_345);
});

test("what a worker counted outlives it, and whoever ended it is told", async (t) => {
  const { dist } = await buildApps(t, {
    shop: SHOP,
    killer: { files: KILLER, limits: { cpu: "50ms" } },
  });
  const server = await serve(t, dist, { workers: 1 });
  for (let i = 0; i < 5; i++) await request(server, "shop.test", "/");
  const lost = await Connection.open(server);
  await lost.send(requestBytes("shop.test", "/never"));
  // Of these, one will have asked something that the worker has no time to read, and one nothing.
  const unread = await Connection.open(server);
  const idle = await Connection.open(server);
  for (const connection of [unread, idle]) {
    await connection.send(requestBytes("shop.test", "/"));
    assert.equal((await connection.read()).status, 200);
  }
  const killed = assert.rejects(request(server, "killer.test", "/native"));
  // The limit, and then a second of it, go by until the worker ends.
  await computes(server.workers()[0]!);
  await unread.send(requestBytes("shop.test", "/"));
  await killed;
  const death = await server.waitForLog("the death", ({ lost_of_others: n }) => n !== undefined);
  assert.equal(death.lost_of_others, 1);
  assert.equal(death.unread, 1);
  assert.equal(death.reason, "cpu-limit");
  assert.equal(death.limit, 50);
  assert.ok(Number(death.used) >= 50);
  assert.equal((await request(server, "shop.test", "/")).text, "12345");
  const samples = samplesOf((await new Admin(dirname(dist)).get("/metrics")).body);
  assert.equal(samples.get('nano_requests_total{app="shop",status="2xx"}'), 8);
  assert.equal(samples.get('nano_requests_total{app="shop",status="lost"}'), 1);
  assert.equal(samples.get('nano_requests_total{app="killer",status="lost"}'), 1);
  assert.equal(samples.get('nano_limit_stops_total{app="killer",reason="cpu-limit"}'), 1);
  assert.equal(samples.get('nano_lost_unread_connections_total{app="killer"}'), 1);
  assert.equal(samples.get('nano_worker_deaths_total{app="killer"}'), 1);
  assert.equal(samples.get('nano_worker_deaths_total{app="shop"}'), 0);
  assert.equal(samples.get('nano_lost_requests_total{app="killer"}'), 1);
  for (const connection of [lost, unread, idle]) connection.close();
});

test("whoever has no answer because a worker ended is counted, when it had the request and when not", async (t) => {
  const { dist } = await buildApps(t, {
    shop: SHOP,
    killer: { files: KILLER, limits: { cpu: "50ms" } },
  });
  const server = await serve(t, dist, { workers: 1 });
  const connections: Connection[] = [];
  t.after(() => connections.forEach((connection) => connection.close()));
  const connect = async (host: string) => {
    const connection = await Connection.open(server);
    connections.push(connection);
    await connection.send(requestBytes(host, "/"));
    assert.equal((await connection.read()).status, 200);
    return connection;
  };
  const kills = await connect("killer.test");
  const half = await connect("shop.test");
  const clients: Connection[] = [];
  for (let i = 0; i < 40; i++) clients.push(await connect("shop.test"));
  await half.send("GET / HTTP/1.1\r\nHost: shop.test\r\nx-ha");
  // All come while the worker is away: some before the one that ends it, whose answers are held back for a moment
  // with others', and some after it.
  const [worker] = server.workers();
  process.kill(worker!, "SIGSTOP");
  for (const [i, client] of clients.entries()) {
    if (i === 20) await kills.send(requestBytes("killer.test", "/native"));
    await client.send(requestBytes("shop.test", "/"));
  }
  process.kill(worker!, "SIGCONT");
  const answers = clients.map((client) =>
    client.read().then(
      ({ status }) => status,
      () => "none",
    ),
  );
  const lost = (await Promise.all(answers)).filter((answer) => answer === "none").length;
  const death = await server.waitForLog("the death", ({ lost_of_others: n }) => n !== undefined);
  assert.ok(lost > 0);
  // The one whose head has come in part has not asked yet; its connection is lost like the others'.
  assert.equal(Number(death.lost_of_others) + Number(death.unread), lost + 1);
  const samples = samplesOf((await new Admin(dirname(dist)).get("/metrics")).body);
  const counted = (name: string) => samples.get(`${name}{app="killer"}`)!;
  assert.equal(
    counted("nano_lost_requests_total") + counted("nano_lost_unread_connections_total"),
    lost + 1,
  );
});

test("who waits while others compute is seen in the turns of the loop, and in their time", async (t) => {
  const { dist } = await buildApps(t, {
    busy: {
      files: `export default { fetch() {
        for (let i = 0; i < 1e9; i++) Math.sqrt(i);
        return new Response("done");
      } };`,
      limits: { cpu: "0s" },
    },
    shop: SHOP,
  });
  const server = await serve(t, dist, { workers: 1 });
  const admin = new Admin(dirname(dist));
  await request(server, "shop.test", "/");
  const begin = performance.now();
  await request(server, "busy.test", "/");
  const took = (performance.now() - begin) / 1000;
  const samples = samplesOf((await admin.get("/metrics")).body);
  // Whatever the machine: the turn took most of that, and is in a bucket above a tenth of it.
  assert.ok(samples.get("nano_worker_loop_lag_seconds_sum")! > took / 4);
  const quick = samples.get('nano_worker_loop_lag_seconds_bucket{le="0.1"}')!;
  assert.ok(samples.get("nano_worker_loop_lag_seconds_count")! > quick);
});

test("every family is documented, and every one that is documented is there", async (t) => {
  const { dist } = await buildApps(t, { shop: SHOP });
  const server = await serve(t, dist, { workers: 1 });
  await request(server, "shop.test", "/");
  const page = (await new Admin(dirname(dist)).get("/metrics")).body;
  const there = [...page.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(
    ([, name, type]) => `${name} ${type}`,
  );
  const documented = [
    ...readFileSync(join(root, "docs/metrics.md"), "utf8").matchAll(
      /^\| `(nano_\w+)`[^|]*\| (counter|gauge|histogram) \|/gm,
    ),
  ].map(([, name, type]) => `${name} ${type}`);
  assert.deepEqual(there.toSorted(), documented.toSorted());
});
