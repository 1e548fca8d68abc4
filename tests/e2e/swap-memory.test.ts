// Many swaps of one app among twenty, under load, leave nothing behind: no descriptor, no mapping of a snapshot, no
// isolate, no thread, no process. And no memory, which is a matter of many more swaps: NANO_SOAK_SWAPS=500.
//
// Memory is compared when nobody asks for anything and the workers have given back what they do not need, and only
// once the apps are warm: under load their heaps grow to what requests make of them, and V8 compiles what they run
// often, some 5 MiB a worker, swaps or not.

import assert from "node:assert/strict";
import { copyFileSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Connection } from "../../tools/harness/http.ts";
import { until } from "../../tools/harness/wait.ts";
import { Admin } from "./lib/admin-client.ts";
import type { App } from "./lib/apps.ts";
import { ask, counter, Swapping } from "./lib/swapping.ts";

const APPS = 20;
const SWAPS = Number(process.env.NANO_SOAK_SWAPS ?? 20);
/** From so many swaps on memory is compared. */
const ENOUGH = 200;
/** Before anything is counted: what is made once is there by then. */
const FIRST = SWAPS < ENOUGH ? 10 : 100;

interface Counts {
  descriptors: number;
  /** Mappings of snapshots. */
  snapshots: number;
  threads: number;
}

function countsOf(pid: number): Counts {
  const maps = readFileSync(`/proc/${pid}/maps`, "utf8").split("\n");
  return {
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    // Copies that have no name.
    snapshots: new Set(
      maps.filter((line) => /\(deleted\)$/.test(line)).map((line) => line.split(/ +/)[4]),
    ).size,
    threads: readdirSync(`/proc/${pid}/task`).length,
  };
}

/** KiB of a process, of shared pages its share (proc(5), Pss). */
function memoryOf(pid: number): number {
  return Number(/^Pss: +(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))![1]);
}

test(`${SWAPS} swaps leave nothing behind`, async (t) => {
  const apps: Record<string, App> = {};
  for (let i = 0; i < APPS; i++) apps[`app${i}`] = { files: counter(`app${i}`) };
  const swapping = await Swapping.start(t, apps, { workers: 2 });
  const { server, made } = swapping;
  const admin = new Admin(made.directory);
  await until("the workers", () => server.workers().length === 2);
  const pids = [server.pid, ...server.workers()];

  // The same app once more, with other code.
  const codes = [0, 1].map((i) => join(made.directory, `code${i}`));
  const keep = (file: string) => {
    const manifest = JSON.parse(readFileSync(join(made.dist, "manifest.json"), "utf8"));
    const { snapshot } = manifest.apps.find(({ name }: { name: string }) => name === "app0");
    copyFileSync(join(made.dist, snapshot), file);
  };
  keep(codes[0]!);
  await swapping.rebuild("app0", counter("other"));
  keep(codes[1]!);

  let running = true;
  let paused = false;
  let waiting = 0;
  const connections = await Promise.all(Array.from({ length: 40 }, () => Connection.open(server)));
  const load = connections.map(async (connection, index) => {
    while (running) {
      if (paused) {
        waiting += 1;
        while (paused && running) await sleep(20);
        waiting -= 1;
      }
      await sleep(5); // The supervisor is to have its turn, on a machine of few cores.
      const { status, text } = await ask(connection, `app${index % APPS}.test`);
      assert.equal(status, 200, text);
    }
  });
  const all = Promise.all(load);
  all.catch(() => (running = false));
  t.after(() => {
    running = false;
    for (const connection of connections) connection.close();
  });

  let swaps = 0;
  async function swap(count: number): Promise<void> {
    for (const end = swaps + count; swaps < end; swaps++) {
      assert.ok(running, "the load has failed");
      const headers = [`If-Match: ${await admin.etag("app0")}`];
      const config = { env: { WORD: String(swaps) } };
      const answer =
        swaps % 2 === 0
          ? await admin.ask("/admin/apps/app0", { method: "PATCH", headers, body: config })
          : await admin.ask("/admin/apps/app0", {
              method: "PUT",
              headers,
              form: [`snapshot=@${codes[((swaps + 1) / 2) % 2]}`],
            });
      assert.equal(answer.json.changes.length, 1, answer.body);
    }
  }

  /** What there is when nobody asks for anything. */
  async function calm(): Promise<{ counts: Counts[]; kib: number; isolates: number[] }> {
    paused = true;
    await until("the load to pause", () => waiting === connections.length || !running);
    const memory = () => pids.reduce((sum, pid) => sum + memoryOf(pid), 0);
    // The workers give memory back seconds after the last request.
    let kib = memory();
    if (SWAPS >= ENOUGH) await sleep(4_000);
    await until("memory to settle", async () => {
      const before = kib;
      await sleep(SWAPS >= ENOUGH ? 500 : 50);
      kib = memory();
      return Math.abs(kib - before) < before / 1000;
    });
    const { json } = await admin.get("/admin/status");
    const isolates = json.workers.map(({ versions }: any) =>
      versions.reduce((sum: number, { isolates: count }: any) => sum + count, 0),
    );
    // The connection by which that was asked closes in its own time.
    await sleep(100);
    const counts = pids.map(countsOf);
    paused = false;
    return { counts, kib, isolates };
  }

  await swap(FIRST);
  const before = await calm();
  await swap(SWAPS);
  const after = await calm();
  running = false;
  await all;
  assert.deepEqual([server.pid, ...server.workers()], pids);
  assert.deepEqual(after.isolates, before.isolates);
  assert.deepEqual(after.counts, before.counts);
  t.diagnostic(`${before.kib} KiB after ${FIRST} swaps, ${after.kib} KiB after ${SWAPS} more`);
  if (SWAPS >= ENOUGH) assert.ok(after.kib <= before.kib * 1.05, `${before.kib}, ${after.kib} KiB`);
});
