// Groups of workers as who operates a server has to do with them: upgrades, the admin API, `nano ctl`, mistakes.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { Admin } from "./lib/admin-client.ts";
import { buildApps, type App } from "./lib/apps.ts";
import { groupWorkers, teller, type Told } from "./lib/groups.ts";
import { run } from "./lib/program.ts";
import { childrenOf, serve, serveAndFail } from "./lib/server.ts";
import { alive, serveToUpgrade, upgrade } from "./lib/upgrades.ts";
import { Connection, request, requestBytes } from "../../tools/harness/http.ts";
import { nano } from "../../tools/harness/paths.ts";
import { until } from "../../tools/harness/wait.ts";

test("upgrades under load cost no request, whichever group it is for", async (t) => {
  const made = await buildApps(t, {
    plain: { files: teller("plain") },
    red: { files: teller("red"), isolation: "worker" },
    own: { files: teller("own"), isolation: "process" },
  });
  const { server } = await serveToUpgrade(t, made, { workers: 2, config: made.config });
  let running = true;
  let answered = 0;
  const order = ["plain", "own", "red", "own", "plain", "red"];
  const keepAlive = async (_: unknown, index: number) => {
    while (running) {
      const connection = await Connection.open(server);
      for (let i = index, last = false; running && !last; i++, answered++) {
        const app = order[i % order.length];
        await connection.send(requestBytes(`${app}.test`, "/?ms=1"));
        const answer = await connection.read();
        assert.equal(answer.status, 200, answer.text);
        assert.equal((answer.json as Told).app, app);
        last = answer.header("connection") === "close";
      }
      connection.close();
    }
  };
  const all = Promise.all(Array.from({ length: 12 }, keepAlive));
  all.catch(() => (running = false));
  let pid = server.pid;
  for (let round = 0; round < 3; round++) {
    const stream = await Connection.open(server);
    await stream.send(requestBytes("own.test", "/stream?ms=1"));
    assert.equal((await stream.readHead()).status, 200);
    const old = pid;
    pid = await upgrade(server, pid);
    let streamed = "";
    while (!streamed.includes("0\r\n\r\n")) streamed += (await stream.readSome()).toString();
    assert.match(streamed, /9;/);
    stream.close();
    await until("the old server's end", () => !alive(old));
    assert.equal(childrenOf(pid).length, 4);
  }
  running = false;
  await all;
  t.diagnostic(`${answered} requests`);
  for (const line of server.log) assert.notEqual(line.level, "error", JSON.stringify(line));
});

