// What is known not to pass: one file for each suite in tests/wpt/expectations/. tests/wpt/README.md
// describes the format.

import { readFileSync, readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { matcher } from "./globs.ts";

/** The file whose groups may be about any suite. */
const EVERY_SUITE = "every-suite";

/** Subtests that do not pass for one reason. */
export interface Group {
  /** Its place in a file, for messages. */
  where: string;
  reason: string;
  /** Whether a test's subtests may belong to it. */
  matches: (id: string) => boolean;
  /** Exact names of subtests; null: all. */
  names: Set<string> | null;
  /** For names. */
  patterns: RegExp[];
  /** For messages of failures. */
  messages: RegExp[];
  flaky: boolean;
}

export interface Expectations {
  /** The suites that have a file, the longest names first. */
  suites: string[];
  /** Not run. */
  skip: Group[];
  /** Run, but not counted. */
  leaveOut: Group[];
  /** Counted as failing. */
  fail: Group[];
}

type Json = Record<string, unknown>;

function problem(where: string, what: string): never {
  throw new Error(`${where}: ${what}`);
}

function strings(where: string, value: unknown): string[] {
  const list = typeof value === "string" ? [value] : value;
  if (!Array.isArray(list) || list.length === 0 || list.some((item) => typeof item !== "string")) {
    problem(where, "must be a string or a list of strings");
  }
  return list as string[];
}

function expressions(where: string, value: unknown): RegExp[] {
  return value === undefined ? [] : strings(where, value).map((text) => new RegExp(text, "su"));
}

const KEYS = new Set(["files", "subtests", "patterns", "messages", "reason", "flaky"]);

function parseGroup(where: string, suite: string, json: Json, wholeFiles: boolean): Group {
  for (const key of Object.keys(json)) {
    if (!KEYS.has(key)) problem(where, `there is no '${key}', only ${[...KEYS].join(", ")}`);
  }
  const { reason, subtests, patterns, messages, flaky } = json;
  if (typeof reason !== "string" || reason.trim() === "") problem(where, "lacks its 'reason'");
  const files = strings(`${where}.files`, json.files);
  if (suite !== EVERY_SUITE && files.some((file) => !`${file}/`.startsWith(`${suite}/`))) {
    problem(where, `'files' must lie in ${suite}/`);
  }
  const chosen = subtests ?? patterns ?? messages;
  if (wholeFiles && chosen !== undefined) {
    problem(where, "a file is skipped as a whole; subtests belong in 'leaveOut'");
  }
  if (!wholeFiles && chosen === undefined) {
    problem(where, `lacks 'subtests', 'patterns' or 'messages' ("subtests": "*" means all)`);
  }
  const matchers = files.map(matcher);
  const all = subtests === "*";
  return {
    where,
    reason,
    matches: (id) => matchers.some((matches) => matches(id)),
    names: all
      ? null
      : new Set(subtests === undefined ? [] : strings(`${where}.subtests`, subtests)),
    patterns: expressions(`${where}.patterns`, patterns),
    messages: expressions(`${where}.messages`, messages),
    flaky: flaky === true,
  };
}

function parseGroups(where: string, suite: string, json: unknown, wholeFiles: boolean): Group[] {
  if (json === undefined) return [];
  if (!Array.isArray(json)) problem(where, "must be a list");
  return (json as Json[]).map((item, i) => {
    return parseGroup(`${where}[${i}]`, suite, item, wholeFiles);
  });
}

/** Parses one file; `suite` is the folder of the suite it is about. Throws if it is malformed. */
export function parseExpectations(where: string, suite: string, text: string): Expectations {
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch (error) {
    problem(where, (error as Error).message);
  }
  for (const key of Object.keys(json)) {
    if (!["skip", "leaveOut", "fail"].includes(key)) problem(where, `there is no '${key}'`);
  }
  return {
    suites: suite === EVERY_SUITE ? [] : [suite],
    skip: parseGroups(`${where}: skip`, suite, json.skip, true),
    leaveOut: parseGroups(`${where}: leaveOut`, suite, json.leaveOut, false),
    fail: parseGroups(`${where}: fail`, suite, json.fail, false),
  };
}

/** Reads all expectation files below `folder`. */
export function readExpectations(folder: string): Expectations {
  const all: Expectations = { suites: [], skip: [], leaveOut: [], fail: [] };
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    if (!name.endsWith(".json")) continue;
    const path = join(folder, name);
    const suite = name.slice(0, -".json".length).split(sep).join("/");
    const file = parseExpectations(
      relative(process.cwd(), path),
      suite,
      readFileSync(path, "utf8"),
    );
    for (const key of ["suites", "skip", "leaveOut", "fail"] as const) {
      (all[key] as unknown[]).push(...file[key]);
    }
  }
  all.suites.sort((a, b) => b.length - a.length);
  return all;
}

export const NO_EXPECTATIONS: Expectations = { suites: [], skip: [], leaveOut: [], fail: [] };

/** The suite that a test belongs to: the longest that has a file, or else its first folder. */
export function suiteOf(expectations: Expectations, path: string): string {
  const named = expectations.suites.find((suite) => path.startsWith(`${suite}/`));
  return named ?? path.split("/", 1)[0]!;
}

/** Why a test is not run; null if it is. */
export function skipReason(expectations: Expectations, id: string): string | null {
  return expectations.skip.find((group) => group.matches(id))?.reason ?? null;
}
