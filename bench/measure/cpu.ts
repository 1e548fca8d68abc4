// CPU time of a keep-alive request, over all processes of a server.

import { cases, hostOf, type Case } from "../lib/apps.ts";
import { connectTo, type ServerProcess } from "../lib/processes.ts";
import { bareServer, serversOf, type Name, type Starter } from "../lib/servers.ts";
import { figure, median, ratioOf } from "../lib/statistics.ts";
import { goal, printTable } from "../lib/table.ts";
import { load } from "../lib/wrk.ts";
import type { Settings } from "../lib/settings.ts";

const CONNECTIONS = 16;
const GOAL = 0.85;

/** Microseconds of CPU time for each request. */
async function measure(server: ServerProcess, app: Case, duration: number): Promise<number> {
  const before = server.cpuTime();
  const { path, script } = app;
  const requests = await load({
    port: server.port,
    host: hostOf(app.name),
    path,
    script,
    duration,
    connections: CONNECTIONS,
  });
  return (server.cpuTime() - before) / requests;
}

type Costs = Map<Name | "bare", number[]>;

/** For each server, its cost in each round. */
async function measureCase(app: Case, settings: Settings): Promise<Costs> {
  const starters = new Map<Name | "bare", Starter>(serversOf(app, settings.dist, settings.folder));
  if (app.name === "hello") starters.set("bare", bareServer);
  const turns = [...starters];
  const costs: Costs = new Map(turns.map(([name]) => [name, []]));
  for (let round = 0; round < settings.rounds; round++) {
    // Each takes its turn to be first.
    for (let i = 0; i < turns.length; i++) {
      const [name, start] = turns[(i + round) % turns.length];
      // A process of its own each time: where its memory happens to lie is worth some percent.
      const server = await start();
      try {
        (await connectTo(server.port)).destroy();
        await measure(server, app, 1); // Until it is compiled.
        costs.get(name)!.push(await measure(server, app, settings.duration));
      } finally {
        await server.stop();
      }
    }
  }
  return costs;
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
      app.name === "hello" ? goal(ratios[0], GOAL) : "",
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
