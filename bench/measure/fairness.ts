// How long a quiet app waits for its turn in a worker that another app keeps at full load.

import { join } from "node:path";
import { buildNeighbours, configOf, hostOf } from "../lib/apps.ts";
import { askUntil } from "../lib/client.ts";
import { percentile } from "../lib/deploys.ts";
import { ALL_CORES, ask, connectTo } from "../lib/processes.ts";
import { nanoServer } from "../lib/servers.ts";
import type { Settings } from "../lib/settings.ts";
import { figure } from "../lib/statistics.ts";
import { atMost, printTable } from "../lib/table.ts";
import { load } from "../lib/wrk.ts";

/** Of the busy app's clients, each of which asks again at once. */
const CONNECTIONS = 16;
/** Milliseconds that a request to the busy app computes; 0: nobody asks it. */
const SLICES = [0, 20, 100];
const PAUSE_MS = 2;
/** Until the busy app's clients are all there. */
const LEAD_MS = 500;
/** The quiet app waits for what runs when it is asked, and perhaps for one request more. */
const GOAL_SLICES = 2;

/** Milliseconds of each request to the quiet app, and requests to the busy one in a second. */
async function measure(
  dist: string,
  config: string,
  workers: number,
  slice: number,
  seconds: number,
) {
  const core = workers > 1 ? ALL_CORES : undefined;
  const server = await nanoServer(dist, ["--config", config], {}, workers, { core })();
  try {
    const socket = await connectTo(server.port);
    for (let i = 0; i < 50; i++) await ask(socket, hostOf("quiet"));
    const begin = performance.now();
    const busy =
      slice === 0
        ? Promise.resolve(0)
        : load({
            port: server.port,
            host: hostOf("busy"),
            path: `/${slice}`,
            duration: seconds,
            connections: CONNECTIONS,
          });
    // All have sent something before the quiet app is asked.
    while (performance.now() < begin + LEAD_MS) await ask(socket, hostOf("quiet"));
    const times = await askUntil(socket, hostOf("quiet"), begin + seconds * 1000, PAUSE_MS);
    socket.destroy();
    return { times, rate: (await busy) / seconds };
  } finally {
    await server.stop();
  }
}

export async function measureFairness(settings: Settings): Promise<void> {
  const folder = buildNeighbours(settings.folder);
  const dist = join(folder, "dist");
  const config = configOf(folder);
  const rows: string[][] = [];
  for (const workers of [1, 2]) {
    for (const slice of SLICES) {
      const times: number[] = [];
      const rates: number[] = [];
      for (let round = 0; round < settings.rounds; round++) {
        const one = await measure(dist, config, workers, slice, settings.duration);
        times.push(...one.times);
        rates.push(one.rate);
      }
      const p99 = percentile(times, 0.99);
      rows.push([
        slice === 0 ? "alone" : `beside ${CONNECTIONS} clients, ${slice} ms each`,
        String(workers),
        figure(percentile(times, 0.5)),
        figure(p99),
        figure(Math.max(...times)),
        slice === 0 ? "" : figure(rates.reduce((sum, rate) => sum + rate, 0) / rates.length),
        slice === 0 ? "" : atMost(p99, GOAL_SLICES * slice),
      ]);
    }
  }
  printTable(
    "A quiet app's requests (ms)",
    ["", "workers", "median", "99 %", "longest", "busy app's/s", "goal (99 %)"],
    rows,
  );
}
