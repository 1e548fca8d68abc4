// Many apps in one process: the first request to each, and the memory that each takes.

import { setTimeout as sleep } from "node:timers/promises";
import { buildMany, cases, hostOf } from "../lib/apps.ts";
import { ask, connectTo } from "../lib/processes.ts";
import { nanoServer, serversOf } from "../lib/servers.ts";
import { figure, median } from "../lib/statistics.ts";
import { atMost, printTable } from "../lib/table.ts";
import type { Settings } from "../lib/settings.ts";

const APPS = 200;
const GOAL_FIRST_MS = 2.5;
const GOAL_MEMORY_MB = 1.5;
const IDLE_SECONDS = 15;

export async function measureMany(settings: Settings): Promise<void> {
  const apps = settings.apps ?? APPS;
  console.log(`\nbuilding ${apps} apps …`);
  const dist = buildMany(settings.folder, apps);
  const hosts = Array.from({ length: apps }, (_, i) => hostOf(`app${i + 1}`));
  const server = await nanoServer(dist)();
  try {
    const socket = await connectTo(server.port);
    await ask(socket, hosts[0]);
    await ask(socket, hosts[0]);
    const one = server.memory();

    const times: number[] = [];
    for (const host of hosts.slice(1)) {
      const begin = performance.now();
      await ask(socket, host);
      times.push(performance.now() - begin);
    }
    const repeated: number[] = [];
    for (const host of hosts) {
      const begin = performance.now();
      await ask(socket, host);
      repeated.push(performance.now() - begin);
    }
    const busy = server.memory();
    await sleep(IDLE_SECONDS * 1000);
    const idle = server.memory();
    // Nothing may be lost by being idle.
    for (const host of hosts) await ask(socket, host);
    socket.destroy();

    const first = median(times);
    const high = times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.95)];
    printTable(
      `First request to an app without an isolate, to the first byte (ms, ${times.length} apps)`,
      ["", "median", "95 %", "goal"],
      [
        ["first request", figure(first), figure(high), atMost(first, GOAL_FIRST_MS)],
        ["second request", figure(median(repeated)), "", ""],
      ],
    );

    const each = (now: { rss: number; pss: number }) => ({
      rss: (now.rss - one.rss) / (apps - 1),
      pss: (now.pss - one.pss) / (apps - 1),
    });
    const row = (name: string, { rss, pss }: { rss: number; pss: number }, limit = "") => [
      name,
      figure(rss),
      figure(pss),
      limit,
    ];
    const idleEach = each(idle);
    printTable(
      `Memory (MB), ${apps} hello apps in one worker`,
      ["", "RSS", "PSS", "goal (RSS)"],
      [
        row("NANO, all processes, one app", one),
        row(`NANO, all processes, ${apps} apps, idle for ${IDLE_SECONDS} s`, idle),
        row("each further app, just asked", each(busy)),
        row(
          `each further app, idle for ${IDLE_SECONDS} s`,
          idleEach,
          atMost(idleEach.rss, GOAL_MEMORY_MB),
        ),
        ...(await otherProcesses(settings)),
      ],
    );
  } finally {
    await server.stop();
  }
}

/** What a further app costs elsewhere: another process. */
async function otherProcesses(settings: Settings): Promise<string[][]> {
  const app = cases.find(({ name }) => name === "hello")!;
  const rows: string[][] = [];
  for (const [name, start] of serversOf(app, settings.dist, settings.folder)) {
    if (name === "NANO") continue;
    const pair = [await start(), await start()];
    try {
      for (const server of pair) {
        const socket = await connectTo(server.port);
        await ask(socket, hostOf(app.name));
        socket.destroy();
      }
      await sleep(1000);
      const { rss, pss } = pair[1].memory();
      rows.push([`a further process of ${name}`, figure(rss), figure(pss), ""]);
    } finally {
      for (const server of pair) await server.stop();
    }
  }
  return rows;
}
