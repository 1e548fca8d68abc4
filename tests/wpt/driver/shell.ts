// Runs one test in a process of its own (tests/wpt/shell) and collects what it reports. Whatever the
// process does, an outcome comes: it is killed when it does not end by itself.

import { spawn } from "node:child_process";
import { scriptsOf, type Script } from "./job.ts";
import type { Test } from "./suite.ts";

/** As testharness.js numbers them. */
export const STATUS = ["PASS", "FAIL", "TIMEOUT", "NOTRUN", "PRECONDITION_FAILED"] as const;
const HARNESS_STATUS = ["OK", "ERROR", "TIMEOUT", "PRECONDITION_FAILED"] as const;

export interface Subtest {
  name: string;
  status: (typeof STATUS)[number];
  message: string;
  stack: string;
}

export interface Outcome {
  test: Test;
  subtests: Subtest[];
  /** Of the file as a whole. */
  harness: (typeof HARNESS_STATUS)[number] | "CRASH";
  /** What is wrong with the file as a whole; empty if nothing is. */
  message: string;
  /** What the test logged, its last part. */
  log: string;
  milliseconds: number;
}

export interface Surroundings {
  /** The copy of the suite. */
  root: string;
  /** The program that runs a test. */
  shell: string;
  /** Milliseconds for an ordinary test; one that says it is long gets more. */
  timeout: number;
}

/** The shell's exit status for a test that never completed. */
const UNFINISHED = 3;
const LONG_FACTOR = 3;
/** As tests/wpt/shell/event_loop.h has it: what a test gets on a machine with too much to do. */
const MOST_PATIENCE = 4;
/** What a test gets beyond that, to report that it was not done; in milliseconds. */
const GRACE = 5000;
const MOST_LOG = 64 * 1024;

type Line =
  | { name: string; status: number; message: string | null; stack: string | null }
  | { harness: number; message: string | null; stack: string | null };

function parseLine(text: string): Line | null {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return null;
  }
}

/** As tests/wpt/shell/main.cc reads it. */
interface Job {
  root: string;
  timeout: number;
  scripts: readonly Script[];
}

interface Run {
  /** What the scripts reported, unless `onLine` took it. */
  output: string;
  log: string;
  /** Why the process did not end as it should; empty if it did. */
  problem: string;
  timedOut: boolean;
}

/** Runs a job in a process of its own. Never rejects, and always ends. */
function runProcess(shell: string, job: Job, onLine?: (line: Line) => void): Promise<Run> {
  const deadline = MOST_PATIENCE * job.timeout + GRACE;
  const { promise, resolve } = Promise.withResolvers<Run>();
  const run: Run = { output: "", log: "", problem: "", timedOut: false };
  const child = spawn(shell, [], { stdio: ["pipe", "pipe", "pipe"] });
  const killer = setTimeout(() => {
    run.timedOut = true;
    run.problem = `killed: it did not end ${deadline / 1000} s after its start`;
    child.kill("SIGKILL");
  }, deadline);
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    run.output += text;
    if (onLine === undefined) return;
    // Not by node:readline: names may hold U+2028, where it would break lines. The last line is cut
    // off if the process was killed.
    const lines = run.output.split("\n");
    run.output = lines.pop()!;
    for (const line of lines) {
      const parsed = parseLine(line);
      // The engine itself writes to standard output when its heap is full.
      if (parsed === null) run.log += `${line}\n`;
      else onLine(parsed);
    }
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    run.log = (run.log + text).slice(-MOST_LOG);
  });
  child.on("error", (error) => {
    clearTimeout(killer);
    run.problem = `${shell} cannot be started: ${error.message}`;
    resolve(run);
  });
  child.on("close", (code, signal) => {
    clearTimeout(killer);
    if (!run.timedOut && signal !== null) run.problem = `the process died of ${signal}`;
    if (code === UNFINISHED) {
      run.timedOut = true;
      run.problem = "it never completed";
    } else if (code !== null && code !== 0) {
      run.problem = `the process ended with status ${code}`;
    }
    resolve(run);
  });
  child.stdin.on("error", () => {
    // The process died before it had read its job; "close" tells.
  });
  child.stdin.end(JSON.stringify(job));
  return promise;
}

/** Runs scripts in a fresh isolate until they call __wptDone(). */
export function runShell(
  { root, shell }: Surroundings,
  scripts: readonly Script[],
  timeout: number,
): Promise<Run> {
  return runProcess(shell, { root, timeout, scripts });
}

/** Runs a test. Never rejects. */
export async function runTest(test: Test, surroundings: Surroundings): Promise<Outcome> {
  const start = performance.now();
  const timeout = surroundings.timeout * (test.meta.long ? LONG_FACTOR : 1);
  const subtests: Subtest[] = [];
  let whole: { harness: Outcome["harness"]; message: string } | null = null;
  const accept = (line: Line) => {
    const message = line.message ?? "";
    if ("harness" in line) {
      const parts = [message, line.stack ?? ""].filter((part) => part !== "");
      whole = { harness: HARNESS_STATUS[line.harness] ?? "ERROR", message: parts.join("\n") };
    } else {
      const status = STATUS[line.status] ?? "FAIL";
      subtests.push({ name: line.name, status, message, stack: line.stack ?? "" });
    }
  };
  const { root, shell } = surroundings;
  const run = await runProcess(shell, { root, timeout, scripts: scriptsOf(test, root) }, accept);
  const { log, problem, timedOut } = run;
  const milliseconds = performance.now() - start;
  if (problem !== "" || whole === null) {
    const message = problem === "" ? "the process ended before the test was complete" : problem;
    whole = { harness: timedOut ? "TIMEOUT" : "CRASH", message };
  }
  return { test, subtests, ...whole, log, milliseconds };
}

/** Runs tests, `jobs` at a time, the long ones first; `done` is called for each as it ends. */
export async function runTests(
  tests: readonly Test[],
  surroundings: Surroundings,
  jobs: number,
  done: (outcome: Outcome) => void,
): Promise<void> {
  const queue = [...tests].sort((a, b) => Number(b.meta.long) - Number(a.meta.long));
  let next = 0;
  const worker = async () => {
    while (next < queue.length) done(await runTest(queue[next++]!, surroundings));
  };
  await Promise.all(Array.from({ length: jobs }, worker));
}
