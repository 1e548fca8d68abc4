// Clients of healthy apps, in a thread of their own (load-thread.ts), which nothing that this one does holds up.
//
// The load is open: each client asks at fixed times, whether or not it has been answered, and waits from the moment at
// which it was to ask. A client keeps its connection, so a worker; the app's answer names the isolate, so the client
// knows which. Thread: the test's.

import assert from "node:assert/strict";
import { Worker } from "node:worker_threads";

/** An app of which the body of an answer is the isolate's name. */
export const HEALTHY = `let name: string | undefined;
export default { fetch: () => new Response((name ??= crypto.randomUUID())) };`;

export interface Sample {
  client: number;
  /** When it was to ask: milliseconds of the epoch. */
  due: number;
  /** How long it waited since. */
  ms: number;
  /** The isolate, so the worker, which the connection leads to; empty if it has not answered there yet. */
  isolate: string;
  /** The connection ended before the answer. */
  lost: boolean;
}

export interface LoadOptions {
  port: number;
  /** Of apps like HEALTHY; each has as many clients. */
  hosts: string[];
  clients: number;
  /** Milliseconds from one of a client's requests to the next. */
  interval: number;
}

/** What came since the last time, when each client has been answered once more. */
export interface Report {
  samples: Sample[];
  /** Anything but an answer, or a connection's end. */
  failures: string[];
}

export const epoch = (): number => performance.timeOrigin + performance.now();

export class Load {
  readonly #thread: Worker;
  #report: ((report: Report) => void) | undefined;
  #error: Error | undefined;
  readonly #ended: Promise<number>;

  constructor(options: LoadOptions) {
    this.#thread = new Worker(new URL("./load-thread.ts", import.meta.url), {
      workerData: options,
    });
    this.#thread.on("message", (report: Report) => this.#report?.(report));
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#ended = promise;
    this.#thread.on("error", (error) => (this.#error = error as Error));
    this.#thread.on("exit", resolve);
  }

  /** Waits until each client has been answered once more. */
  async settled(): Promise<Sample[]> {
    if (this.#error !== undefined) throw this.#error;
    const { promise, resolve } = Promise.withResolvers<Report>();
    this.#report = resolve;
    this.#thread.postMessage("report");
    const report = await Promise.race([promise, this.#ended]);
    if (typeof report === "number") throw this.#error ?? new Error("the load has ended");
    assert.deepEqual(report.failures, []);
    return report.samples;
  }

  async end(): Promise<void> {
    this.#thread.postMessage("end");
    await this.#ended;
  }
}

/**
 * Nothing was lost but what was under way in the workers that ended, of which there were `deaths`, with an isolate of
 * each of so many apps. A client has one request under way at most.
 */
export function checkLosses(samples: Sample[], deaths: number, apps = 1): void {
  const lost = samples.filter((sample) => sample.lost);
  const gone = new Set(lost.map(({ isolate }) => isolate).filter(Boolean));
  const isolates = deaths * apps;
  assert.ok(gone.size <= isolates, `lost in ${gone.size} isolates; ${deaths} workers ended`);
  const times = new Map<number, number>();
  for (const { client } of lost) times.set(client, (times.get(client) ?? 0) + 1);
  const most = Math.max(0, ...times.values());
  assert.ok(most <= deaths, `a client lost ${most} requests, and ${deaths} workers ended`);
  // Who lost one of a worker had no answer of it any more, and nobody else had.
  for (const { isolate, due, ms } of lost) {
    if (isolate === "") continue;
    const late = samples.find(
      (each) => !each.lost && each.isolate === isolate && each.due > due + ms,
    );
    assert.equal(late, undefined, "a request was lost in a worker that went on");
  }
}

/** The smallest number of milliseconds that so many of 100 waited at most. */
export function percentile(samples: Sample[], of100: number): number {
  const times = samples.map(({ ms }) => ms).sort((a, b) => a - b);
  return times[Math.max(0, Math.ceil((times.length * of100) / 100) - 1)] ?? 0;
}
