// Builds of several apps into one dist: what is kept, replaced, taken out, and let through.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  build,
  nanocBuild,
  workspace,
  writeConfig,
  writeFiles,
  type Workspace,
} from "./lib/apps.ts";
import { request } from "../../tools/harness/http.ts";
import { nanoc } from "../../tools/harness/paths.ts";
import { serve } from "./lib/server.ts";
import { temporaryFolder } from "./lib/temporary.ts";
import { treeOf } from "./lib/tree.ts";
import { until } from "../../tools/harness/wait.ts";

const answer = (text: string): string =>
  `export default { fetch: () => new Response(${JSON.stringify(text)}) };`;
const BROKEN = "export default {";

interface ManifestApp {
  name: string;
  hosts: string[];
  default: boolean;
}

function appsOf(dist: string): ManifestApp[] {
  const { apps } = JSON.parse(readFileSync(join(dist, "manifest.json"), "utf8")) as {
    apps: ManifestApp[];
  };
  return apps.map(({ name, hosts, default: isDefault }) => ({ name, hosts, default: isDefault }));
}

const namesOf = (dist: string): string[] => appsOf(dist).map(({ name }) => name);

function write({ directory }: Workspace, app: string, source: string): void {
  writeFileSync(join(directory, app, "index.ts"), source);
}

async function answersOf(t: Parameters<typeof serve>[0], dist: string): Promise<string[]> {
  const server = await serve(t, dist);
  const answers: string[] = [];
  for (const { hosts, name } of appsOf(dist)) {
    answers.push((await request(server, hosts[0] ?? `${name}.any`, "/")).text);
  }
  return answers;
}

