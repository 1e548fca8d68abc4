// What the admin API changes: settings, deploys, rollbacks, removals; and that it is kept.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { Connection, request, requestBytes } from "../../../tools/harness/http.ts";
import { until } from "../../../tools/harness/wait.ts";
import { Admin } from "../lib/admin-client.ts";
import { build, buildApps, writeFiles, type Workspace } from "../lib/apps.ts";
import { serve, type Server } from "../lib/server.ts";

const saying = (word: string) => `
  export default { fetch(request, { X = null, TOKEN = "" }) {
    return Response.json({ word: ${JSON.stringify(word)}, env: X, secret: TOKEN.length });
  } };`;

interface Started extends Workspace {
  server: Server;
  admin: Admin;
  word(host?: string): Promise<unknown>;
  /** What an app says, or the status if it does not. */
  says(host?: string): Promise<any>;
}

async function start(made: Workspace, t: TestContext): Promise<Started> {
  const { dist, config, directory } = made;
  const server = await serve(t, dist, { config, workers: 2 });
  const says = async (host = "shop.test") => {
    const response = await request(server, host, "/");
    return response.status === 200 ? (response.json as any) : response.status;
  };
  const word = async (host?: string) => {
    const answer = await says(host);
    return answer.word ?? answer;
  };
  return { ...made, server, admin: new Admin(directory), says, word };
}

async function shop(t: TestContext): Promise<Started> {
  return start(
    await buildApps(t, {
      shop: { files: saying("one"), env: { X: "files" } },
      blog: saying("blog"),
    }),
    t,
  );
}

/** Another version of an app's code, built into the dist. */
async function rebuild(made: Workspace, word: string, app = "shop"): Promise<void> {
  writeFiles(join(made.directory, app), { "index.ts": saying(word) });
  await build(made);
}

/** The container of an app that the dist has. */
function snapshotOf({ dist }: Workspace, digest: string): string {
  return join(dist, "snapshots", `${digest}.snap`);
}

const digestOf = async (admin: Admin, app = "shop") =>
  (await admin.get(`/admin/apps/${app}`)).json.version.digest as string;

