// Canaries: a second version for a share of the keys, which never go back, and for who asks for it.

import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { Connection, requestBytes } from "../../../tools/harness/http.ts";
import { Admin } from "../lib/admin-client.ts";
import { build, buildApps, writeFiles } from "../lib/apps.ts";
import { serve, type Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";

const saying = (word: string) =>
  `export default { fetch: () => new Response(${JSON.stringify(word)}) };`;
const kKeys = 200;

describe("a canary", () => {
  const scope = suiteScope();
  let server: Server;
  let admin: Admin;
  let newer: string;

  before(async () => {
    const made = await buildApps(scope, {
      shop: { files: saying("old"), hosts: "shop.test" },
      cookies: { files: saying("old"), canary_key: "cookie:user" },
    });
    server = await serve(scope, made.dist, { config: made.config, workers: 2 });
    admin = new Admin(made.directory);
    for (const app of ["shop", "cookies"]) {
      writeFiles(join(made.directory, app), { "index.ts": saying("new") });
    }
    await build(made);
    await admin.settled(await admin.post("/admin/reload"));
    newer = (await admin.get("/admin/apps/shop")).json.version.digest;
    // Back to the old one, so that the new one can be tried.
    for (const app of ["shop", "cookies"]) {
      await admin.settled(await admin.post(`/admin/apps/${app}/rollback`));
    }
  });

  /** Which of the requests go to the new version. */
  async function ask(host: string, requests: Record<string, string>[]): Promise<boolean[]> {
    const answers: boolean[] = [];
    const connection = await Connection.open(server);
    for (const headers of requests) {
      await connection.send(requestBytes(host, "/", { headers }));
      answers.push((await connection.read()).text === "new");
    }
    connection.close();
    return answers;
  }

  const set = async (percent: number, app = "shop") => {
    const { json } = await admin.get(`/admin/apps/${app}/versions`);
    const { digest } = json.versions.find((version: any) => !version.current);
    const version = percent === 0 ? digest : digest.slice(0, 12);
    return admin.changed(await admin.post(`/admin/apps/${app}/canary`, { version, percent }));
  };
  const keys = (name: string, prefix = "") =>
    Array.from({ length: kKeys }, (_, i) => ({ [name]: `${prefix}user-${i}` }));

  test("at 0 % is for those who ask for it", async () => {
    const { app } = await set(0);
    assert.equal(app.canary.version.digest, newer);
    assert.equal(app.canary.percent, 0);
    assert.equal((await ask("shop.test", keys("nano-version-key"))).filter(Boolean).length, 0);
    const override = (value: string) => ({ "nano-version-override": value });
    const asked = await ask("shop.test", [
      override(`shop=${newer}`),
      override(`shop=${newer.slice(0, 8)}`),
      override(`other=${newer}`),
      override("shop=00000000"),
      override(`other=00, shop=${newer}`),
    ]);
    assert.deepEqual(asked, [true, true, false, false, true]);
  });

  for (const [app, name, prefix] of [
    ["shop", "nano-version-key", ""],
    ["cookies", "Cookie", "a=b; user="],
  ] as const) {
    test(`grows, and no key of ${app} goes back`, async () => {
      let before: boolean[] | undefined;
      for (const percent of [0, 5, 30, 70, 100]) {
        await set(percent, app);
        const now = await ask(`${app}.test`, keys(name, prefix));
        const share = now.filter(Boolean).length / kKeys;
        assert.ok(Math.abs(share - percent / 100) < 0.12, `${share} at ${percent} %`);
        assert.deepEqual(await ask(`${app}.test`, keys(name, prefix)), now, "sticky");
        now.forEach((is, i) => assert.ok(is || !before?.[i], `key ${i} went back`));
        before = now;
      }
    });
  }

  test("ends, or becomes the current version", async () => {
    await set(100);
    const ended = await admin.ask("/admin/apps/shop/canary", { method: "DELETE" });
    await admin.settled(ended);
    assert.equal(ended.json.app.canary, null);
    assert.deepEqual(await ask("shop.test", [{}]), [false]);
    const none = await admin.ask("/admin/apps/shop/canary", { method: "DELETE" });
    assert.equal(none.json.outcome, "unchanged");
    const nothing = await admin.post("/admin/apps/shop/canary", { promote: true });
    assert.equal(nothing.status, 422, nothing.body);
    await set(10);
    const promoted = await admin.post("/admin/apps/shop/canary", { promote: true });
    await admin.settled(promoted);
    assert.equal(promoted.json.app.version.digest, newer);
    assert.equal(promoted.json.app.canary, null);
    assert.deepEqual(
      await ask("shop.test", keys("nano-version-key").slice(0, 5)),
      Array(5).fill(true),
    );
  });

  test("has to be a version that is kept, and a percentage that is one", async () => {
    for (const [body, status] of [
      [{ version: "0123456789ab", percent: 1 }, 404],
      [{ version: newer, percent: 101 }, 422],
      [{ version: newer, percent: "5" }, 422],
      [{ version: newer, percent: 5 }, 422],
      [{ percent: 5, more: 1 }, 422],
    ] as const) {
      const answer = await admin.post("/admin/apps/shop/canary", body);
      assert.equal(answer.status, status, `${JSON.stringify(body)}: ${answer.body}`);
    }
  });
});
