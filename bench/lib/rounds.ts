// CPU time of requests, round by round, of servers that take turns.

import { connectTo, type ServerProcess } from "./processes.ts";
import type { Starter } from "./servers.ts";
import { load, type Load } from "./wrk.ts";

/** Seconds. What is not in a snapshot, as code that is loaded when it is needed, is compiled by then. */
const WARM_UP = 2;

/** What is asked of each server: wrk's load, without the port. */
export type Work = Omit<Load, "port">;

/** Microseconds of CPU time for each request. */
async function measure(server: ServerProcess, work: Work): Promise<number> {
  const before = server.cpuTime();
  const requests = await load({ ...work, port: server.port });
  return (server.cpuTime() - before) / requests;
}

/**
 * For each server, its cost in each round. `check` looks at a server that has just been started, before it
 * is measured.
 */
export async function measureRounds<Name>(
  starters: Map<Name, Starter>,
  rounds: number,
  work: Work,
  check?: (server: ServerProcess, name: Name) => Promise<void>,
): Promise<Map<Name, number[]>> {
  const turns = [...starters];
  const costs = new Map(turns.map(([name]): [Name, number[]] => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // Each takes its turn to be first.
    for (let i = 0; i < turns.length; i++) {
      const [name, start] = turns[(i + round) % turns.length];
      // A process of its own each time: where its memory happens to lie is worth some percent.
      const server = await start();
      try {
        (await connectTo(server.port)).destroy();
        await check?.(server, name);
        await measure(server, { ...work, duration: WARM_UP }); // Until it is compiled.
        costs.get(name)!.push(await measure(server, work));
      } finally {
        await server.stop();
      }
    }
  }
  return costs;
}
