// What goes on after a change was answered: removals and drains, what holds them, how they end; and
// the events that tell of it.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { Connection, request, requestBytes } from "../../../tools/harness/http.ts";
import { until } from "../../../tools/harness/wait.ts";
import { Admin } from "../lib/admin-client.ts";
import { build, buildApps, writeFiles } from "../lib/apps.ts";
import { serve } from "../lib/server.ts";

const streaming = (word: string) => `
  export default { fetch(request) {
    if (new URL(request.url).pathname !== "/stream") return new Response(${JSON.stringify(word)});
    return new Response(new ReadableStream({
      start(to) { to.enqueue(new TextEncoder().encode("begun\\n")); },
    }));
  } };`;

async function started(t: TestContext) {
  const made = await buildApps(t, { shop: streaming("one"), blog: streaming("blog") });
  const server = await serve(t, made.dist, { config: made.config, workers: 2 });
  const admin = new Admin(made.directory);
  /** A stream of the app's that goes on until its client ends it. */
  const stream = async () => {
    const connection = await Connection.open(server);
    t.after(() => connection.close());
    const begun = new Promise<void>((resolve) =>
      connection.socket.on("data", (data: Buffer) => data.includes("begun") && resolve()),
    );
    await connection.send(requestBytes("shop.test", "/stream"));
    await begun;
    return connection;
  };
  const status = async () => (await request(server, "shop.test", "/")).status;
  const remove = (app = "shop") =>
    admin.ask(`/admin/apps/${app}`, { method: "DELETE", headers: ["If-Match: *"] });
  return { made, server, admin, stream, status, remove };
}

/** The operation of an answer of 202. */
function operationOf(answer: {
  status: number;
  headers: Map<string, string>;
  json: any;
  body: string;
}) {
  assert.equal(answer.status, 202, answer.body);
  assert.equal(answer.headers.get("location"), answer.json.operation);
  assert.equal(answer.json.outcome, "draining");
  return answer.json.operation as string;
}

test("a removal goes on while the app is leaving, and ends when it is gone", async (t) => {
  const { admin, status, remove } = await started(t);
  const events = admin.follow(t, "/admin/events?app=shop");
  await events.saw("following", /: following/);
  const place = operationOf(await remove());
  const { json } = await admin.get(place);
  assert.deepEqual(
    [json.kind, json.app, json.state, json.ended],
    ["remove", "shop", "running", null],
  );
  assert.match(json.message, /503/);
  assert.equal(await status(), 503);
  const ended = await until("the end", async () => {
    const operation = (await admin.get(place)).json;
    return operation.state === "done" && operation;
  });
  // Whoever has waited finds what was promised, in every worker.
  for (let i = 0; i < 10; ++i) assert.equal(await status(), 404);
  assert.equal((await admin.get("/admin/apps/shop")).status, 404);
  // By a clock that goes evenly; these are of the wall's.
  assert.ok(Date.parse(ended.ended) - Date.parse(ended.started) >= 990, JSON.stringify(ended));
  const [, data] = await events.saw("its end", /event: removed\ndata: (.+)\n\n/);
  assert.equal(`/admin/operations/${JSON.parse(data!).operation}`, place);
});

test("a removal is held by what the app has under way, and says so", async (t) => {
  const { admin, stream, status, remove } = await started(t);
  const connection = await stream();
  const place = operationOf(await remove());
  const held = await until("what holds it", async () => {
    const { json } = await admin.get(place);
    return json.holding.length > 0 && json;
  });
  assert.equal(held.holding[0].streams, 1);
  await until("more than the second that it takes", async () => {
    const { json } = await admin.get(place);
    assert.equal(json.state, "running");
    return Date.now() - Date.parse(json.started) > 1500;
  });
  assert.equal(await status(), 503);
  connection.close();
  await until("the end", async () => (await admin.get(place)).json.state === "done");
  assert.equal(await status(), 404);
});

test("an app that comes back while it is leaving ends its removal", async (t) => {
  const { admin, status, remove } = await started(t);
  const place = operationOf(await remove());
  await admin.settled(await admin.post("/admin/reload", { drop_state: true }));
  assert.equal(await status(), 200);
  await until("the end", async () => (await admin.get(place)).json.state === "done");
});

