// Builds that a dist keeps and the server never loaded: listed as such, and served on request.

import assert from "node:assert/strict";
import { copyFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { request } from "../../../tools/harness/http.ts";
import { Admin } from "../lib/admin-client.ts";
import { build, buildApps, writeFiles } from "../lib/apps.ts";
import { serve } from "../lib/server.ts";

const saying = (word: string) =>
  `export default { fetch: () => new Response(${JSON.stringify(word)}) };`;
const broken = `export default { fetch() { throw new Error("no database"); } };`;

/** A server that has loaded the first build, and nothing of those that were made since. */
async function behind(t: TestContext, words: string[], health = false) {
  const settings = health ? { health: "/" } : {};
  const made = await buildApps(t, { shop: { files: saying("one"), ...settings } });
  const server = await serve(t, made.dist, { config: made.config, workers: 2 });
  const rebuild = async (word: string) => {
    const source = word === "broken" ? broken : saying(word);
    writeFiles(join(made.directory, "shop"), { "index.ts": source });
    await build(made);
  };
  for (const word of words) await rebuild(word);
  const admin = new Admin(made.directory);
  const word = async (headers = {}) => (await request(server, "shop.test", "/", { headers })).text;
  const versions = async () => (await admin.get("/admin/apps/shop/versions")).json.versions;
  return { made, server, admin, word, versions, rebuild };
}

test("builds that were never loaded are listed, the newest first, and not as the one before", async (t) => {
  const { admin, versions } = await behind(t, ["two", "three"]);
  const listed = await versions();
  assert.equal(listed.length, 3);
  const flags = listed.map(({ current, previous, served }: any) => [
    current,
    previous,
    served !== null,
  ]);
  assert.deepEqual(flags, [
    [false, false, false],
    [false, false, false],
    [true, false, true],
  ]);
  const built = listed.map((version: any) => Date.parse(version.built));
  assert.ok(built[0] >= built[1] && built[1] >= built[2], JSON.stringify(built));
  assert.ok(Date.parse(listed[2].served) >= built[2]);
  // What was built after the current version is not what served before it.
  const back = await admin.post("/admin/apps/shop/rollback");
  assert.equal(back.status, 404, back.body);
  assert.equal(back.json.type, "urn:nano:problem:no-such-version");
  for (const { digest } of listed) assert.ok(back.json.detail.includes(digest.slice(0, 12)));
});

test("such a build can be a canary, grow, and become the current version", async (t) => {
  const { admin, word, versions } = await behind(t, ["two", "three"]);
  const [three, two, one] = (await versions()).map(({ digest }: any) => digest as string);
  const canary = (body: object) => admin.post("/admin/apps/shop/canary", body);
  await admin.settled(await canary({ version: two!.slice(0, 4), percent: 0 }));
  assert.equal(await word(), "one");
  assert.equal(await word({ "nano-version-override": `shop=${two!.slice(0, 4)}` }), "two");
  assert.deepEqual((await admin.get("/admin/apps/shop")).json.canary.percent, 0);
  await admin.settled(await canary({ percent: 100 }));
  assert.equal(await word(), "two");
  await admin.settled(await canary({ promote: true }));
  assert.equal(await word(), "two");
  const after = await versions();
  assert.deepEqual(
    after.map(({ digest, current, previous }: any) => [digest, current, previous]),
    [
      [three, false, false],
      [two, true, false],
      [one, false, true],
    ],
  );
  await admin.settled(await admin.post("/admin/apps/shop/rollback"));
  assert.equal(await word(), "one");
});

test("such a build can be rolled to, tried first, and a reload goes on as the files say", async (t) => {
  const { admin, word, versions } = await behind(t, ["broken", "three"], true);
  const [three, wrong, one] = (await versions()).map(({ digest }: any) => digest as string);
  const refused = await admin.post("/admin/apps/shop/rollback", { version: wrong });
  assert.equal(refused.status, 422, refused.body);
  assert.equal(refused.json.step, "health");
  assert.equal(await word(), "one");
  await admin.settled(await admin.post("/admin/apps/shop/rollback", { version: three }));
  assert.equal(await word(), "three");
  await admin.settled(await admin.post("/admin/apps/shop/rollback"));
  assert.equal(await word(), "one");
  // It was decided about: the files did not change in that respect since.
  const kept = await admin.post("/admin/reload");
  assert.equal(kept.json.outcome, "unchanged", kept.body);
  assert.equal(await word(), "one");
  await admin.settled(await admin.post("/admin/reload", { drop_state: true }));
  assert.equal(await word(), "three");
  assert.deepEqual(
    (await versions()).map(({ digest, previous }: any) => [digest, previous]),
    [
      [three, false],
      [wrong, false],
      [one, true],
    ],
  );
});

test("what was decided about such a build outlasts reloads and restarts, and no build after it", async (t) => {
  const { made, server, admin, word, versions, rebuild } = await behind(t, ["two"]);
  const [two] = (await versions()).map(({ digest }: any) => digest as string);
  await admin.settled(await admin.post("/admin/apps/shop/canary", { version: two, percent: 0 }));
  const canary = async () => (await admin.get("/admin/apps/shop")).json.canary?.version.digest;
  assert.equal((await admin.post("/admin/reload")).json.outcome, "unchanged");
  assert.deepEqual([await word(), await canary()], ["one", two]);
  const { json: diff } = await admin.get("/admin/diff");
  assert.deepEqual([diff.changes, diff.apps[0].overridden], [false, ["version", "canary"]]);
  await server.stop("SIGKILL");
  const again = await serve(t, made.dist, { config: made.config, workers: 2 });
  assert.equal((await request(again, "shop.test", "/")).text, "one");
  assert.equal(await canary(), two);
  await rebuild("three");
  await admin.settled(await admin.post("/admin/reload"));
  assert.equal((await request(again, "shop.test", "/")).text, "three");
  assert.equal(await canary(), undefined);
});

test("who rolls back to another version has decided nothing about such a build", async (t) => {
  const { admin, word, versions, rebuild } = await behind(t, []);
  await rebuild("two");
  await admin.settled(await admin.post("/admin/reload"));
  await rebuild("three");
  await admin.settled(await admin.post("/admin/apps/shop/rollback"));
  assert.equal(await word(), "one");
  await admin.settled(await admin.post("/admin/reload"));
  assert.equal(await word(), "three", JSON.stringify(await versions()));
});

test("what is served is listed though its file is gone, and nothing else is", async (t) => {
  const { made, admin, word, versions } = await behind(t, ["two"]);
  const [two] = await versions();
  rmSync(join(made.dist, "snapshots"), { recursive: true });
  const [one, ...more] = await versions();
  assert.deepEqual([one.current, one.built, more], [true, null, []]);
  const gone = await admin.post("/admin/apps/shop/rollback", { version: two.digest });
  assert.equal(gone.status, 404, gone.body);
  assert.equal(await word(), "one");
});

test("what is served can be come back to, though builds have dropped its snapshot since", async (t) => {
  const { made, server, admin, word, versions, rebuild } = await behind(t, []);
  const manifest = () => JSON.parse(readFileSync(join(made.dist, "manifest.json"), "utf8"));
  const first = join(made.dist, manifest().apps[0].snapshot);
  const upload = join(made.directory, "upload.snap");
  for (const next of ["two", "three", "four", "five", "six", "seven"]) {
    await rebuild(next);
    if (next === "two") copyFileSync(join(made.dist, manifest().apps[0].snapshot), upload);
  }
  assert.ok(!existsSync(first), "the first build is not kept");
  const headers = ["If-Match: *"];
  const put = await admin.ask("/admin/apps/shop", {
    method: "PUT",
    headers,
    form: [`snapshot=@${upload}`],
  });
  await admin.settled(put);
  assert.equal(await word(), "two");
  await admin.settled(await admin.post("/admin/apps/shop/rollback"));
  assert.equal(await word(), "one");
  // A canary of a build beside it, and a restart.
  const other = (await versions()).find(({ current }: any) => !current);
  const canary = { version: other.digest, percent: 0 };
  await admin.settled(await admin.post("/admin/apps/shop/canary", canary));
  await server.stop();
  const next = await serve(t, made.dist, { config: made.config });
  assert.equal((await request(next, "shop.test", "/")).text, "one");
});
