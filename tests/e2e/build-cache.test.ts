// The build cache: apps that have not changed are not built again, and nobody can tell by dist.

import assert from "node:assert/strict";
import {
  appendFileSync,
  cpSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { linkPackages, nanocBuild, workspace, type App } from "./lib/apps.ts";
import { request } from "../../tools/harness/http.ts";
import { serve } from "./lib/server.ts";
import { temporaryFolder, type Scope } from "./lib/temporary.ts";
import { treeOf } from "./lib/tree.ts";

interface Summary {
  ok: boolean;
  apps: { name: string; cached: boolean; warnings: object[]; notes: object[]; boot_ms: number }[];
}

/** What was written a moment ago may be written again before the system's clock ticks: not kept. */
const settle = () => sleep(50);

/** A workspace whose builds share a cache of their own. */
function cachedWorkspace(t: Scope, apps: Record<string, App | string>) {
  const made = workspace(t, apps);
  const cache = join(temporaryFolder(t), "cache");
  const env = { ...process.env, NANO_CACHE_DIR: cache };
  const build = async (...options: string[]) => {
    await settle();
    const args = [...options, "--json", made.directory, "-o", made.dist];
    const result = await nanocBuild(args, { env });
    const summary = JSON.parse(result.stdout) as Summary;
    const cached = summary.apps.filter((app) => app.cached).map((app) => app.name);
    return { ...result, summary, cached };
  };
  return { ...made, cache, env, build };
}

const answer = (text: string): string =>
  `export default { fetch: () => new Response(${JSON.stringify(text)}) };`;

test("only what has changed is built again; dist is the same as without a cache", async (t) => {
  const made = cachedWorkspace(t, {
    plain: answer("plain"),
    packages: {
      files: `import { Hono } from "hono"; console.log("at the top", Math.random());
        export default new Hono().get("/", (c) => c.text("hono"));`,
      warmup: [{ path: "/" }],
    },
    deferred: `const f = new Intl.NumberFormat("en"); export default { fetch: () => new Response(f.format(1e3)) };`,
  });
  linkPackages(made.directory);
  const inOrder = ["--jobs", "1"]; // Of what is told.
  const first = await made.build(...inOrder);
  assert.equal(first.status, 0, first.stderr);
  assert.deepEqual(first.cached, []);
  const fresh = treeOf(made.dist);

  rmSync(made.dist, { recursive: true });
  const second = await made.build(...inOrder);
  assert.deepEqual(second.cached, ["plain", "packages", "deferred"]);
  assert.deepEqual(treeOf(made.dist), fresh);
  // What was told is told again.
  assert.equal(second.stderr, first.stderr);
  assert.match(second.stderr, /at the top/);
  for (const [i, app] of second.summary.apps.entries()) {
    const { cached: _, build_ms: __, ...rest } = app as typeof app & { build_ms: number };
    assert.deepEqual(rest, { ...rest, ...pick(first.summary.apps[i]!) });
  }

  rmSync(made.dist, { recursive: true });
  const forced = await made.build("--no-cache");
  assert.deepEqual(forced.cached, []);
  assert.deepEqual(treeOf(made.dist), fresh);

  writeFileSync(join(made.directory, "plain/index.ts"), answer("changed"));
  const third = await made.build();
  assert.deepEqual(third.cached, ["packages", "deferred"]);
  const server = await serve(t, made.dist);
  assert.equal((await request(server, "plain.test", "/")).text, "changed");
  assert.equal((await request(server, "packages.test", "/")).text, "hono");
  assert.equal((await request(server, "deferred.test", "/")).text, "1,000");
});

const pick = ({ warnings, notes, boot_ms }: Summary["apps"][number]) => ({
  warnings,
  notes,
  boot_ms,
});

test("a build that fails, or whose first request does, is not kept", async (t) => {
  const made = cachedWorkspace(t, {
    broken: "export default {",
    failing: `export default { fetch() { throw new Error("no"); } };`,
  });
  for (let i = 0; i < 2; i++) {
    const result = await made.build();
    assert.equal(result.status, 1);
    assert.deepEqual(result.cached, []);
  }
});

test("a damaged cache costs a build, and nothing else", async (t) => {
  const made = cachedWorkspace(t, { a: answer("a") });
  await made.build();
  const [shelf] = readdirSync(made.cache);
  for (const file of readdirSync(join(made.cache, shelf!))) {
    const path = join(made.cache, shelf!, file);
    if (file.endsWith(".snap")) truncateSync(path, 5000);
    else appendFileSync(path, "x");
  }
  const again = await made.build();
  assert.equal(again.status, 0, again.stderr);
  assert.deepEqual(again.cached, []);
  assert.deepEqual((await made.build()).cached, ["a"]);
});

test("a cache moves to another checkout", async (t) => {
  const made = cachedWorkspace(t, { a: answer("a") });
  const elsewhere = temporaryFolder(t);
  const options = { env: made.env, cwd: made.directory };
  await settle();
  assert.equal((await nanocBuild(["--json", "a"], options)).status, 0);
  for (const file of ["a", "nano.yaml"]) {
    cpSync(join(made.directory, file), join(elsewhere, file), { recursive: true });
  }
  const there = await nanocBuild(["--json", "a"], { ...options, cwd: elsewhere });
  assert.equal((JSON.parse(there.stdout) as Summary).apps[0]!.cached, true);
  assert.deepEqual(treeOf(join(elsewhere, "dist")), treeOf(join(made.directory, "dist")));
});

test("a cache that cannot be used is a note", async (t) => {
  const made = cachedWorkspace(t, { a: answer("a") });
  writeFileSync(made.cache, "a file");
  const result = await nanocBuild([made.directory, "-o", made.dist], { env: made.env });
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stderr, /built again next time: cannot create it/);
});

test("neither the zone nor the language of who builds is in a snapshot", async (t) => {
  const made = cachedWorkspace(t, {
    a: `const text = [new Date(0).toString(), (1e3).toLocaleString()].join();
      export default { fetch: () => new Response(text) };`,
  });
  const trees = [];
  for (const env of [
    { TZ: "America/New_York", LC_ALL: "de_DE.UTF-8", LANG: "de_DE.UTF-8" },
    { TZ: "UTC", LC_ALL: "C", LANG: "C" },
  ]) {
    const options = { env: { ...made.env, ...env, NANO_CACHE_DIR: "" } };
    const result = await nanocBuild([made.directory, "-o", made.dist], options);
    assert.equal(result.status, 0, result.stderr);
    trees.push(treeOf(made.dist));
  }
  assert.deepEqual(trees[0], trees[1]);
});

test("the place of an app in nano.yaml is no part of it, but where its messages say so", async (t) => {
  const made = cachedWorkspace(t, {
    quiet: { files: answer("a"), warmup: [{ path: "/" }] },
    failing: {
      files: `export default {
        fetch: ({ url }) => new Response("", { status: url.endsWith("/x") ? 500 : 200 }),
      };`,
      warmup: [{ path: "/" }, { path: "/x" }],
    },
  });
  assert.match((await made.build()).stderr, /nano\.yaml:\d+:\d+/);
  assert.deepEqual((await made.build()).cached, ["quiet", "failing"]);
  const text = readFileSync(made.config, "utf8");
  writeFileSync(made.config, `# A comment.\n${text}`);
  const moved = await made.build();
  assert.deepEqual(moved.cached, ["quiet"]);
});
