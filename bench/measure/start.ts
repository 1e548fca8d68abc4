// From the start of a process to the first byte of its first answer.

import { cases, hostOf } from "../lib/apps.ts";
import { ask, connectTo } from "../lib/processes.ts";
import { names, serversOf, type Name } from "../lib/servers.ts";
import { figure, median } from "../lib/statistics.ts";
import { atMost, printTable } from "../lib/table.ts";
import type { Settings } from "../lib/settings.ts";

const GOAL_MS = 30;
/** A start takes milliseconds only, so that each round has several. */
const STARTS = 5;

export async function measureStart(settings: Settings): Promise<void> {
  const app = cases.find(({ name }) => name === "hello")!;
  const servers = serversOf(app, settings.dist, settings.folder);
  const times = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < settings.rounds * STARTS; round++) {
    for (const [name, start] of servers) {
      const begin = performance.now();
      const server = await start();
      try {
        const socket = await connectTo(server.port);
        await ask(socket, hostOf(app.name));
        times.get(name)!.push(performance.now() - begin);
        socket.destroy();
      } finally {
        await server.stop();
      }
    }
  }
  const rows = names.map((name) => {
    const all = times.get(name)!;
    const middle = median(all);
    return [
      name,
      figure(middle),
      figure(Math.min(...all)),
      name === "NANO" ? atMost(middle, GOAL_MS) : "",
    ];
  });
  printTable(
    `Process start to first answer, hello, one worker (ms, ${settings.rounds * STARTS} starts)`,
    ["server", "median", "least", "goal"],
    rows,
  );
}
