// Workers that die: they come back, and no connection that waits to be accepted is lost.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { buildApps } from "./lib/apps.ts";
import { Connection, request, requestBytes } from "../../tools/harness/http.ts";
import { serve, type Server } from "./lib/server.ts";
import { until } from "../../tools/harness/wait.ts";

const HELLO = `export default { fetch: () => new Response("hello") };`;

/** Kills a worker; returns the milliseconds until another one takes its place. */
async function killWorker(server: Server, pid: number): Promise<number> {
  const others = server.workers().filter((worker) => worker !== pid);
  const count = others.length + 1;
  const start = performance.now();
  process.kill(pid, "SIGKILL");
  await until("the new worker", () => {
    const now = server.workers();
    return now.length === count && !now.includes(pid);
  });
  return performance.now() - start;
}

test("a worker has nothing open of the server's state, nor of what it watches", async (t) => {
  const { dist } = await buildApps(t, { app: HELLO });
  const server = await serve(t, dist, { workers: 1, args: ["--watch"] });
  const opened = (pid: number) =>
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
      } catch {
        return []; // Closed meanwhile.
      }
    });
  const theirs = (paths: string[]) =>
    paths.filter((path) => path.startsWith(dist) || path === "anon_inode:inotify");
  await until("a worker", () => server.workers().length === 1);
  assert.ok(theirs(opened(server.pid)).length >= 4, opened(server.pid).join());
  await request(server, "app.test", "/");
  assert.deepEqual(theirs(opened(server.workers()[0]!)), []);
});

test("connections that wait to be accepted survive their worker", async (t) => {
  const { dist } = await buildApps(t, { app: HELLO });
  const server = await serve(t, dist, { workers: 2 });
  await until("two workers", () => server.workers().length === 2);
  await request(server, "app.test", "/");
  const [victim] = server.workers();

  // A stopped worker accepts nothing: what the kernel gives to its socket has to wait.
  process.kill(victim, "SIGSTOP");
  const connections = await Promise.all(Array.from({ length: 64 }, () => Connection.open(server)));
  try {
    const answers = connections.map(async (connection) => {
      await connection.send(requestBytes("app.test", "/"));
      return (await connection.read()).text;
    });
    let answered = 0;
    for (const answer of answers) answer.then(() => (answered += 1)).catch(() => {});
    await until("the other worker's answers", () => answered > 0);
    await sleep(200);
    assert.ok(answered < 64, "no connection waits");

    const ms = await killWorker(server, victim);
    t.diagnostic(
      `${64 - answered} connections waited; the worker was back after ${ms.toFixed()} ms`,
    );
    assert.deepEqual(new Set(await Promise.all(answers)), new Set(["hello"]));
  } finally {
    for (const connection of connections) connection.close();
  }
  const line = server.log.find(({ pid }) => pid === victim);
  assert.equal(line?.level, "error");
  assert.match(line.msg, /SIGKILL/);
});

test("workers killed under load", async (t) => {
  const { dist } = await buildApps(t, { app: HELLO });
  const server = await serve(t, dist, { workers: 2 });
  await until("two workers", () => server.workers().length === 2);
  let running = true;
  let answered = 0;
  let lost = 0;

  // A connection may break when its worker dies with it; a new one must always work.
  const broken = (error: unknown) => {
    assert.match(String(error), /ended|ECONNRESET|EPIPE/);
    lost += 1;
  };
  const keepAlive = async () => {
    while (running) {
      const connection = await Connection.open(server);
      try {
        while (running) {
          await connection.send(requestBytes("app.test", "/"));
          assert.equal((await connection.read()).text, "hello");
          answered += 1;
        }
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        broken(error);
      } finally {
        connection.close();
      }
    }
  };
  const fresh = async () => {
    while (running) {
      try {
        assert.equal((await request(server, "app.test", "/")).text, "hello");
        answered += 1;
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        broken(error);
      }
    }
  };
  const load = Promise.all([keepAlive(), keepAlive(), keepAlive(), keepAlive(), fresh(), fresh()]);
  const times: number[] = [];
  const kills = 6;
  try {
    for (let i = 0; i < kills; i++) {
      const before = answered;
      await until("answers", () => answered > before + 50);
      // Those that die early again and again are started more slowly.
      await sleep(1100);
      times.push(await killWorker(server, server.workers()[i % 2]));
      const killed = answered;
      await until("answers after the kill", () => answered > killed + 50);
    }
  } finally {
    running = false;
    await load;
  }
  const shown = times.map((ms) => ms.toFixed()).join(", ");
  t.diagnostic(`${answered} answers, ${lost} broken connections, back after ${shown} ms`);
  // Six connections at a time: no kill can break more.
  assert.ok(lost <= kills * 6, `${lost} connections broke`);
  assert.equal(server.log.filter(({ msg }) => /was killed by SIGKILL/.test(msg)).length, kills);
  assert.ok(server.running);
});

test("the supervisor has no thread but its own", async (t) => {
  const { dist } = await buildApps(t, { app: HELLO });
  const server = await serve(t, dist, { workers: 1 });
  await request(server, "app.test", "/");
  const status = readFileSync(`/proc/${server.pid}/status`, "utf8");
  assert.match(status, /^Threads:\t1$/m);
});

test("an app that dies of memory takes nothing else with it", async (t) => {
  const { dist } = await buildApps(t, {
    bomb: {
      files: `export default { fetch() {
        const all = [];
        for (;;) all.push({ n: all.length });
      } };`,
      limits: { memory: "64MiB" },
    },
    app: HELLO,
  });
  const server = await serve(t, dist, { workers: 1 });
  const [worker] = server.workers();
  assert.equal((await request(server, "app.test", "/")).text, "hello");
  assert.equal((await request(server, "bomb.test", "/")).header("nano-error"), "memory-limit");
  assert.equal((await request(server, "app.test", "/")).text, "hello");
  assert.deepEqual(server.workers(), [worker]);
  assert.equal((await request(server, "bomb.test", "/")).header("nano-error"), "memory-limit");
});
