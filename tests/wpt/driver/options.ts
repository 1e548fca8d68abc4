// The command line.

import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

export interface Options {
  patterns: string[];
  jobs: number;
  /** Milliseconds for an ordinary test. */
  timeout: number;
  verbose: boolean;
  expectations: boolean;
  suggest: boolean;
  list: boolean;
  updateDocs: boolean;
  json: string | null;
}

export const HELP = `Runs Web Platform Tests (.any.js and .window.js) in NANO isolates.

usage: tests/wpt/run [options] [PATTERN…]

A PATTERN is a path in the suite, of a test or a folder: url/, "streams/piping/*",
"url/url-setters.any.js?include=file". Without one, all tests are run.

  -v, --verbose        show every failing subtest with message and stack, expected ones too, and what
                       the tests log
      --no-expectations  take no notice of tests/wpt/expectations: run everything, report all failures
      --suggest        print unexpected failures as entries for an expectation file
      --json FILE      write all results to FILE ("-": to standard output, and nothing else)
      --list           list the tests instead of running them
      --jobs N         run N tests at a time (default: the number of cores)
      --timeout SECONDS  for an ordinary test; long ones get three times as much (default: 30)
      --update-docs    write docs/web-apis.md; a full run fails if it is out of date
  -h, --help           show this

environment:
  WPT_DIR         the copy of the suite (default: ../shared/wpt beside the repository)
  WPT_REQUIRED    1: it is an error if there is no copy; otherwise the tests are skipped
  NANO_BUILD_DIR  what to test (default: build/release)

The exit status is 0 if every subtest did what tests/wpt/expectations says.`;

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) {
    throw new Error(`--${name} must be a positive number, not '${text}'`);
  }
  return value;
}

const CONFIG = {
  verbose: { type: "boolean", short: "v", default: false },
  expectations: { type: "boolean", default: true },
  suggest: { type: "boolean", default: false },
  list: { type: "boolean", default: false },
  "update-docs": { type: "boolean", default: false },
  json: { type: "string" },
  jobs: { type: "string", default: `${availableParallelism()}` },
  timeout: { type: "string", default: "30" },
  help: { type: "boolean", short: "h", default: false },
} as const;

function parse(args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, allowNegative: true, options: CONFIG });
  } catch (error) {
    throw new Error(`${(error as Error).message}\nSee tests/wpt/run --help`, { cause: error });
  }
}

/** Null if help was asked for. Throws an Error for whoever typed it. */
export function parseOptions(args: string[]): Options | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  return {
    patterns: positionals,
    jobs: Math.ceil(positive("jobs", values.jobs)),
    timeout: positive("timeout", values.timeout) * 1000,
    verbose: values.verbose,
    expectations: values.expectations,
    suggest: values.suggest,
    list: values.list,
    updateDocs: values["update-docs"],
    json: values.json === undefined ? null : values.json === "-" ? "-" : resolve(values.json),
  };
}