test("one broken app keeps all last versions; --keep-going lets the others through", async (t) => {
  const made = workspace(t, { a: answer("a1"), b: answer("b1"), c: answer("c1") });
  await build(made);
  const before = treeOf(made.dist);
  write(made, "a", answer("a2"));
  write(made, "b", BROKEN);

  const stopped = await nanocBuild([made.directory, "-o", made.dist]);
  assert.equal(stopped.status, 1);
  assert.match(stopped.stderr, /1 of 3 apps failed; .*dist is left as it was \(--keep-going/);
  assert.deepEqual(treeOf(made.dist), before);
  // Nor does the summary say otherwise, be it the first time or one that finds them in the cache.
  const again = await nanocBuild([made.directory, "-o", made.dist]);
  for (const { stdout } of [stopped, again]) {
    assert.match(stdout, /^a .* not written$/m);
    assert.match(stdout, /^b .* failed$/m);
    assert.match(stdout, /^c .* not written$/m);
    assert.doesNotMatch(stdout, /unchanged/);
  }
  const told = await nanocBuild(["--json", made.directory, "-o", made.dist]);
  assert.equal((JSON.parse(told.stdout) as { written: boolean }).written, false);

  const partial = await nanocBuild(["--keep-going", made.directory, "-o", made.dist]);
  assert.equal(partial.status, 1);
  assert.match(partial.stderr, /the others are in .*dist, with the last version of b\./);
  assert.deepEqual(await answersOf(t, made.dist), ["a2", "b1", "c1"]);

  const json = await nanocBuild(["--keep-going", "--json", made.directory, "-o", made.dist]);
  const summary = JSON.parse(json.stdout) as { ok: boolean; stale: string[]; apps: object[] };
  assert.equal(summary.ok, false);
  assert.deepEqual(summary.stale, ["b"]);
  assert.equal(summary.apps.length, 3);
});

test("with --keep-going, an app that was never built is left out, and none at all changes nothing", async (t) => {
  const made = workspace(t, { a: BROKEN, b: answer("b1") });
  const partial = await nanocBuild(["--keep-going", made.directory, "-o", made.dist]);
  assert.equal(partial.status, 1);
  assert.deepEqual(namesOf(made.dist), ["b"]);
  const before = treeOf(made.dist);
  write(made, "b", BROKEN);
  const none = await nanocBuild(["--keep-going", made.directory, "-o", made.dist]);
  assert.equal(none.status, 1);
  assert.match(none.stderr, /2 of 2 apps failed; .* is left as it was\./);
  assert.deepEqual(treeOf(made.dist), before);
});

test("an app that is built into a dist of others joins or replaces; the others are kept", async (t) => {
  const directory = temporaryFolder(t);
  writeFiles(directory, {
    "a/index.ts": answer("a1"),
    "b/index.ts": answer("b1"),
    "c/index.ts": answer("c1"),
    "c/nano.yaml": "hosts: [c.example]",
  });
  const cwd = { cwd: directory };
  const first = await nanocBuild(["a", "b", "-o", "dist"], cwd);
  assert.equal(first.status, 0, first.stderr);
  const joined = await nanocBuild(["c", "-o", "dist"], cwd);
  assert.equal(joined.status, 0, joined.stderr);
  assert.match(joined.stdout, /Kept in dist: a and b \(not built now/);
  const dist = join(directory, "dist");
  assert.deepEqual(await answersOf(t, dist), ["a1", "b1", "c1"]);
  assert.deepEqual(
    appsOf(dist).map(({ hosts }) => hosts[0]),
    ["a.localhost", "b.localhost", "c.example"],
  );

  writeFiles(directory, { "b/index.ts": answer("b2") });
  const replaced = await nanocBuild(["b"], cwd);
  assert.equal(replaced.status, 0, replaced.stderr);
  assert.match(replaced.stdout, /Kept in dist: a and c /);
  assert.deepEqual(await answersOf(t, dist), ["a1", "b2", "c1"]);
  // Those of the builds before, too.
  assert.equal(readdirSync(join(dist, "snapshots")).length, 4);
  assert.deepEqual(readdirSync(join(dist, "generations")).sort(), ["1.json", "2.json"]);

  // What is taken out can be gone back to as well.
  const pruned = await nanocBuild(["--prune", "b"], cwd);
  assert.equal(pruned.status, 0, pruned.stderr);
  assert.match(pruned.stdout, /Taken out of dist: a and c /);
  assert.deepEqual(appsOf(dist), [{ name: "b", hosts: [], default: true }]);
  assert.equal(readdirSync(join(dist, "snapshots")).length, 4);
  assert.equal(readdirSync(join(dist, "generations")).length, 3);

  // Unless nothing is kept.
  assert.equal((await nanocBuild(["--keep", "1", "b"], cwd)).status, 0);
  assert.equal(readdirSync(join(dist, "generations")).length, 0);

  // The app that has answered for every host goes on to.
  const again = await nanocBuild(["a"], cwd);
  assert.equal(again.status, 0, again.stderr);
  assert.deepEqual(appsOf(dist), [
    { name: "a", hosts: ["a.localhost"], default: false },
    { name: "b", hosts: [], default: true },
  ]);
  const same = treeOf(dist);
  assert.equal((await nanocBuild(["b"], cwd)).status, 0);
  assert.deepEqual(treeOf(dist), same);
});

test("an app that wants what a kept one has is refused, with the ways out", async (t) => {
  const directory = temporaryFolder(t);
  writeFiles(directory, {
    "a/index.ts": answer("a1"),
    "a/nano.yaml": "hosts: [shop.example]",
    "b/index.ts": answer("b1"),
    "b/nano.yaml": "hosts: [shop.example]",
  });
  assert.equal((await nanocBuild(["a"], { cwd: directory })).status, 0);
  const before = treeOf(join(directory, "dist"));
  const refused = await nanocBuild(["b"], { cwd: directory });
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /app 'b' and app 'a'.*both claim host 'shop\.example'/);
  assert.match(refused.stderr, /--prune/);
  assert.deepEqual(treeOf(join(directory, "dist")), before);
});

test("a list of apps says which there are; what it leaves out is told", async (t) => {
  const made = workspace(t, { a: answer("a1"), b: answer("b1") });
  await build(made);
  writeConfig(made.directory, { a: { files: {}, hosts: "a.test" } });
  const result = await build(made);
  assert.match(result.stdout, /Taken out of .*dist: b /);
  assert.deepEqual(namesOf(made.dist), ["a"]);
});

test("a directory that is no dist is refused before anything is built", async (t) => {
  const made = workspace(t, { a: answer("a1") });
  mkdirSync(made.dist);
  writeFileSync(join(made.dist, "index.html"), "mine");
  const refused = await nanocBuild([made.directory, "-o", made.dist]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /it holds 'index\.html' and no manifest\.json/);
  assert.deepEqual(readdirSync(made.dist), ["index.html"]);
});

test("a symbolic link at snapshots/ costs nobody a file", async (t) => {
  const made = workspace(t, { a: answer("a1") });
  await build(made);
  const others = join(made.directory, "others");
  const digest = "0".repeat(64);
  writeFiles(others, { [`${digest}.snap`]: "mine", [`${digest}.snap.1-1.tmp`]: "mine" });
  rmSync(join(made.dist, "snapshots"), { recursive: true });
  symlinkSync(others, join(made.dist, "snapshots"));
  const refused = await nanocBuild([made.directory, "-o", made.dist]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /dist\/snapshots\n  it is a symbolic link/);
  assert.equal(readdirSync(others).length, 2);
});

test("a nanoc that was killed leaves no process, and its files to the next one", async (t) => {
  const made = workspace(t, { a: "for (;;);", b: answer("b1") });
  const temporary = temporaryFolder(t);
  const env = { ...process.env, TMPDIR: temporary };
  const killed = spawn(nanoc, ["build", made.directory, "-o", made.dist], { env, stdio: "ignore" });
  const pid = killed.pid!;
  const descendants = (): number[] => {
    const children = new Map<number, number>();
    for (const entry of readdirSync("/proc")) {
      if (!/^\d+$/.test(entry)) continue;
      try {
        const [, state, parent] = /\) (\w) (\d+)/.exec(
          readFileSync(`/proc/${entry}/stat`, "utf8"),
        )!;
        if (state !== "Z") children.set(Number(entry), Number(parent));
      } catch {
        // It has ended.
      }
    }
    const found = [pid];
    for (const parent of found) {
      for (const [child, its] of children) if (its === parent) found.push(child);
    }
    return found.slice(1);
  };
  // The app that never ends is evaluated: a job and its engine.
  const family = await until("the app being evaluated", () => {
    const found = descendants();
    return found.length >= 2 && readdirSync(temporary).length > 0 && found;
  });
  killed.kill("SIGKILL");
  await until("the end of all children", () => {
    const alive = family.filter((member) => {
      try {
        return !/^State:\s+Z/m.test(readFileSync(`/proc/${member}/status`, "utf8"));
      } catch {
        return false;
      }
    });
    return alive.length === 0;
  });
  assert.equal(readdirSync(temporary).length, 1);
  write(made, "a", answer("a1"));
  const next = await nanocBuild([made.directory, "-o", made.dist], { env });
  assert.equal(next.status, 0, next.stderr);
  assert.deepEqual(readdirSync(temporary), []);
});

