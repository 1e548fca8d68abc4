// The runner of the Web Platform Tests, on a suite of its own: a stand-in for testharness.js, and tests
// that pass, fail, hang and break in every way that the real ones can.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { writeFiles } from "./lib/apps.ts";
import { buildDirectory, root } from "../../tools/harness/paths.ts";
import { run, type Finished } from "./lib/program.ts";
import { suiteScope, temporaryFolder } from "./lib/temporary.ts";

/** As much of testharness.js as the runner relies on. */
const HARNESS = `
  const results = [], done = [], all = [], pending = new Set();
  let complete = false;
  globalThis.add_result_callback = (callback) => results.push(callback);
  globalThis.add_completion_callback = (callback) => done.push(callback);
  const finish = (status, message) => {
    if (complete) return;
    complete = true;
    for (const callback of done) callback(all, { status, message, stack: null });
  };
  const settle = (subtest, status, error) => {
    subtest.status = status;
    subtest.message = error === undefined ? null : String(error.message ?? error);
    subtest.stack = error?.stack;
    pending.delete(subtest);
    for (const callback of results) callback(subtest);
  };
  globalThis.promise_test = (run, name) => {
    const subtest = { name, status: 3, message: null, stack: null };
    all.push(subtest);
    pending.add(subtest);
    Promise.resolve().then(run).then(() => settle(subtest, 0), (error) => settle(subtest, 1, error))
      .then(() => { if (pending.size === 0) finish(0, null); });
  };
  globalThis.timeout = () => {
    for (const subtest of pending) subtest.status = 2;
    finish(2, null);
  };
  addEventListener("error", (event) => finish(1, event.message));
  addEventListener("unhandledrejection", (event) => finish(1, event.reason.message));
  globalThis.assert_equals = (a, b) => { if (a !== b) throw new Error(a + " is not " + b); };
`;

const FILES: Record<string, string> = {
  "resources/testharness.js": HARNESS,
  "resources/data.json": '{"a":1}',
  "common/text.bin": "bytes",
  "common/text.bin.headers": "Content-Type: text/x-test\nX-A: b\n",
  "good/scope.any.js": [
    "// META: title=The title",
    "// META: script=/resources/helper.js",
    "// META: script=support/relative.js",
    "promise_test(async () => assert_equals(helper + relative + META_TITLE, 'hrThe title'), 'META');",
    "promise_test(async () => assert_equals(GLOBAL.isWindow() || GLOBAL.isShadowRealm(), false), 'GLOBAL');",
    "promise_test(async () => assert_equals(typeof document + typeof __wptReport, 'undefinedundefined'), 'shell');",
    "promise_test(async () => assert_equals(location.pathname, '/good/scope.any.html'), 'location');",
  ].join("\n"),
  "resources/helper.js": "const helper = 'h';",
  "good/support/relative.js": "let relative = 'r';",
  "good/variants.any.js": [
    "// META: variant=?one",
    "// META: variant=?two",
    "promise_test(async () => assert_equals(location.search.length, 4), 'search ' + location.search);",
  ].join("\n"),
  "good/fetch.window.js": [
    "promise_test(async () => {",
    "  assert_equals((await (await fetch('../resources/data.json')).json()).a, 1);",
    "  const response = await fetch('/common/text.bin?pipe=status(201)');",
    "  assert_equals([response.status, response.headers.get('x-a'), await response.text()].join(), '201,b,bytes');",
    "  assert_equals((await fetch('missing')).status, 404);",
    "}, 'fetch');",
    "promise_test(() => new Promise((resolve) => setTimeout(resolve, 20)), 'timer');",
  ].join("\n"),
  "bad/failing.any.js":
    "promise_test(async () => { throw new Error('on purpose'); }, 'fails \\u2028');\n" +
    "promise_test(async () => {}, 'passes');",
  "bad/hanging.any.js":
    "promise_test(() => new Promise(() => {}), 'never settles');\npromise_test(() => {}, 'passes');",
  "bad/looping.any.js": "promise_test(() => {}, 'x'); for (;;);",
  "bad/rejecting.any.js": "Promise.reject(new Error('unhandled on purpose'));",
  "bad/syntax.any.js": "no script",
  "other/realm.any.js": "// META: global=shadowrealm\npromise_test(() => {}, 'x');",
  "other/lacking.any.js": "// META: script=/nowhere.js\npromise_test(() => {}, 'x');",
};

