// Counts the instructions of a boot, a first and a warm request (bench/instructions), and compares them with
// those of the last release that were kept.

import { execFileSync } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
import { arch } from "node:os";
import { join } from "node:path";
import { buildDirectory, root } from "../../tools/harness/paths.ts";
import { compare, keptLine, parseCounted, parseKept, type Counts } from "../lib/counts.ts";
import { printTable } from "../lib/table.ts";

const keptFile = join(root, "bench/counts.tsv");

function count(release: string): Counts[] {
  const text = execFileSync(join(root, "bench/instructions"), [buildDirectory], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return parseCounted(text, { release, arch: arch(), engine: process.versions.node });
}

/** Prints the comparison; true if something costs visibly more than it did. */
export function measureInstructions(): boolean {
  const { rows, worse } = compare(count("now"), parseKept(readFileSync(keptFile, "utf8")));
  printTable("Instructions", ["", "now", "since", "release", ""], rows);
  return worse;
}

/** Counts, and keeps the counts as those of a release. */
export function keepInstructions(release: string): void {
  const kept = parseKept(readFileSync(keptFile, "utf8"));
  if (kept.some((counts) => counts.release === release && counts.arch === arch())) {
    throw new Error(`${keptFile}: there are counts of ${release}: remove them first`);
  }
  for (const counts of count(release)) appendFileSync(keptFile, `${keptLine(counts)}\n`);
}
