// Upgrades by SIGUSR2 that come to nothing: the server goes on, and its log says why.

import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { buildApps } from "./lib/apps.ts";
import { curl } from "./lib/curl.ts";
import { alive, APP, ask, failure, serveToUpgrade, upgrade } from "./lib/upgrades.ts";
import { Connection, requestBytes } from "../../tools/harness/http.ts";
import { until, within } from "../../tools/harness/wait.ts";

for (const [what, script, why] of [
  ["exits", "exit 3", /exited with status 3/],
  ["crashes", "kill -SEGV $$", /SIGSEGV/],
  ["says why", 'exec "$real" serve /nowhere', /nowhere/],
  ["is of another kind", 'exec "$real" --version >&2', /exited with status 0/],
] as const) {
  test(`a new program that ${what} leaves the old one serving`, async (t) => {
    const made = await buildApps(t, { app: APP });
    const { server, installation } = await serveToUpgrade(t, made);
    const kept = await Connection.open(server);
    installation.replace(script);
    server.signal("SIGUSR2");
    const line = await failure(server);
    assert.equal(line.level, "error");
    assert.match(line.msg, why);
    await kept.send(requestBytes("app.test", "/"));
    assert.equal((await kept.read()).header("connection"), undefined);
    kept.close();
    // It may be tried again.
    installation.restore();
    await upgrade(server, server.pid);
    assert.equal(await ask(server), "one");
  });
}

test("a program that is nowhere is no upgrade", async (t) => {
  const made = await buildApps(t, { app: APP });
  const { server, installation } = await serveToUpgrade(t, made);
  rmSync(installation.nano);
  server.signal("SIGUSR2");
  assert.match((await failure(server)).msg, /cannot run .*bin\/nano: No such file or directory/);
  assert.equal(await ask(server), "one");
});

test("a new program that hangs is given up; a second signal meanwhile is refused", async (t) => {
  const made = await buildApps(t, { app: APP }, { upgrade_timeout: "1s" });
  const { server, installation } = await serveToUpgrade(t, made);
  installation.replace("exec sleep 600");
  server.signal("SIGUSR2");
  const { pid } = await server.waitForLog("the upgrade", ({ msg }) => /^upgrading/.test(msg));
  server.signal("SIGUSR2");
  const refused = await server.waitForLog("a refusal", ({ msg }) => /no upgrade/.test(msg));
  assert.equal(refused.level, "warn");
  assert.match(refused.msg, new RegExp(`under way already, by process ${String(pid)}`));
  assert.match((await failure(server)).msg, /upgrade_timeout \(1000 ms\)/);
  await until("its end", () => !alive(Number(pid)));
  assert.equal(await ask(server), "one");
});

test("a dist that is broken by then leaves the old server serving", async (t) => {
  const made = await buildApps(t, {
    app: APP,
    other: `export default { fetch: () => new Response("other") };`,
  });
  const { server } = await serveToUpgrade(t, made);
  const manifest = join(made.dist, "manifest.json");
  const good = readFileSync(manifest);
  writeFileSync(manifest, "{");
  server.signal("SIGUSR2");
  assert.match((await failure(server)).msg, /manifest\.json/);
  assert.equal(await ask(server), "one");
  writeFileSync(manifest, good);

  // One of the two apps; a server that starts would serve the other.
  const name = /[0-9a-f]{64}/.exec(good.toString())![0];
  const snapshot = join(made.dist, "snapshots", `${name}.snap`);
  const bytes = readFileSync(snapshot);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(snapshot, bytes);
  server.signal("SIGUSR2");
  const line = await server.waitForLog("its failure", ({ msg }) =>
    /upgrade failed.*app (app|other), which is served now, could not be/s.test(msg),
  );
  assert.match(line.msg, /damaged/);
  assert.equal(await ask(server), "one");
  // What the new one had been handed is still the old one's.
  const socket = join(made.directory, "nano.sock");
  const { stdout } = await curl(["--unix-socket", socket, "http://nano/admin/status"]);
  assert.equal(JSON.parse(stdout).release, 1);
});

test("the new server takes over from one that is killed meanwhile", async (t) => {
  const made = await buildApps(t, { app: APP });
  const { server, installation } = await serveToUpgrade(t, made);
  installation.replace('sleep 0.5; exec "$real" "$@"');
  const workers = server.workers();
  server.signal("SIGUSR2");
  await server.waitForLog("the upgrade", ({ msg }) => /^upgrading/.test(msg));
  server.signal("SIGKILL");
  // Until they are gone, too, they accept connections.
  await until("its workers' end", () => !workers.some(alive));
  const waiting = await Connection.open(server);
  await waiting.send(requestBytes("app.test", "/"));
  assert.equal((await waiting.read()).text, "one");
  waiting.close();
});

test("a stop while a new server starts ends both", async (t) => {
  const made = await buildApps(t, { app: APP });
  const { server, installation } = await serveToUpgrade(t, made);
  installation.replace("exec sleep 600");
  server.signal("SIGUSR2");
  const { pid } = await server.waitForLog("the upgrade", ({ msg }) => /^upgrading/.test(msg));
  server.signal("SIGTERM");
  assert.deepEqual(await within(server.exited, "the end"), { status: 0, signal: null });
  assert.ok(!alive(Number(pid)));
});
