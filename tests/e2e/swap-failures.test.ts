// Deployments that fail: the old version goes on serving, the log says at which step and why, and
// what has nothing to do with it is served anew all the same.

import assert from "node:assert/strict";
import { rmSync, truncateSync, writeFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { request } from "../../tools/harness/http.ts";
import { until } from "../../tools/harness/wait.ts";
import type { App } from "./lib/apps.ts";
import type { LogLine } from "./lib/server.ts";
import { Admin } from "./lib/admin-client.ts";
import { counter, Swapping } from "./lib/swapping.ts";

/** What a health path does, and an app that does nothing else wrong. */
const sick = (health: string) => `export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/health") { ${health} }
    return new Response("sick");
  },
};`;

/** An app beside another; the first gets `source`, and both are swapped. Gives the failure's line. */
async function fails(
  t: TestContext,
  source: string,
  settings: Partial<App> = {},
  workers = 2,
): Promise<{ line: LogLine; swapping: Swapping }> {
  const swapping = await Swapping.start(
    t,
    {
      app: { health: "/health", ...settings, files: counter("old") },
      other: { files: counter("old") },
    },
    { workers },
  );
  const { server } = swapping;
  await until("the workers", () => server.workers().length === workers);
  const pids = server.workers();
  // The same workers as ever, and no probe.
  const probeless = () =>
    until("the workers alone", () => String(server.workers()) === String(pids));
  assert.match((await request(server, "app.test", "/")).text, /^old/);
  await swapping.rebuild("other", counter("new"));
  await swapping.rebuild("app", source);
  const lines = await swapping.swap();
  const line = lines.find(({ app, step }) => app === "app" && step !== undefined);
  assert.ok(line, server.output);
  assert.match(line.msg, /^stays as it was: its deployment failed at /);
  assert.match((await request(server, "app.test", "/")).text, /^old/);
  assert.match((await request(server, "other.test", "/")).text, /^new/);
  assert.partialDeepStrictEqual(lines.at(-1), { changed: 1 });
  await probeless();
  assert.ok(!lines.some(({ app, msg }) => app === "app" && msg.startsWith("code changed")));
  // The same again fails again: nothing of it is left.
  const again = await swapping.reload();
  assert.ok(
    again.some(({ app, level }) => app === "app" && level === "error"),
    server.output,
  );
  assert.match((await request(server, "app.test", "/")).text, /^old/);
  // And what is mended is served.
  await swapping.rebuild("app", counter("mended"));
  await swapping.swap();
  assert.match((await request(server, "app.test", "/")).text, /^mended/);
  await probeless();
  return { line, swapping };
}

test("the health path throws", async (t) => {
  const { line } = await fails(
    t,
    sick(`console.log("before it"); throw new Error("no database");`),
  );
  assert.equal(line.step, "health");
  assert.match(line.msg, /before it/);
  assert.match(line.msg, /no database/);
});

test("the health path answers with 500", async (t) => {
  const { line } = await fails(t, sick(`return new Response("not today", { status: 500 });`));
  assert.equal(line.step, "health");
  assert.match(line.msg, /GET \/health was answered with 500: not today/);
});

test("the health path's stream fails", async (t) => {
  const { line } = await fails(
    t,
    sick(`return new Response(new ReadableStream({
      start(controller) { controller.enqueue(new Uint8Array(8)); },
      pull(controller) { controller.error(new Error("broken off")); },
    }));`),
  );
  assert.equal(line.step, "health");
});

test("the health path is never answered", async (t) => {
  const { line } = await fails(t, sick("await new Promise(() => {});"), {
    health_timeout: "300ms",
  });
  assert.equal(line.step, "health");
  assert.match(line.msg, /GET \/health was not answered within 300 ms/);
});

test("the health path's body never ends", async (t) => {
  const { line } = await fails(t, sick("return new Response(new ReadableStream({}));"), {
    health_timeout: "300ms",
  });
  assert.match(line.msg, /GET \/health was not answered within 300 ms/);
});

test("the health path is an endless loop", async (t) => {
  const { line } = await fails(t, sick(`console.log("round and round"); for (;;);`), {
    health_timeout: "300ms",
    limits: { cpu: "0s" },
  });
  assert.equal(line.step, "health");
  assert.match(line.msg, /within health_timeout \(300 ms\), nor could it be stopped/);
  assert.match(line.msg, /round and round/);
});

test("the health path takes more CPU time than a request may", async (t) => {
  const { line } = await fails(t, sick(`console.log("round and round"); for (;;);`), {
    limits: { cpu: "100ms" },
  });
  assert.equal(line.step, "health");
  assert.match(line.msg, /GET \/health was answered with 503: .*cpu-limit/);
  assert.match(line.msg, /round and round/);
});

test("the health path ends the process", async (t) => {
  const { line } = await fails(
    t,
    // A list that is longer than the engine has any.
    sick('return new Response(String("x".repeat(2 ** 28).split("").length));'),
    { limits: { memory: "32MiB" } },
  );
  assert.equal(line.step, "health");
  assert.match(line.msg, /it ended its process, which /);
});

test("a snapshot that is truncated", async (t) => {
  await damaged(t, "truncated", (path) => truncateSync(path, 1000), /truncated/);
});

test("a snapshot that is not there", async (t) => {
  await damaged(t, "missing", (path) => rmSync(path), /is missing|there is no/);
});

test("a snapshot with a bit that fell over", async (t) => {
  const flip = (path: string) => {
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] ^= 1;
    rmSync(path);
    writeFileSync(path, bytes);
  };
  await damaged(t, "flipped", flip, /damaged|corrupt|digest|SHA-256/i);
});

