// The Web APIs beside those of Bun and Node: the CPU time of one call, over all threads of the process, so
// that what else runs on the machine counts for little.

import { request } from "../../tools/harness/http.ts";
import { cases } from "../apps/apis/cases.ts";
import { apis, hostOf } from "../lib/apps.ts";
import { connectTo, type ServerProcess } from "../lib/processes.ts";
import { names, serversOf, type Name } from "../lib/servers.ts";
import { figure, median } from "../lib/statistics.ts";
import { printTable } from "../lib/table.ts";
import type { Settings } from "../lib/settings.ts";

/** CPU time of one measurement, in milliseconds; of the first one, which only compiles. */
const DURATION = 100;
const WARM_UP = 1000;
/** How long a request calls, in milliseconds of any clock. */
const REQUEST = 50;

interface Answer {
  calls?: number;
  error?: string;
}

/** Nanoseconds of CPU time for each call, or what went wrong. */
async function measure(
  server: ServerProcess,
  name: string,
  duration: number,
): Promise<number | string> {
  const query = new URLSearchParams({ case: name, ms: String(REQUEST) });
  const before = server.threadTime();
  let calls = 0;
  let time = 0;
  while (time < duration * 1e6) {
    const { status, text } = await request(server, hostOf(apis.name), `/?${query}`, {
      timeout: 60_000,
    });
    if (status !== 200) throw new Error(`${name}: ${status} ${text}`);
    const answer = JSON.parse(text) as Answer;
    if (answer.error !== undefined) return answer.error;
    calls += answer.calls!;
    time = server.threadTime() - before;
  }
  return time / calls;
}

/** "✗" for what is slower than it may be; noise of some percent is nothing. */
function judge(ratio: number, required: boolean): string {
  if (Number.isNaN(ratio)) return "–";
  return figure(ratio) + (!required ? "  " : ratio <= 1.03 ? " ✓" : " ✗");
}

function timeOf(ns: number): string {
  if (Number.isNaN(ns)) return "–";
  if (ns < 1e4) return `${ns < 100 ? ns.toFixed(1) : ns.toFixed(0)} ns`;
  return ns < 1e7 ? `${(ns / 1e3).toFixed(1)} µs` : `${(ns / 1e6).toFixed(1)} ms`;
}

export async function measureApis(settings: Settings): Promise<void> {
  const servers = new Map<Name, ServerProcess>();
  const times = new Map<string, Map<Name, number[]>>();
  const errors = new Map<string, string>();
  const chosen = cases.filter(({ name }) => name.includes(settings.filter));
  try {
    for (const [name, start] of serversOf(apis, settings.dist, settings.folder)) {
      servers.set(name, await start());
      (await connectTo(servers.get(name)!.port)).destroy();
    }
    for (const { name } of chosen) times.set(name, new Map(names.map((each) => [each, []])));
    // Case by case: what had to wait for its turn for long would have to warm up again.
    for (const { name } of chosen) {
      for (let round = -1; round < settings.rounds; round++) {
        for (let i = 0; i < names.length; i++) {
          const server = names[(i + round + names.length) % names.length];
          const time = await measure(servers.get(server)!, name, round < 0 ? WARM_UP : DURATION);
          if (typeof time === "string") errors.set(`${server}: ${name}`, time);
          else if (round >= 0) times.get(name)!.get(server)!.push(time);
        }
      }
    }
  } finally {
    for (const server of servers.values()) await server.stop();
  }
  const rows = chosen.map(({ name, requestPath = false }) => {
    const rounds = (server: Name) => times.get(name)!.get(server) ?? [];
    const own = rounds("NANO");
    const time = (server: Name) => timeOf(median(rounds(server)));
    // Of one round each: what slowed it down slowed all of them down.
    const ratio = (peer: Name) => median(rounds(peer).map((each, round) => own[round] / each));
    return [
      requestPath ? `${name} *` : name,
      time("NANO"),
      time("Bun"),
      time("Node"),
      judge(ratio("Bun"), requestPath),
      judge(ratio("Node"), true),
    ];
  });
  printTable(
    `Web APIs, CPU time of one call (median of ${settings.rounds} rounds); goals: ≤ Node, those with * ≤ Bun too`,
    ["", "NANO", "Bun", "Node", "NANO/Bun", "NANO/Node"],
    rows,
  );
  for (const [where, error] of errors) console.log(`  ${where}: ${error}`);
}
