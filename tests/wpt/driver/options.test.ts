// The command line.

import assert from "node:assert/strict";
import { test } from "node:test";
import { HELP, parseOptions } from "./options.ts";

test("defaults", () => {
  const { jobs, ...others } = parseOptions([])!;
  assert.ok(jobs >= 1);
  assert.deepEqual(others, {
    patterns: [],
    timeout: 30_000,
    verbose: false,
    expectations: true,
    suggest: false,
    list: false,
    updateDocs: false,
    json: null,
  });
});

test("everything", () => {
  const args =
    "-v --no-expectations --suggest --list --update-docs --json - --jobs 3 --timeout 0.5 a b";
  assert.deepEqual(parseOptions(args.split(" ")), {
    patterns: ["a", "b"],
    jobs: 3,
    timeout: 500,
    verbose: true,
    expectations: false,
    suggest: true,
    list: true,
    updateDocs: true,
    json: "-",
  });
});

test("help names every option", () => {
  assert.equal(parseOptions(["a", "--help"]), null);
  for (const option of [
    "verbose",
    "no-expectations",
    "suggest",
    "json",
    "list",
    "jobs",
    "timeout",
  ]) {
    assert.ok(HELP.includes(`--${option}`), option);
  }
});

test("mistakes", () => {
  assert.throws(() => parseOptions(["--foo"]), /^Error: Unknown option '--foo'.*--help/s);
  for (const value of ["0", "-1", "x", "Infinity", ""]) {
    assert.throws(() => parseOptions([`--jobs=${value}`]), /--jobs must be a positive number/);
    assert.throws(
      () => parseOptions([`--timeout=${value}`]),
      /--timeout must be a positive number/,
    );
  }
});
