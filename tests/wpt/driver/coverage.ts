// How far each part of ECMA-429 is there, and which tests look at it: asked of the isolate, and read
// from the results and the sources of the tests.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { GLOBALS, INTERFACES } from "./ecma-429.ts";
import { runShell, type Surroundings } from "./shell.ts";
import { fileOf, OWN, scriptPath } from "./suite.ts";
import type { Judgement } from "./tally.ts";

export interface Coverage {
  name: string;
  present: boolean;
  /** Subtests about its shape: of idlharness.js, and of the project's own for globals. */
  idl: { passed: number; total: number };
  /** Suites with tests that name it, each with its passed and all subtests of those tests. */
  suites: string[];
  /** Files of tests/web that name it; only asked where the suite itself has no tests of behaviour. */
  own: string[];
}

/** Which of these names a fresh isolate has. */
async function present(surroundings: Surroundings, names: readonly string[]): Promise<Set<string>> {
  const source = `
    const names = ${JSON.stringify(names)};
    const has = (path) => {
      let value = globalThis;
      try {
        return path.split(".").every((name) => {
          const found = name in value;
          if (found) value = value[name];
          return found;
        });
      } catch {
        return false; // What throws when it is read is of no use.
      }
    };
    __wptReport(JSON.stringify(names.filter(has)));
    __wptDone();`;
  const { output, problem } = await runShell(surroundings, [{ name: "probe.js", source }], 10_000);
  if (problem !== "")
    throw new Error(`the shell cannot say what the global object has: ${problem}`);
  return new Set(JSON.parse(output) as string[]);
}

/** A name as a word of a source; for "WebAssembly.Memory", the whole path. */
function mentions(source: string, name: string): boolean {
  return new RegExp(`(?<![\\w$])${name.replaceAll(".", "\\.")}(?![\\w$])`).test(source);
}

/** The sources of a test: its own and those of its META scripts, but for the harness. */
function sourceOf(root: string, { outcome: { test } }: Judgement): string {
  const scripts = test.meta.scripts
    .map((script) => scriptPath(test, script))
    .filter((path) => !path.startsWith("/resources/"));
  return [`/${test.path}`, ...scripts]
    .map((path) => readFileSync(fileOf(root, path), "utf8"))
    .join("\n");
}

function isAbout(subtest: string, name: string): boolean {
  // WebAssembly's interfaces are named without their namespace.
  const simple = name.replace(/^WebAssembly\./, "");
  if (subtest.startsWith(`${simple} interface`) || subtest.startsWith(`${simple} must be `)) {
    return true;
  }
  const [global] = name.split(".", 1);
  return subtest === `operation ${global}` || subtest === `attribute ${global}`;
}

/** Whether a test is about the shape of interfaces and globals. */
function isShapeTest({ outcome: { test } }: Judgement): boolean {
  return test.path.startsWith(`${OWN}/`) || test.path.includes("/idlharness");
}

/** Coverage of the interfaces and of the globals, in the order of ecma-429.ts. */
export async function coverage(
  repository: string,
  surroundings: Surroundings,
  judgements: readonly Judgement[],
): Promise<{ interfaces: Coverage[]; globals: Coverage[] }> {
  const there = await present(surroundings, [...INTERFACES, ...GLOBALS]);
  const folder = join(repository, "tests/web");
  const ownFiles = readdirSync(folder).filter((name) => name.endsWith(".test.ts"));
  const own = ownFiles.map((name) => ({
    name: name.replace(/\.test\.ts$/, ""),
    source: readFileSync(join(folder, name), "utf8"),
  }));
  const sources = new Map<string, { suite: string; source: string }>();
  for (const judgement of judgements) {
    const { path } = judgement.outcome.test;
    if (sources.has(path)) continue;
    const source = sourceOf(surroundings.root, judgement);
    sources.set(path, { suite: judgement.suite, source });
  }
  const idlSubtests = judgements
    .filter(isShapeTest)
    .flatMap(({ subtests }) => subtests)
    .filter(({ verdict }) => verdict !== "left out");

  const of = (name: string): Coverage => {
    const idl = idlSubtests.filter((subtest) => isAbout(subtest.name, name));
    const named = [...sources.values()].filter(({ source }) => mentions(source, name));
    const suites = [...new Set(named.map(({ suite }) => suite))].sort();
    const isCovered = suites.some((suite) => suite !== OWN);
    return {
      name,
      present: there.has(name),
      idl: { passed: idl.filter(({ status }) => status === "PASS").length, total: idl.length },
      suites,
      own: isCovered
        ? []
        : own.filter(({ source }) => mentions(source, name)).map((file) => file.name),
    };
  };
  return { interfaces: INTERFACES.map(of), globals: GLOBALS.map(of) };
}
