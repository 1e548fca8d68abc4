// Expectation files, and outcomes judged by them.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseExpectations, skipReason, suiteOf } from "./expectations.ts";
import { HARNESS, Judge } from "./judge.ts";
import type { Outcome, Subtest } from "./shell.ts";

const parse = (json: object) => parseExpectations("e.json", "s", JSON.stringify(json));

function outcome(id: string, results: Record<string, Subtest["status"]>): Outcome {
  const [path, variant] = id.split(/(?=\?)/);
  const meta = { scripts: [], variants: [""], globals: null, title: null, long: false };
  return {
    test: { id, path: path!, file: path!, variant: variant ?? "", meta },
    subtests: Object.entries(results).map(([name, status]) => {
      return { name, status, message: "", stack: "" };
    }),
    harness: "OK",
    message: "",
    log: "",
    milliseconds: 1,
  };
}

function verdicts(judge: Judge, of: Outcome): Record<string, string> {
  return Object.fromEntries(judge.judge(of).map(({ name, verdict }) => [name, verdict]));
}

describe("judging", () => {
  const reason = "r";

  test("without expectations", () => {
    const judge = new Judge(parse({}));
    assert.deepEqual(
      verdicts(judge, outcome("s/a.any.js", { a: "PASS", b: "FAIL", c: "NOTRUN" })),
      {
        a: "pass",
        b: "unexpected failure",
        c: "unexpected failure",
      },
    );
  });

  test("failures that are listed, and passes that should not be", () => {
    const judge = new Judge(
      parse({ fail: [{ files: "s/a.any.js", subtests: ["a", "b"], patterns: ["^x"], reason }] }),
    );
    const results = { a: "PASS", b: "TIMEOUT", xy: "FAIL", yx: "FAIL" } as const;
    assert.deepEqual(verdicts(judge, outcome("s/a.any.js", results)), {
      a: "unexpected pass",
      b: "expected failure",
      xy: "expected failure",
      yx: "unexpected failure",
    });
    assert.deepEqual(verdicts(judge, outcome("s/b.any.js", { b: "FAIL" })), {
      b: "unexpected failure",
    });
  });

  test("what is left out does not count", () => {
    const judge = new Judge(
      parse({
        leaveOut: [
          { files: "s/a.any.js", subtests: ["a", "b"], reason },
          { files: "s/a.any.js", patterns: ["DOM"], reason },
        ],
      }),
    );
    const results = { a: "FAIL", b: "PASS", "DOM 1": "PASS", "DOM 2": "FAIL" } as const;
    assert.deepEqual(verdicts(judge, outcome("s/a.any.js", results)), {
      a: "left out",
      b: "unexpected pass",
      "DOM 1": "left out",
      "DOM 2": "left out",
    });
  });

  test("by their messages", () => {
    const group = { files: "**", messages: ["document is not defined"], reason };
    const text = JSON.stringify({ leaveOut: [group] });
    const judge = new Judge(parseExpectations("e.json", "every-suite", text));
    const of = outcome("t/u/a.any.js", { a: "FAIL", b: "PASS", c: "FAIL" });
    of.subtests[0]!.message = of.subtests[1]!.message = "ReferenceError: document is not defined";
    const crashed: Outcome = {
      ...of,
      harness: "ERROR",
      message: "Uncaught document is not defined",
    };
    assert.deepEqual(verdicts(judge, crashed), {
      a: "left out",
      b: "pass",
      c: "unexpected failure",
      [HARNESS]: "left out",
    });
    // Not every copy of the suite has such a test.
    assert.deepEqual(judge.stale(["s/a.any.js"], new Set(["s/a.any.js"])), []);
  });

  test("flaky subtests", () => {
    const judge = new Judge(
      parse({ fail: [{ files: "s/a.any.js", subtests: ["a", "b"], flaky: true, reason }] }),
    );
    assert.deepEqual(verdicts(judge, outcome("s/a.any.js", { a: "PASS", b: "FAIL" })), {
      a: "pass",
      b: "expected failure",
    });
    assert.deepEqual(judge.stale(["s/a.any.js"], new Set(["s/a.any.js"])), []);
  });

  test("all subtests, but not the file itself", () => {
    const judge = new Judge(parse({ fail: [{ files: "s/a.any.js", subtests: "*", reason }] }));
    const failed: Outcome = { ...outcome("s/a.any.js", { a: "FAIL" }), harness: "ERROR" };
    assert.deepEqual(verdicts(judge, failed), {
      a: "expected failure",
      [HARNESS]: "unexpected failure",
    });
  });

  test("a file that crashed or timed out", () => {
    const crashed: Outcome = { ...outcome("s/a.any.js", { a: "PASS" }), harness: "CRASH" };
    assert.deepEqual(verdicts(new Judge(parse({})), crashed), {
      a: "pass",
      [HARNESS]: "unexpected failure",
    });
    const fail = [{ files: "s/a.any.js", subtests: [HARNESS], reason }];
    const judge = new Judge(parse({ fail }));
    assert.equal(verdicts(judge, { ...crashed, harness: "TIMEOUT" })[HARNESS], "expected failure");
  });

  test("what is optional", () => {
    const of = outcome("s/a.any.js", { a: "PRECONDITION_FAILED" });
    of.subtests[0]!.message = "no such thing";
    const [judged] = new Judge(parse({})).judge(of);
    assert.deepEqual([judged!.verdict, judged!.reason], ["left out", "optional: no such thing"]);
  });

  test("time that ran out is told once", () => {
    const of: Outcome = { ...outcome("s/a.any.js", { a: "NOTRUN" }), harness: "TIMEOUT" };
    const judge = new Judge(parse({}));
    assert.deepEqual(verdicts(judge, of), { a: "unexpected failure" });
    const killed = { [HARNESS]: "unexpected failure", a: "unexpected failure" };
    assert.deepEqual(verdicts(judge, { ...of, message: "killed" }), killed);
    assert.deepEqual(verdicts(judge, { ...of, subtests: [] }), { [HARNESS]: "unexpected failure" });
  });

  test("stale expectations", () => {
    const fail = [{ files: ["s/a.any.js", "s/b.any.js"], subtests: ["a", "b"], reason }];
    const ids = ["s/a.any.js?1", "s/a.any.js?2", "s/b.any.js"];
    const judge = new Judge(parse({ fail }));
    judge.judge(outcome(ids[0]!, { a: "FAIL" }));
    judge.judge(outcome(ids[1]!, { c: "PASS" }));
    // One of the files was not run: who knows.
    assert.deepEqual(judge.stale(ids, new Set(ids.slice(0, 2))), []);
    judge.judge(outcome(ids[2]!, { c: "PASS" }));
    const stale = judge.stale(ids, new Set(ids));
    assert.equal(stale.length, 1);
    assert.match(stale[0]!, /'b'/);
    // Files that this copy of the suite does not have.
    assert.deepEqual(judge.stale([], new Set()), []);
  });
});