test("a snapshot of another engine", async (t) => {
  await damaged(
    t,
    "foreign",
    (path) => {
      const bytes = readFileSync(path);
      bytes[8] ^= 0xff;
      rmSync(path);
      writeFileSync(path, bytes);
    },
    /.+/,
  );
});

/** Swaps to a snapshot that was damaged after it was built. */
async function damaged(
  t: TestContext,
  word: string,
  damage: (path: string) => void,
  message: RegExp,
): Promise<void> {
  const swapping = await Swapping.start(t, {
    app: { files: counter("old") },
    other: { files: counter("old") },
  });
  const { server, made } = swapping;
  assert.equal((await request(server, "app.test", "/")).text, "old 1");
  await swapping.rebuild("other", counter("new"));
  await swapping.rebuild("app", counter(word));
  const manifest = JSON.parse(readFileSync(join(made.dist, "manifest.json"), "utf8")) as {
    apps: { name: string; snapshot: string }[];
  };
  damage(join(made.dist, manifest.apps.find(({ name }) => name === "app")!.snapshot));
  const lines = await swapping.swap();
  const line = lines.find(({ app, level }) => app === "app" && level === "error");
  assert.ok(line, server.output);
  assert.equal(line.step, "check");
  assert.match(line.msg, message);
  assert.equal((await request(server, "app.test", "/")).text, "old 2");
  assert.equal((await request(server, "other.test", "/")).text, "new 1");
}

test("a nano.yaml that is wrong, and a manifest that is: nothing changes", async (t) => {
  const swapping = await Swapping.start(t, { app: { files: counter("old") } });
  const { server, made } = swapping;
  assert.equal((await request(server, "app.test", "/")).text, "old 1");
  writeFileSync(made.config, "apps:\n  - path: app\n    hosts: [app.test\n");
  const line = (await swapping.reload()).at(-1)!;
  assert.match(line.msg, /^the release that is served stays: it failed at read: /);
  assert.match(line.msg, /nano\.yaml:\d+:\d+/);
  writeFileSync(made.config, "apps:\n  - path: app\n    hots: [app.test]\n");
  assert.match((await swapping.reload()).at(-1)!.msg, /hots/);
  swapping.configure();
  assert.equal((await swapping.reload()).at(-1)!.msg, "nothing has changed");
  writeFileSync(join(made.dist, "manifest.json"), "{");
  assert.match((await swapping.reload()).at(-1)!.msg, /failed at read: /);
  assert.equal((await request(server, "app.test", "/")).text, "old 2");
});

test("an app that is new and fails is not there", async (t) => {
  const swapping = await Swapping.start(t, { app: { files: counter("app") } });
  const { server } = swapping;
  swapping.apps.guest = { files: "", hosts: "guest.test", health: "/health" };
  swapping.configure();
  await swapping.rebuild("guest", sick(`throw new Error("no");`));
  const lines = await swapping.reload();
  assert.ok(
    lines.some(({ app, step }) => app === "guest" && step === "health"),
    server.output,
  );
  assert.equal((await request(server, "guest.test", "/")).status, 404);
  assert.equal((await request(server, "app.test", "/")).text, "app 1");
});

test("no probe is left behind", async (t) => {
  const swapping = await Swapping.start(t, { app: { files: counter("0"), env: { WORD: "0" } } });
  const { server, apps } = swapping;
  for (let i = 1; i <= 5; i++) {
    apps.app.env = { WORD: String(i) };
    swapping.configure();
    await swapping.swap();
    assert.equal((await request(server, "app.test", "/")).text, `0 1 ${i}`);
  }
  await until("the probes' ends", () => server.workers().length === 1);
});

test("what has failed is not tried again by a change to another app", async (t) => {
  const swapping = await Swapping.start(t, {
    app: { files: counter("old"), health: "/health" },
    other: { files: counter("old") },
  });
  const { server, made } = swapping;
  const admin = new Admin(made.directory);
  await swapping.rebuild("app", sick(`throw new Error("no database");`));
  await swapping.rebuild("other", counter("new"));
  const lines = await swapping.swap();
  assert.ok(lines.some(({ app, step }) => app === "app" && step === "health"));
  const answer = await admin.patch("other", { env: { WORD: "word" } });
  assert.equal(answer.status, 200, answer.body);
  assert.equal((await request(server, "other.test", "/")).text, "new 1 word");
  assert.match((await request(server, "app.test", "/")).text, /^old/);
  assert.equal(server.log.filter(({ step }) => step === "health").length, 1, server.output);
  // Reading the files again tries it again.
  await swapping.reload();
  assert.equal(server.log.filter(({ step }) => step === "health").length, 2, server.output);
});
