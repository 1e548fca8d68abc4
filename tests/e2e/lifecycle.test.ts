// How the server starts and stops.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { build, buildApps, nanocBuild, workspace } from "./lib/apps.ts";
import { Connection, request, requestBytes } from "../../tools/harness/http.ts";
import { nano } from "../../tools/harness/paths.ts";
import { run } from "./lib/program.ts";
import { serve, serveAndFail, Server } from "./lib/server.ts";
import { temporaryFolder } from "./lib/temporary.ts";
import { until, within } from "../../tools/harness/wait.ts";

const SLOW = `
  export default {
    async fetch(request) {
      const ms = Number(new URL(request.url).searchParams.get("ms"));
      await new Promise((resolve) => setTimeout(resolve, ms));
      return new Response("done");
    },
  };`;

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal} lets running requests finish`, async (t) => {
    const { dist } = await buildApps(t, { app: SLOW });
    const server = await serve(t, dist, { workers: 2 });
    const idle = await Connection.open(server);
    await idle.send(requestBytes("app.test", "/"));
    assert.equal((await idle.read()).text, "done");
    const busy = await Connection.open(server);
    await busy.send(requestBytes("app.test", "/?ms=700"));
    // Another answer by the same process tells that the slow request has been read.
    await request(server, "app.test", "/");
    await request(server, "app.test", "/?ms=100");
    const workers = server.workers();
    assert.equal(workers.length, 2);

    server.signal(signal);
    await idle.expectClosed();
    const answer = await busy.read();
    assert.deepEqual([answer.status, answer.text], [200, "done"]);
    assert.equal(answer.header("connection"), "close");
    await busy.expectClosed();
    assert.deepEqual(await within(server.exited, "the end"), { status: 0, signal: null });
    for (const line of server.log) assert.notEqual(line.level, "error", JSON.stringify(line));
    for (const pid of workers) assert.throws(() => process.kill(pid, 0), /ESRCH/);
    await assert.rejects(Connection.open(server));
  });
}

test("who has connected before a stop may ask once, and others are not waited for", async (t) => {
  const { dist } = await buildApps(t, { app: SLOW });
  const server = await serve(t, dist, { workers: 2 });
  const [workers, fresh] = [server.workers(), []] as [number[], Connection[]];
  // Some are accepted already, and those that come now wait for it.
  for (let i = 0; i < 8; i++) fresh.push(await Connection.open(server));
  await request(server, "app.test", "/");
  for (const pid of workers) process.kill(pid, "SIGSTOP");
  for (let i = 0; i < 8; i++) fresh.push(await Connection.open(server));
  server.signal("SIGTERM");
  await server.waitForLog("the stop", ({ msg }) => /^stopping/.test(msg));
  for (const pid of workers) process.kill(pid, "SIGCONT");
  const silent = fresh.splice(7, 2);
  const answers = await Promise.all(
    fresh.map(async (connection) => {
      await connection.send(requestBytes("app.test", "/"));
      return connection.read();
    }),
  );
  for (const answer of answers) {
    assert.deepEqual([answer.status, answer.header("connection")], [200, "close"]);
  }
  for (const connection of fresh) connection.close();
  for (const connection of silent) await connection.expectClosed();
  assert.deepEqual(await within(server.exited, "the end"), { status: 0, signal: null });
});

test("what does not finish in time is ended, and told of", async (t) => {
  const { dist, config } = await buildApps(
    t,
    { app: SLOW },
    { shutdown_timeout: "300ms", access_log: "json" },
  );
  const server = await serve(t, dist, { config });
  const connection = await Connection.open(server);
  await connection.send(requestBytes("app.test", "/?ms=600000"));
  await request(server, "app.test", "/");
  const start = performance.now();
  server.signal("SIGTERM");
  assert.equal((await within(server.exited, "the end")).status, 1);
  assert.ok(performance.now() - start >= 290);
  const late = await server.waitForLog("whose they were", ({ msg }) => /not finish in/.test(msg));
  assert.deepEqual([late.requests, late.apps], [1, "app 1"]);
  const cut = server.log.filter(({ reason }) => reason === "shutdown_timeout");
  assert.deepEqual(
    cut.map(({ app, target, ended }) => ({ app, target, ended })),
    [{ app: "app", target: "/?ms=600000", ended: "cut" }],
  );
  connection.close();
});

test("a second signal ends the server at once", async (t) => {
  const { dist } = await buildApps(t, { app: SLOW });
  const server = await serve(t, dist);
  const connection = await Connection.open(server);
  await connection.send(requestBytes("app.test", "/?ms=600000"));
  await request(server, "app.test", "/");
  server.signal("SIGTERM");
  await server.waitForLog("the first signal", ({ msg }) => /SIGTERM/.test(msg));
  for (const signal of ["SIGHUP", "SIGUSR2"] as const) {
    server.signal(signal);
    await server.waitForLog("what becomes of it", ({ msg }) =>
      msg.startsWith(`${signal} comes too late`),
    );
  }
  server.signal("SIGTERM");
  assert.equal((await within(server.exited, "the end")).status, 1);
  connection.close();
});

test("workers do not outlive a supervisor that is killed", async (t) => {
  const { dist } = await buildApps(t, { app: SLOW });
  const server = await serve(t, dist, { workers: 2 });
  await request(server, "app.test", "/");
  const workers = server.workers();
  assert.equal(workers.length, 2);
  server.signal("SIGKILL");
  await within(server.exited, "the end");
  const alive = (pid: number) => {
    try {
      return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
    } catch {
      return false;
    }
  };
  await until("the workers' end", () => !workers.some(alive));
});

test("the programs have their names", async (t) => {
  const { dist } = await buildApps(t, { app: SLOW });
  const server = await serve(t, dist, { workers: 1 });
  await request(server, "app.test", "/");
  for (const pid of [server.pid, ...server.workers()]) {
    assert.equal(readFileSync(`/proc/${pid}/comm`, "utf8"), "nano\n");
  }
});

test("a port in use", async (t: TestContext) => {
  const { dist } = await buildApps(t, { app: SLOW });
  const other = createServer().listen(0, "127.0.0.1");
  t.after(() => other.close());
  await within(new Promise((resolve) => other.once("listening", resolve)), "a port");
  const { port } = other.address() as { port: number };
  const failed = await serveAndFail(dist, { listen: `127.0.0.1:${port}` });
  assert.equal(failed.status, 1);
  assert.match(failed.output, new RegExp(`127\\.0\\.0\\.1:${port}`));
  assert.match(failed.output, /in use/);
  assert.match(failed.output, /--listen/);

  const first = await serve(t, dist);
  const second = await serveAndFail(dist, { listen: `127.0.0.1:${first.port}` });
  assert.equal(second.status, 1);
  assert.match(second.output, /in use/);
});

test("no dist", async (t) => {
  const folder = temporaryFolder(t);
  const failed = await serveAndFail("dist", { cwd: folder });
  assert.equal(failed.status, 1);
  assert.match(failed.output, /dist/);
  assert.match(failed.output, /nanoc build/);
});

test("usage", async () => {
  const help = await run(nano, ["serve", "--help"]);
  assert.equal(help.status, 0);
  for (const word of ["--config", "--listen", "--workers"]) assert.ok(help.stdout.includes(word));
  const wrong = await run(nano, ["serve", "--workers", "none"]);
  assert.notEqual(wrong.status, 0);
  assert.match(wrong.stderr, /--workers/);
  assert.match((await run(nano, ["--version"])).stdout, /^nano \d+\.\d+\.\d+/);
});

test("an error in nano.yaml, with its place", async (t) => {
  const made = await buildApps(t, { app: SLOW });
  const wrong = join(made.directory, "app", "nano.yaml");
  const { writeFileSync } = await import("node:fs");
  writeFileSync(wrong, "hosts: app.test\nlimit: 1\n");
  const failed = await serveAndFail(made.dist, { config: made.config });
  assert.equal(failed.status, 1);
  assert.match(failed.output, /app\/nano\.yaml:2:1/);
  assert.match(failed.output, /limits/);
});

test("a running server keeps what it loaded while dist is built again", async (t) => {
  const made = workspace(t, { app: SLOW });
  await build(made);
  const server = new Server(made.dist, {});
  t.after(async () => {
    await server.stop();
  });
  const line = await server.waitForLog("listening", ({ msg }) => msg === "listening");
  server.port = Number(/:(\d+)$/.exec(String(line.address))![1]);
  // Before its app has an isolate.
  const again = workspace(t, { app: `export default { fetch: () => new Response("new") };` });
  const { status } = await nanocBuild([again.directory, "-o", made.dist]);
  assert.equal(status, 0);
  assert.equal((await request(server, "app.test", "/")).text, "done");
});
