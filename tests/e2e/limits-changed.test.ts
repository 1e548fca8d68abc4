// Limits of apps that run are changed: by `nano ctl`, and by nano.yaml. They hold at once, and what apps keep in memory
// stays, but where `memory` is another.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Admin } from "./lib/admin-client.ts";
import { buildApps, writeConfig, type App } from "./lib/apps.ts";
import { controlled, started } from "./lib/controlled.ts";
import { Connection, request, requestBytes } from "../../tools/harness/http.ts";

const COUNTING: App = {
  files: `let served = 0;
export default {
  async fetch({ url }) {
    const { pathname } = new URL(url);
    if (pathname === "/spin") for (;;);
    if (pathname === "/never") await new Promise(() => {});
    if (pathname === "/stream") {
      return new Response(new ReadableStream({
        async pull(controller) {
          controller.enqueue(new TextEncoder().encode("part"));
          await new Promise((done) => setTimeout(done, 20));
        },
      }));
    }
    return new Response(String(++served));
  },
};`,
};

for (const isolation of ["shared", "process"]) {
  test(`limits of a running app hold at once (isolation: ${isolation})`, async (t) => {
    const app: App = isolation === "shared" ? COUNTING : { ...COUNTING, isolation: "process" };
    const { done, ctl, server } = await started(t, { shop: app, blog: COUNTING }, 1);
    const get = async (path: string, host = "shop") =>
      (await request(server, `${host}.test`, path)).text;
    assert.equal(await get("/"), "1");
    assert.equal(await get("/", "blog"), "1");

    await done(["limits", "shop"], /^limit +value +set by\nmemory +128MiB\n[^]*cpu +1s\n/);
    await done(
      ["limits", "shop", "cpu=50ms", "queue=0"],
      /^shop  configuration changed: limits\.cpu 1s → 50ms, limits\.queue 500 → 0\n✔ release 2 serves/,
    );
    const logged = server.log.filter(({ msg }) => msg.startsWith("configuration changed"));
    assert.deepEqual(
      logged.map(({ app: of, key, old, new: now, release }) => [of, key, old, now, release]),
      [
        ["shop", "limits.cpu", "1s", "50ms", 2],
        ["shop", "limits.queue", "500", "0", 2],
      ],
    );
    await done(["limits", "shop"], /\ncpu +50ms +nano ctl\n[^]*queue +0 +nano ctl\n/);
    assert.equal(await get("/"), "2");

    const stream = await Connection.open(server);
    await stream.send(requestBytes("shop.test", "/stream"));
    assert.match((await stream.readSome()).toString(), /200 OK/);
    const never = await Connection.open(server);
    await never.send(requestBytes("shop.test", "/never"));
    await done(["limits", "shop", "first_byte=100ms", "duration=200ms"], /release 3 serves/);
    const cut = once(stream.socket, "end");
    const late = await never.read();
    assert.equal(late.status, 504);
    assert.equal(late.header("nano-error"), "first-byte-limit");
    await cut;
    assert.doesNotMatch((await stream.readSome()).toString(), /\r\n0\r\n/, "cut, not ended");
    stream.socket.destroy();
    assert.equal(await get("/"), "3");

    const spinning = await request(server, "shop.test", "/spin");
    assert.equal(spinning.header("nano-error"), "cpu-limit");
    assert.equal((JSON.parse(spinning.text) as { limit: number }).limit, 50);
    assert.equal(await get("/"), "1", "the isolate was stopped");

    await done(["limits", "shop", "memory=64MiB"], /configuration changed: limits\.memory/);
    assert.equal(await get("/"), "1", "other heaps are of fresh isolates");
    assert.equal(await get("/", "blog"), "2", "nobody touched the other app");

    await done(["limits", "shop", "memory=64MB", "body=1500001"], /limits\.memory 64MiB → 64MB/);
    await done(["limits", "shop"], /memory +64MB +nano ctl\n[^]*body +1500001B +nano ctl\n/);

    const wrong = await ctl(["limits", "shop", "cpu=fast"]);
    assert.equal(wrong.status, 1, wrong.stderr);
    assert.match(wrong.stderr, /limits\.cpu.*fast/);
    assert.equal(wrong.stderr.match(/fast/g)!.length, 1, wrong.stderr);
  });
}

test("limits of nano.yaml hold after a reload, and its isolates stay", async (t) => {
  const { done, made, server } = await started(t, { shop: COUNTING }, 1);
  const get = async (path: string) => await request(server, "shop.test", path);
  assert.equal((await get("/")).text, "1");
  writeConfig(made.directory, {
    shop: { ...COUNTING, hosts: "shop.test", limits: { cpu: "50ms" } },
  });
  await done(["diff"], /^shop  configuration changed: limits\.cpu 1s → 50ms\n/);
  await done(["reload"], /release 2 serves/);
  assert.equal((await get("/")).text, "2");
  assert.equal((await get("/spin")).header("nano-error"), "cpu-limit");
});

