// bench/run: NANO beside its peers, in one run.

import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildCases, cases, outbound, type Case } from "./lib/apps.ts";
import { leaveServerCore } from "./lib/processes.ts";
import type { Settings } from "./lib/settings.ts";
import { measureAssets } from "./measure/assets.ts";
import { measureApis } from "./measure/apis.ts";
import { measureCpu } from "./measure/cpu.ts";
import { measureDensity } from "./measure/density.ts";
import { measureDeploys } from "./measure/deploys.ts";
import { measureFairness } from "./measure/fairness.ts";
import { measureInstructions } from "./measure/instructions.ts";
import { measureIsolation } from "./measure/isolation.ts";
import { measureMetering } from "./measure/metering.ts";
import { measureOutbound } from "./measure/outbound.ts";
import { measureMany } from "./measure/many.ts";
import { measureStart } from "./measure/start.ts";

const measurements = {
  instructions: measureInstructions,
  cpu: measureCpu,
  assets: measureAssets,
  outbound: measureOutbound,
  start: measureStart,
  many: measureMany,
  density: measureDensity,
  fairness: measureFairness,
  isolation: measureIsolation,
  metering: measureMetering,
  apis: measureApis,
  deploys: measureDeploys,
};

const namesOf = (apps: Case[]) => apps.map(({ name }) => name).join(", ");

const HELP = `Measures NANO beside its peers, rounds interleaved, and prints medians and ratios.

  bench/run [options]

  --rounds N      rounds (5)
  --duration S    seconds of load for each server in a round (3)
  --only LIST     of ${Object.keys(measurements).join(", ")} (all)
                    instructions  beside those of the last release (bench/counts)
                    cpu    CPU time of a keep-alive request
                    assets  CPU time of a request for a file, beside nginx
                    outbound  requests per CPU second of apps that call another server
                    start  process start to first answer
                    many   first request to an app without an isolate, memory of each app
                    density  a thousand apps: ready, memory before and after their isolates
                    fairness  a quiet app beside a busy one in the same worker
                    isolation  handovers and services between processes, and their memory
                    metering  instructions of a request for limits, metrics, the access log
                    apis   one call of each of the Web APIs
                    deploys  new code to first answer, swaps under load, the admin API
  --cases LIST    apps for cpu: ${namesOf(cases)} (all);
                  for outbound: ${namesOf(outbound)} (all)
  --apps N        apps for many (200) and density (1000)
  --filter TEXT   only cases of apis whose names contain it

Figures of different runs, or of different machines, must not be compared; ratios may.
`;

function listOf(text: string | undefined, known: string[]): string[] {
  const names = text?.split(",") ?? known;
  for (const name of names) {
    if (!known.includes(name)) throw new Error(`unknown: ${name}; known: ${known.join(", ")}`);
  }
  return names;
}

function numberOf(text: string, name: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`${name}: a positive integer`);
  return number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      duration: { type: "string", default: "3" },
      only: { type: "string" },
      cases: { type: "string" },
      apps: { type: "string" },
      filter: { type: "string", default: "" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const cores = availableParallelism(); // Before this process gives one of them up.
  const only = listOf(values.only, Object.keys(measurements));
  const folder = mkdtempSync(join(tmpdir(), "nano-bench-"));
  try {
    const settings: Settings = {
      rounds: numberOf(values.rounds, "--rounds"),
      duration: numberOf(values.duration, "--duration"),
      cases: listOf(
        values.cases,
        [...cases, ...outbound].map(({ name }) => name),
      ),
      apps: values.apps === undefined ? undefined : numberOf(values.apps, "--apps"),
      filter: values.filter,
      folder,
      dist: buildCases(folder),
    };
    leaveServerCore();
    console.log(`${cpus()[0].model.trim()}, ${cores} cores`);
    for (const name of only) await measurements[name as keyof typeof measurements](settings);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
