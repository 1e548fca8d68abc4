// Clients that do not read what they ask for, by the hundred, and those that send or read next to nothing: what
// the server keeps for them is bounded, and others have their answers.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import { Connection, request, requestBytes } from "../../tools/harness/http.ts";
import { until } from "../../tools/harness/wait.ts";
import { Admin } from "./lib/admin-client.ts";
import { buildApps } from "./lib/apps.ts";
import { samplesOf } from "./lib/metrics.ts";
import { serve } from "./lib/server.ts";

const APP = `export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/large") return new Response("x".repeat(12e6));
    if (pathname === "/echo") return new Response(request.body);
    if (pathname === "/read") return new Response(String((await request.text()).length));
    return new Response("hello");
  },
};`;
const MIB = 1024 * 1024;

function peakOf(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) * 1024;
}

/** Of the clients that were cut, those that this key of `server.limits` was about. */
async function cutBy(admin: Admin, key: string): Promise<number | undefined> {
  const samples = samplesOf((await admin.get("/metrics")).body);
  return samples.get(`nano_slow_clients_total{reason="${key}"}`);
}

/** Asks, and reads nothing. */
async function ask(server: { port: number }, path: string): Promise<Connection> {
  const connection = await Connection.open(server);
  connection.socket.pause();
  await connection.send(requestBytes("app.test", path));
  return connection;
}

test("a hundred clients that do not read cost what they may, and others are answered", async (t) => {
  const { dist, config } = await buildApps(
    t,
    { app: { files: APP } },
    { limits: { buffer_bytes: "32MiB" } },
  );
  const server = await serve(t, dist, { workers: 1, config });
  const admin = new Admin(dirname(dist));
  const [worker] = await until("the worker", () => server.workers());
  for (let i = 0; i < 3; i++) {
    assert.equal((await request(server, "app.test", "/large")).body.length, 12e6);
  }
  const before = peakOf(worker!);
  const silent: Connection[] = [];
  t.after(() => silent.forEach((connection) => connection.close()));
  for (let i = 0; i < 100; i++) {
    silent.push(await ask(server, "/large"));
    // Whoever asks for little gets it, all the time.
    if (i % 10 === 0) assert.equal((await request(server, "app.test", "/")).text, "hello");
  }
  // Without a bound these would be some 800 MB, less what the system takes.
  const line = await server.waitForLog("why", ({ reason }) => reason === "overload");
  assert.equal(line.app, "app");
  assert.equal(line.limit, 32 * MIB);
  assert.ok(Number(line.used) <= 32 * MIB + 12e6, `${String(line.used)} bytes are kept`);
  await server.waitForLog("a cut", ({ msg }) => msg.includes("server.limits.buffer_bytes"));
  // Those who read have their turn when the slowest have gone.
  await until("a large answer", async () => {
    const response = await request(server, "app.test", "/large");
    if (response.status === 200) return response.body.length === 12e6;
    assert.equal(response.status, 503);
    assert.equal(response.header("nano-error"), "overload");
    assert.equal(response.header("retry-after"), "1");
    return false;
  });
  const page = (await admin.get("/metrics")).body;
  assert.match(page, /nano_limit_stops_total\{app="app",reason="overload"\} [1-9]/);
  assert.ok((await cutBy(admin, "buffer_bytes"))! >= 1);
  assert.equal(await cutBy(admin, "write_timeout"), 0);
  // What is kept, and what V8 has before it collects its garbage.
  const grown = peakOf(worker!) - before;
  assert.ok(grown < 150 * MIB, `the worker grew by ${grown} bytes`);
});

