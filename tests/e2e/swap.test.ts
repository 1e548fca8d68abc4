// Changing what is served while it is: code, configuration, apps that come and go. No request fails,
// no connection closes, and what has not changed goes on with its state.

import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Connection, request } from "../../tools/harness/http.ts";
import { until } from "../../tools/harness/wait.ts";
import { build } from "./lib/apps.ts";
import { ask, counter, Swapping } from "./lib/swapping.ts";

test("a changed app answers with new code, an unchanged one keeps its state", async (t) => {
  const swapping = await Swapping.start(t, {
    changed: { files: counter("old") },
    same: { files: counter("same") },
  });
  const { server } = swapping;
  const connection = await Connection.open(server);
  t.after(() => connection.close());
  assert.equal((await ask(connection, "changed.test")).text, "old 1");
  assert.equal((await ask(connection, "same.test")).text, "same 1");
  const streams = await Promise.all(
    ["changed.test", "same.test"].map(async (host) => {
      const stream = await Connection.open(server);
      await stream.send(`GET /slow?ms=1500 HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      await stream.readSome();
      return stream;
    }),
  );
  const workers = server.workers();

  await swapping.rebuild("changed", counter("new"));
  const lines = await swapping.swap();
  assert.equal((await ask(connection, "changed.test")).text, "new 1");
  assert.equal((await ask(connection, "same.test")).text, "same 2");
  const said = lines.find(({ app }) => app === "changed");
  assert.match(said!.msg, /^code changed: [0-9a-f]{12} → [0-9a-f]{12}, .* differ$/);
  assert.equal(lines.filter(({ app }) => app === "same").length, 0);
  assert.partialDeepStrictEqual(lines.at(-1), { changed: 1, unchanged: 1, trigger: "signal" });
  assert.deepEqual(server.workers(), workers);

  // Open streams run to their end, the old version's too; their connections go on with the new one.
  const rest = async (stream: Connection) => {
    let text = "";
    while (!text.includes("0\r\n\r\n")) text += (await stream.readSome()).toString();
    return text;
  };
  const [old, same] = streams;
  assert.match(await rest(old), /old ends/);
  assert.match(await rest(same), /same ends/);
  assert.equal((await ask(old, "changed.test")).text, "new 2");
  for (const stream of streams) stream.close();
});

test("the same files again: nothing is done, and that is said", async (t) => {
  const swapping = await Swapping.start(t, { app: { files: counter("app") } });
  assert.equal((await request(swapping.server, "app.test", "/")).text, "app 1");
  const lines = await swapping.reload();
  // A worker's word of its sandbox may come late.
  const told = lines.map(({ msg }) => msg).filter((msg) => !/sandbox/.test(msg));
  assert.deepEqual(told, ["nothing has changed"]);
  await build(swapping.made);
  assert.equal((await swapping.reload()).at(-1)!.msg, "nothing has changed");
  assert.equal((await request(swapping.server, "app.test", "/")).text, "app 2");
});

test("what an old version promised to waitUntil is done", async (t) => {
  const swapping = await Swapping.start(t, { app: { files: counter("old") } });
  const { server } = swapping;
  await swapping.rebuild("app", counter("new"));
  await request(server, "app.test", "/wait?ms=1500");
  await swapping.swap();
  assert.equal((await request(server, "app.test", "/")).text, "new 1");
  assert.ok(!server.log.some(({ msg }) => msg === "old has waited"), server.output);
  await server.waitForLog("the promise", ({ msg }) => msg === "old has waited");
});

test("what does not end within drain_timeout is cut, and the log says what it was", async (t) => {
  const swapping = await Swapping.start(t, {
    app: { files: counter("old"), drain_timeout: "300ms" },
  });
  const { server } = swapping;
  const stream = await Connection.open(server);
  t.after(() => stream.close());
  await stream.send("GET /slow?ms=60000 HTTP/1.1\r\nHost: app.test\r\n\r\n");
  await stream.readSome();
  await request(server, "app.test", "/wait?ms=60000");
  await swapping.rebuild("app", counter("new"));
  await swapping.swap();
  const cut = await server.waitForLog("the cut", ({ msg }) => msg.includes("drain_timeout"));
  assert.partialDeepStrictEqual(cut, {
    level: "warn",
    app: "app",
    requests: 0,
    streams: 1,
    wait_until: 1,
  });
  // Not as if it had come to its end.
  assert.doesNotMatch((await stream.readAll()).toString(), /0\r\n\r\n/);
  assert.equal((await request(server, "app.test", "/")).text, "new 1");
});

test("env, hosts and limits change without a build; other isolates stay", async (t) => {
  const swapping = await Swapping.start(t, {
    app: { files: counter("app"), env: { WORD: "one" } },
    same: { files: counter("same") },
  });
  const { server, apps } = swapping;
  assert.equal((await request(server, "app.test", "/")).text, "app 1 one");
  assert.equal((await request(server, "same.test", "/")).text, "same 1");

  apps.app.env = { WORD: "two" };
  swapping.configure();
  const said = (await swapping.swap()).find(({ app }) => app === "app");
  assert.equal(said?.msg, "configuration changed: env.WORD");
  assert.equal((await request(server, "app.test", "/")).text, "app 1 two");

  // Another host takes no other isolate.
  apps.app.hosts = ["app.test", "other.test"];
  swapping.configure();
  assert.match((await swapping.swap())[0].msg, /configuration changed: hosts/);
  assert.equal((await request(server, "other.test", "/")).text, "app 2 two");
  apps.app.hosts = "other.test";
  swapping.configure();
  await swapping.swap();
  assert.equal((await request(server, "app.test", "/")).status, 404);
  assert.equal((await request(server, "other.test", "/")).text, "app 3 two");

  apps.app.limits = { memory: "64MiB" };
  swapping.configure();
  assert.match((await swapping.swap())[0].msg, /configuration changed: limits.memory/);
  assert.equal((await request(server, "other.test", "/")).text, "app 1 two");
  assert.equal((await request(server, "same.test", "/")).text, "same 2");
});

test("an app comes, and goes: 503 while it drains and for a second, then 404", async (t) => {
  const swapping = await Swapping.start(t, { stays: { files: counter("stays") } });
  const { server, apps, made } = swapping;
  apps.guest = { files: counter("guest"), hosts: "guest.test" };
  swapping.configure();
  await swapping.rebuild("guest", counter("guest"));
  assert.match((await swapping.swap())[0].msg, /^added: [0-9a-f]{12}, /);
  assert.equal((await request(server, "guest.test", "/")).text, "guest 1");

  const stream = await Connection.open(server);
  t.after(() => stream.close());
  await stream.send("GET /slow?ms=2500 HTTP/1.1\r\nHost: guest.test\r\n\r\n");
  await stream.readSome();
  const idle = await Connection.open(server);
  t.after(() => idle.close());
  assert.equal((await ask(idle, "guest.test")).text, "guest 2");

  delete apps.guest;
  swapping.configure();
  rmSync(join(made.directory, "guest"), { recursive: true });
  await build(made);
  const began = performance.now();
  await swapping.swap();
  const refused = await ask(idle, "guest.test");
  assert.equal(refused.status, 503);
  assert.match(refused.header("retry-after")!, /^\d+$/);
  assert.equal(refused.header("connection"), "close");
  await idle.expectClosed();
  // Others go on, on their connections.
  assert.equal((await request(server, "stays.test", "/")).text, "stays 1");
  let text = "";
  while (!text.includes("0\r\n\r\n")) {
    assert.equal((await request(server, "guest.test", "/")).status, 503);
    text += (await stream.readSome()).toString();
  }
  assert.match(text, /guest ends/);
  await until("404", async () => (await request(server, "guest.test", "/")).status === 404);
  assert.ok(performance.now() - began >= 1000);
});

test("an app that had nothing under way answers 503 for a second at least", async (t) => {
  const swapping = await Swapping.start(t, {
    stays: { files: counter("stays") },
    guest: { files: counter("guest") },
  });
  delete swapping.apps.guest;
  swapping.configure();
  const began = performance.now(); // Before, so that a late word of the swap takes nothing off the second.
  await swapping.swap();
  let status = 503;
  while (performance.now() < began + 900) {
    ({ status } = await request(swapping.server, "guest.test", "/"));
    if (performance.now() < began + 900) assert.equal(status, 503);
  }
  await until(
    "404",
    async () => (await request(swapping.server, "guest.test", "/")).status === 404,
  );
  // And back again, as if nothing had been.
  swapping.apps.guest = { files: counter("guest"), hosts: "guest.test" };
  swapping.configure();
  await swapping.swap();
  assert.equal((await request(swapping.server, "guest.test", "/")).text, "guest 1");
});

test("an app that is taken back while it leaves is served again", async (t) => {
  const swapping = await Swapping.start(t, {
    stays: { files: counter("stays") },
    guest: { files: counter("guest") },
  });
  const { server } = swapping;
  const stream = await Connection.open(server);
  t.after(() => stream.close());
  await stream.send("GET /slow?ms=1500 HTTP/1.1\r\nHost: guest.test\r\n\r\n");
  await stream.readSome();
  const { guest } = swapping.apps;
  delete swapping.apps.guest;
  swapping.configure();
  await swapping.swap();
  assert.equal((await request(server, "guest.test", "/")).status, 503);
  swapping.apps.guest = guest;
  swapping.configure();
  await swapping.swap();
  assert.equal((await request(server, "guest.test", "/")).text, "guest 1");
  let text = "";
  while (!text.includes("0\r\n\r\n")) text += (await stream.readSome()).toString();
  assert.match(text, /guest ends/);
  assert.equal((await request(server, "guest.test", "/")).text, "guest 2");
});

test("a caller's binding leads to the new version of the app that it calls", async (t) => {
  const swapping = await Swapping.start(t, {
    caller: {
      files: `export default { async fetch(request, env) {
        return new Response("caller of " + (await (await env.OTHER.fetch(request)).text()));
      } };`,
      services: { OTHER: "called" },
    },
    called: { files: counter("old") },
  });
  const { server } = swapping;
  assert.equal((await request(server, "caller.test", "/")).text, "caller of old 1");
  const stream = await Connection.open(server);
  t.after(() => stream.close());
  const slow = request(server, "caller.test", "/slow?ms=1000");
  await swapping.rebuild("called", counter("new"));
  await swapping.swap();
  assert.equal((await request(server, "caller.test", "/")).text, "caller of new 1");
  assert.match((await slow).text, /^caller of old begins,old ends$/);
});

test("files that change on disk are served without being asked to (--watch)", async (t) => {
  const swapping = await Swapping.start(
    t,
    { app: { files: counter("old"), env: { WORD: "one" } } },
    { args: ["--watch"] },
  );
  const { server } = swapping;
  assert.equal((await request(server, "app.test", "/")).text, "old 1 one");
  await swapping.rebuild("app", counter("new"));
  await until("new code", async () =>
    (await request(server, "app.test", "/")).text.startsWith("new"),
  );
  swapping.apps.app.env = { WORD: "two" };
  swapping.configure();
  await until("new env", async () => (await request(server, "app.test", "/")).text.endsWith("two"));
});

test("two reloads at once come one after the other", async (t) => {
  const swapping = await Swapping.start(t, { app: { files: counter("old") } }, { workers: 2 });
  await swapping.rebuild("app", counter("new"));
  const { server } = swapping;
  const before = server.lines.length;
  server.signal("SIGHUP");
  await server.waitForLog("the first", ({ msg }) => msg === "serving a new release");
  for (let i = 0; i < 5; i++) server.signal("SIGHUP");
  await server.waitForLog("the last", ({ msg }) => msg === "nothing has changed");
  const ends = server.log.slice(before).map(({ msg }) => msg);
  assert.equal(ends.filter((msg) => msg === "serving a new release").length, 1, server.output);
  assert.equal((await request(server, "app.test", "/")).text, "new 1");
});
