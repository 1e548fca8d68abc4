// Assets and code are one version: what happens to both when another one takes its place, with downloads under
// way, and when the server stops.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Connection, request, requestBytes } from "../../../tools/harness/http.ts";
import { until } from "../../../tools/harness/wait.ts";
import { build, buildApps, writeFiles, type App, type Workspace } from "../lib/apps.ts";
import { workersOf } from "../lib/server.ts";
import { Swapping } from "../lib/swapping.ts";
import { serveToUpgrade, upgrade } from "../lib/upgrades.ts";

const CODE = (version: string) => `export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/wait") {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const page = await env.ASSETS.fetch("http://any.example/page");
      return new Response("${version} " + await page.text());
    }
    return new Response("code ${version}");
  },
};`;
const sha = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const files = (version: string) => ({
  "index.ts": CODE(version),
  "public/page.html": `page ${version}`,
  [`public/app-${version === "old" ? "0a1b2c3d4" : "5e6f7a8b9"}.js`]: version,
});

async function start(t: Parameters<typeof Swapping.start>[0], more: Partial<App> = {}) {
  return Swapping.start(t, { app: { files: files("old"), assets: "public", ...more } });
}

async function change({ made }: { made: Workspace }): Promise<void> {
  const folder = join(made.directory, "app");
  rmSync(join(folder, "public"), { recursive: true });
  writeFiles(folder, files("new"));
  await build(made);
}

/** Kills the worker, and waits for the one in its place. */
async function kill(pid: number): Promise<void> {
  const [worker] = workersOf(pid);
  assert.ok(worker);
  process.kill(worker, "SIGKILL");
  await until("another worker", () => workersOf(pid).some((other) => other !== worker));
}

test("code and files change together; what old pages need is found for a while", async (t) => {
  const swapping = await start(t, { drain_timeout: "3s" });
  const { server } = swapping;
  const ask = (path: string) => request(server, "app.test", path);
  assert.equal((await ask("/page")).text, "page old");
  const waiting = ask("/wait");
  await until("it to be under way", async () => (await ask("/other")).text === "code old");
  await change(swapping);
  const lines = await swapping.swap();
  assert.ok(lines.some(({ app, msg }) => app === "app" && msg.startsWith("code changed")));
  assert.equal((await ask("/page")).text, "page new");
  assert.equal((await ask("/app-5e6f7a8b9.js")).text, "new");
  assert.equal((await ask("/app-0a1b2c3d4.js")).text, "old");
  assert.equal((await ask("/other")).text, "code new");
  // The old code sees its own files.
  assert.equal((await waiting).text, "old page old");
  await until("the old files to go", async () => {
    return (await ask("/app-0a1b2c3d4.js")).text === "code new";
  });
});

test("a worker that starts later finds what old pages need as well", async (t) => {
  const made = { files: files("old"), assets: "public", drain_timeout: "5m" };
  const swapping = await Swapping.start(t, { app: made }, { workers: 1 });
  const { server } = swapping;
  await change(swapping);
  await swapping.swap();
  await kill(server.pid);
  assert.equal((await request(server, "app.test", "/page")).text, "page new");
  assert.equal((await request(server, "app.test", "/app-0a1b2c3d4.js")).text, "old");
});

test("a server that takes over finds what old pages need as well", async (t) => {
  const app = { files: files("old"), assets: "public", hosts: "app.test", drain_timeout: "5m" };
  const made = await buildApps(t, { app });
  // Sent from the snapshot's descriptor.
  const large = randomBytes(1 << 20).toString("hex");
  writeFiles(join(made.directory, "app"), { "public/app-1f2e3d4c5.js": large });
  await build(made);
  const { server } = await serveToUpgrade(t, made, { workers: 1 });
  const ask = async (path: string) => (await request(server, "app.test", path)).text;
  assert.equal(await ask("/page"), "page old");
  const findsAll = async () => {
    assert.equal(await ask("/page"), "page new");
    assert.equal(await ask("/app-5e6f7a8b9.js"), "new");
    assert.equal(await ask("/app-0a1b2c3d4.js"), "old");
    assert.ok((await ask("/app-1f2e3d4c5.js")) === large);
  };
  await change({ made });
  let pid = await upgrade(server, server.pid);
  await findsAll();
  // What it was told goes on to its own workers, and to the next one.
  await kill(pid);
  await findsAll();
  pid = await upgrade(server, pid);
  await findsAll();
  assert.deepEqual(
    server.log.filter(({ level }) => level === "warn"),
    [],
  );
});

test("files alone that change are another version", async (t) => {
  const swapping = await start(t);
  const { server } = swapping;
  writeFiles(join(swapping.made.directory, "app"), { "public/page.html": "page third" });
  await build(swapping.made);
  const lines = await swapping.swap();
  assert.partialDeepStrictEqual(lines.at(-1), { changed: 1 });
  assert.equal((await request(server, "app.test", "/page")).text, "page third");
  assert.equal((await request(server, "app.test", "/x")).text, "code old");
});

test("a download goes on when its version is replaced, and when the server stops", async (t) => {
  const large = randomBytes(30 * 1024 * 1024);
  const swapping = await start(t);
  const { server, made } = swapping;
  writeFileSync(join(made.directory, "app", "public", "large.bin"), large);
  await build(made);
  await swapping.swap();
  const begin = async () => {
    const connection = await Connection.open(server);
    t.after(() => connection.close());
    await connection.send(requestBytes("app.test", "/large.bin"));
    const head = await connection.readHead();
    connection.socket.pause();
    assert.equal(head.header("content-length"), String(large.length));
    return async () => {
      connection.socket.resume();
      const parts: Buffer[] = [];
      let size = 0;
      while (size < large.length) {
        const part = await connection.readSome();
        if (part.length === 0) break;
        size += part.length;
        parts.push(part);
      }
      assert.equal(sha(Buffer.concat(parts)), sha(large));
    };
  };
  const finish = await begin();
  const finishLater = await begin();
  await change(swapping);
  await swapping.swap();
  assert.equal((await request(server, "app.test", "/page")).text, "page new");
  await finish();
  const stopped = server.stop();
  await finishLater();
  assert.deepEqual(await stopped, { status: 0, signal: null });
});

test("an app of files gets code, and loses it", async (t) => {
  const swapping = await Swapping.start(t, {
    app: { files: { "public/page.html": "page" }, assets: "public" },
  });
  const { server, made } = swapping;
  const ask = (path: string) => request(server, "app.test", path);
  assert.equal((await ask("/x")).status, 404);
  writeFiles(join(made.directory, "app"), { "index.ts": CODE("first") });
  await build(made);
  await swapping.swap();
  assert.equal((await ask("/x")).text, "code first");
  assert.equal((await ask("/page")).text, "page");
  rmSync(join(made.directory, "app", "index.ts"));
  await build(made);
  await swapping.swap();
  assert.equal((await ask("/x")).status, 404);
  assert.equal((await ask("/page")).text, "page");
});
