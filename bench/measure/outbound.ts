// Apps that call another server: requests for each second of CPU time of all processes of the server that
// calls. The origin and the load are not counted.

import { request } from "../../tools/harness/http.ts";
import { buildOutbound, hostOf, outbound, type OutboundCase } from "../lib/apps.ts";
import type { ServerProcess } from "../lib/processes.ts";
import { measureRounds } from "../lib/rounds.ts";
import { callersOf, originServer, type Caller } from "../lib/servers.ts";
import { figure, median, ratioOf } from "../lib/statistics.ts";
import { atLeast, printTable } from "../lib/table.ts";
import type { Settings } from "../lib/settings.ts";

const CONNECTIONS = 16;
const GOAL = 1.5;

const PEERS = ["Bun", "Deno", "Node", "node:http"] as const;
const COLUMNS = ["NANO", ...PEERS, "bare", "splice"] as const;

/** Throws unless the server answers as all others do; the bare ones know nothing of what they pass on. */
function checkAnswer({
  name,
  path,
}: OutboundCase): (server: ServerProcess, caller: Caller) => Promise<void> {
  let first: { caller: Caller; text: string } | undefined;
  return async (server, caller) => {
    if (caller === "bare" || caller === "splice") return;
    const { status, text } = await request(server, hostOf(name), path);
    if (status !== 200) throw new Error(`${name}: ${caller} answers ${status} ${text}`);
    first ??= { caller, text };
    if (text !== first.text) throw new Error(`${name}: ${caller} and ${first.caller} do not agree`);
  };
}

/** For each server, requests per CPU second in each round. */
async function measureCase(
  app: OutboundCase,
  settings: Settings,
  folder: string,
): Promise<Map<Caller, number[]>> {
  const { rounds, duration } = settings;
  const work = { host: hostOf(app.name), path: app.path, duration, connections: CONNECTIONS };
  const origin = await originServer();
  try {
    const servers = callersOf(app, folder, origin.port);
    const costs = await measureRounds(servers, rounds, work, checkAnswer(app));
    const rates = (times: number[]) => times.map((time) => 1e6 / time);
    return new Map(Array.from(costs, ([caller, times]) => [caller, rates(times)]));
  } finally {
    await origin.stop();
  }
}

export async function measureOutbound(settings: Settings): Promise<void> {
  const chosen = outbound.filter(({ name }) => settings.cases.includes(name));
  if (chosen.length === 0) return;
  const folder = buildOutbound(settings.folder);
  const rows: string[][] = [];
  for (const app of chosen) {
    const rates = await measureCase(app, settings, folder);
    const of = (caller: Caller) => rates.get(caller) ?? [];
    const best = PEERS.filter((peer) => rates.has(peer)).reduce((one, other) =>
      median(of(other)) > median(of(one)) ? other : one,
    );
    const ratio = ratioOf(of("NANO"), of(best));
    rows.push([
      app.name,
      ...COLUMNS.map((caller) => figure(median(of(caller)))),
      best,
      figure(ratio),
      atLeast(ratio, GOAL),
      figure(1e6 / median(of("bare"))),
    ]);
  }
  printTable(
    `Calls: requests per CPU second, ${CONNECTIONS} connections (median of ${settings.rounds} rounds)`,
    ["app", ...COLUMNS, "best", "NANO/best", "goal", "bare µs"],
    rows,
  );
}
