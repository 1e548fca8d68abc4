// Counts the instructions of a boot, a first and a warm request (bench/instructions), and compares them with
// those of the last release that were kept.

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { arch } from "node:os";
import { join } from "node:path";
import { buildDirectory, root } from "../../tools/harness/paths.ts";
import { compare, keep, parseCounted, parseKept, UNRELEASED, type Counts } from "../lib/counts.ts";
import { printTable } from "../lib/table.ts";

const keptFile = join(root, "bench/counts.tsv");

function count(release: string): Counts[] {
  const text = execFileSync(join(root, "bench/instructions"), [buildDirectory], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return parseCounted(text, { release, arch: arch(), engine: process.versions.node });
}

/**
 * Prints the comparison; true if something costs visibly more than it did, or if there is nothing to compare
 * it with.
 */
export function measureInstructions(): boolean {
  const { rows, worse, unknown } = compare(count("now"), parseKept(readFileSync(keptFile, "utf8")));
  printTable("Instructions", ["", "now", "since", "release", ""], rows);
  if (unknown.length > 0) {
    console.error(
      `bench/counts.tsv: none kept of ${unknown.join(" and ")} on ${arch()}: ` +
        `keep some with \`bench/counts --keep ${UNRELEASED}\`, of a tree that is known to be good`,
    );
  }
  return worse || unknown.length > 0;
}

/** Counts, and keeps the counts as those of a release. */
export function keepInstructions(release: string): void {
  const text = readFileSync(keptFile, "utf8");
  writeFileSync(keptFile, keep(text, count(release)));
}
