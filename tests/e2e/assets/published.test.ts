// What is never served though it lies in the folder of the assets: the build's own files, what says how to build, and
// the app's code. Over real builds, in the folder where it all lies together.

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { request } from "../../../tools/harness/http.ts";
import { nanocBuild, writeFiles } from "../lib/apps.ts";
import { serve } from "../lib/server.ts";
import { temporaryFolder } from "../lib/temporary.ts";

const CONFIG = `apps: [{ path: ., name: dot, assets: ., env: { K: literal-secret } }]`;

test("a project whose own folder is served gives away no build, no configuration and no secrets", async (t) => {
  const directory = temporaryFolder(t);
  writeFiles(directory, {
    "index.html": "home",
    "nano.yaml": CONFIG,
    "wrangler.jsonc": "{}",
    "package.json": "{}",
    "package-lock.json": "{}",
    ".dev.vars": "K=secret",
    ".npmrc": "token",
  });
  const dist = join(directory, "dist");
  const built = async () => {
    const run = await nanocBuild([], { cwd: directory });
    assert.equal(run.status, 0, run.stderr);
    assert.match(run.stdout, /1 file,/);
  };
  await built();
  await built();
  const server = await serve(t, dist, { config: join(directory, "nano.yaml") });
  const status = async (path: string) => (await request(server, "dot.test", path)).status;
  assert.equal(await status("/"), 200);
  for (const path of [
    "nano.yaml",
    "dist/manifest.json",
    "wrangler.jsonc",
    "package.json",
    ".dev.vars",
    ".npmrc",
  ]) {
    assert.equal(await status("/" + path), 404, path);
  }
  assert.ok(statSync(join(dist, "manifest.json")).isFile());
});

test("code among the assets is an error for each module of it, unless it is said to be meant", async (t) => {
  const directory = temporaryFolder(t);
  writeFiles(directory, {
    "index.html": "home",
    "src/index.js": `
      import { lib } from "./lib.js"; import text from "./page.txt";
      export default { fetch: () => new Response(lib + text) };`,
    "src/lib.js": `export const lib = "lib";`,
    "src/page.txt": "text",
    "nano.yaml": `apps: [{ path: ., name: dot, entry: src/index.js, assets: . }]`,
  });
  const build = (ignore: string) => {
    writeFiles(directory, { ".assetsignore": ignore });
    return nanocBuild([], { cwd: directory });
  };
  const entry = await build("");
  assert.equal(entry.status, 1);
  assert.match(entry.stderr, /the app's code is in the folder of its assets/);
  const module = await build("src/index.js\n");
  assert.equal(module.status, 1);
  assert.match(module.stderr, /would be given to everybody: src\/lib\.js\n/);
  assert.match(module.stderr, /!src\/lib\.js/);
  const meant = await build("src/index.js\n!src/lib.js\n");
  assert.equal(meant.status, 0, meant.stderr);
  assert.match(meant.stdout, /3 files/);
  // What a build before was told counts for that one alone.
  assert.equal((await build("src/index.js\n")).status, 1);
  assert.equal((await build("src/*.js\n")).status, 0);
});
