// The copy of the suite: which tests it holds, and which of them are none for a server runtime whatever
// it implements.

import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import { parseMeta, type Meta } from "./meta.ts";

/** A test file with one of its variants. */
export interface Test {
  /** Its path in the suite and its variant: "url/url-setters.any.js?include=file". */
  id: string;
  path: string;
  /** Where it is: in the copy of the suite, or one of the project's own. */
  file: string;
  variant: string;
  meta: Meta;
}

/** Where the project's own tests appear in the suite. */
export const OWN = "nano/idl";
const ownFolder = join(import.meta.dirname, "../idl");

/** Folders that hold no tests, wherever they are. */
const NO_TESTS = new Set(["resources", "support", "tools", "node_modules"]);

const TEST_FILE = /\.(any|window)\.js$/;

function* testFiles(root: string, folder: string): Generator<string> {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.name.startsWith(".")) continue;
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!NO_TESTS.has(entry.name)) yield* testFiles(root, path);
    } else if (TEST_FILE.test(entry.name)) {
      yield path;
    }
  }
}

function testsOf(path: string, file: string): Test[] {
  const meta = parseMeta(readFileSync(file, "utf8"));
  return meta.variants.map((variant) => ({ id: path + variant, path, file, variant, meta }));
}

/** All tests below `root`, in the order of their names. */
export function findTests(root: string): Test[] {
  return [...testFiles(root, "")].flatMap((path) => testsOf(path, join(root, path)));
}

/**
 * The project's own tests (tests/wpt/idl): idlharness.js for specifications of which a server runtime has
 * some interfaces only.
 */
export function findOwnTests(): Test[] {
  return [...testFiles(ownFolder, "")].flatMap((name) => {
    return testsOf(`${OWN}/${name}`, join(ownFolder, name));
  });
}

/** Scopes whose tests are for a server runtime as well. */
const SERVER_LIKE = new Set([
  "worker",
  "dedicatedworker",
  "sharedworker",
  "serviceworker",
  "jsshell",
]);

/** Files that the suite's server makes up. */
export const ALIASES: Record<string, string> = {
  "/resources/WebIDLParser.js": "/resources/webidl2/lib/webidl2.js",
};

/** What a META script names, as a path within the suite that starts with a slash. */
export function scriptPath(test: Test, script: string): string {
  const { pathname } = new URL(script, `http://suite/${test.path}`);
  const path = decodeURIComponent(pathname);
  return ALIASES[path] ?? path;
}

/** The file of such a path. */
export function fileOf(root: string, path: string): string {
  const isOwn = path.startsWith(`/${OWN}/`);
  return isOwn ? join(ownFolder, path.slice(OWN.length + 2)) : join(root, path);
}

/** Why no server runtime can run a test, by rule; null if it can. */
export function inapplicable(root: string, test: Test): string | null {
  const { globals, scripts } = test.meta;
  const isAny = test.path.endsWith(".any.js");
  if (isAny && globals !== null && !globals.some((name) => SERVER_LIKE.has(name))) {
    return `it is for ${globals.join(", ")} only`;
  }
  if (scripts.some((script) => script.includes("idlharness-shadowrealm.js"))) {
    return "it needs ShadowRealm";
  }
  for (const script of scripts) {
    const path = scriptPath(test, script);
    if (!existsSync(fileOf(root, path))) return `this copy of the suite lacks ${path}`;
  }
  return null;
}

/** True if `root` holds the suite, or a part of it that can be run. */
export function isSuite(root: string): boolean {
  const harness = join(root, "resources/testharness.js");
  return existsSync(harness) && statSync(harness).isFile();
}

/**
 * Tells copies of the suite apart: a hash of its tests' names and of versions.json. The project's own
 * tests are no part of it.
 */
export function fingerprint(root: string, tests: readonly Test[]): string {
  const hash = createHash("sha256");
  for (const { id } of tests) if (!id.startsWith(`${OWN}/`)) hash.update(`${id}\n`);
  const versions = join(root, "versions.json");
  if (existsSync(versions)) hash.update(readFileSync(versions));
  return hash.digest("hex").slice(0, 16);
}
