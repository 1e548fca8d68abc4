// Finding tests, and leaving out those that are for no server runtime.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import {
  findOwnTests,
  findTests,
  fingerprint,
  inapplicable,
  isSuite,
  scriptPath,
} from "./suite.ts";

const root = mkdtempSync(join(tmpdir(), "nano-wpt-suite-"));
after(() => rmSync(root, { recursive: true }));

function write(path: string, text = ""): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

write("a/one.any.js", "// META: variant=?1\n// META: variant=?2\n");
write("a/two.window.js");
write("a/page.html");
write("a/three.worker.js");
write("a/resources/helper.any.js");
write("a/b/support/x.any.js");
write("a/tools/y.any.js");
write(".git/z.any.js");

test("tests, by their names", () => {
  const ids = findTests(root).map(({ id }) => id);
  assert.deepEqual(ids, ["a/one.any.js?1", "a/one.any.js?2", "a/two.window.js"]);
});

test("the suite's copies are told apart", () => {
  const tests = findTests(root);
  const before = fingerprint(root, tests);
  assert.equal(fingerprint(root, tests), before);
  assert.notEqual(fingerprint(root, tests.slice(1)), before);
  write("versions.json", "{}");
  assert.notEqual(fingerprint(root, tests), before);
});

test("a folder without the harness is no suite", () => {
  assert.equal(isSuite(join(root, "missing")), false);
  assert.equal(isSuite(root), false);
  write("resources/testharness.js");
  assert.equal(isSuite(root), true);
});

test("which tests apply", () => {
  const reasonFor = (name: string, meta: string): string | null => {
    write(`meta/${name}`, meta);
    const found = findTests(root).find(({ path }) => path === `meta/${name}`)!;
    rmSync(join(root, "meta"), { recursive: true });
    return inapplicable(root, found);
  };
  const globals = (list: string) => reasonFor("a.any.js", `// META: global=${list}\n`);
  assert.equal(reasonFor("a.any.js", ""), null);
  assert.equal(reasonFor("a.window.js", ""), null);
  for (const list of ["window,worker", "dedicatedworker", "jsshell", "window, serviceworker"]) {
    assert.equal(globals(list), null, list);
  }
  assert.equal(globals("window"), "it is for window only");
  assert.equal(globals("shadowrealm"), "it is for shadowrealm only");
  const script = (path: string) => reasonFor("a.any.js", `// META: script=${path}\n`);
  assert.equal(script("/nowhere/x.js"), "this copy of the suite lacks /nowhere/x.js");
  assert.equal(script("../a/two.window.js"), null);
  assert.match(script("/resources/idlharness-shadowrealm.js")!, /ShadowRealm/);
});

test("META scripts", () => {
  const [found] = findTests(root);
  assert.equal(scriptPath(found!, "x.js"), "/a/x.js");
  assert.equal(scriptPath(found!, "../b/x.js"), "/b/x.js");
  assert.equal(scriptPath(found!, "/c/x.js?pipe=sub"), "/c/x.js");
  assert.equal(
    scriptPath(found!, "/resources/WebIDLParser.js"),
    "/resources/webidl2/lib/webidl2.js",
  );
});

test("the project's own tests", () => {
  const own = findOwnTests().find(({ path }) => path === "nano/idl/dom.any.js")!;
  assert.ok(own.file.endsWith("tests/wpt/idl/dom.any.js"));
  const meta = { ...own.meta, scripts: ["helper.js"] };
  assert.equal(inapplicable(root, { ...own, meta }), null);
});
