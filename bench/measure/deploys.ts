// What deployments cost: how long new code takes to its first answer, what swaps cost those who are
// being served, and how many apps the admin API takes.

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  CONNECTIONS,
  latenciesWhile,
  othersOf,
  pause,
  percentile,
  Versions,
  wordAt,
  wordOf,
} from "../lib/deploys.ts";
import { connectTo, freePort, ServerProcess } from "../lib/processes.ts";
import { nanoServer } from "../lib/servers.ts";
import type { Settings } from "../lib/settings.ts";
import { figure, median } from "../lib/statistics.ts";
import { atMost, printTable } from "../lib/table.ts";
import { throughTheApi } from "./deploys-api.ts";

const SWAPS = 50;
const APPS = 20;

/** Milliseconds from `change` to the first answer by it. */
async function untilAnswered(
  port: number,
  host: string,
  rounds: number,
  change: (turn: number) => string,
): Promise<number[]> {
  const times: number[] = [];
  for (let turn = 0; turn < rounds; turn++) {
    const begin = performance.now();
    const word = change(turn);
    // nginx closes what is idle when it reloads, so that each question has its own connection.
    for (;;) {
      const socket = await connectTo(port);
      const answer = await wordOf(socket, host).catch(() => "");
      socket.destroy();
      if (answer === word) break;
    }
    times.push(performance.now() - begin);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return times;
}

async function nanoDeploys(folder: string, rounds: number): Promise<[string, number[]][]> {
  const versions = new Versions(folder, 1, rounds + 1); // Each is new to the server.
  const rows: [string, number[]][] = [];
  for (const [name, options] of [
    ["NANO, SIGHUP", ["--no-watch"]],
    ["NANO, --watch", ["--watch"]],
  ] as [string, string[]][]) {
    versions.show(rounds);
    const server = await nanoServer(versions.dist, options)();
    try {
      await connectTo(server.port).then((socket) => socket.destroy());
      const change = (turn: number) => {
        const word = versions.show(turn);
        if (options[0] === "--no-watch") process.kill(server.child.pid!, "SIGHUP");
        return word;
      };
      rows.push([name, await untilAnswered(server.port, "app0.localhost", rounds, change)]);
    } finally {
      await server.stop();
    }
  }
  return rows;
}

/** A reload of nginx, which answers with a word of its configuration. */
async function nginxDeploys(folder: string, rounds: number): Promise<number[] | undefined> {
  const port = await freePort();
  const root = join(folder, "nginx");
  mkdirSync(root, { recursive: true });
  const configure = (word: string) =>
    writeFileSync(
      join(root, "nginx.conf"),
      `daemon off; pid ${root}/pid; error_log ${root}/error.log; worker_processes 1;
       events {} http { access_log off; server { listen 127.0.0.1:${port};
       location / { return 200 "${word}"; } } }`,
    );
  configure("before");
  const nginx = [
    "nginx",
    "-p",
    root,
    "-c",
    join(root, "nginx.conf"),
    "-e",
    join(root, "error.log"),
  ];
  try {
    execFileSync("nginx", ["-v"], { stdio: "ignore" });
  } catch {
    return undefined; // There is none on this machine.
  }
  const server = new ServerProcess(nginx, port);
  try {
    (await connectTo(port)).destroy();
    return await untilAnswered(port, "localhost", rounds, (turn) => {
      const word = wordAt(turn);
      configure(word);
      execFileSync(nginx[0], [...nginx.slice(1), "-s", "reload"], { stdio: "ignore" });
      return word;
    });
  } finally {
    await server.stop();
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
  const rounds = settings.rounds * 4;
  const rows = await nanoDeploys(settings.folder, rounds);
  const nginx = await nginxDeploys(settings.folder, rounds);
  if (nginx) rows.push(["nginx -s reload", nginx]);
  printTable(
    `New code on disk to the first answer by it, one worker (ms, ${rounds} times)`,
    ["server", "median", "95 %", "goal"],
    rows.map(([name, times]) => [
      name,
      figure(median(times)),
      figure(percentile(times, 0.95)),
      name.startsWith("NANO") ? atMost(median(times), 250) : "",
    ]),
  );
  printTable(
    `Swaps of one app among ${APPS}, two workers, ${CONNECTIONS} connections`,
    ["", "", "goal"],
    await swapsUnderLoad(settings.folder),
  );
  printTable("The admin API", ["", "", "goal"], await throughTheApi(settings.folder));
}
