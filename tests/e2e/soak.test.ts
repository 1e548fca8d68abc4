// Two workers under load for NANO_SOAK_SECONDS (some seconds unless set; `make soak SECONDS=1800`), while apps are
// swapped, stopped at their limits, and workers are killed: nothing is lost but what a killed worker had, and memory
// and descriptors stay what they were. So do the times that clients wait, which are only compared in a long run.
//
// Each cycle makes all of these changes, looks at the processes and kills the older worker, so that workers are always
// looked at when they are as old: two cycles.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "../../tools/harness/http.ts";
import { until } from "../../tools/harness/wait.ts";
import { Admin } from "./lib/admin-client.ts";
import { buildApps, type App } from "./lib/apps.ts";
import { checkLosses, HEALTHY, Load, percentile, type Sample } from "./lib/load.ts";
import { serve, type LogLine, type Server } from "./lib/server.ts";

const SECONDS = Number(process.env.NANO_SOAK_SECONDS ?? 15);
/** From so many seconds on, how long clients wait is compared, too. */
const LONG = 120;
const CYCLE = SECONDS < LONG ? 1500 : 5000;
/** Apps under load. */
const APPS = 3;
/** Changes of each kind that have a cycle's time to themselves. */
const STEPS = 6;
/** Before anything is compared: what is made once is there by then. */
const WARM = 2;

const LIMITED: App = {
  files: `const keep: unknown[] = [];
export default {
  async fetch({ url }: Request) {
    const { pathname } = new URL(url);
    if (pathname === "/cpu-limit") for (;;);
    if (pathname === "/memory-limit") for (;;) keep.push({ a: [1] });
    if (pathname === "/external-memory-limit") for (;;) keep.push(new Uint8Array(1e6).fill(1));
    return new Response("fine");
  },
};`,
  limits: { cpu: "100ms", memory: "24MiB", external_memory: "32MiB" },
};
const REASONS = ["cpu-limit", "memory-limit", "external-memory-limit"];

/** What there is in a cycle. */
interface Look {
  /** KiB that a process has for itself: of the supervisor, and of the worker that is killed then. */
  supervisor: number;
  worker: number;
  /** Of the supervisor, and of both workers together: their clients are as many, but not always with the same. */
  descriptors: number;
  descriptorsOfWorkers: number;
}

function own(pid: number): number {
  return Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]);
}

const descriptors = (pid: number) => readdirSync(`/proc/${pid}/fd`).length;
const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

class Soak {
  readonly #server: Server;
  readonly #admin: Admin;
  readonly #load: Load;
  /** By age. */
  #workers: number[];
  #lines: LogLine[] = [];
  #swaps = 0;
  readonly stops = new Map<string, number>();
  lost = 0;

  constructor(server: Server, admin: Admin, load: Load) {
    this.#server = server;
    this.#admin = admin;
    this.#load = load;
    this.#workers = server.workers();
  }