describe("files", () => {
  test("skipping", () => {
    const expectations = parse({
      skip: [{ files: ["s/x/**", "s/*.window.js"], reason: "no DOM" }],
    });
    assert.equal(skipReason(expectations, "s/x/y/a.any.js?v"), "no DOM");
    assert.equal(skipReason(expectations, "s/a.window.js"), "no DOM");
    assert.equal(skipReason(expectations, "s/a.any.js"), null);
  });

  test("a suite is the folder of the longest file name, or else the first folder", () => {
    const expectations = { ...parse({}), suites: ["dom/events", "dom"] };
    assert.equal(suiteOf(expectations, "dom/events/a.any.js"), "dom/events");
    assert.equal(suiteOf(expectations, "dom/a.any.js"), "dom");
    assert.equal(suiteOf(expectations, "fetch/api/a.any.js"), "fetch");
  });

  test("mistakes are told", () => {
    const files = "s/a.any.js";
    const mistakes: [object, RegExp][] = [
      [{ expected: [] }, /there is no 'expected'/],
      [{ fail: {} }, /must be a list/],
      [{ fail: [{ files, subtests: ["a"] }] }, /fail\[0\]: lacks its 'reason'/],
      [{ fail: [{ files, subtests: ["a"], reason: " " }] }, /lacks its 'reason'/],
      [{ fail: [{ files, reason: "r" }] }, /lacks 'subtests', 'patterns' or 'messages'/],
      [{ fail: [{ files, subtests: [], reason: "r" }] }, /must be a string or a list/],
      [{ fail: [{ files, subtest: ["a"], reason: "r" }] }, /there is no 'subtest'/],
      [{ fail: [{ files: "t/a.any.js", subtests: ["a"], reason: "r" }] }, /must lie in s\//],
      [{ skip: [{ files, subtests: ["a"], reason: "r" }] }, /skipped as a whole/],
    ];
    for (const [json, message] of mistakes) assert.throws(() => parse(json), message);
    assert.throws(() => parseExpectations("e.json", "s", "{"), /^Error: e\.json: /);
  });
});
