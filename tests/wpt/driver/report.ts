// What the driver prints about tests.

import { styleText } from "node:util";
import type { Judged } from "./judge.ts";
import { percentage, type Judgement, type Tally } from "./tally.ts";

type Style = Parameters<typeof styleText>[0];

function paint(style: Style, text: string): string {
  return process.stdout.isTTY ? styleText(style, text) : text;
}

const SIGNS: Record<Judged["verdict"], string> = {
  pass: "✔",
  "expected failure": "-",
  "left out": "-",
  "unexpected failure": "✖",
  "unexpected pass": "✔",
};

function indent(text: string, by: string): string {
  return by + text.replaceAll("\n", `\n${by}`);
}

/** Names and messages may hold control characters, line separators and lone surrogates. */
function printable(text: string): string {
  const escaped = (c: string) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return text.toWellFormed().replaceAll(/[\0-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]/g, escaped);
}

function describe({ name, status, message, stack, verdict, reason }: Judged): string {
  const state = status === "PASS" ? verdict : `${verdict}: ${status}`;
  const lines = [`${SIGNS[verdict]} ${printable(name).replaceAll("\n", "\\n")}  [${state}]`];
  if (message !== "" && status !== "PASS") lines.push(indent(printable(message), "    "));
  if (stack !== "" && status !== "PASS") lines.push(indent(stack.trimEnd(), "      "));
  if (reason !== "") lines.push(`    listed because: ${reason}`);
  return lines.join("\n");
}

/** What is worth telling about a test's outcome; empty if nothing is. */
export function describeTest({ outcome, subtests }: Judgement, verbose: boolean): string {
  const shown = subtests.filter(({ verdict, status }) => {
    if (verdict.startsWith("unexpected")) return true;
    return verbose && status !== "PASS";
  });
  const parts: string[] = [];
  if (shown.length > 0 || verbose) {
    const passed = subtests.filter(({ status }) => status === "PASS").length;
    const seconds = (outcome.milliseconds / 1000).toFixed(2);
    const title = `${outcome.test.id}  ${passed}/${subtests.length} in ${seconds} s`;
    parts.push(paint("bold", title));
  }
  const limit = verbose ? Infinity : 20;
  for (const subtest of shown.slice(0, limit)) parts.push(indent(describe(subtest), "  "));
  if (shown.length > limit) parts.push(`  … and ${shown.length - limit} more (--verbose)`);
  if (outcome.log !== "" && verbose) parts.push(indent(outcome.log.trimEnd(), "  | "));
  return parts.join("\n");
}

/** Replaces the line that shows on a terminal how far a run is. */
export function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/** A line for each suite. */
export function describeSuites(tally: Tally): string {
  const lines = tally.sorted().map(([name, count]) => {
    const { passed, total, leftOut, skipped } = count;
    const notes = [];
    if (leftOut > 0) notes.push(`${leftOut} left out`);
    if (skipped > 0) notes.push(`${skipped} not run`);
    const ratio = `${passed}/${total}`.padStart(13);
    const line = `${name.padEnd(34)} ${ratio} ${percentage(count).padStart(9)}  ${notes.join(", ")}`;
    return line.trimEnd();
  });
  return lines.join("\n");
}

/** Unexpected failures as entries for "fail" in an expectation file. */
export function suggestion(judgements: readonly Judgement[]): string {
  const groups = judgements.flatMap(({ outcome, subtests }) => {
    const failed = subtests.filter(({ verdict }) => verdict === "unexpected failure");
    if (failed.length === 0) return [];
    const names = failed.map(({ name }) => name);
    return [{ files: outcome.test.id, subtests: names, reason: "" }];
  });
  return groups.length === 0 ? "" : JSON.stringify({ fail: groups }, null, 2);
}
