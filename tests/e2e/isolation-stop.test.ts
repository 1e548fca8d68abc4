// A stop of the server and apps in processes of their own: these answer what the others have begun, keep no client,
// and what is not done in time is cut with a line for each, wherever it ran.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { buildApps } from "./lib/apps.ts";
import { groupWorkers } from "./lib/groups.ts";
import { childrenOf, type Server } from "./lib/server.ts";
import { serveToUpgrade } from "./lib/upgrades.ts";
import { Connection, request, requestBytes } from "../../tools/harness/http.ts";
import { until, within } from "../../tools/harness/wait.ts";

const APP = `export default {
  async fetch(request, env, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    const ms = Number(searchParams.get("ms"));
    if (pathname === "/left") ctx.waitUntil(new Promise(() => {}));
    else await new Promise((resolve) => setTimeout(resolve, ms));
    if (pathname === "/call") return env.OTHER.fetch("http://other/");
    return new Response("done");
  },
};`;

async function start(t: TestContext, timeout: string): Promise<Server> {
  const made = await buildApps(
    t,
    {
      shared: { files: APP, services: { OTHER: "own" } },
      own: { files: APP, isolation: "process" },
    },
    { access_log: "json", shutdown_timeout: timeout, drain_timeout: timeout },
  );
  const { server } = await serveToUpgrade(t, made, { workers: 1 });
  await until("the workers", () => server.workers().length === 2);
  for (const app of ["shared", "own"]) await request(server, `${app}.test`, "/");
  return server;
}

async function ask(server: Server, app: string, path: string): Promise<Connection> {
  const connection = await Connection.open(server);
  await connection.send(requestBytes(`${app}.test`, path));
  return connection;
}

const everyone = (server: Server) => [server.pid, ...childrenOf(server.pid)];

for (const whom of ["the server", "all of its processes"] as const) {
  test(`what shared workers have begun calls others after a signal to ${whom}`, async (t) => {
    const server = await start(t, "5s");
    const calls = await ask(server, "shared", "/call?ms=500");
    const kept = await Connection.open(server);
    await kept.send(requestBytes("own.test", "/"));
    assert.equal((await kept.read()).status, 200);
    await request(server, "shared.test", "/"); // The first of them has been read.
    if (whom === "the server") server.signal("SIGTERM");
    else for (const pid of everyone(server)) process.kill(pid, "SIGTERM");
    // The group's worker lets its idle clients go, though it goes on for the others.
    await until("the end of the connection that is kept", () => kept.ended);
    assert.equal((await calls.read()).text, "done");
    assert.deepEqual(await within(server.exited, "the end"), { status: 0, signal: null });
  });
}

for (const signal of ["SIGTERM", "SIGUSR2"] as const) {
  test(`what is cut after ${signal} has a line, in shared and other workers`, async (t) => {
    const server = await start(t, "400ms");
    const reason = signal === "SIGTERM" ? "shutdown_timeout" : "drain-timeout";
    await ask(server, "shared", "/?ms=600000");
    await ask(server, "own", "/?ms=600000");
    await request(server, "shared.test", "/");
    await request(server, "own.test", "/");
    const [group] = groupWorkers(server, "app:own");
    assert.ok(group);
    server.signal(signal);
    const lines = await until("their lines", () => {
      const cut = server.log.filter(({ msg, ended }) => msg === "request" && ended === "cut");
      return cut.length === 2 && cut;
    });
    assert.deepEqual(
      lines.map((line) => [line.app, line.reason]).toSorted(),
      ["own", "shared"].map((app) => [app, reason]),
    );
    const told = server.log.find(({ msg }) => /not finish in time/.test(msg))!;
    assert.equal(told.requests, 2);
    assert.deepEqual(String(told.apps).split(", ").toSorted(), ["own 1", "shared 1"]);
  });
}

test("promises that a stop does not wait for are named", async (t) => {
  const server = await start(t, "400ms");
  await request(server, "own.test", "/left");
  server.signal("SIGTERM");
  assert.equal((await within(server.exited, "the end")).status, 1);
  const left = server.log.find(({ msg }) => /waitUntil/.test(msg))!;
  assert.deepEqual([left.app, left.reason, left.wait_until], ["own", "shutdown_timeout", 1]);
});

test("a second signal tells what it cuts", async (t) => {
  const server = await start(t, "60s");
  await ask(server, "own", "/?ms=600000");
  await request(server, "own.test", "/");
  server.signal("SIGTERM");
  await server.waitForLog("the first signal", ({ msg }) => /SIGTERM$/.test(msg));
  server.signal("SIGTERM");
  assert.equal((await within(server.exited, "the end")).status, 1);
  const told = server.log.find(({ msg }) => /again/.test(msg))!;
  assert.deepEqual([told.requests, told.apps], [1, "own 1"]);
});
