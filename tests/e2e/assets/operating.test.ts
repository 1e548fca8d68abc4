// Apps with assets as operators meet them: isolation, circuits, health checks, profiles, canaries, the access log.

import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Connection, request, requestBytes } from "../../../tools/harness/http.ts";
import { nano } from "../../../tools/harness/paths.ts";
import { until } from "../../../tools/harness/wait.ts";
import { build, buildApps, writeFiles } from "../lib/apps.ts";
import { run } from "../lib/program.ts";
import { serve, type Server } from "../lib/server.ts";
import { Swapping } from "../lib/swapping.ts";

const PAGE = { "public/page.html": "page" };

/** Ends its worker, but for /fine. */
const POISON = `export default { fetch({ url }) {
  if (url.endsWith("/fine")) return new Response("fine");
  return new Response(String("x".repeat(2 ** 28).split("").length));
} };`;

const ctl = (made: { directory: string }, ...args: string[]) =>
  run(nano, ["ctl", ...args, "--admin", "unix:" + join(made.directory, "nano.sock")], { cwd: "/" });

test("processes and groups of their own serve their apps' files", async (t) => {
  const code = `export default { fetch: (request, env) => env.ASSETS.fetch("http://a.test/page") };`;
  const apps = Object.fromEntries(
    (["shared", "worker", "process"] as const).map((isolation) => [
      isolation,
      { files: { ...PAGE, "index.ts": code }, assets: "public", isolation },
    ]),
  );
  const made = await buildApps(t, apps);
  const server = await serve(t, made.dist, { config: made.config });
  for (const name of Object.keys(apps)) {
    assert.equal((await request(server, `${name}.test`, "/page")).text, "page");
    assert.equal((await request(server, `${name}.test`, "/code")).text, "page");
  }
});

test("files are answered while the circuit of the code is open", async (t) => {
  const made = await buildApps(t, {
    poison: {
      files: { ...PAGE, "index.ts": POISON },
      assets: "public",
      limits: { memory: "32MiB" },
    },
  });
  const server = await serve(t, made.dist, { config: made.config });
  await until("that the code is refused", async () => {
    const answer = await request(server, "poison.test", "/").catch(() => undefined);
    return answer?.header("nano-error") === "circuit-open";
  });
  assert.equal((await request(server, "poison.test", "/page")).text, "page");
  assert.equal((await request(server, "poison.test", "/fine")).status, 503);
});

test("files wait for no place among the code's requests", async (t) => {
  const code = `export default { async fetch(request) {
    await new Promise((resolve) => setTimeout(resolve, 60_000));
    return new Response("late");
  } };`;
  const apps = {
    busy: {
      files: { ...PAGE, "index.ts": code },
      assets: "public",
      limits: { concurrency: 1, queue: 0, body: "10B", response: "1B" },
    },
  };
  // The one that waits is not waited for.
  const made = await buildApps(t, apps, { shutdown_timeout: "100ms" });
  const server = await serve(t, made.dist, { config: made.config });
  const waiting = await Connection.open(server);
  t.after(() => waiting.close());
  await waiting.send(requestBytes("busy.test", "/code"));
  await until("that the code has its place taken", async () => {
    return (await request(server, "busy.test", "/code")).header("nano-error") === "queue-full";
  });
  const page = await request(server, "busy.test", "/page");
  assert.deepEqual([page.status, page.text], [200, "page"]);
});

test("a health check of files alone is answered by them", async (t) => {
  const swapping = await Swapping.start(t, {
    site: { files: PAGE, assets: "public", health: "/page" },
  });
  const { server, made } = swapping;
  writeFiles(join(made.directory, "site"), { "public/page.html": "second" });
  await build(made);
  await swapping.swap();
  assert.equal((await request(server, "site.test", "/page")).text, "second");
  swapping.apps.site!.health = "/none";
  swapping.configure();
  const lines = await swapping.reload();
  assert.ok(
    lines.some(({ msg }) => /GET \/none was answered with 404/.test(msg)),
    lines.map(({ msg }) => msg).join("\n"),
  );
  assert.equal((await request(server, "site.test", "/page")).text, "second");
});

test("an app of files alone has nothing to profile, and says so", async (t) => {
  const made = await buildApps(t, { site: { files: PAGE, assets: "public" } });
  await serve(t, made.dist, { config: made.config });
  const { status, stderr } = await ctl(made, "profile", "site", "--seconds", "1");
  assert.notEqual(status, 0);
  assert.match(stderr, /files alone/);
  const shown = await ctl(made, "apps", "site");
  assert.match(shown.stdout, /assets +1 file, .*no code/);
});

test("requests that files answer have lines in the access log", async (t) => {
  const made = await buildApps(
    t,
    { site: { files: PAGE, assets: "public" } },
    { access_log: "json" },
  );
  const server = await serve(t, made.dist, { config: made.config });
  await request(server, "site.test", "/page?a=1");
  await request(server, "site.test", "/none", { method: "HEAD" });
  const lineOf = (path: string) => server.waitForLog(path, ({ target }) => target === path);
  assert.partialDeepStrictEqual(await lineOf("/page?a=1"), { app: "site", status: 200 });
  assert.partialDeepStrictEqual(await lineOf("/none"), { app: "site", status: 404 });
});

test("files are deployed by upload, and rolled back", async (t) => {
  const made = await buildApps(t, { site: { files: PAGE, assets: "public" } });
  const server = await serve(t, made.dist, { config: made.config });
  const page = async () => {
    const response = await request(server, "site.test", "/page");
    const modified = Date.parse(response.header("last-modified")!);
    assert.ok(Math.abs(Date.now() - modified) < 300_000);
    return response.text;
  };
  assert.equal(await page(), "page");
  writeFiles(join(made.directory, "site"), { "public/page.html": "uploaded" });
  const elsewhere = join(made.directory, "elsewhere");
  await build({ ...made, dist: elsewhere });
  const deployed = await ctl(made, "deploy", elsewhere);
  assert.equal(deployed.status, 0, deployed.stderr);
  assert.equal(await page(), "uploaded");
  const back = await ctl(made, "rollback", "site");
  assert.equal(back.status, 0, back.stderr);
  assert.equal(await page(), "page");
});

/** The pages that a number of requests without a key got. */
async function pages(server: Server): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let i = 0; i < 60; i++) seen.add((await request(server, "app.test", "/page")).text);
  return seen;
}

test("a page of a canary finds its files, whichever version is asked for them", async (t) => {
  const made = await buildApps(t, {
    app: {
      files: { "public/page.html": "old", "public/app-0a1b2c3d4.js": "of old" },
      assets: { directory: "public", not_found_handling: "single-page-application" },
    },
  });
  const server = await serve(t, made.dist, { config: made.config });
  writeFiles(join(made.directory, "app"), {
    "public/page.html": "new",
    "public/app-5e6f7a8b9.js": "of new",
  });
  rmSync(join(made.directory, "app/public/app-0a1b2c3d4.js"));
  await build(made);
  const manifest = JSON.parse(readFileSync(join(made.dist, "manifest.json"), "utf8")) as {
    apps: { digest: string }[];
  };
  const { status, stderr } = await ctl(made, "canary", "app", manifest.apps[0]!.digest, "50");
  assert.equal(status, 0, stderr);
  assert.deepEqual([...(await pages(server))].toSorted(), ["new", "old"]);
  for (let i = 0; i < 30; i++) {
    assert.equal((await request(server, "app.test", "/app-0a1b2c3d4.js")).text, "of old");
    assert.equal((await request(server, "app.test", "/app-5e6f7a8b9.js")).text, "of new");
  }
});
