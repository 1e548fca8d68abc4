// Patterns for tests.

import assert from "node:assert/strict";
import { test } from "node:test";
import { matcher } from "./globs.ts";

function check(pattern: string, matching: string[], others: string[]): void {
  const matches = matcher(pattern);
  for (const id of matching) assert.ok(matches(id), `${pattern} should match ${id}`);
  for (const id of others) assert.ok(!matches(id), `${pattern} should not match ${id}`);
}

test("a folder", () => {
  const others = ["urls/a.any.js", "a/url/b.any.js"];
  for (const pattern of ["url", "url/", "/url"]) {
    check(pattern, ["url/a.any.js", "url/b/c.any.js", "url/a.any.js?x=/y"], others);
  }
});

test("a file has all its variants, a variant is one", () => {
  check(
    "a/b.any.js",
    ["a/b.any.js", "a/b.any.js?1-2", "a/b.any.js#x"],
    ["a/bb.any.js", "a/b_any_js"],
  );
  check("a/b.any.js?1-2", ["a/b.any.js?1-2"], ["a/b.any.js", "a/b.any.js?1-20"]);
  check("a.any.js?exclude=(x|y)", ["a.any.js?exclude=(x|y)"], ["a.any.js?exclude=x"]);
});

test("stars", () => {
  check("a/*.any.js", ["a/b.any.js", "a/b.any.js?v"], ["a/b/c.any.js", "a/b.window.js"]);
  check("a/**/*.any.js", ["a/b/c.any.js", "a/b/c/d.any.js"], ["b/a/c.any.js"]);
  check("a/**", ["a/b.any.js", "a/b/c.any.js?v"], ["b/a.any.js"]);
});