test("canaries drain as versions do, in operations", async (t) => {
  const { made, admin, server, stream, status } = await started(t);
  writeFiles(join(made.directory, "shop"), { "index.ts": streaming("two") });
  await build(made);
  const [two] = (await admin.get("/admin/apps/shop/versions")).json.versions;
  const canary = (body: object) => admin.post("/admin/apps/shop/canary", body);
  await admin.settled(await canary({ version: two.digest, percent: 100 }));
  const connection = await stream(); // Of the canary.
  const ended = await admin.ask("/admin/apps/shop/canary", { method: "DELETE" });
  const place = operationOf(ended);
  const { json } = await admin.get(place);
  assert.deepEqual([json.kind, json.app, json.holding[0]?.digest], ["drain", "shop", two.digest]);
  connection.close();
  await until("the end", async () => (await admin.get(place)).json.state === "done");
  // The other way: the canary is promoted, and the old version has a stream.
  await admin.settled(await canary({ version: two.digest, percent: 0 }));
  const old = await stream();
  const promoted = operationOf(await canary({ promote: true }));
  assert.equal((await request(server, "shop.test", "/")).text, "two");
  old.close();
  await until("the end", async () => (await admin.get(promoted)).json.state === "done");
  assert.equal(await status(), 200);
});

test("an app that moves to other workers drains in those it leaves, in an operation", async (t) => {
  const { made, admin, server, stream } = await started(t);
  const moves: [string, () => ReturnType<Admin["ask"]>][] = [
    ["process", () => admin.patch("shop", { isolation: "process" })],
    ["group", () => admin.patch("shop", { isolation: "worker", group: "blue" })],
    [
      "a reload",
      async () => {
        const config = readFileSync(made.config, "utf8");
        writeFileSync(made.config, config.replace(/name: "?shop"?,?/, "$& isolation: shared,"));
        return admin.post("/admin/reload", { drop_state: true });
      },
    ],
  ];
  for (const [name, move] of moves) {
    const connection = await stream();
    const place = operationOf(await move());
    const { json } = await admin.get(place);
    assert.deepEqual([json.kind, json.app, json.state], ["drain", "shop", "running"], name);
    assert.equal(json.holding.length, 1, JSON.stringify(json));
    assert.equal(json.holding[0].streams, 1);
    // Those that serve it now hold nothing up.
    assert.equal(json.workers.length, 1, JSON.stringify(json.workers));
    assert.equal((await request(server, "shop.test", "/")).text, "one");
    assert.equal((await admin.get(place)).json.state, "running", name);
    connection.close();
    await until("the end", async () => (await admin.get(place)).json.state === "done");
  }
  // Without anything under way there is nothing to wait for.
  const idle = await admin.patch("shop", { isolation: "process" });
  assert.equal(idle.status, 200, idle.body);
});

test("events have a time and an app, and a failure is told in one line and in its parts", async (t) => {
  const { made, server, admin } = await started(t);
  const events = admin.follow(t, "/admin/events");
  await events.saw("following", /: following/);
  await admin.settled(await admin.patch("shop", { env: { X: "1" } }));
  writeFileSync(made.config, "servr: {}\nappz: []\n");
  const failed = await admin.post("/admin/reload");
  assert.equal(failed.status, 422, failed.body);
  assert.equal(failed.json.step, "read");
  assert.doesNotMatch(failed.json.detail, /\n/);
  assert.match(failed.json.detail, /servr.*appz/);
  const places = failed.json.errors.map(({ where }: any) => where);
  assert.match(places[0], /nano\.yaml:1:1$/);
  assert.match(places[1], /nano\.yaml:2:1$/);
  assert.match(failed.json.errors[0].message, /servr/);
  assert.match(failed.json.errors[0].excerpt, /servr: \{\}/);
  const { json: diff, status } = await admin.get("/admin/diff");
  assert.equal(status, 422);
  assert.deepEqual(diff.errors, failed.json.errors);

  await events.saw("the failure", /"outcome":"failed"/);
  const told = [...events.text.matchAll(/^event: (.+)\ndata: (.+)$/gm)].map(([, name, data]) => ({
    name,
    ...JSON.parse(data!),
  }));
  assert.ok(told.length >= 4, events.text);
  for (const event of told) {
    assert.match(event.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, JSON.stringify(event));
    assert.ok("app" in event, JSON.stringify(event));
    assert.doesNotMatch(event.message ?? "", /\n/);
  }
  const begun = told.find(({ name }) => name === "begin");
  assert.equal(begun!.app, "shop");
  const log = server.log.find(({ msg }) => /it failed at read/.test(msg));
  assert.doesNotMatch(log!.msg, /\n/);
});
