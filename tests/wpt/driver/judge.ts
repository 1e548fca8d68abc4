// What a test's outcome is against the expectations.

import type { Expectations, Group } from "./expectations.ts";
import type { Outcome, Subtest } from "./shell.ts";

/** A subtest that stands for the file as a whole, when that did not complete as it should. */
export const HARNESS = "(harness)";

export type Verdict =
  "pass" | "expected failure" | "left out" | "unexpected failure" | "unexpected pass";

export interface Judged extends Subtest {
  verdict: Verdict;
  /** Why it is expected not to pass. */
  reason: string;
}

function find(groups: readonly Group[], { name, status, message }: Subtest): Group | undefined {
  return groups.find(({ names, patterns, messages }) => {
    if (names === null ? name !== HARNESS : names.has(name)) return true;
    if (patterns.some((pattern) => pattern.test(name))) return true;
    return status !== "PASS" && messages.some((pattern) => pattern.test(message));
  });
}

/** The subtests of an outcome, with one for the file as a whole if that did not end well. */
function allSubtests(outcome: Outcome): Subtest[] {
  const { harness, message, log, subtests } = outcome;
  if (harness === "OK") return subtests;
  const isTimeout = harness === "TIMEOUT";
  // Subtests that time ran out for say it themselves.
  const unfinished = ({ status }: Subtest) => status === "TIMEOUT" || status === "NOTRUN";
  if (isTimeout && message === "" && subtests.some(unfinished)) return subtests;
  const whole: Subtest = {
    name: HARNESS,
    status: isTimeout ? "TIMEOUT" : "FAIL",
    message: message === "" ? harness : `${harness}: ${message}`,
    stack: harness === "CRASH" ? log.slice(-4000) : "",
  };
  return [...subtests, whole];
}

/** Judges outcomes, and remembers which expectations were met by any. */
export class Judge {
  readonly #expectations: Expectations;
  readonly #met = new Map<Group, Set<string>>();

  constructor(expectations: Expectations) {
    this.#expectations = expectations;
  }

  judge(outcome: Outcome): Judged[] {
    const { id } = outcome.test;
    const leaveOut = this.#expectations.leaveOut.filter((group) => group.matches(id));
    const fail = this.#expectations.fail.filter((group) => group.matches(id));
    return allSubtests(outcome).map((subtest): Judged => {
      const passed = subtest.status === "PASS";
      const left = find(leaveOut, subtest);
      const group = left ?? find(fail, subtest);
      if (group === undefined) {
        // assert_implements_optional() and the like.
        if (subtest.status === "PRECONDITION_FAILED") {
          return { ...subtest, verdict: "left out", reason: `optional: ${subtest.message}` };
        }
        return { ...subtest, verdict: passed ? "pass" : "unexpected failure", reason: "" };
      }
      const met = this.#met.get(group) ?? new Set();
      this.#met.set(group, met.add(subtest.name));
      const { reason, flaky } = group;
      const verdict = (): Verdict => {
        // A pattern stands for a kind of subtest, of which some may pass for no good reason.
        const named = group.names === null || group.names.has(subtest.name);
        if (left !== undefined && (!passed || flaky || !named)) return "left out";
        if (!passed) return "expected failure";
        return flaky ? "pass" : "unexpected pass";
      };
      return { ...subtest, verdict: verdict(), reason };
    });
  }

  /** Expectations of which no subtest is left, in files that were run (`ran`, of `all` there are). */
  stale(all: readonly string[], ran: ReadonlySet<string>): string[] {
    const stale: string[] = [];
    for (const group of [...this.#expectations.leaveOut, ...this.#expectations.fail]) {
      const ids = all.filter((id) => group.matches(id));
      if (group.flaky || ids.length === 0 || ids.some((id) => !ran.has(id))) continue;
      const met = this.#met.get(group) ?? new Set();
      for (const name of group.names ?? []) {
        if (!met.has(name)) stale.push(`${group.where}: there is no subtest '${name}' any more`);
      }
      for (const pattern of group.patterns) {
        if (![...met].some((name) => pattern.test(name))) {
          stale.push(`${group.where}: no subtest matches '${pattern.source}' any more`);
        }
      }
      if (group.names === null && met.size === 0) stale.push(`${group.where}: matches nothing`);
    }
    return stale;
  }
}
