// What processes of their own cost: a connection that is handed over between them, a service that is called in
// another one, and the memory of each.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildNeighbours, configOf, hostOf } from "../lib/apps.ts";
import { askWhole } from "../lib/client.ts";
import { connectTo, type ServerProcess } from "../lib/processes.ts";
import { nanoServer } from "../lib/servers.ts";
import type { Settings } from "../lib/settings.ts";
import { figure, median } from "../lib/statistics.ts";
import { printTable } from "../lib/table.ts";

const REQUESTS = 3_000;
const WARM_UP = 1_000;
/** The apps that have a process of their own. */
const APART = ["own", "own2", "far"];

interface Course {
  name: string;
  /** Hosts that take turns on one connection. */
  hosts: string[];
  path?: string;
  /** The course that lacks nothing but what is measured. */
  beside?: string;
}

const SHARED = "one app of the shared worker";
const OWN = "one app with a process of its own";
const courses: Course[] = [
  { name: SHARED, hosts: ["quiet"] },
  { name: OWN, hosts: ["own"] },
  { name: "the two by turns: a handover each", hosts: ["quiet", "own"], beside: OWN },
  { name: "two with processes by turns: the same", hosts: ["own", "own2"], beside: OWN },
  { name: "a service in the same worker", hosts: ["caller"], path: "/call", beside: SHARED },
  { name: "a service in another process", hosts: ["far"], path: "/call", beside: OWN },
];

interface Cost {
  /** Microseconds until the answer. */
  time: number;
  /** Microseconds of CPU time of all processes. */
  cpu: number;
}

async function run(server: ServerProcess, { hosts, path }: Course): Promise<Cost> {
  const socket = await connectTo(server.port);
  const names = hosts.map(hostOf);
  for (let i = 0; i < WARM_UP; i++) await askWhole(socket, names[i % names.length], path);
  const times: number[] = [];
  const before = server.threadTime();
  for (let i = 0; i < REQUESTS; i++) {
    const begin = performance.now();
    await askWhole(socket, names[i % names.length], path);
    times.push(performance.now() - begin);
  }
  const cpu = (server.threadTime() - before) / REQUESTS / 1000;
  socket.destroy();
  return { time: median(times) * 1000, cpu };
}

/** Megabytes that the server's processes have for themselves, when it has been asked by these hosts. */
async function ownMemory(dist: string, config: string, hosts: string[]): Promise<number> {
  const server = await nanoServer(dist, ["--config", config])();
  try {
    const socket = await connectTo(server.port);
    for (const host of hosts) await askWhole(socket, hostOf(host));
    socket.destroy();
    await sleep(500);
    let sum = 0;
    for (const pid of server.processes()) {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      sum += Number(/^RssAnon:\s+(\d+) kB/m.exec(status)![1]) / 1024;
    }
    return sum;
  } finally {
    await server.stop();
  }
}

export async function measureIsolation(settings: Settings): Promise<void> {
  const folder = buildNeighbours(settings.folder);
  const dist = join(folder, "dist");
  const config = configOf(folder);
  const costs = new Map(courses.map(({ name }): [string, Cost[]] => [name, []]));
  for (let round = 0; round < settings.rounds; round++) {
    const server = await nanoServer(dist, ["--config", config])();
    try {
      for (const course of courses) costs.get(course.name)!.push(await run(server, course));
    } finally {
      await server.stop();
    }
  }
  const of = (name: string, which: keyof Cost) => costs.get(name)!.map((cost) => cost[which]);
  const more = (name: string, beside: string | undefined, which: keyof Cost) =>
    beside === undefined
      ? ""
      : figure(median(of(name, which).map((cost, round) => cost - of(beside, which)[round])));
  printTable(
    `µs per request, one connection (median of ${settings.rounds} rounds)`,
    ["", "time", "CPU", "more time", "more CPU"],
    courses.map(({ name, beside }) => [
      name,
      figure(median(of(name, "time"))),
      figure(median(of(name, "cpu"))),
      more(name, beside, "time"),
      more(name, beside, "cpu"),
    ]),
  );

  // The same apps without processes, and not asked.
  const shared = JSON.parse(readFileSync(config, "utf8")) as { apps: Record<string, unknown>[] };
  for (const app of shared.apps) delete app.isolation;
  const together = join(folder, "together.yaml");
  writeFileSync(together, JSON.stringify(shared));
  const least = await ownMemory(dist, together, ["quiet"]);
  const asked = await ownMemory(dist, together, ["quiet", ...APART]);
  const apart = await ownMemory(dist, config, ["quiet", ...APART]);
  const each = (sum: number) => figure((sum - least) / APART.length);
  printTable(
    "Memory of each further small app (MB, no file's)",
    ["", "figure"],
    [
      ["in the shared worker", each(asked)],
      ["in a process of its own, all included", each(apart)],
    ],
  );
}