test("what was kept for slow clients is the system's again when they have gone, though the app is asked on", async (t) => {
  const { dist } = await buildApps(t, {
    app: `export default {
      fetch: ({ url }) => new Response("x".repeat(Number(new URL(url).pathname.slice(1)))),
    };`,
  });
  const server = await serve(t, dist, { workers: 1 });
  const [worker] = await until("the worker", () => server.workers());
  const own = () =>
    Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${worker}/status`, "utf8"))![1]) * 1024;
  const connections: Connection[] = [];
  t.after(() => connections.forEach((connection) => connection.close()));
  const silent: Connection[] = [];
  // Of many sizes, and with what others need in between, so that the heap has holes afterwards.
  for (let i = 0; i < 100; i++) {
    silent.push(await ask(server, `/${[5, 6, 8, 12][i % 4]! * 1e6}`));
    const small = await Connection.open(server);
    connections.push(small);
    await small.send(requestBytes("app.test", "/10"));
    assert.equal((await small.read()).body.length, 10);
  }
  const kept = own();
  assert.ok(kept > 64 * MIB, `${kept} bytes`);
  silent.forEach((connection) => connection.close());
  await until("the memory", async () => {
    await connections[0]!.send(requestBytes("app.test", "/10"));
    assert.equal((await connections[0]!.read()).body.length, 10);
    return own() < kept / 3;
  });
});

test("clients of one app that do not read keep no other app from its answers", async (t) => {
  const { dist, config } = await buildApps(
    t,
    {
      greedy: { files: APP },
      modest: `export default { fetch: () => new Response("y".repeat(100_000)) };`,
    },
    { limits: { buffer_bytes: "32MiB" } },
  );
  const server = await serve(t, dist, { workers: 1, config });
  const silent: Connection[] = [];
  t.after(() => silent.forEach((connection) => connection.close()));
  const askOne = async () => {
    const connection = await Connection.open(server);
    connection.socket.pause();
    await connection.send(requestBytes("greedy.test", "/large"));
    silent.push(connection);
  };
  for (let i = 0; i < 40; i++) await askOne();
  await server.waitForLog("the budget's end", ({ reason }) => reason === "overload");
  // Until some of the silent ones have been cut, whose places others take.
  const begin = Date.now();
  let answers = 0;
  while (Date.now() - begin < 3000) {
    await askOne();
    for (let i = 0; i < 10; i++) {
      const response = await request(server, "modest.test", "/");
      assert.equal(response.status, 200);
      assert.equal(response.body.length, 100_000);
      answers++;
    }
  }
  assert.ok(answers > 10);
  const page = (await new Admin(dirname(dist)).get("/metrics")).body;
  assert.match(page, /nano_limit_stops_total\{app="greedy",reason="overload"\} [1-9]/);
  assert.match(page, /nano_limit_stops_total\{app="modest",reason="overload"\} 0/);
});

test("a client that sends a byte now and then has no more time than one that sends none", async (t) => {
  const { dist, config } = await buildApps(
    t,
    { app: { files: APP } },
    { access_log: "json", limits: { body_timeout: "500ms", min_receive_rate: 100_000 } },
  );
  const server = await serve(t, dist, { workers: 1, config });
  const slow = await Connection.open(server);
  await slow.send("POST /read HTTP/1.1\r\nHost: app.test\r\ncontent-length: 100000\r\n\r\n");
  const timer = setInterval(() => slow.socket.write("x"), 20);
  try {
    assert.equal((await slow.read()).status, 408);
  } finally {
    clearInterval(timer);
    slow.close();
  }
  assert.equal(
    (await request(server, "app.test", "/read", { method: "POST", body: "x".repeat(100_000) }))
      .text,
    "100000",
  );
  const admin = new Admin(dirname(dist));
  assert.equal(await cutBy(admin, "body_timeout"), 1);
  const samples = samplesOf((await admin.get("/metrics")).body);
  assert.equal(samples.get('nano_requests_total{app="app",status="4xx"}'), 1);
  const told = server.log.filter(({ reason }) => reason === "body_timeout");
  assert.deepEqual(
    told.map(({ app, status, ended }) => ({ app, status, ended })),
    [
      { app: "app", status: 408, ended: undefined }, // The server's own line, and the request's.
      { app: "app", status: 408, ended: undefined },
    ],
  );
  assert.equal(new Set(told.map(({ request_id: id }) => id)).size, 1);
});

test("a response that breaks off since its request's body does not come says so", async (t) => {
  const { dist, config } = await buildApps(
    t,
    { app: { files: APP } },
    { access_log: "json", limits: { body_timeout: "300ms" } },
  );
  const server = await serve(t, dist, { workers: 1, config });
  const slow = await Connection.open(server);
  await slow.send("POST /echo HTTP/1.1\r\nHost: app.test\r\ncontent-length: 10\r\n\r\nhalf");
  const { ended, status, reason } = await server.waitForLog(
    "its end",
    ({ msg }) => msg === "request",
  );
  assert.deepEqual([ended, status, reason], ["cut", 200, "body_timeout"]);
  slow.close();
});

test("a client whose head does not come is told so, and counted", async (t) => {
  const { dist, config } = await buildApps(
    t,
    { app: { files: APP } },
    { limits: { header_timeout: "200ms" } },
  );
  const server = await serve(t, dist, { workers: 1, config });
  const silent = await Connection.open(server);
  const slow = await Connection.open(server);
  await slow.send("GET / HTTP/1.1\r\nHost: app");
  assert.equal((await slow.read()).status, 408);
  assert.equal(await cutBy(new Admin(dirname(dist)), "header_timeout"), 1);
  slow.close();
  silent.close();
});

test("a client that reads next to nothing is cut", async (t) => {
  const { dist, config } = await buildApps(
    t,
    { app: { files: APP } },
    { limits: { write_timeout: "500ms", min_send_rate: "1GiB" } },
  );
  const server = await serve(t, dist, { workers: 1, config });
  const slow = await ask(server, "/large");
  await server.waitForLog("the cut", ({ msg }) => msg.includes("takes the response too slowly"));
  slow.close();
  assert.equal((await request(server, "app.test", "/")).text, "hello");
  assert.equal(await cutBy(new Admin(dirname(dist)), "write_timeout"), 1);
});
