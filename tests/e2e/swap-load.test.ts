// Swaps while requests come as fast as they are answered, and while workers are killed.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Connection, request } from "../../tools/harness/http.ts";
import { until } from "../../tools/harness/wait.ts";
import type { App } from "./lib/apps.ts";
import { ask, counter, Swapping } from "./lib/swapping.ts";

const APPS = 20;
const SWAPS = 50;

/** MiB of a process that are in memory and its own. */
function memory(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Private_Dirty: +(\d+) kB$/m.exec(rollup)![1]) / 1024;
}

function manyApps(): Record<string, App> {
  const apps: Record<string, App> = {};
  for (let i = 0; i < APPS; i++)
    apps[`app${i}`] = { files: counter(`app${i}`), env: { WORD: "0" } };
  return apps;
}

test("fifty swaps of one app among twenty cost no request and no connection", async (t) => {
  const swapping = await Swapping.start(t, manyApps(), { workers: 2 });
  const { server, apps } = swapping;
  await until("the workers", () => server.workers().length === 2);
  const pids = server.workers();
  let running = true;
  let answered = 0;
  const connections = await Promise.all(Array.from({ length: 40 }, () => Connection.open(server)));
  const words = new Set<string>();
  const load = connections.map(async (connection, index) => {
    const name = `app${index % APPS}`;
    let count = 0;
    while (running) {
      const answer = await ask(connection, `${name}.test`);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.header("connection"), undefined);
      const [app, requests, word] = answer.text.split(" ");
      assert.equal(app, name);
      if (name === "app0") {
        words.add(word);
      } else {
        // Its isolate is the one that it was.
        assert.ok(Number(requests) > count, answer.text);
        count = Number(requests);
      }
      answered += 1;
    }
  });
  const all = Promise.all(load);
  all.catch(() => (running = false));
  const stream = await Connection.open(server);
  t.after(() => stream.close());
  await stream.send("GET /slow?ms=3000 HTTP/1.1\r\nHost: app0.test\r\n\r\n");
  await stream.readSome();
  let early = 0;
  for (let i = 1; i <= SWAPS && running; i++) {
    apps.app0.env = { WORD: String(i) };
    swapping.configure();
    await swapping.swap();
    if (i === 10) early = Math.max(...pids.map(memory));
  }
  await until("the last version's answer", () => words.has(String(SWAPS)) || !running);
  running = false;
  await all;
  let text = "";
  while (!text.includes("0\r\n\r\n")) text += (await stream.readSome()).toString();
  assert.match(text, /app0 ends/);
  for (const connection of connections) connection.close();
  assert.deepEqual(server.workers().slice(0, 2), pids);
  const late = Math.max(...pids.map(memory));
  t.diagnostic(`${answered} answers; ${early.toFixed(1)} MiB, then ${late.toFixed(1)} MiB`);
  // Forty isolates of some two MiB each would be seen.
  assert.ok(late < early + 24, `${early} MiB after 10 swaps, ${late} MiB after ${SWAPS}`);
});

test("workers that are killed in the middle of swaps serve the release that all others do", async (t) => {
  const swapping = await Swapping.start(
    t,
    {
      app: { files: counter("app"), env: { WORD: "0" }, health: "/" },
      other: { files: counter("other") },
    },
    { workers: 2 },
  );
  const { server, apps } = swapping;
  await until("the workers", () => server.workers().length === 2);
  const dies = [0, 1, 2, 5, 10, 20, 40, 80, 3, 15, 30, 60];
  for (const [i, ms] of dies.entries()) {
    apps.app.env = { WORD: String(i + 1) };
    swapping.configure();
    const swapped = swapping.swap();
    await sleep(ms);
    // Whoever is there by then, a probe as well.
    const children = server.workers();
    const victim = children[i % children.length];
    try {
      process.kill(victim, "SIGKILL");
    } catch {
      // It ended by itself.
    }
    await swapped.catch((error: unknown) => {
      // A probe that is killed proves nothing: the swap fails, and may be tried again.
      assert.match(String(error), /the probe was killed by SIGKILL|ended its process/);
      return swapping.swap();
    });
    await until("the workers", () => server.workers().length === 2);
    const answers = await Promise.all(
      Array.from({ length: 16 }, () =>
        request(server, "app.test", "/").catch((error: unknown) => {
          // Accepted by the one that died.
          assert.match(String(error), /ended|ECONNRESET|EPIPE/);
          return undefined;
        }),
      ),
    );
    for (const answer of answers) {
      if (answer) assert.match(answer.text, new RegExp(`^app \\d+ ${i + 1}$`));
    }
    assert.ok(answers.some((answer) => answer !== undefined));
  }
});
