// What the admin API tells: apps, releases, status, events, log lines, health.

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { before, describe, test } from "node:test";
import { request } from "../../../tools/harness/http.ts";
import { until } from "../../../tools/harness/wait.ts";
import { Admin } from "../lib/admin-client.ts";
import { buildApps } from "../lib/apps.ts";
import { serve, type Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";

const talking = `
  export default { fetch(request) {
    console.log("said", new URL(request.url).pathname);
    return new Response("ok");
  } };`;

describe("the admin API tells", () => {
  const scope = suiteScope();
  let server: Server;
  let admin: Admin;

  before(async () => {
    const { directory, dist, config } = await buildApps(scope, {
      shop: { files: talking, env: { GREETING: "hello" }, hosts: ["shop.test", "buy.test"] },
      blog: { files: talking },
    });
    server = await serve(scope, dist, { config, workers: 2 });
    admin = new Admin(directory);
  });

  test("its socket is its user's alone", () => {
    assert.equal(statSync(admin.socket).mode & 0o777, 0o600);
  });

  test("all apps, and one, with ETags", async () => {
    const list = await admin.get("/admin/apps");
    assert.equal(list.status, 200);
    assert.equal(list.json.release, 1);
    assert.deepEqual(list.json.apps.map((app: any) => app.name).sort(), ["blog", "shop"]);
    const one = await admin.get("/admin/apps/shop");
    assert.equal(one.status, 200);
    assert.equal(one.json.state, "serving");
    assert.deepEqual(one.json.hosts, ["shop.test", "buy.test"]);
    assert.deepEqual(one.json.env, { GREETING: { value: "hello" } });
    assert.match(one.json.version.digest, /^[0-9a-f]{64}$/);
    assert.equal(one.json.version.source, "dist");
    assert.deepEqual(one.json.changed_through_api, []);
    assert.deepEqual(
      list.json.apps.find((app: any) => app.name === "shop"),
      one.json,
    );
    for (const { headers, path } of [
      { ...list, path: "/admin/apps" },
      { ...one, path: "/admin/apps/shop" },
    ]) {
      const etag = headers.get("etag")!;
      assert.match(etag, /^"[^"]+"$/);
      const again = await admin.get(path, `If-None-Match: ${etag}`);
      assert.equal(again.status, 304, path);
      assert.equal(again.body, "");
      assert.equal((await admin.get(path, 'If-None-Match: "other"')).status, 200);
    }
    const missing = await admin.get("/admin/apps/nobody");
    assert.equal(missing.status, 404);
    assert.equal(missing.headers.get("content-type"), "application/problem+json");
    assert.equal(missing.json.type, "urn:nano:problem:no-such-app");
  });

  test("that a method or path is none of its", async () => {
    const wrong = await admin.ask("/admin/apps", { method: "POST", body: {} });
    assert.equal(wrong.status, 405);
    assert.match(wrong.headers.get("allow")!, /GET/);
    assert.equal((await admin.get("/admin/nothing")).json.type, "urn:nano:problem:not-found");
    assert.equal((await admin.ask("/admin/apps", { method: "HEAD" })).body, "");
  });

  test("each worker's isolates, memory and requests", async () => {
    await request(server, "shop.test", "/");
    const { status, json } = await admin.get("/admin/status");
    assert.equal(status, 200);
    assert.equal(json.workers.length, 2);
    const loads = json.workers.flatMap((worker: any) => {
      assert.equal(worker.answered, true);
      assert.ok(server.workers().includes(worker.pid));
      return worker.versions.filter(({ app }: any) => app === "shop");
    });
    const sum = (of: (load: any) => number) =>
      loads.reduce((all: number, l: any) => all + of(l), 0);
    assert.ok(sum((load) => load.requests) >= 1, JSON.stringify(loads));
    assert.ok(sum((load) => load.isolates) >= 1, JSON.stringify(loads));
    assert.ok(sum((load) => load.memory) > 0, JSON.stringify(loads));
  });

  test("releases, and that a reload would change nothing", async () => {
    const releases = await admin.get("/admin/releases");
    assert.equal(releases.json.releases[0].number, 1);
    assert.equal(releases.json.releases[0].trigger, "start");
    const diff = await admin.get("/admin/diff");
    assert.equal(diff.status, 200);
    assert.ok(
      diff.json.apps.every(({ change }: any) => change === "unchanged"),
      diff.body,
    );
  });

  test("its own description, with each path that it has", async () => {
    const { status, json } = await admin.get("/admin/openapi.json");
    assert.equal(status, 200);
    assert.match(json.openapi, /^3\.1\./);
    for (const [path, methods] of Object.entries<Record<string, any>>(json.paths)) {
      if (methods.get === undefined || /events|logs|\{id\}/.test(path)) continue;
      const answer = await admin.get(path.replace("{name}", "shop"));
      const wanted = Object.keys(methods.get.responses);
      assert.ok(wanted.includes(String(answer.status)), `${path}: ${answer.status} of ${wanted}`);
      assert.equal(answer.status, 200, path);
    }
    assert.ok("/admin/apps/{name}/rollback" in json.paths);
  });

  test("health, readiness and metrics", async () => {
    assert.deepEqual((await admin.get("/health")).json, { status: "alive" });
    const ready = await admin.get("/ready");
    assert.equal(ready.status, 200);
    assert.deepEqual(ready.json.reasons, []);
    const metrics = await admin.get("/metrics");
    assert.equal(metrics.status, 200);
    assert.match(metrics.headers.get("content-type")!, /^text\/plain; version=0\.0\.4/);
    for (const line of metrics.body.trimEnd().split("\n")) {
      assert.match(line, /^(# (HELP|TYPE) nano_\w+ .+|nano_\w+(\{[^}]*\})? -?[0-9.e+-]+)$/);
    }
    assert.match(metrics.body, /app="shop"/);
  });

  test("an app's log lines, from its worker, to whoever follows it", async () => {
    const shop = admin.follow(scope, "/admin/logs?app=shop&follow=1&lines=0");
    const blog = admin.follow(scope, "/admin/logs?app=blog&follow=1&lines=0");
    const all = admin.follow(scope, "/admin/logs?follow=1");
    await all.saw("the first lines", /"listening"/);
    // Both follow once each has seen a line of its own app.
    await until("lines of both", async () => {
      await request(server, "shop.test", "/warm");
      await request(server, "blog.test", "/warm");
      return shop.text.includes("said /warm") && blog.text.includes("said /warm");
    });
    await request(server, "blog.test", "/of-blog");
    await request(server, "shop.test", "/of-shop");
    await request(server, "blog.test", "/end");
    await request(server, "shop.test", "/end");
    await shop.saw("the app's line", /said \/end/);
    await blog.saw("the other's line", /said \/end/);
    await all.saw("everything", /said \/of-blog[^]*said \/end[^]*said \/end/);
    assert.match(shop.text, /said \/of-shop/);
    assert.doesNotMatch(shop.text, /of-blog/);
    assert.match(blog.text, /said \/of-blog/);
    assert.doesNotMatch(blog.text, /of-shop/);
    for (const line of shop.text.trimEnd().split("\n")) {
      const entry = JSON.parse(line);
      assert.equal(entry.app, "shop");
      assert.ok(entry.worker >= 1);
    }
  });

  test("the last log lines, without following", async () => {
    for (const path of ["/1", "/2", "/3"]) await request(server, "shop.test", path);
    await request(server, "blog.test", "/4");
    const last = await admin.get("/admin/logs?app=shop&lines=2");
    assert.equal(last.headers.get("content-type"), "text/plain; charset=utf-8");
    const lines = last.body
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).msg);
    assert.deepEqual(lines, ["said /2", "said /3"]);
    const [line] = (await admin.get("/admin/logs?lines=1")).body.split("\n");
    assert.equal(JSON.parse(line!).msg, "said /4");
    assert.equal((await admin.get("/admin/logs?lines=0")).body, "");
  });
});
