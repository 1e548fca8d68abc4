// CPU time of a keep-alive request, over all processes of a server.

import { cases, hostOf, type Case } from "../lib/apps.ts";
import { connectTo, type ServerProcess } from "../lib/processes.ts";
import { names, serversOf, type Name } from "../lib/servers.ts";
import { figure, median } from "../lib/statistics.ts";
import { goal, printTable } from "../lib/table.ts";
import { load } from "../lib/wrk.ts";
import type { Settings } from "../main.ts";

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

async function measureCase(app: Case, settings: Settings): Promise<Map<Name, number>> {
  const servers = new Map<Name, ServerProcess>();
  const costs = new Map<Name, number[]>(names.map((name) => [name, []]));
  try {
    for (const [name, start] of serversOf(app, settings.dist, settings.folder)) {
      servers.set(name, await start());
    }
    for (const server of servers.values()) {
      (await connectTo(server.port)).destroy();
      await measure(server, app, 1); // Until it is compiled.
    }
    for (let round = 0; round < settings.rounds; round++) {
      // Each takes its turn to be first.
      for (let i = 0; i < names.length; i++) {
        const name = names[(i + round) % names.length];
        costs.get(name)!.push(await measure(servers.get(name)!, app, settings.duration));
      }
    }
  } finally {
    for (const server of servers.values()) await server.stop();
  }
  return new Map(names.map((name) => [name, median(costs.get(name)!)]));
}

export async function measureCpu(settings: Settings): Promise<void> {
  const rows: string[][] = [];
  for (const app of cases) {
    if (!settings.cases.includes(app.name)) continue;
    const medians = await measureCase(app, settings);
    const own = medians.get("NANO")!;
    const [bun, node] = [medians.get("Bun"), medians.get("Node")];
    const ratio = bun && own / bun;
    rows.push([
      app.name,
      figure(own),
      figure(bun),
      figure(node),
      figure(ratio),
      figure(node && own / node),
      app.name === "hello" ? goal(ratio, GOAL) : "",
    ]);
  }
  const heads = ["app", "NANO", "Bun", "Node", "NANO/Bun", "NANO/Node", "goal (NANO/Bun)"];
  printTable(
    `CPU µs per keep-alive request, ${CONNECTIONS} connections (median of ${settings.rounds} rounds)`,
    heads,
    rows,
  );
}
