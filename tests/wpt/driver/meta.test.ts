// META lines.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMeta } from "./meta.ts";

test("all keys", () => {
  const source = [
    "// META: title=A title",
    "// META: global=window, dedicatedworker,shadowrealm",
    "// META: script=/common/a.js",
    "// META: script=resources/b.js  ",
    "// META: variant=?1-10",
    "// META: variant=?11-last",
    "//META: timeout=long",
    "// META: quic=true",
    "'use strict';",
    "// META: script=too-late.js",
  ].join("\n");
  assert.deepEqual(parseMeta(source), {
    scripts: ["/common/a.js", "resources/b.js"],
    variants: ["?1-10", "?11-last"],
    globals: ["window", "dedicatedworker", "shadowrealm"],
    title: "A title",
    long: true,
  });
});

test("nothing", () => {
  const nothing = { scripts: [], variants: [""], globals: null, title: null, long: false };
  assert.deepEqual(parseMeta(""), nothing);
  assert.deepEqual(parseMeta("// A comment\n// META: timeout=long"), nothing);
});

test("they stop at the first line that is none, as on the suite's server", () => {
  assert.deepEqual(parseMeta("// META: title=a\n\n// META: timeout=long").long, false);
  // A malformed one is none.
  assert.deepEqual(parseMeta("// META global=window\n// META: timeout=long").long, false);
});

test("line ends and a byte order mark", () => {
  const { scripts, title } = parseMeta("\uFEFF// META: script=a.js\r\n// META: title=b\r\nx");
  assert.deepEqual([scripts, title], [["a.js"], "b"]);
});

test("a value may hold an equals sign", () => {
  assert.deepEqual(parseMeta("// META: variant=?include=file").variants, ["?include=file"]);
});