test("a build that saw its first request fail says why", async (t) => {
  const made = workspace(t, {
    a: `export default { fetch() { throw new Error("no database"); } };`,
    b: answer("b1"),
  });
  const result = await build(made);
  assert.match(
    result.stdout,
    /a: the first request, GET \/, was answered with 500: Error: no database\n/,
  );
  assert.match(result.stdout, /index\.ts:1:\d+/);
  assert.doesNotMatch(result.stdout, /b: the first request/);
});

test("an app that is named has the settings that the list in the working directory gives it", async (t) => {
  const directory = temporaryFolder(t);
  writeFiles(directory, {
    "nano.yaml": `
build: { out: made }
apps:
  - { path: apps/a, name: shop, hosts: [shop.example], limits: { memory: 96MiB }, entry: main.ts }
  - { path: apps/b }`,
    "apps/a/main.ts": answer("a1"),
    "apps/b/index.ts": answer("b1"),
    "other/index.ts": answer("o1"),
  });
  const cwd = { cwd: directory };
  const made = join(directory, "made");
  assert.equal((await nanocBuild([], cwd)).status, 0);
  assert.deepEqual(namesOf(made), ["b", "shop"]);
  writeFiles(directory, { "apps/a/main.ts": answer("a2") });
  const named = await nanocBuild(["apps/a"], cwd);
  assert.equal(named.status, 0, named.stderr);
  assert.match(named.stdout, /Kept in made: b /);
  assert.deepEqual(appsOf(made).at(-1), { name: "shop", hosts: ["shop.example"], default: false });
  assert.match(readFileSync(join(made, "manifest.json"), "utf8"), /100663296/);
  assert.deepEqual(await answersOf(t, made), ["b1", "a2"]);

  // One that is not listed is built by what it says itself, a folder of listed ones by the list.
  assert.equal((await nanocBuild(["other", "apps/b"], cwd)).status, 0);
  assert.deepEqual(namesOf(made), ["b", "other", "shop"]);
  const folder = await nanocBuild(["./apps/"], cwd);
  assert.equal(folder.status, 0, folder.stderr);
  assert.match(folder.stdout, /Kept in made: other /);

  // A folder with a list of its own stands for that.
  writeFiles(directory, { "apps/nano.yaml": "apps: [{ path: a, entry: main.ts }]" });
  const own = await nanocBuild(["apps", "-o", "own"], cwd);
  assert.equal(own.status, 0, own.stderr);
  assert.deepEqual(namesOf(join(directory, "own")), ["a"]);
});
