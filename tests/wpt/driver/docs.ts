// docs/web-apis.md, which is made from the results of a whole run.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { coverage, type Coverage } from "./coverage.ts";
import type { Surroundings } from "./shell.ts";
import { percentage, type Judgement, type Tally } from "./tally.ts";

export interface Results {
  /** The folder of the repository. */
  repository: string;
  surroundings: Surroundings;
  /** Of the copy of the suite. */
  fingerprint: string;
  tally: Tally;
  judgements: readonly Judgement[];
  /** Tests that were not run, and why. */
  notRun: readonly { suite: string; reason: string }[];
}

type Row = (string | number)[];

function table(head: Row, rows: Row[]): string {
  const line = (row: Row) => `| ${row.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("\n", " ");
}

function suiteTable(tally: Tally): string {
  const row = (name: string, count: Tally["all"]): Row => [
    name,
    count.passed,
    count.total,
    percentage(count),
    count.leftOut || "",
    count.skipped || "",
  ];
  return table(
    ["suite", "subtests that pass", "of", "", "left out", "tests not run"],
    [...tally.sorted().map(([name, count]) => row(name, count)), row("**all**", tally.all)],
  );
}

/** Counts by suite and reason. */
class Reasons {
  readonly #counts = new Map<string, Map<string, number>>();

  add(suite: string, reason: string): void {
    const counts = this.#counts.get(suite) ?? new Map<string, number>();
    this.#counts.set(suite, counts);
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }

  table(what: string): string {
    const rows = [...this.#counts]
      .sort(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))
      .flatMap(([suite, counts]) => {
        return [...counts].sort().map(([reason, count]): Row => [suite, count, cell(reason)]);
      });
    return rows.length === 0 ? "None." : table(["suite", what, "reason"], rows);
  }
}

function reasonTables({ judgements, notRun }: Results): {
  failing: string;
  leftOut: string;
  notRun: string;
} {
  const failing = new Reasons();
  const leftOut = new Reasons();
  const files = new Reasons();
  for (const { suite, subtests } of judgements) {
    for (const { verdict, reason } of subtests) {
      if (verdict === "expected failure") failing.add(suite, reason);
      else if (verdict === "left out") leftOut.add(suite, reason);
    }
  }
  for (const { suite, reason } of notRun) files.add(suite, reason);
  return {
    failing: failing.table("subtests"),
    leftOut: leftOut.table("subtests"),
    notRun: files.table("tests"),
  };
}

function coverageTable(what: string, parts: readonly Coverage[]): string {
  const list = (names: readonly string[]) => names.join(", ");
  return table(
    [what, "state", "shape", "Web Platform Tests that use it", "tests/web"],
    parts.map(({ name, present, idl, suites, own }) => [
      `\`${name}\``,
      present ? "there" : "**missing**",
      idl.total === 0 ? "" : `${idl.passed} of ${idl.total}`,
      list(suites),
      list(own),
    ]),
  );
}

async function page(results: Results): Promise<string> {
  const { repository, surroundings, fingerprint, tally, judgements } = results;
  const { interfaces, globals } = await coverage(repository, surroundings, judgements);
  const reasons = reasonTables(results);
  return `# Web APIs

The Web APIs of NANO are those of ECMA-429, the Minimum Common Web API. This page is made by
\`tests/wpt/run --update-docs\` from a run of the Web Platform Tests; tests/wpt/README.md tells how they
are run. The copy of the suite that it was made from is ${fingerprint}.

## Web Platform Tests

${suiteTable(tally)}

## Interfaces

State and columns are computed: whether a fresh isolate has it; how many subtests about its shape pass
(of idlharness.js, most of them); the suites whose tests name it; where these test its shape alone, the
files of tests/web that name it.

${coverageTable("interface", interfaces)}

## Globals

${coverageTable("global", globals)}

## Subtests that fail

${reasons.failing}

## Subtests left out

They do not apply to a server runtime, or to the specifications as they are today.

${reasons.leftOut}

## Tests not run

${reasons.notRun}
`;
}

/**
 * Writes the page, or compares it with what it would be. What is wrong with it; null if nothing is, or if
 * it was made from another copy of the suite.
 */
export async function checkDocs(results: Results, update: boolean): Promise<string | null> {
  const path = join(results.repository, "docs/web-apis.md");
  const text = await page(results);
  const old = existsSync(path) ? readFileSync(path, "utf8") : "";
  if (old === text) return null;
  if (update) {
    writeFileSync(path, text);
    return null;
  }
  if (old !== "" && !old.includes(`made from is ${results.fingerprint}.`)) {
    console.error(
      "wpt: docs/web-apis.md was made from another copy of the suite; it is not compared",
    );
    return null;
  }
  return "wpt: docs/web-apis.md is out of date: run `tests/wpt/run --update-docs` and commit it";
}