describe("the Web Platform Tests' runner", () => {
  const scope = suiteScope();
  let suite = "";

  const wpt = (args: string[], folder = suite, required = "0"): Promise<Finished> => {
    const env = {
      ...process.env,
      WPT_DIR: folder,
      WPT_REQUIRED: required,
      NANO_BUILD_DIR: buildDirectory,
    };
    return run(join(root, "tests/wpt/run"), args, { env });
  };

  before(() => {
    suite = temporaryFolder(scope);
    writeFiles(suite, FILES);
  });

  test("tests that pass", async () => {
    const { status, stdout, stderr } = await wpt(["good"]);
    assert.equal(
      stdout.trim().split("\n").at(-1),
      "wpt: 8 of 8 subtests pass, 0 unexpected",
      stderr,
    );
    assert.equal(status, 0);
  });

  test("tests that do not", async () => {
    const json = join(temporaryFolder(scope), "results.json");
    const args = ["--json", json, "--timeout", "0.2", "bad", "other"];
    const { status, stdout } = await wpt(args);
    assert.equal(status, 1);
    assert.match(
      stdout,
      /fails \\u2028 {2}\[unexpected failure: FAIL\]\n +on purpose\n +Error: on purpose/,
    );
    assert.match(stdout, /wpt: 2 of 7 subtests pass, 5 unexpected\n$/);
    const { tests } = JSON.parse(readFileSync(json, "utf8")) as {
      tests: { test: string; harness: string; message: string; subtests: { status: string }[] }[];
    };
    const seen = tests.map(({ test, harness, message, subtests }) => {
      const states = subtests.map((subtest) => subtest.status).join();
      return `${test} ${harness} ${states} ${message.split("\n")[0]}`.trim();
    });
    assert.deepEqual(seen, [
      "bad/failing.any.js OK FAIL,PASS",
      "bad/hanging.any.js TIMEOUT PASS,TIMEOUT",
      "bad/looping.any.js TIMEOUT TIMEOUT killed: it did not end 5.8 s after its start",
      "bad/rejecting.any.js ERROR FAIL unhandled on purpose",
      "bad/syntax.any.js ERROR FAIL Uncaught SyntaxError: Unexpected identifier 'script'",
    ]);
  });

  test("without judgement", async () => {
    const { status, stdout } = await wpt(["--no-expectations", "bad/failing.any.js"]);
    assert.equal(status, 0);
    assert.match(stdout, /wpt: 1 of 2 subtests pass, 0 unexpected\n$/);
  });

  test("a list, and patterns that match nothing", async () => {
    const { stdout } = await wpt(["--list", "good/*.any.js", "other"]);
    assert.deepEqual(stdout.trim().split("\n"), [
      "good/scope.any.js",
      "good/variants.any.js?one",
      "good/variants.any.js?two",
      "other/lacking.any.js  (not run: this copy of the suite lacks /nowhere.js)",
      "other/realm.any.js  (not run: it is for shadowrealm only)",
    ]);
    const { status, stderr } = await wpt(["nothing/"]);
    assert.deepEqual([status, stderr], [2, "wpt: no test matches 'nothing/'\n"]);
  });

  test("without a copy of the suite it says so, and how to get one", async () => {
    const { status, stdout } = await wpt([], join(suite, "missing"));
    assert.equal(status, 0);
    assert.match(stdout, /SKIPPED.*missing\n.*github\.com\/web-platform-tests\/wpt/s);
  });

  test("where the suite is required, its absence is a failure", async () => {
    const { status, stdout } = await wpt([], join(suite, "missing"), "1");
    assert.equal(status, 1);
    assert.match(stdout, /FAILED.*missing\n.*github\.com\/web-platform-tests\/wpt/s);
  });
});