test("isolation is changed through the admin API, shown, and kept", async (t) => {
  const made = await buildApps(t, {
    plain: { files: teller("plain") },
    shop: { files: teller("shop") },
  });
  const server = await serve(t, made.dist, { config: made.config, workers: 1 });
  const admin = new Admin(made.directory);
  const patch = async (body: unknown) => {
    const headers = [`If-Match: ${await admin.etag("shop")}`];
    return admin.ask("/admin/apps/shop", { method: "PATCH", headers, body });
  };
  const before = await admin.get("/admin/apps/shop");
  assert.equal(before.json.worker_group, null);
  const done = await patch({ isolation: "worker", group: "till" });
  assert.equal(done.status, 200, done.body);
  assert.deepEqual(done.json.changes[0].keys, ["isolation"]);
  assert.equal(done.json.app.worker_group, "till");
  assert.equal(groupWorkers(server, "till").length, 1);
  assert.equal(((await request(server, "shop.test", "/")).json as Told).app, "shop");
  const status = await admin.get("/admin/status");
  assert.deepEqual(
    status.json.workers.map(({ number, group }: any) => [number, group]),
    [
      [1, null],
      [3, "till"],
    ],
  );
  const [till] = status.json.workers.filter(({ group }: any) => group === "till");
  assert.deepEqual(
    till.versions.map(({ app, requests }: any) => [app, requests]),
    [["shop", 1]],
  );
  const env = { PATH: "/usr/bin:/bin", NANO_ADMIN: admin.socket };
  const shown = await run(nano, ["ctl", "status"], { env });
  assert.match(shown.stdout, /^3 \(till\) /m);
  const app = await run(nano, ["ctl", "apps", "shop"], { env });
  assert.match(app.stdout, /^isolation +worker \(group till\)$/m);
  assert.deepEqual(done.json.changes[0].values, [
    { key: "isolation", old: "shared", new: "worker (group till)" },
  ]);
  await until("the log", () =>
    server.log.some(({ msg }) => /isolation shared → worker \(group till\)$/.test(msg)),
  );
  // A process of its own is in no group, and whoever names one is told.
  const odd = await patch({ isolation: "process" });
  assert.match(odd.json.notes[0], /`group: till` without `isolation: worker`.*process of its own/);
  assert.deepEqual([odd.json.app.isolation, odd.json.app.worker_group], ["process", "app:shop"]);
  assert.deepEqual((await patch({ drain_timeout: "20s" })).json.notes, [], "not again");
  assert.deepEqual((await patch({ isolation: "worker", drain_timeout: null })).json.notes, []);
  const metrics = await admin.ask("/metrics");
  assert.match(metrics.body, /nano_requests_total\{app="shop",status="2xx"\} 1/);

  const kept = await patch({ idle: "60m" });
  assert.equal(kept.status, 200, kept.body);
  assert.deepEqual(kept.json.changes[0].values, [{ key: "idle", old: "10m", new: "1h" }]);
  assert.equal(kept.json.app.idle, "1h");

  const wrong = await patch({ isolation: "prison" });
  assert.equal(wrong.status, 422, wrong.body);
  assert.match(wrong.body, /'prison' is no isolation of an app/);

  await server.stop();
  const again = await serve(t, made.dist, { config: made.config, workers: 1 });
  await until("its worker", () => groupWorkers(again, "till").length === 1);
  await patch({ isolation: null, group: null });
  await until("its end", () => groupWorkers(again, "till").length === 0);
  assert.equal(((await request(again, "shop.test", "/")).json as Told).app, "shop");
});

test("a server that may not open as many files as its groups need says so, and ends", async (t) => {
  const groups = 24;
  const apps: Record<string, App> = { plain: { files: teller("plain") } };
  for (let i = 0; i < groups; i++) {
    const files = `export default { fetch: () => new Response("${i}") };`;
    apps[`app${i}`] = { files, isolation: "process" };
  }
  const { dist, config } = await buildApps(t, apps);
  const server = await serve(t, dist, { config });
  await until("the workers", () => server.workers().length === 1 + groups);
  const open = readdirSync(`/proc/${server.pid}/fd`).length;
  await server.stop();
  // Each group has two before there are workers, and each worker one.
  const most = open - groups;
  const { status, output } = await serveAndFail(dist, {
    config,
    program: "prlimit",
    prefix: [`--nofile=${most}:${most}`, nano],
  });
  assert.equal(status, 1, output);
  assert.match(output, /nano: .* for 1 worker and 24 groups, .*Too many open files/);
  assert.match(output, /ulimit -n/);
});

test("what is wrong with isolation is told before anything starts", async (t) => {
  const many: Record<string, App> = {};
  const made = await buildApps(t, {
    app: { files: teller("app"), isolation: "worker", group: "a b" },
  }).catch((error: Error) => error);
  // nanoc reads the same file.
  assert.match(String(made), /'a b' cannot be a group's name/);
  for (let i = 0; i < 65; i++) {
    many[`app${i}`] = { files: `export default { fetch: () => new Response("${i}") };` };
    many[`app${i}`].isolation = "process";
  }
  const { dist, config } = await buildApps(t, many);
  const { status, output } = await serveAndFail(dist, { config });
  assert.equal(status, 1);
  assert.match(output, /asks for 65 processes besides the workers, and a server has 64 at most/);
  assert.match(output, /one `group`/);
});
