// A thousand apps in one server: until it is ready, what each costs before its first call, that call, and what
// is left when all have been given up again.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildMany, hostOf } from "../lib/apps.ts";
import { ask, connectTo, type ServerProcess } from "../lib/processes.ts";
import { nanoServer } from "../lib/servers.ts";
import type { Settings } from "../lib/settings.ts";
import { figure, median } from "../lib/statistics.ts";
import { atMost, printTable } from "../lib/table.ts";

const APPS = 1000;
const GOAL_READY_MS = 1000;
const GOAL_EACH_KB = 100;
const GOAL_FIRST_MS = 5;
const GOAL_LEFT = 1.05;
const STARTS = 5;
const IDLE_SECONDS = 10;

/** Memory of all processes in kilobytes: all of it, and what is no file's. */
function memoryOf(server: ServerProcess): { all: number; own: number } {
  const sum = { all: 0, own: 0 };
  for (const pid of server.processes()) {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    sum.all += Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]);
    sum.own += Number(/^RssAnon:\s+(\d+) kB/m.exec(status)![1]);
  }
  return sum;
}

/** Waits until the memory has stopped to shrink. */
async function settled(server: ServerProcess): Promise<{ all: number; own: number }> {
  let least = memoryOf(server);
  for (let quiet = 0; quiet < 10; quiet++) {
    await sleep(300);
    const now = memoryOf(server);
    if (now.own < least.own - 100) quiet = 0;
    if (now.own < least.own) least = now;
  }
  return least;
}

async function started(dist: string, options: string[], host: string) {
  const begin = performance.now();
  const server = await nanoServer(dist, options)();
  const socket = await connectTo(server.port);
  await ask(socket, host);
  return { server, socket, ms: performance.now() - begin };
}

/** The starts of a server, and what it takes when it has answered once. */
async function starts(dist: string, options: string[], host: string) {
  const times: number[] = [];
  let memory = { all: 0, own: 0 };
  for (let i = 0; i < STARTS; i++) {
    const { server, socket, ms } = await started(dist, options, host);
    times.push(ms);
    await sleep(500);
    memory = memoryOf(server);
    socket.destroy();
    await server.stop();
  }
  return { ms: median(times), least: Math.min(...times), memory };
}

export async function measureDensity(settings: Settings): Promise<void> {
  const apps = settings.apps ?? APPS;
  console.log(`\nbuilding ${apps} apps …`);
  const many = buildMany(join(settings.folder, "density"), apps);
  const one = buildMany(join(settings.folder, "density-one"), 1);
  const config = join(settings.folder, "density.yaml");
  writeFileSync(config, JSON.stringify({ defaults: { idle: `${IDLE_SECONDS}s` } }));
  const options = ["--config", config];
  const hosts = Array.from({ length: apps }, (_, i) => hostOf(`app${i + 1}`));

  const alone = await starts(one, options, hosts[0]);
  const together = await starts(many, options, hosts[0]);
  const each = {
    all: (together.memory.all - alone.memory.all) / apps,
    own: (together.memory.own - alone.memory.own) / apps,
  };

  const { server, socket } = await started(many, options, hosts[0]);
  try {
    const before = await settled(server);
    const times: number[] = [];
    for (const host of hosts.slice(1)) {
      const begin = performance.now();
      await ask(socket, host);
      times.push(performance.now() - begin);
    }
    const all = memoryOf(server);
    await sleep(IDLE_SECONDS * 1000);
    const after = await settled(server);
    socket.destroy();

    const sorted = times.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(sorted.length * share)];
    const megabytes = (kilobytes: number) => figure(kilobytes / 1024);
    printTable(
      `${apps} hello apps, one worker`,
      ["", "figure", "", "goal"],
      [
        [
          `process start to first answer (ms, ${STARTS} starts)`,
          figure(together.ms),
          `least ${figure(together.least)}; one app ${figure(alone.ms)}`,
          atMost(together.ms, GOAL_READY_MS),
        ],
        [
          "each app before its first call (KB)",
          figure(each.all),
          `no file's ${figure(each.own)}`,
          atMost(each.all, GOAL_EACH_KB),
        ],
        [
          "first request to an app (ms)",
          figure(median(times)),
          `95 % ${figure(at(0.95))}, 99 % ${figure(at(0.99))}`,
          atMost(at(0.95), GOAL_FIRST_MS),
        ],
        [
          "memory with all isolates (MB)",
          megabytes(all.all),
          `no file's ${megabytes(all.own)}`,
          "",
        ],
        [
          `memory when all but one are given up (MB)`,
          megabytes(after.all),
          `no file's ${megabytes(after.own)}`,
          "",
        ],
        [
          "that, beside what it was before they came",
          figure(after.all / before.all),
          `no file's ${figure(after.own / before.own)}`,
          atMost(after.all / before.all, GOAL_LEFT),
        ],
      ],
    );
  } finally {
    await server.stop();
  }
}