test("a limit that nano ctl has set is told to be lost, where nano.yaml says something new", async (t) => {
  const { done, made } = await started(t, { shop: COUNTING, blog: COUNTING }, 1);
  const write = (cpu: string) =>
    writeConfig(made.directory, {
      shop: { ...COUNTING, hosts: "shop.test", limits: { cpu } },
      blog: { ...COUNTING, hosts: "blog.test" },
    });
  await done(["limits", "shop", "cpu=200ms"], /release 2 serves/);
  await done(
    ["diff"],
    /^shop  unchanged\n +set by `nano ctl`, and not as the files.*: limits\.cpu$/m,
  );
  write("300ms");
  await done(
    ["diff"],
    /^shop  configuration changed: limits\.cpu 200ms → 300ms\n +set by `nano ctl`, and lost, for .*: limits\.cpu$/m,
  );
  await done(["reload"], /limits\.cpu 200ms → 300ms/);
  await done(["limits", "shop"], /\ncpu +300ms\n/);
});

test("memory that an app's snapshot does not fit into is refused, and the app goes on", async (t) => {
  const { ctl, server } = await started(
    t,
    {
      shop: `const kept = new Uint8Array(3e6); let served = 0;
export default { fetch: () => new Response(String(++served + kept[0])) };`,
    },
    1,
  );
  const get = async () => (await request(server, "shop.test", "/")).text;
  assert.equal(await get(), "1");
  const refused = await ctl(["limits", "shop", "external_memory=1MiB"]);
  assert.equal(refused.status, 1, refused.stdout);
  assert.match(refused.stderr, / 3 MiB of buffers, more than its `limits\.external_memory` of 1/);
  assert.equal(await get(), "2");
});

test("a limit that was changed can be what nano.yaml says again", async (t) => {
  const shop: App = { ...COUNTING, limits: { cpu: "2s", memory: "96MiB" } };
  const { ctl, done, made } = await started(t, { shop, blog: COUNTING }, 1);
  await done(["limits", "shop", "cpu=300ms", "memory=64MiB", "queue=7"], /release 2 serves/);
  await done(["limits", "shop", "cpu=default", "queue=default"], /release 3 serves/);
  await done(["limits", "shop"], /\nmemory +64MiB +nano ctl\n[^]*\ncpu +2s\n[^]*\nqueue +500\n/);
  const admin = new Admin(made.directory);
  const patched = await admin.patch("shop", { limits: { memory: null } });
  assert.ok(patched.status < 300, patched.body);
  assert.deepEqual(patched.json.app.changed_through_api, []);
  assert.equal(patched.json.app.limits.memory, "96MiB");
  const { status, stderr } = await ctl(["limits", "shop", "none=default"]);
  assert.equal(status, 2);
  assert.match(stderr, /there is no limit 'none'/);
  const setting = await ctl(["limits", "shop", "idle=5s"]);
  assert.equal(setting.status, 2);
  assert.match(
    setting.stderr,
    /`idle` is no limit but a setting of the app: change it in nano.yaml, .*PATCH \/admin\/apps\/shop .*\{"idle":"5s"\}/s,
  );
});

test("a bound on bodies beyond the server's own is told to mean less than it says", async (t) => {
  const made = await buildApps(
    t,
    { shop: { ...COUNTING, limits: { body: "20MiB" } } },
    { limits: { body_bytes: "1MiB" } },
  );
  const { done, server } = await controlled(t, made, 1);
  const told =
    /the app 'shop' has `limits\.body: 20MiB`, but clients' requests may bring no more than 1MiB \(`server\.limits\.body_bytes`\)/;
  await server.waitForLog("what is odd", ({ msg, level }) => level === "warn" && told.test(msg));
  await done(["limits", "shop", "body=512KiB"], /^(?![^]*body_bytes)[^]*release 2 serves/);
  const changed = await done(["limits", "shop", "body=20MiB", "queue=3"], /release 3 serves/);
  assert.match(changed, told);
  // Once, and not with whatever else is changed or read again.
  await done(["limits", "shop", "queue=4"], /^(?![^]*body_bytes)[^]*release 4 serves/);
  const before = server.log.filter(({ msg }) => told.test(msg)).length;
  await done(["reload"], /^(?![^]*body_bytes)/);
  await done(["diff"], /^(?![^]*body_bytes)/);
  assert.equal(server.log.filter(({ msg }) => told.test(msg)).length, before);
});