  /** A new version of an app under load, by its environment. */
  async swap(): Promise<void> {
    const app = `healthy${this.#swaps++ % APPS}`;
    const env = { SWAP: String(this.#swaps) };
    await this.#admin.settled(await this.#admin.patch(app, { env }));
  }

  async stop(reason: string): Promise<void> {
    const response = await request(this.#server, "limited.test", `/${reason}`);
    const told = response.header("nano-error")!;
    assert.ok(REASONS.includes(told), response.text);
    this.stops.set(told, (this.stops.get(told) ?? 0) + 1);
  }

  /** Nothing may go wrong that was not brought about. */
  checkLog(): void {
    const lines = this.#server.lines.splice(0).map((line) => JSON.parse(line) as LogLine);
    this.#lines.push(...lines);
    for (const line of lines) {
      if (line.level !== "error") continue;
      const isMeant =
        REASONS.includes(String(line.reason)) || /was killed by SIGKILL/.test(line.msg);
      assert.ok(isMeant, JSON.stringify(line));
    }
    this.#lines.splice(0, this.#lines.length - 100);
  }

  async kill(): Promise<Look> {
    const [victim, ...others] = this.#workers as [number, ...number[]];
    const look = {
      supervisor: own(this.#server.pid),
      worker: own(victim),
      descriptors: descriptors(this.#server.pid),
      descriptorsOfWorkers: this.#workers.reduce((sum, pid) => sum + descriptors(pid), 0),
    };
    process.kill(victim, "SIGKILL");
    const started = await until("another worker", () => {
      const workers = this.#server.workers();
      return workers.length === 2 && workers.find((pid) => !this.#workers.includes(pid));
    });
    this.#workers = [...others, started];
    return look;
  }

  async samples(deaths: number): Promise<Sample[]> {
    const samples = await this.#load.settled();
    // Versions that were swapped meanwhile have isolates of their own.
    checkLosses(samples, deaths, APPS * (STEPS + 1));
    this.lost += samples.filter(({ lost }) => lost).length;
    return samples;
  }

  async cycle(): Promise<{ look: Look; samples: Sample[] }> {
    const end = performance.now() + CYCLE;
    for (let step = 0; step < STEPS; step++) {
      await (step % 2 === 0 ? this.swap() : this.stop(REASONS[(step >> 1) % REASONS.length]!));
      // As many in each cycle, evenly over its time where there is some left.
      const rest = end - performance.now();
      if (rest > 0) await sleep(rest / (STEPS - step));
    }
    const before = await this.samples(0);
    const look = await this.kill();
    const after = await this.samples(1);
    this.checkLog();
    return { look, samples: [...before, ...after] };
  }
}

/** The medians of the first and the last third. */
function thirds<Item>(items: Item[], valueOf: (part: Item[]) => number): [number, number] {
  const third = Math.ceil(items.length / 3);
  return [valueOf(items.slice(0, third)), valueOf(items.slice(-third))];
}

function compare(t: TestContext, looks: Look[]): void {
  const kinds: [keyof Look, string, part: number, more: number][] = [
    ["supervisor", "KiB of the supervisor", 0.05, 1024],
    ["worker", "KiB of a worker", 0.1, 8 * 1024],
    ["descriptors", "descriptors of the supervisor", 0, 4],
    ["descriptorsOfWorkers", "descriptors of the workers", 0, 8],
  ];
  for (const [kind, what, part, more] of kinds) {
    const [first, last] = thirds(looks, (some) => median(some.map((look) => look[kind])));
    t.diagnostic(`${what}: ${first} in the first third, ${last} in the last`);
    assert.ok(last <= first * (1 + part) + more, `${what}: ${first}, then ${last}`);
  }
}

const options = { timeout: SECONDS * 2000 + 300_000 };
test(`${SECONDS} s of load, swaps, stops and kills change nothing`, options, async (t) => {
  const apps: Record<string, App | string> = { limited: LIMITED };
  for (let i = 0; i < APPS; i++) apps[`healthy${i}`] = HEALTHY;
  const { dist, config } = await buildApps(t, apps);
  const server = await serve(t, dist, { workers: 2, config });
  await until("two workers", () => server.workers().length === 2);
  const load = new Load({
    port: server.port,
    hosts: Array.from({ length: APPS }, (_, i) => `healthy${i}.test`),
    clients: 48,
    interval: 48,
  });
  t.after(() => load.end());
  const soak = new Soak(server, new Admin(dirname(dist)), load);
  for (let i = 0; i < WARM; i++) await soak.cycle();

  const looks: Look[] = [];
  const waits: Sample[][] = [];
  const end = performance.now() + SECONDS * 1000;
  while (performance.now() < end || looks.length < 3) {
    const { look, samples } = await soak.cycle();
    looks.push(look);
    waits.push(samples);
  }
  for (const reason of REASONS) assert.ok(soak.stops.has(reason), `${reason} was never reached`);
  const asked = waits.reduce((sum, { length }) => sum + length, 0);
  t.diagnostic(
    `${looks.length} workers killed, ${asked} requests, ${soak.lost} lost with a worker`,
  );
  compare(t, looks);
  for (const of100 of [50, 99]) {
    const [first, last] = thirds(waits, (part) => percentile(part.flat(), of100));
    t.diagnostic(`${of100} of 100 waited ${first.toFixed(1)} ms, then ${last.toFixed(1)} ms`);
    if (SECONDS >= LONG) assert.ok(last <= first * 1.5 + 20, `${first} ms, then ${last} ms`);
  }
});
