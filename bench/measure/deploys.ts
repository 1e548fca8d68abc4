// What deployments cost: how long new code takes to its first answer and what that costs those who are being
// served, beside other servers; what swaps cost the other apps; and how many apps the admin API takes.

import { startDeployables, type Deployable } from "../lib/deployables.ts";
import {
  CONNECTIONS,
  latenciesWhile,
  othersOf,
  pause,
  percentile,
  wordOf,
} from "../lib/deploys.ts";
import { connectTo } from "../lib/processes.ts";
import { nanoServer } from "../lib/servers.ts";
import type { Settings } from "../lib/settings.ts";
import { figure, median } from "../lib/statistics.ts";
import { atMost, printTable } from "../lib/table.ts";
import { Versions } from "../lib/versions.ts";
import { throughTheApi } from "./deploys-api.ts";

const SWAPS = 50;
const APPS = 20;
const LOADED_DEPLOYS = 10;
const THINKING = 2; // Milliseconds between an answer and the next request of a connection.
const SOURCE = 650_000; // Bytes.

/** Milliseconds from a deployment to the first answer by it. */
async function firstAnswer(server: Deployable, turn: number): Promise<number> {
  const begin = performance.now();
  const word = await server.deploy(turn);
  // Each question has its own connection: an old one may belong to what was before.
  for (;;) {
    const socket = await connectTo(server.port);
    const answer = await wordOf(socket, server.host).catch(() => "");
    socket.destroy();
    if (answer === word) return performance.now() - begin;
  }
}

interface Cost {
  answered: number;
  /** Requests that were sent and got no answer. */
  lost: number;
  /** Connections that the server ended, unasked. */
  closed: number;
  /** The longest time (ms) in which nobody got an answer. */
  silence: number;
}

/** What deployments cost clients that keep their connections and ask again a moment after each answer. */
async function costOfDeploys(server: Deployable, from: number): Promise<Cost> {
  const cost: Cost = { answered: 0, lost: 0, closed: 0, silence: 0 };
  let running = true;
  let last = performance.now();
  const load = Array.from({ length: CONNECTIONS }, async () => {
    while (running) {
      const socket = await connectTo(server.port);
      let ended = false;
      socket.on("close", () => (ended = true)).on("error", () => (ended = true));
      while (running && !ended) {
        const answer = await wordOf(socket, server.host).catch(() => undefined);
        if (answer === undefined) {
          cost.lost++;
          break;
        }
        cost.answered++;
        cost.silence = Math.max(cost.silence, performance.now() - last);
        last = performance.now();
        await pause(THINKING);
      }
      if (running) cost.closed++;
      socket.destroy();
    }
  });
  for (let turn = 0; turn < LOADED_DEPLOYS; turn++) {
    await pause(300);
    await server.deploy(from + turn);
  }
  await pause(300);
  running = false;
  await Promise.all(load);
  return cost;
}

async function besideOthers(folder: string, rounds: number): Promise<void> {
  const turns = rounds + LOADED_DEPLOYS;
  const versions = new Versions(folder, 1, turns + 1, SOURCE); // Each is new to the server.
  const servers = await startDeployables(versions, folder, SOURCE);
  try {
    const times = new Map(servers.map((server) => [server, [] as number[]]));
    for (const server of servers) (await connectTo(server.port)).destroy();
    for (let turn = 0; turn < rounds; turn++) {
      for (const server of servers) {
        times.get(server)!.push(await firstAnswer(server, turn));
        await pause(50);
      }
    }
    const size = figure(versions.snapshots()[0].length / 1024);
    printTable(
      `New code on disk to the first answer by it, one worker (ms, ${rounds} times); ` +
        `an app of ${SOURCE / 1000} KB of source (snapshot: ${size} KiB), or a configuration`,
      ["server", "median", "95 %", "goal"],
      [...times].map(([{ name }, each]) => [
        name,
        figure(median(each)),
        figure(percentile(each, 0.95)),
        name.startsWith("NANO") ? atMost(median(each), 250) : "",
      ]),
    );
    const rows: string[][] = [];
    for (const server of servers) {
      const { answered, lost, closed, silence } = await costOfDeploys(server, rounds);
      rows.push([server.name, String(answered), String(lost), String(closed), figure(silence)]);
    }
    printTable(
      `${LOADED_DEPLOYS} deployments under load, ${CONNECTIONS} connections`,
      ["server", "answers", "requests lost", "connections closed", "longest silence (ms)"],
      rows,
    );
  } finally {
    for (const server of servers) await server.stop();
  }
}

async function swapsUnderLoad(folder: string): Promise<string[][]> {
  const versions = new Versions(folder, APPS, 2);
  versions.show(1);
  const hosts = othersOf("app", APPS - 1);
  const server = await nanoServer(versions.dist, ["--no-watch"], {}, 2)();
  try {
    (await connectTo(server.port)).destroy();
    await latenciesWhile(server.port, hosts, () => pause(2_000));
    const calm = await latenciesWhile(server.port, hosts, () => pause(4_000));
    const before = server.memory().pss;
    const during = await latenciesWhile(server.port, hosts, async () => {
      for (let turn = 0; turn < SWAPS; turn++) {
        versions.show(turn);
        process.kill(server.child.pid!, "SIGHUP");
        await pause(80);
      }
    });
    await pause(2_000);
    const p99 = [percentile(calm, 0.99), percentile(during, 0.99)];
    return [
      ["p99 without swaps (ms)", figure(p99[0]), ""],
      [`p99 during ${SWAPS} swaps (ms)`, figure(p99[1]), ""],
      ["added (ms)", figure(p99[1] - p99[0]), atMost(p99[1] - p99[0], 20)],
      ["memory before, after (MiB)", `${figure(before)}, ${figure(server.memory().pss)}`, ""],
    ];
  } finally {
    await server.stop();
  }
}

export async function measureDeploys(settings: Settings): Promise<void> {
  await besideOthers(settings.folder, settings.rounds * 4);
  printTable(
    `Swaps of one app among ${APPS}, two workers, ${CONNECTIONS} connections`,
    ["", "", "goal"],
    await swapsUnderLoad(settings.folder),
  );
  printTable("The admin API", ["", "", "goal"], await throughTheApi(settings.folder));
}
