// Changes that are under way, or wait for their turn, when the server stops or is replaced: whoever asked for them has
// an answer.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { until, within } from "../../../tools/harness/wait.ts";
import { Admin } from "../lib/admin-client.ts";
import { build, buildApps, writeFiles } from "../lib/apps.ts";
import { serve } from "../lib/server.ts";
import { temporaryFolder } from "../lib/temporary.ts";
import { serveToUpgrade } from "../lib/upgrades.ts";

const good = `export default { fetch: () => new Response("good") };`;
const hanging = `export default { fetch: () => new Promise(() => {}) };`;

test("who waits for a change when the server stops is told that it is not made", async (t) => {
  const settings = { health: "/", health_timeout: "20s" };
  const made = await buildApps(t, { app: { files: hanging, ...settings } });
  const { apps } = JSON.parse(readFileSync(join(made.dist, "manifest.json"), "utf8"));
  const upload = join(made.directory, "upload.snap");
  copyFileSync(join(made.dist, apps[0].snapshot), upload);
  writeFiles(join(made.directory, "app"), { "index.ts": good });
  await build(made);
  const server = await serve(t, made.dist, { config: made.config });
  const admin = new Admin(made.directory);
  const headers = ["If-Match: *"];
  const first = admin.ask("/admin/apps/app", {
    method: "PUT",
    headers,
    form: [`snapshot=@${upload}`],
  });
  await until("the swap", async () => (await admin.get("/admin/status")).json.swapping);
  const second = admin.ask("/admin/apps/app", {
    method: "PATCH",
    headers,
    body: { env: { A: "1" } },
  });
  const reload = admin.post("/admin/reload");
  // Each answer is that of a connection after those of the others.
  await admin.get("/admin/status");
  server.signal("SIGTERM");
  for (const { status, body } of await Promise.all([first, second, reload])) {
    assert.equal(status, 503, body);
  }
  assert.deepEqual(await within(server.exited, "the end"), { status: 0, signal: null });
});

test("a change while a new server starts is put off", async (t) => {
  const made = await buildApps(t, { app: good });
  const { server, installation } = await serveToUpgrade(t, made);
  const gate = join(temporaryFolder(t), "gate");
  execFileSync("mkfifo", [gate]);
  installation.replace(`read -r _ < '${gate}'; exec "$real" "$@"`);
  server.signal("SIGUSR2");
  await server.waitForLog("the upgrade", ({ msg }) => /^upgrading/.test(msg));
  const admin = new Admin(made.directory);
  const refused = await admin.patch("app", { env: { A: "1" } });
  assert.equal(refused.status, 503, refused.body);
  assert.match(refused.json.detail, /ask again in a moment/);
  await writeFile(gate, "\n");
  await server.waitForLog("the new server", ({ msg }) => /^took over/.test(msg));
  await admin.settled(await admin.patch("app", { env: { A: "1" } }));
});

test("a change that has begun before a new server starts is put off, too", async (t) => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const origin = createServer((_, response) => {
    ask();
    void released.then(() => response.end("go on"));
  });
  await new Promise<void>((done) => origin.listen(0, "127.0.0.1", done));
  t.after(() => origin.close());
  const { port } = origin.address() as AddressInfo;
  const made = await buildApps(t, {
    app: {
      files: `export default { async fetch(request, env) {
        if (env.SLOW && new URL(request.url).pathname === "/health") await fetch(env.SLOW);
        return new Response("good");
      } };`,
      health: "/health",
      health_timeout: "30s",
    },
  });
  const { server, installation } = await serveToUpgrade(t, made);
  const gate = join(temporaryFolder(t), "gate");
  execFileSync("mkfifo", [gate]);
  installation.replace(`read -r _ < '${gate}'; exec "$real" "$@"`);
  const admin = new Admin(made.directory);
  const begun = admin.patch("app", { env: { SLOW: `http://127.0.0.1:${port}/` } });
  await within(asked, "the health check");
  server.signal("SIGUSR2");
  await server.waitForLog("the upgrade", ({ msg }) => /^upgrading/.test(msg));
  release();
  const refused = await begun;
  assert.equal(refused.status, 503, refused.body);
  assert.equal(refused.json.type, "urn:nano:problem:busy");
  assert.match(refused.headers.get("retry-after") ?? "", /^\d+$/);
  assert.match(refused.json.detail, /ask again in a moment/);
  assert.ok(!server.log.some(({ level }) => level === "error"), server.output);
  await writeFile(gate, "\n");
  await server.waitForLog("the new server", ({ msg }) => /^took over/.test(msg));
  await admin.settled(await admin.patch("app", { env: { A: "1" } }));
});
