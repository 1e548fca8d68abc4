// The comparison of instruction counts with those of the last release: a change of 3 % is seen.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { compare, keptLine, parseCounted, parseKept, type Counts } from "../../bench/lib/counts.ts";
import { root } from "../../tools/harness/paths.ts";

const kept = readFileSync(join(root, "bench/counts.tsv"), "utf8");
const heads = kept.split("\n").find((line) => !line.startsWith("#"))!;

function counts(release: string, boot: number, app = "hello", arch = "x64"): Counts {
  const counted = { boot, "first request": 1000, "warm request": 100 };
  return { release, arch, engine: "1.2.3", app, counts: counted };
}

describe("instruction counts", () => {
  test("what is kept is read as it was written", () => {
    const written = [counts("0.1.0", 10), counts("0.2.0", 11, "hono")];
    const text = ["# A comment.", heads, ...written.map(keptLine), ""].join("\n");
    assert.deepEqual(parseKept(text), written);
  });

  test("the kept file is well-formed", () => {
    const apps = parseKept(kept).map(({ app }) => app);
    assert.deepEqual([...new Set(apps)].toSorted(), ["hello", "hono"]);
  });

  test("a file that is not says where", () => {
    assert.throws(() => parseKept(`${heads}\n0.1.0\tx64\t1\thello\tmany\t1\t1\n`), /line 2/);
    assert.throws(() => parseKept("release\tapp\n"), /columns: release, arch/);
  });

  test("what bench/instructions prints", () => {
    const build = { release: "now", arch: "x64", engine: "1.2.3" };
    const line =
      "hello  boot        20  first request     1000  warm request     100  /some/build\n";
    assert.deepEqual(parseCounted(line, build), [counts("now", 20)]);
  });

  for (const [now, mark, worse] of [
    [103, "MORE", true],
    [102.9, "", false],
    [100, "", false],
    [97, "less", false],
  ] as const) {
    test(`${now} after 100: ${mark || "nothing"}`, () => {
      const compared = compare([counts("now", now)], [counts("0.1.0", 50), counts("0.2.0", 100)]);
      assert.equal(compared.worse, worse);
      assert.equal(compared.rows[0]?.at(-1), mark);
      assert.equal(compared.rows[0]?.[3], "0.2.0");
    });
  }

  test("other apps and architectures are not compared", () => {
    const { rows, worse } = compare(
      [counts("now", 200)],
      [counts("0.1.0", 100, "hono"), counts("0.1.0", 100, "hello", "arm64")],
    );
    assert.equal(worse, false);
    assert.deepEqual(rows[0]?.slice(2), ["none kept", "", ""]);
  });
});
