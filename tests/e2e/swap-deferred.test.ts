// Apps that their snapshots cannot hold: a new version is evaluated before it takes the old one's place,
// so that a top level that fails there costs nobody anything.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { request } from "../../tools/harness/http.ts";
import { counter, Swapping } from "./lib/swapping.ts";

/** A server that apps can reach while they are served, and not while they are built. */
async function database(t: TestContext): Promise<{ port: number; asked(): number }> {
  let count = 0;
  const server = createServer((_, response) => void (count++, response.end("up")));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, asked: () => count };
}

/** What V8 lacks while it makes a snapshot, and what the top level does besides when it is served. */
const deferred = (port: number, whenServed: string) => `// @ts-nocheck
const loads = WebAssembly.validate(new Uint8Array(8)) === false;
let served = true;
try { await (await fetch("http://127.0.0.1:${port}/")).text(); } catch { served = false; }
if (served) { console.log("the top level begins"); ${whenServed} }
export default { fetch: () => new Response("new " + loads) };`;

/** Swaps to a deferred app whose top level does this; gives the failure's line. */
async function fails(t: TestContext, whenServed: string, settings = {}) {
  const { port } = await database(t);
  const swapping = await Swapping.start(
    t,
    { app: { ...settings, files: counter("old") }, other: { files: counter("old") } },
    { workers: 2 },
  );
  const { server } = swapping;
  assert.equal((await request(server, "app.test", "/")).status, 200);
  await swapping.rebuild("other", counter("new"));
  await swapping.rebuild("app", deferred(port, whenServed));
  const lines = await swapping.swap();
  const line = lines.find(({ app, step }) => app === "app" && step !== undefined);
  assert.ok(line, server.output);
  assert.equal(line.step, "boot");
  assert.match((await request(server, "app.test", "/")).text, /^old/);
  assert.match((await request(server, "other.test", "/")).text, /^new/);
  assert.match(line.msg, /the top level begins/);
  return { line, lines };
}

test("a top level that throws fails the swap", async (t) => {
  const { line, lines } = await fails(t, `throw new TypeError("no table");`);
  assert.match(line.msg, /its top level.* failed/);
  assert.match(line.msg, /no table/);
  // What the probe logs is not said to be a worker's.
  const logged = lines.find(({ msg }) => msg === "the top level begins")!;
  assert.equal(logged.probe, true);
  assert.equal(logged.worker, undefined);
});

test("a top level that never ends fails the swap, in a loop or waiting", async (t) => {
  for (const forever of ["for (;;);", "await new Promise(() => {});"]) {
    await t.test(forever, async (t) => {
      const { line } = await fails(t, forever, { boot_timeout: "500ms" });
      assert.match(line.msg, /it did not boot within boot_timeout \(500 ms\)/);
    });
  }
});

test("a top level that takes more memory than it may fails the swap", async (t) => {
  const limits = { memory: "32MiB" };
  const { line } = await fails(t, "const all = []; for (;;) all.push(new Array(1e5).fill(1.5));", {
    limits,
  });
  assert.match(line.msg, /limits|ended its process/);
});

test("one that is fit is loaded when it takes over, before its first request", async (t) => {
  const { port, asked } = await database(t);
  const swapping = await Swapping.start(t, { app: { files: counter("old") } }, { workers: 1 });
  assert.match((await request(swapping.server, "app.test", "/")).text, /^old/);
  await swapping.rebuild("app", deferred(port, ""));
  await swapping.swap();
  // In the probe and in the worker that serves the app.
  assert.equal(asked(), 2);
  assert.equal((await request(swapping.server, "app.test", "/")).text, "new true");
  assert.equal(asked(), 2);
});
