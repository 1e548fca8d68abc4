// The page that a run documents itself in.

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { checkDocs, type Results } from "./docs.ts";
import type { Judged } from "./judge.ts";
import { percentage, Tally, type Count, type Judgement } from "./tally.ts";

const folder = mkdtempSync(join(tmpdir(), "nano-wpt-docs-"));
after(() => rmSync(folder, { recursive: true }));
for (const name of ["docs", "tests/web", "suite/url"]) {
  mkdirSync(join(folder, name), { recursive: true });
}
writeFileSync(join(folder, "tests/web/url.test.ts"), "new URL(''); new Headers();");
writeFileSync(join(folder, "suite/url/a.any.js"), "new URL('about:blank');");

/** In place of nano-wpt-shell: the isolate has only these. */
const shell = join(folder, "shell");
writeFileSync(shell, `#!/bin/bash\ncat >/dev/null\necho '["URL","Headers","atob"]'\n`);
chmodSync(shell, 0o755);

function judgement(subtests: Pick<Judged, "name" | "status" | "verdict" | "reason">[]): Judgement {
  const meta = { scripts: [], variants: [""], globals: null, title: null, long: false };
  const path = "url/a.any.js";
  const file = join(folder, "suite", path);
  return {
    suite: "url",
    subtests: subtests.map((subtest) => ({ ...subtest, message: "", stack: "" })),
    outcome: {
      test: { id: path, path, file, variant: "", meta },
      subtests: [],
      harness: "OK",
      message: "",
      log: "",
      milliseconds: 1,
    },
  };
}

function results(judgements: Judgement[], fingerprint = "abc"): Results {
  const tally = new Tally();
  judgements.forEach((each) => tally.add(each));
  tally.skip("url");
  return {
    repository: folder,
    surroundings: { root: join(folder, "suite"), shell, timeout: 1000 },
    fingerprint,
    tally,
    judgements,
    notRun: [{ suite: "url", reason: "no <a> | DOM" }],
  };
}

const JUDGED = judgement([
  { name: "a", status: "PASS", verdict: "pass", reason: "" },
  { name: "b", status: "FAIL", verdict: "expected failure", reason: "bug" },
  { name: "c", status: "FAIL", verdict: "left out", reason: "no DOM" },
]);
const PAGE = join(folder, "docs/web-apis.md");

describe("docs/web-apis.md", () => {
  test("is told to be missing, written, and then up to date", async () => {
    assert.match((await checkDocs(results([JUDGED]), false))!, /out of date.*--update-docs/);
    assert.equal(await checkDocs(results([JUDGED]), true), null);
    assert.equal(await checkDocs(results([JUDGED]), false), null);
  });

  test("says what passes, what does not and why, and what there is", () => {
    const page = readFileSync(PAGE, "utf8");
    for (const line of [
      "| url | 1 | 2 | 50.00 % | 1 | 1 |",
      "| **all** | 1 | 2 | 50.00 % | 1 | 1 |",
      "| `URL` | there |  | url |  |",
      // No test of the suite uses it.
      "| `Headers` | there |  |  | url |",
      "| `Request` | **missing** |  |  |  |",
      "| `atob` | there |  |  |  |",
      "| url | 1 | bug |",
      "| url | 1 | no DOM |",
      "| url | 1 | no &lt;a> \\| DOM |",
    ]) {
      assert.ok(page.includes(`\n${line}\n`), `${line} is not in:\n${page}`);
    }
  });

  test("is compared with runs of the same copy of the suite only", async () => {
    const other = judgement([{ name: "a", status: "PASS", verdict: "pass", reason: "" }]);
    assert.match((await checkDocs(results([other]), false))!, /out of date/);
    assert.equal(await checkDocs(results([other], "def"), false), null);
  });
});

test("percentages are not rounded up", () => {
  const of = (passed: number, total: number) => percentage({ passed, total } as Count);
  assert.deepEqual(
    [of(1, 1), of(99_999, 100_000), of(2, 3), of(0, 5), of(0, 0)],
    ["100.00 %", "99.99 %", "66.66 %", "0.00 %", "–"],
  );
});
