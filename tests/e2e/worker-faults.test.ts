// Apps that kill workers, and workers that keep dying: what that costs others.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { buildApps, type App } from "./lib/apps.ts";
import { Connection, request, requestBytes } from "../../tools/harness/http.ts";
import { serve } from "./lib/server.ts";
import { until } from "../../tools/harness/wait.ts";

const HELLO = `export default { fetch: () => new Response("hello") };`;
// Wants a list that is longer than the engine has any: it ends the process.
const POISON: App = {
  files: `export default { fetch({ url }) {
    if (url.endsWith("/fine")) return new Response("fine");
    return new Response(String("x".repeat(2 ** 28).split("").length));
  } };`,
  limits: { memory: "32MiB" },
};

const LOST = /ended|ECONNRESET|EPIPE/;

test("what the engine says before it ends a worker is in the log like everything else", async (t) => {
  const { dist } = await buildApps(t, { poison: POISON });
  const server = await serve(t, dist, { workers: 1 });
  await assert.rejects(request(server, "poison.test", "/"), LOST);
  // All lines are read as JSON.
  await server.waitForLog("its death", ({ msg }) => /was killed by SIGTRAP/.test(msg));
  const said = server.log.filter(({ source }) => source === "stderr");
  assert.match(said.at(-1)!.msg, /^Fatal JavaScript invalid size error 268435456/);
  for (const line of said) assert.deepEqual([line.level, line.app], ["error", "poison"]);
});

test("the connections of a worker in backoff are served by the others", async (t) => {
  const { dist } = await buildApps(t, { app: HELLO });
  const server = await serve(t, dist, { workers: 2 });
  await until("two workers", () => server.workers().length === 2);
  const [survivor] = server.workers();

  // A worker that dies right after each of its starts. The last death costs it 2,560 ms.
  for (let death = 1; death <= 12; death++) {
    const victim = await until("the worker", () => server.workers().find((w) => w !== survivor));
    process.kill(victim, "SIGKILL");
    await server.waitForLog("its death", ({ pid }) => pid === victim);
  }
  assert.match(server.log.at(-1)!.msg, /starting it again in 2560 ms/);
  const answers = await Promise.all(
    Array.from({ length: 200 }, async () => (await request(server, "app.test", "/")).text),
  );
  assert.deepEqual(new Set(answers), new Set(["hello"]));
  assert.deepEqual(server.workers(), [survivor], "all answers came while the worker was away");

  // Back again, it takes its connections itself.
  await until("the worker", () => server.workers().length === 2);
  process.kill(survivor, "SIGSTOP");
  try {
    const connections = await Promise.all(
      Array.from({ length: 32 }, () => Connection.open(server)),
    );
    const answered = await Promise.any(
      connections.map(async (connection) => {
        await connection.send(requestBytes("app.test", "/"));
        return (await connection.read()).text;
      }),
    );
    assert.equal(answered, "hello");
    for (const connection of connections) connection.close();
  } finally {
    process.kill(survivor, "SIGCONT");
  }
});

test("an app that kills workers is refused after five deaths, the others are served", async (t) => {
  const { dist } = await buildApps(t, { poison: POISON, app: HELLO });
  const server = await serve(t, dist, { workers: 2 });
  await until("two workers", () => server.workers().length === 2);
  assert.equal((await request(server, "poison.test", "/fine")).text, "fine");

  let running = true;
  let answered = 0;
  let lost = 0;
  const load = Promise.all(
    Array.from({ length: 4 }, async () => {
      while (running) {
        try {
          assert.equal((await request(server, "app.test", "/")).text, "hello");
          answered += 1;
        } catch (error) {
          if (error instanceof assert.AssertionError) throw error;
          assert.match(String(error), LOST);
          lost += 1;
        }
      }
    }),
  );
  const deaths = () => server.log.filter(({ app, msg }) => app === "poison" && /^worker/.test(msg));
  try {
    // Many at once, each of which tries again until it has an answer.
    const refusals = await Promise.all(
      Array.from({ length: 16 }, async () => {
        for (let attempt = 0; attempt < 12; attempt++) {
          try {
            return await request(server, "poison.test", "/");
          } catch (error) {
            assert.match(String(error), LOST);
          }
        }
        throw new Error(`worker after worker died:\n${server.output}`);
      }),
    );
    for (const refusal of refusals) {
      assert.equal(refusal.status, 503);
      assert.equal(refusal.header("nano-error"), "circuit-open");
      assert.match(refusal.header("retry-after")!, /^([1-9]|1[0-9]|2[01])$/);
    }
    // The fifth death decides; the other worker may have been running the app by then.
    const count = deaths().length;
    assert.ok(count >= 5 && count <= 6, server.output);
    const line = await server.waitForLog(
      "the refusal",
      ({ app, msg }) => app === "poison" && /^keeps ending workers: .* 503 for 10 s$/.test(msg),
    );
    assert.equal(line.level, "error");

    // From now on, nothing is lost.
    const before = { answered, lost };
    await until("answers", () => answered > before.answered + 100);
    assert.equal(lost, before.lost);
  } finally {
    running = false;
    await load;
  }
  t.diagnostic(`${answered} answers, ${lost} broken connections`);
  // Those that were under way in a worker when it died.
  assert.ok(lost <= 4 * deaths().length, `${lost} connections broke`);
  // Its deaths delay no worker, and it is served again.
  for (const { msg } of deaths()) assert.match(msg, /; starting it again$/);
  await until(
    "the app",
    async () => (await request(server, "poison.test", "/fine")).status === 200,
  );
});

/** The snapshots that a process has read most of, which booting them does: the mappings' inodes. */
function bootedSnapshots(pid: number): string[] {
  const smaps = readFileSync(`/proc/${pid}/smaps`, "utf8");
  const mappings = smaps.matchAll(
    / (\d+) +\/.*(?:\/#\d+|memfd:nano-snapshot) \(deleted\)\nSize: +(\d+) kB\n(?:.*\n){2}Rss: +(\d+) kB/g,
  );
  return [...mappings]
    .filter(([, , size, rss]) => Number(rss) * 2 > Number(size))
    .map(([, inode]) => inode);
}

test("an app that killed a worker is not booted ahead", async (t) => {
  // The first one of the release is the poison.
  const { dist } = await buildApps(t, { a: POISON, b: HELLO });
  const server = await serve(t, dist, { workers: 1 });
  const [first] = await until("the worker", () => server.workers());
  const ahead = await until("an app", () => bootedSnapshots(first).at(0));
  assert.equal((await request(server, "a.test", "/fine")).text, "fine");
  assert.deepEqual(bootedSnapshots(first), [ahead], "the poison was booted ahead");

  await assert.rejects(request(server, "a.test", "/"), LOST);
  const second = await until("the next worker", () =>
    server.workers().find((worker) => worker !== first),
  );
  const other = await until("an app", () => bootedSnapshots(second).at(0));
  assert.notEqual(other, ahead);
  assert.equal((await request(server, "b.test", "/")).text, "hello");
  assert.deepEqual(bootedSnapshots(second), [other], "the healthy app was booted ahead");
});
