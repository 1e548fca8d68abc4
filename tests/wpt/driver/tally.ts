// What a run adds up to: for each suite and in all.

import type { Judged } from "./judge.ts";
import type { Outcome } from "./shell.ts";

/** A test's outcome and what is thought of it. */
export interface Judgement {
  outcome: Outcome;
  suite: string;
  subtests: Judged[];
}

export interface Count {
  files: number;
  passed: number;
  /** Of those that apply: what was left out is not in it. */
  total: number;
  leftOut: number;
  /** Files that were not run. */
  skipped: number;
}

export class Tally {
  readonly suites = new Map<string, Count>();
  readonly all: Count = { files: 0, passed: 0, total: 0, leftOut: 0, skipped: 0 };
  unexpected = 0;

  #of(suite: string): Count {
    let count = this.suites.get(suite);
    if (count === undefined) {
      count = { files: 0, passed: 0, total: 0, leftOut: 0, skipped: 0 };
      this.suites.set(suite, count);
    }
    return count;
  }

  add({ suite, subtests }: Judgement): void {
    for (const count of [this.#of(suite), this.all]) {
      count.files++;
      for (const { verdict, status } of subtests) {
        if (verdict === "left out") {
          count.leftOut++;
        } else {
          count.total++;
          if (status === "PASS") count.passed++;
        }
      }
    }
    for (const { verdict } of subtests) if (verdict.startsWith("unexpected")) this.unexpected++;
  }

  skip(suite: string): void {
    this.#of(suite).skipped++;
    this.all.skipped++;
  }

  /** The suites and their counts by name. */
  sorted(): [suite: string, count: Count][] {
    return [...this.suites].sort(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
  }
}

/** In per cent with two digits; never rounded up to 100. */
export function percentage({ passed, total }: Count): string {
  if (total === 0) return "–";
  return `${(Math.floor((passed / total) * 10_000) / 100).toFixed(2)} %`;
}
