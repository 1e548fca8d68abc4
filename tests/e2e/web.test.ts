// The tests of the Web APIs (tests/web), run inside NANO.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../tools/harness/paths.ts";
import { describeSuites } from "./lib/suites.ts";

describeSuites("Web APIs", "tests/web");

test("tests/web/index.ts, the tests as one app, has all of them", () => {
  const folder = join(root, "tests/web");
  const index = readFileSync(join(folder, "index.ts"), "utf8");
  const imported = [...index.matchAll(/^import "\.\/(.*)";$/gm)].map(([, name]) => name);
  const files = readdirSync(folder).filter((name) => name.endsWith(".test.ts"));
  const own = "lazy-globals.test.ts"; // An app of its own, as it says.
  assert.deepEqual(imported.toSorted(), files.filter((name) => name !== own).toSorted());
});
