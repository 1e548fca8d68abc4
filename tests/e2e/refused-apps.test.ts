// Apps that cannot be served, though their snapshots are whole: what their clients, and those who watch the server,
// are told.

import assert from "node:assert/strict";
import { test } from "node:test";
import { buildApps, writeConfig, type App } from "./lib/apps.ts";
import { Admin } from "./lib/admin-client.ts";
import { samplesOf } from "./lib/metrics.ts";
import { serve } from "./lib/server.ts";
import type { Scope } from "./lib/temporary.ts";
import { request } from "../../tools/harness/http.ts";
import { until } from "../../tools/harness/wait.ts";

const SHOP: App = {
  files: `const kept = new Uint8Array(3e6);
export default { fetch: () => new Response("shop " + kept[0]) };`,
};
const BLOG: App = { files: `export default { fetch: () => new Response("blog") };` };

/** Serves two apps, of which `shop` does not boot within its limits. */
async function refusing(t: Scope, workers: number) {
  const made = await buildApps(t, { blog: BLOG, shop: SHOP });
  writeConfig(made.directory, {
    blog: { ...BLOG, hosts: "blog.test" },
    shop: { ...SHOP, hosts: "shop.test", limits: { external_memory: "1MiB" } },
  });
  const server = await serve(t, made.dist, {
    config: made.config,
    cwd: made.directory,
    workers,
  });
  const admin = new Admin(made.directory);
  return { admin, server };
}

test("an app that does not boot within its limits is refused, and the server is not ready", async (t) => {
  const { admin, server } = await refusing(t, 2);
  const ready = async () => {
    const { status, json } = await admin.get("/ready");
    return { status, reasons: json.reasons as string[] };
  };
  await until("the workers' start", async () => {
    const { reasons } = await ready();
    return !reasons.includes("the workers are starting");
  });
  // Nobody has asked the app for anything.
  assert.deepEqual(await ready(), { status: 503, reasons: ["app shop is refused"] });
  const metrics = (await admin.get("/metrics")).body;
  assert.match(metrics, /^nano_apps\{state="serving"\} 1$/m);
  assert.match(metrics, /^nano_apps\{state="refused"\} 1$/m);
  const shown = (await admin.get("/admin/apps/shop")).json;
  assert.equal(shown.state, "refused");
  assert.match(shown.refusal, /3 MiB of buffers, more than its `limits\.external_memory` of 1 MiB/);

  const refused = await request(server, "shop.test", "/");
  assert.equal(refused.status, 503);
  assert.equal(refused.header("nano-error"), "app-refused");
  assert.equal(refused.header("content-type"), "application/problem+json");
  const problem = JSON.parse(refused.text) as Record<string, unknown>;
  assert.equal(problem.type, "urn:nano:problem:app-refused");
  assert.equal(problem.app, "shop");
  assert.equal((await request(server, "blog.test", "/")).text, "blog");
});

test("an app that was found not to boot is known not to, whichever worker takes the place", async (t) => {
  const { admin, server } = await refusing(t, 1);
  const reasons = async () => (await admin.get("/ready")).json.reasons as string[];
  await until("the finding", async () => (await reasons()).includes("app shop is refused"));
  const [first] = server.workers();
  process.kill(first!, "SIGKILL");
  await until("another worker", () => server.workers().some((pid) => pid !== first));
  // Nobody has asked for it.
  await until("the same finding", async () => {
    const lines = server.log.filter(
      ({ app, msg }) => app === "shop" && /cannot be served/.test(msg),
    );
    return lines.length === 2 && (await reasons()).includes("app shop is refused");
  });
});

test("apps with less memory than their builds had are tried once, and kept when they are asked for", async (t) => {
  const names = ["one", "three", "two"];
  const apps = (more: Partial<App>) =>
    Object.fromEntries(names.map((name) => [name, { ...BLOG, ...more, hosts: `${name}.test` }]));
  const made = await buildApps(t, apps({}));
  writeConfig(made.directory, apps({ limits: { external_memory: "64MiB" } }));
  const server = await serve(t, made.dist, {
    config: made.config,
    cwd: made.directory,
    workers: 1,
  });
  const admin = new Admin(made.directory);
  const boots = async () => {
    const samples = samplesOf((await admin.get("/metrics")).body);
    return names.map((name) => samples.get(`nano_app_boots_total{app="${name}"}`) ?? 0);
  };
  const isolates = async () => {
    const samples = samplesOf((await admin.get("/metrics")).body);
    return [...samples].filter(([key]) => key.startsWith("nano_app_isolates{")).map(([, n]) => n);
  };
  const sum = (counts: number[]) => counts.reduce((all, count) => all + count, 0);
  await until("that it is ready", async () => (await admin.get("/ready")).status === 200);
  assert.deepEqual(await boots(), [1, 1, 1]);
  assert.equal(sum(await isolates()), 1, "nobody has asked for the others");

  const [first] = server.workers();
  process.kill(first!, "SIGKILL");
  await until("another worker", async () => sum(await boots()) > 3);
  assert.equal(sum(await boots()), 4, "that they boot is known");
  assert.equal((await request(server, "two.test", "/")).text, "blog");
});
