// CPU time of a keep-alive request, over all processes of a server.

import { cases, hostOf, type Case } from "../lib/apps.ts";
import { measureRounds } from "../lib/rounds.ts";
import { bareServer, serversOf, type Name, type Starter } from "../lib/servers.ts";
import { figure, median, ratioOf } from "../lib/statistics.ts";
import { atMost, printTable } from "../lib/table.ts";
import type { Settings } from "../lib/settings.ts";

const CONNECTIONS = 16;
const GOAL = 0.85;

/** For each server, its cost in each round. */
async function measureCase(app: Case, settings: Settings): Promise<Map<Name | "bare", number[]>> {
  const starters = new Map<Name | "bare", Starter>(serversOf(app, settings.dist, settings.folder));
  if (app.name === "hello") starters.set("bare", bareServer);
  const { path, script } = app;
  const { rounds, duration } = settings;
  const work = { host: hostOf(app.name), path, script, duration, connections: CONNECTIONS };
  return measureRounds(starters, rounds, work);
}

export async function measureCpu(settings: Settings): Promise<void> {
  const rows: string[][] = [];
  for (const app of cases) {
    if (!settings.cases.includes(app.name)) continue;
    const costs = await measureCase(app, settings);
    const own = costs.get("NANO")!;
    const others = (["Bun", "Node", "bare"] as const).map((name) => costs.get(name) ?? []);
    const ratios = others.map((other) => (other.length > 0 ? ratioOf(own, other) : undefined));
    const [bun, , bare] = others;
    rows.push([
      app.name,
      ...[own, ...others].map((values) => figure(median(values))),
      ...ratios.slice(0, 2).map((ratio) => figure(ratio)),
      figure(bare.length > 0 && bun.length > 0 ? ratioOf(bare, bun) : undefined),
      app.name === "hello" ? atMost(ratios[0], GOAL) : "",
    ]);
  }
  const heads = ["app", "NANO", "Bun", "Node", "bare"];
  heads.push("NANO/Bun", "NANO/Node", "bare/Bun", "goal (NANO/Bun)");
  printTable(
    `CPU µs per keep-alive request, ${CONNECTIONS} connections (median of ${settings.rounds} rounds)`,
    heads,
    rows,
  );
}