describe("the admin API changes", () => {
  test("settings, for whoever knows what they are", async (t) => {
    const { admin, says } = await shop(t);
    const etag = await admin.etag("shop");
    const patch = (headers: string[], body: unknown) =>
      admin.ask("/admin/apps/shop", { method: "PATCH", headers, body });
    const blind = await patch([], { env: { X: "blind" } });
    assert.equal(blind.status, 428);
    assert.equal(blind.json.type, "urn:nano:problem:precondition-required");
    const done = await patch([`If-Match: ${etag}`], { env: { X: "patched", Y: "new" } });
    await admin.settled(done);
    assert.notEqual(done.headers.get("etag"), etag);
    assert.deepEqual(done.json.app.env, { X: { value: "patched" }, Y: { value: "new" } });
    assert.equal((await says()).env, "patched");
    const stale = await patch([`If-Match: ${etag}`], { env: { X: "late" } });
    assert.equal(stale.status, 412);
    assert.equal(stale.headers.get("etag"), done.headers.get("etag"));
    assert.equal((await says()).env, "patched");
    const wrong = await patch(["If-Match: *"], { limits: { memory: "lots" } });
    assert.equal(wrong.status, 422);
    assert.equal(wrong.json.type, "urn:nano:problem:invalid");
    assert.equal(wrong.json.errors[0].where, "config");
    assert.match(wrong.json.errors[0].message, /^limits\.memory: /);
    const same = await patch(["If-Match: *"], { env: { X: "patched" } });
    assert.equal(same.json.outcome, "unchanged", same.body);
    await admin.settled(await patch(["If-Match: *"], { env: { X: null } }));
    assert.equal((await says()).env, null);
  });

  test("a new app, from what curl uploads", async (t) => {
    const { admin, word, says, ...made } = await shop(t);
    const file = snapshotOf(made, await digestOf(admin));
    const form = [`snapshot=@${file}`, 'config={"hosts":["new.test"],"env":{"X":"put"}}'];
    const put = () =>
      admin.ask("/admin/apps/new", { method: "PUT", headers: ["If-None-Match: *"], form });
    const created = await put();
    assert.equal(created.status, 201, created.body);
    assert.equal(created.headers.get("location"), "/admin/apps/new");
    assert.equal(created.json.app.version.source, "api");
    assert.deepEqual(await says("new.test"), { word: "one", env: "put", secret: 0 });
    assert.equal(await word(), "one");
    const again = await put();
    assert.equal(again.status, 412, again.body);
    const bare = await admin.ask("/admin/apps/bare", { method: "PUT", form: ["config={}"] });
    assert.equal(bare.status, 422, bare.body);
  });

  test("nothing, if what is uploaded is no snapshot", async (t) => {
    const { admin, word, directory } = await shop(t);
    const file = join(directory, "rubbish");
    writeFileSync(file, Buffer.alloc(100_000, "rubbish"));
    for (const app of ["shop", "other"]) {
      const headers = app === "shop" ? ["If-Match: *"] : [];
      const form = [`snapshot=@${file}`, `config={"hosts":["${app}.test"]}`];
      const refused = await admin.ask(`/admin/apps/${app}`, { method: "PUT", headers, form });
      assert.equal(refused.status, 422, refused.body);
      assert.equal(refused.json.type, "urn:nano:problem:swap-refused");
      assert.equal(refused.json.step, "check");
      assert.equal(refused.json.app, app);
    }
    assert.equal(await word(), "one");
    assert.equal((await admin.get("/admin/apps/other")).status, 404);
    const { json } = await admin.get("/admin/releases");
    assert.deepEqual([json.releases[0].failed, json.releases[0].step], [true, "check"]);
  });

  test("which apps there are: 503 while one leaves, then 404", async (t) => {
    const { admin, server, word } = await shop(t);
    const blind = await admin.ask("/admin/apps/blog", { method: "DELETE" });
    assert.equal(blind.status, 428);
    const headers = [`If-Match: ${await admin.etag("blog")}`];
    const removed = await admin.ask("/admin/apps/blog", { method: "DELETE", headers });
    admin.changed(removed);
    const leaving = await request(server, "blog.test", "/");
    assert.equal(leaving.status, 503);
    assert.ok(Number(leaving.header("retry-after")) >= 1);
    assert.equal(leaving.header("connection"), "close");
    await until("404", async () => (await word("blog.test")) === 404);
    assert.equal((await admin.get("/admin/apps/blog")).status, 404);
    assert.equal(await word(), "one");
    const diff = await admin.get("/admin/diff");
    const blog = diff.json.apps.find(({ app }: any) => app === "blog");
    assert.deepEqual(blog?.overridden, ["removed"], diff.body);
    const back = await admin.post("/admin/reload", { drop_state: true });
    await admin.settled(back);
    assert.equal(await word("blog.test"), "blog");
  });

  test("the code, and back: once, and the second time it says that it did already", async (t) => {
    const { admin, word, ...made } = await shop(t);
    const first = await digestOf(admin);
    await rebuild(made, "two");
    const diff = await admin.get("/admin/diff");
    const difference = diff.json.apps.find(({ app }: any) => app === "shop");
    assert.equal(difference.change, "code");
    assert.equal(difference.old_digest, first);
    assert.ok(difference.bytes_differing > 0);
    assert.equal(await word(), "one");
    const reloaded = await admin.post("/admin/reload");
    await admin.settled(reloaded);
    assert.deepEqual(
      reloaded.json.changes.map(({ app }: any) => app),
      ["shop"],
    );
    assert.equal(await word(), "two");
    const same = await admin.post("/admin/reload");
    assert.equal(same.json.outcome, "unchanged", same.body);

    const { json } = await admin.get("/admin/apps/shop/versions");
    assert.deepEqual(
      json.versions.map((version: any) => [version.current, version.previous]),
      [
        [true, false],
        [false, true],
      ],
    );
    assert.equal(json.versions[1].digest, first);

    const back = await admin.post("/admin/apps/shop/rollback", {});
    await admin.settled(back);
    assert.ok(["done", "draining"].includes(back.json.outcome), back.body);
    assert.match(back.json.notes[0], /code/);
    assert.equal(await word(), "one");
    const release = (await admin.get("/admin/apps")).json.release;
    const twice = await admin.post("/admin/apps/shop/rollback");
    assert.equal(twice.status, 200, twice.body);
    assert.equal(twice.json.outcome, "unchanged");
    assert.match(twice.json.message, /already/);
    assert.equal((await admin.get("/admin/apps")).json.release, release);
    assert.equal(await word(), "one");

    // What the files say did not change: they do not undo it.
    const kept = await admin.post("/admin/reload");
    assert.equal(kept.json.outcome, "unchanged", kept.body);
    assert.equal(await word(), "one");
    const unknown = await admin.post("/admin/apps/shop/rollback", { version: "0123456789" });
    assert.equal(unknown.status, 404);
    assert.equal(unknown.json.type, "urn:nano:problem:no-such-version");
    const forth = await admin.post("/admin/apps/shop/rollback", {
      version: json.versions[0].digest.slice(0, 12),
    });
    await admin.settled(forth);
    assert.equal(await word(), "two");
  });

  test("once for a key, however often it is asked", async (t) => {
    const { admin } = await shop(t);
    const ask = (value: string) =>
      admin.ask("/admin/apps/shop", {
        method: "PATCH",
        headers: ["If-Match: *", "Idempotency-Key: a-word"],
        body: { env: { X: value } },
      });
    const first = await ask("once");
    admin.changed(first);
    const release = (await admin.get("/admin/apps")).json.release;
    const again = await ask("once");
    assert.equal(again.body, first.body);
    assert.equal(again.headers.get("idempotent-replayed"), "true");
    assert.equal((await ask("other")).json.type, "urn:nano:problem:idempotency-key-reused");
    assert.equal((await admin.get("/admin/apps")).json.release, release);
  });

  test("secrets, which never come back", async (t) => {
    const { admin, says, server, dist } = await shop(t);
    const secret = "s3cr3t-of-the-shop";
    const events = admin.follow(t, "/admin/events");
    const logs = admin.follow(t, "/admin/logs?follow=1");
    await events.saw("following", /: following/);
    await admin.settled(await admin.patch("shop", { secrets: { TOKEN: secret } }));
    assert.equal((await says()).secret, secret.length);
    const { json } = await admin.get("/admin/apps/shop");
    assert.deepEqual(json.env.TOKEN, { secret: true });
    const form = [`config={"hosts":["shop.test"],"secrets":{"TOKEN":"${secret}-2"}}`];
    const put = { method: "PUT", headers: ["If-Match: *"], form };
    admin.changed(await admin.ask("/admin/apps/shop", put));
    assert.equal((await says()).secret, secret.length + 2);
    // Wrong in its kind, its name, its place.
    await admin.patch("shop", { secrets: { TOKEN: [secret] } });
    await admin.patch("shop", { secrets: { "not a name": secret } });
    await admin.patch("shop", { secrets: { TOKEN: secret }, limits: { memory: "x" } });
    for (const path of ["apps", "apps/shop/versions", "status", "diff", "releases"]) {
      assert.equal((await admin.get(`/admin/${path}`)).status, 200);
    }
    await admin.get("/metrics");
    await events.saw("a swap", /event: swap/);
    await logs.saw("a release", /serving a new release/);
    assert.ok(admin.said.length > 5_000);
    assert.doesNotMatch(admin.said, /s3cr3t/);
    assert.doesNotMatch(server.output, /s3cr3t/);
    const state = readFileSync(join(dist, ".state/state.json"), "utf8");
    assert.match(state, /TOKEN/);
  });

  test("what a restarted server still serves", async (t) => {
    const made = await shop(t);
    const { admin, server, says } = made;
    await admin.settled(
      await admin.patch("shop", { env: { X: "kept" }, secrets: { TOKEN: "12345" } }),
    );
    const file = snapshotOf(made, await digestOf(admin));
    const form = [`snapshot=@${file}`, 'config={"hosts":["new.test"]}'];
    admin.changed(await admin.ask("/admin/apps/new", { method: "PUT", form }));
    const remove = { method: "DELETE", headers: ["If-Match: *"] };
    admin.changed(await admin.ask("/admin/apps/blog", remove));
    const before = await says();
    assert.deepEqual(before, { word: "one", env: "kept", secret: 5 });
    // As a crash ends it: what was answered is on disk.
    await server.stop("SIGKILL");
    const again = await start(made, t);
    assert.deepEqual(await again.says(), before);
    assert.equal(await again.word("new.test"), "one");
    assert.equal(await again.word("blog.test"), 404);
    const { json } = await again.admin.get("/admin/apps/shop");
    assert.deepEqual(json.changed_through_api.toSorted(), ["env.TOKEN", "env.X"]);
  });

  test("and tells what happens, in order, also to who comes back", async (t) => {
    const { admin } = await shop(t);
    const live = admin.follow(t, "/admin/events");
    await live.saw("following", /: following/);
    await admin.settled(await admin.patch("shop", { env: { X: "1" } }));
    const [, id, data] = await live.saw("the swap", /id: (\d+)\nevent: swap\ndata: (.+)\n\n/);
    assert.equal(JSON.parse(data!).outcome, "done");
    await admin.settled(await admin.patch("shop", { env: { X: "2" } }));
    await until("the second swap", () => live.text.match(/event: swap/g)!.length === 2);
    const ids = [...live.text.matchAll(/^id: (\d+)$/gm)].map(([, number]) => Number(number));
    assert.deepEqual(
      ids,
      ids.toSorted((one, other) => one - other),
    );
    // Who comes back gets what came after what it has, and nothing twice.
    const back = admin.follow(t, "/admin/events", `Last-Event-ID: ${id}`);
    await back.saw("the second swap", /event: swap/);
    assert.equal(back.text.match(/event: swap/g)!.length, 1);
    assert.doesNotMatch(back.text, new RegExp(`^id: ${id}$`, "m"));
    const lost = admin.follow(t, "/admin/events", "Last-Event-ID: 1");
    await lost.saw("that something is missing, and all that is kept", /^event: gap[^]*"outcome"/);
  });

  test("an app whose old version a stream holds, until the stream has ended", async (t) => {
    const streaming = `
      export default { fetch() {
        const body = new ReadableStream({ start(to) { to.enqueue(new TextEncoder().encode("begun\\n")); } });
        return new Response(body);
      } };`;
    const { admin, server } = await start(await buildApps(t, { shop: streaming }), t);
    const connection = await Connection.open(server);
    t.after(() => connection.close());
    const begun = new Promise<void>((resolve) =>
      connection.socket.on("data", (data: Buffer) => data.includes("begun") && resolve()),
    );
    await connection.send(requestBytes("shop.test", "/"));
    await begun;
    const changed = await admin.patch("shop", { env: { X: "1" } });
    assert.equal(changed.status, 202, changed.body);
    assert.equal(changed.json.outcome, "draining");
    const place = changed.headers.get("location")!;
    assert.equal(place, changed.json.operation);
    const held = await until("what holds it", async () => {
      const { json } = await admin.get(place);
      return json.holding.length > 0 && json;
    });
    assert.equal(held.state, "running");
    assert.equal(held.app, "shop");
    assert.equal(held.holding[0].streams, 1, JSON.stringify(held));
    const status = await admin.get("/admin/status");
    const draining = status.json.workers.flatMap((worker: any) =>
      worker.versions.filter((version: any) => version.draining),
    );
    assert.equal(draining.length, 1, status.body);
    connection.close();
    await until("the end", async () => (await admin.get(place)).json.state === "done");
    assert.equal((await admin.get("/admin/operations/none")).status, 404);
  });
});
