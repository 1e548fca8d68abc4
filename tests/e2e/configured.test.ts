// What is served is what the configuration means, where only dist/ and nano.yaml are there, too.

import assert from "node:assert/strict";
import { renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { nanocBuild, workspace, writeFiles } from "./lib/apps.ts";
import { request } from "../../tools/harness/http.ts";
import { serve, serveAndFail } from "./lib/server.ts";
import type { Scope } from "./lib/temporary.ts";

const SHOW = `export default { fetch: (request, env) => Response.json(env) };`;

/** Apps `a`, and `one` and `two` of a list; built, and all folders but dist/ gone. */
async function production(t: Scope): Promise<{ directory: string; dist: string; config: string }> {
  const made = workspace(t, { a: SHOW });
  writeFiles(made.directory, {
    "apps/nano.yaml": "apps: [{ path: one, hosts: one.test }, { path: two, hosts: two.test }]",
    "apps/one/index.ts": SHOW,
    "apps/two/index.ts": SHOW,
  });
  writeFileSync(
    made.config,
    "defaults: { env: { SHARED: s } }\napps: [{ path: a, hosts: a.test, env: { K: v } }, { path: apps }]",
  );
  const built = await nanocBuild([], { cwd: made.directory });
  assert.equal(built.status, 0, built.stderr);
  rmSync(join(made.directory, "a"), { recursive: true });
  rmSync(join(made.directory, "apps"), { recursive: true });
  return made;
}

test("an entry for a list stands for its apps where the list is not there", async (t) => {
  const { dist, directory } = await production(t);
  const server = await serve(t, dist, { cwd: directory });
  assert.deepEqual((await request(server, "a.test", "/")).json, { SHARED: "s", K: "v" });
  assert.deepEqual((await request(server, "one.test", "/")).json, { SHARED: "s" });
  assert.deepEqual((await request(server, "two.test", "/")).json, { SHARED: "s" });
});

test("an entry that is not in dist/ lets no other app in", async (t) => {
  const { dist, config, directory } = await production(t);
  writeFileSync(config, "apps: [{ path: a, hosts: a.test, env: { K: v } }, { path: renamed }]");
  const server = await serve(t, dist, { cwd: directory });
  assert.deepEqual((await request(server, "a.test", "/")).json, { K: "v" });
  assert.equal((await request(server, "one.test", "/")).status, 404);
  await server.waitForLog("why", ({ msg }) => /'one' of .* is not served/.test(msg));
  await server.waitForLog("the entry", ({ msg }) => /'renamed' of .* is not in/.test(msg));

  writeFileSync(config, "apps: [{ path: gone }]");
  const { status, output } = await serveAndFail(dist, { cwd: directory });
  assert.equal(status, 1);
  assert.match(output, /none of its apps can be served/);
});

test("what is almost a configuration is an error, not an absent one", async (t) => {
  const { dist, config, directory } = await production(t);
  const yml = join(directory, "nano.yml");
  renameSync(config, yml);
  const misnamed = await serveAndFail(dist, { cwd: directory });
  assert.equal(misnamed.status, 1);
  assert.match(misnamed.output, /nano\.yml: a configuration is named nano\.yaml/);
  rmSync(yml);

  symlinkSync("/nonexistent/nano.yaml", config);
  for (const output of [
    (await serveAndFail(dist, { cwd: directory })).output,
    (await nanocBuild([], { cwd: directory })).stderr,
  ]) {
    assert.match(output, /nano\.yaml/);
    assert.match(output, /a symbolic link to '\/nonexistent\/nano\.yaml', which is not there/);
  }
});
