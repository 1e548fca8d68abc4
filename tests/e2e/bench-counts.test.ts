// The comparison of instruction counts with those that were kept last: a change of 3 % is seen, and so is
// that nothing was counted.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import {
  compare,
  keep,
  keptLine,
  parseCounted,
  parseKept,
  type Counts,
} from "../../bench/lib/counts.ts";
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

  test("what is kept anew takes the place of what was kept by that name", () => {
    const text = ["# A comment.", heads, ""].join("\n");
    const older = [counts("0.1.0", 10), counts("now", 11), counts("now", 12, "hello", "arm64")];
    const again = keep(keep(text, older), [counts("now", 13), counts("now", 14, "hono")]);
    assert.deepEqual(parseKept(again), [
      older[0],
      older[2],
      counts("now", 13),
      counts("now", 14, "hono"),
    ]);
    assert.ok(again.startsWith(text));
  });

  const build = { release: "now", arch: "x64", engine: "1.2.3" };
  const line = (app: string, boot: number) =>
    `${app}   boot        ${boot}  first request     1000  warm request     100  /some/build\n`;

  test("what bench/instructions prints", () => {
    assert.deepEqual(parseCounted(line("hello", 20) + line("hono", 21), build), [
      counts("now", 20),
      counts("now", 21, "hono"),
    ]);
  });

  for (const [what, text] of [
    ["nothing", ""],
    ["an error", "bench/instructions: callgrind is missing\n"],
    ["one app of two", line("hello", 20)],
    ["none of its instructions", line("hello", 20) + line("hono", 0)],
  ] as const) {
    test(`${what} is no count`, () => {
      assert.throws(() => parseCounted(text, build), /bench\/instructions did not count h/);
    });
  }

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
    const { rows, worse, unknown } = compare(
      [counts("now", 200)],
      [counts("0.1.0", 100, "hono"), counts("0.1.0", 100, "hello", "arm64")],
    );
    assert.equal(worse, false);
    assert.deepEqual(unknown, ["hello"]);
    assert.deepEqual(rows[0]?.slice(2), ["none kept", "", ""]);
  });
});
