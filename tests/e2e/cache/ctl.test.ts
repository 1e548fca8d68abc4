// `nano ctl cache`: what is in apps' caches, and emptying them.

import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { nano } from "../../../tools/harness/paths.ts";
import { Admin } from "../lib/admin-client.ts";
import { build, workspace } from "../lib/apps.ts";
import { INSIDE, runAs } from "../lib/inside.ts";
import { run } from "../lib/program.ts";
import { serve, type Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";

describe("nano ctl cache", () => {
  const scope = suiteScope();
  let server: Server;
  let directory: string;

  before(async () => {
    const made = workspace(scope, { app: { files: INSIDE }, other: { files: INSIDE } });
    await build(made);
    ({ directory } = made);
    server = await serve(scope, made.dist, { config: made.config, workers: 2 });
  });

  const ctl = async (args: string[], status = 0) => {
    const admin = `unix:${join(directory, "nano.sock")}`;
    const done = await run(nano, ["ctl", "cache", ...args, "--admin", admin]);
    assert.equal(done.status, status, done.stderr + done.stdout);
    return done;
  };
  const put = (app: string, cache: string, paths: string[]) =>
    runAs(
      server,
      app,
      {},
      async (_, cache: string, paths: string[]) => {
        const kept = cache === "" ? (caches as any).default : await caches.open(cache);
        for (const path of paths) {
          const headers = { "cache-control": "max-age=600" };
          await kept.put(`https://shop.test${path}`, new Response("x", { headers }));
        }
      },
      cache,
      paths,
    );
  /** Which of the paths are found; each is asked for often, so that all workers are asked. */
  const found = async (app: string, cache: string, paths: string[]) => {
    const all = new Set<string>();
    for (let i = 0; i < 8; ++i) {
      const some = await runAs(
        server,
        app,
        {},
        async (_, cache: string, paths: string[]) => {
          const kept = cache === "" ? (caches as any).default : await caches.open(cache);
          const hits = [];
          for (const path of paths) {
            if (await kept.match(`https://shop.test${path}`)) hits.push(path);
          }
          return hits;
        },
        cache,
        paths,
      );
      for (const path of some) all.add(path);
    }
    return [...all].sort();
  };

  test("shows what there is, and removes what is named", async () => {
    assert.match((await ctl(["stats"])).stdout, /No app has anything/);
    const paths = ["/", "/a.css", "/img/1", "/img/2"];
    await put("app", "", paths);
    await put("app", "img", paths);
    await put("other", "", paths);
    // There are copies in workers.
    assert.deepEqual(await found("app", "", paths), paths);
    assert.deepEqual(await found("app", "img", paths), paths);

    const all = JSON.parse((await ctl(["stats", "--json"])).stdout).apps;
    assert.deepEqual(
      all.map((app: any) => [app.app, app.entries, app.bytes, app.puts]),
      [
        ["app", 8, 8 * 4096, 8],
        ["other", 4, 4 * 4096, 4],
      ],
    );
    assert.ok(all[0].hits >= 64);
    assert.match((await ctl(["stats"])).stdout, /^app +8 +33 kB +64 +0 +8 +0$/m);
    const one = (await ctl(["stats", "app"])).stdout;
    assert.match(one, /^caches\.default +4 /m);
    assert.match(one, /^caches\.open\("img"\) +4 /m);

    assert.match(
      (await ctl(["purge", "app", "--url", "https://SHOP.test:443/a/..#top"])).stdout,
      /1 entry/,
    );
    assert.deepEqual(await found("app", "", paths), paths.slice(1));
    const image = "https://shop.test/img/";
    assert.match((await ctl(["purge", "app", "--prefix", image])).stdout, /2 entries/);
    assert.deepEqual(await found("app", "", paths), ["/a.css"]);
    assert.deepEqual(await found("app", "img", paths), paths);
    await ctl(["purge", "app", "--cache", "img", "--url", `${image}1`]);
    assert.deepEqual(await found("app", "img", paths), ["/", "/a.css", "/img/2"]);
    assert.match((await ctl(["purge", "app", "--cache", "img"])).stdout, /3 entries/);
    assert.deepEqual(await found("app", "img", paths), []);
    assert.deepEqual(await found("app", "", paths), ["/a.css"]);
    assert.match((await ctl(["purge", "app", "--default"])).stdout, /1 entry/);
    assert.deepEqual(await found("app", "", paths), []);

    assert.deepEqual(await found("other", "", paths), paths);
    assert.match((await ctl(["purge", "other"])).stdout, /4 entries/);
    assert.deepEqual(await found("other", "", paths), []);
  });

  test("mistakes are told", async () => {
    assert.match((await ctl(["purge", "apq"], 4)).stderr, /no app 'apq'/);
    assert.match((await ctl(["stats", "apq"], 4)).stderr, /no app 'apq'/);
    assert.match((await ctl(["purge", "app", "--url", "/a.css"], 1)).stderr, /has to be a URL/);
    await ctl(["purge", "app", "--url", "https://a/", "--prefix", "https://a/"], 2);
    // Of what names too little nothing is purged.
    for (const body of [{ cache: null }, { default: false }, { cache: "a", default: true }]) {
      const answer = await new Admin(directory).ask("/admin/apps/app/purge", {
        method: "POST",
        body,
      });
      assert.equal(answer.status, 422, answer.body);
    }
  });
});
