// What becomes of a test whose process does not behave. The processes are shell scripts in place of
// nano-wpt-shell, which they resemble in what they write and how they end.

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runTest, runTests, type Outcome } from "./shell.ts";
import type { Test } from "./suite.ts";

const root = mkdtempSync(join(tmpdir(), "nano-wpt-shell-"));
after(() => rmSync(root, { recursive: true }));
mkdirSync(join(root, "a"));

let count = 0;

function program(body: string): string {
  const path = join(root, `shell-${count++}`);
  writeFileSync(path, `#!/bin/bash\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

function testNamed(path: string, source = "", long = false): Test {
  const file = join(root, path);
  writeFileSync(file, source);
  const meta = { scripts: [], variants: [""], globals: null, title: "T", long };
  return { id: `${path}?v=1`, path, file, variant: "?v=1", meta };
}

/** `body` is what the process does after it has read its job. */
function run(body: string, timeout = 20_000): Promise<Outcome> {
  const shell = program(`cat >/dev/null\n${body}`);
  return runTest(testNamed("a/x.any.js"), { root, shell, timeout });
}

const PASS = `{"name":"a\u2028b","status":0,"message":null,"stack":null}`;
const FAIL = `{"name":"c","status":1,"message":"m","stack":"s"}`;
const OK = `{"harness":0,"message":null,"stack":null}`;

test("results", async () => {
  const { subtests, harness, message, log } = await run(
    `echo '${PASS}'; echo logged >&2; echo '${FAIL}'; echo '${OK}'`,
  );
  assert.deepEqual(subtests, [
    { name: "a\u2028b", status: "PASS", message: "", stack: "" },
    { name: "c", status: "FAIL", message: "m", stack: "s" },
  ]);
  assert.deepEqual([harness, message, log], ["OK", "", "logged\n"]);
});

test("a crash keeps what was there", async () => {
  const { subtests, harness, message } = await run(`echo '${PASS}'; printf '{"na'; kill -SEGV $$`);
  assert.equal(subtests.length, 1);
  assert.equal(harness, "CRASH");
  assert.equal(message, "the process died of SIGSEGV");
});

test("what is no result is taken for log", async () => {
  const { subtests, harness, log } = await run(
    `echo '<--- GCs --->'; echo '${PASS}'; echo '${OK}'`,
  );
  assert.deepEqual([subtests.length, harness, log], [1, "OK", "<--- GCs --->\n"]);
});

test("an early end is no success", async () => {
  const early = await run(`echo '${PASS}'`);
  assert.equal(early.harness, "CRASH");
  assert.match(early.message, /ended before the test was complete/);
  const failed = await run(`echo '${OK}'; exit 1`);
  assert.deepEqual([failed.harness, failed.message], ["CRASH", "the process ended with status 1"]);
});

test("the harness's own errors", async () => {
  const { harness, message } = await run(`echo '{"harness":1,"message":"m","stack":"s"}'`);
  assert.deepEqual([harness, message], ["ERROR", "m\ns"]);
});

test("a test that never completes", async () => {
  const { harness, message } = await run("exit 3");
  assert.deepEqual([harness, message], ["TIMEOUT", "it never completed"]);
});

test("a process that hangs is killed", async () => {
  // A negative timeout cancels most of the grace that a process gets.
  const { harness, message } = await run(`echo '${PASS}'; exec sleep 100`, -1100);
  assert.equal(harness, "TIMEOUT");
  assert.match(message, /killed/);
});

test("a program that does not read its job, or does not exist", async () => {
  const deaf = program("exit 7");
  const surroundings = { root, shell: deaf, timeout: 20_000 };
  const big = testNamed("a/big.sub.any.js", "x".repeat(1 << 20));
  assert.equal((await runTest(big, surroundings)).message, "the process ended with status 7");
  const missing = await runTest(big, { ...surroundings, shell: join(root, "missing") });
  assert.equal(missing.harness, "CRASH");
  assert.match(missing.message, /cannot be started/);
});

test("the job", async () => {
  const copy = join(root, "job.json");
  const shell = program(`cat >'${copy}'; echo '${OK}'`);
  const source = "{{host}} {{ports[https][0]}} {{domains[www1]}} {{hosts[alt][]}}";
  const sub = testNamed("a/x.sub.https.any.js", source, true);
  await runTest(sub, { root, shell, timeout: 1000 });
  const job = JSON.parse(readFileSync(copy, "utf8")) as {
    root: string;
    timeout: number;
    scripts: { name: string; source?: string; path?: string }[];
  };
  assert.deepEqual([job.root, job.timeout], [root, 3000]);
  assert.deepEqual(
    job.scripts.map(({ name }) => name),
    [
      "config.js",
      "environment.js",
      "/resources/testharness.js",
      "reporter.js",
      "/a/x.sub.https.any.js",
    ],
  );
  assert.equal(
    job.scripts.at(-1)!.source,
    "web-platform.test 8443 www1.web-platform.test web-platform.test",
  );
  assert.ok(
    job.scripts[0]!.source!.includes("https://web-platform.test:8443/a/x.sub.https.any.html?v=1"),
  );
});

test("all tests are run, so many at a time, the long ones first", async () => {
  const log = join(root, "log");
  writeFileSync(log, "");
  const shell = program(
    `job=$(cat)\n` +
      `[[ $job =~ /a/([a-z]+)\\.any\\.html ]] && echo "start \${BASH_REMATCH[1]}" >>'${log}'\n` +
      `sleep 0.1\necho end >>'${log}'\necho '${OK}'`,
  );
  const tests = ["p", "q", "r", "s", "t"].map((name) =>
    testNamed(`a/${name}.any.js`, "", name === "t"),
  );
  const outcomes: Outcome[] = [];
  await runTests(tests, { root, shell, timeout: 1000 }, 2, (outcome) => outcomes.push(outcome));
  assert.deepEqual(outcomes.map(({ test }) => test.path.slice(2, 3)).sort(), [..."pqrst"]);
  const lines = readFileSync(log, "utf8").trim().split("\n");
  assert.ok(lines.slice(0, 2).includes("start t"), lines.join());
  let running = 0;
  for (const line of lines) {
    running += line === "end" ? -1 : 1;
    assert.ok(running <= 2, lines.join());
  }
});
