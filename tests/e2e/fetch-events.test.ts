// Apps that listen to "fetch" instead of exporting a handler.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { build, buildApps, nanocBuild, workspace } from "./lib/apps.ts";
import { request } from "../../tools/harness/http.ts";
import { serve, type Server } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";

const SOURCE = `
let finished = 0;
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const caught = (run) => { try { run(); return "nothing"; } catch (e) { return e.name; } };
let kept;

async function handle(event) {
  await later(1);
  return new Response("later " + caught(() => event.respondWith(new Response("again"))));
}

addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  if (pathname === "/now") event.respondWith(new Response("now"));
  if (pathname === "/later") event.respondWith(handle(event));
  if (pathname === "/kinds") {
    event.passThroughOnException();
    event.respondWith(Response.json([
      event instanceof FetchEvent, event instanceof ExtendableEvent, event.type, event.isTrusted,
      event.request instanceof Request, event.request.method, typeof GREETING === "string" && GREETING,
    ]));
  }
  if (pathname === "/twice") {
    event.respondWith(new Response("first"));
    kept = caught(() => event.respondWith(new Response("second")));
  }
  if (pathname === "/kept") event.respondWith(new Response(kept));
  if (pathname === "/wait") {
    event.waitUntil(later(5).then(() => { finished += 1; }));
    event.respondWith(new Response(String(finished)));
  }
  if (pathname === "/throw") throw new RangeError("thrown by a listener");
  if (pathname === "/reject") event.respondWith(Promise.reject(new Error("rejected answer")));
  if (pathname === "/number") event.respondWith(42);
  if (pathname === "/too-late") setTimeout(() => { kept = caught(() => event.respondWith(new Response(""))); }, 1);
});

addEventListener("fetch", (event) => {
  if (new URL(event.request.url).pathname === "/second") event.respondWith(new Response("second"));
  if (new URL(event.request.url).pathname === "/now") kept = "asked in vain";
});
`;

describe("fetch events", () => {
  const scope = suiteScope();
  let server: Server;
  before(async () => {
    const made = await buildApps(scope, {
      app: { files: { "index.js": SOURCE }, env: { GREETING: "hi" } },
      both: {
        files: `addEventListener("fetch", (event) => event.respondWith(new Response("listener")));
          export default { fetch: () => new Response("exported") };`,
      },
    });
    server = await serve(scope, made.dist, { config: made.config });
  });
  const ask = (path: string, host = "app.test") => request(server, host, path);
  const failed = async (path: string, log: RegExp) => {
    assert.equal((await ask(path)).status, 500);
    await server.waitForLog(`the failure of ${path}`, (line) => log.test(line.msg));
  };

  test("a Response, or a promise of one", async () => {
    assert.equal((await ask("/now")).text, "now");
    assert.equal((await ask("/later")).text, "later InvalidStateError");
  });

  test("the event and its request; variables are global", async () => {
    assert.deepEqual((await ask("/kinds")).json, [true, true, "fetch", true, true, "GET", "hi"]);
  });

  test("the first listener that answers is the last that is asked", async () => {
    assert.equal((await ask("/second")).text, "second");
    assert.equal((await ask("/twice")).text, "first");
    assert.equal((await ask("/kept")).text, "InvalidStateError");
    await ask("/now");
    assert.equal((await ask("/kept")).text, "InvalidStateError");
  });

  test("waitUntil", async () => {
    assert.equal((await ask("/wait")).text, "0");
    let text = "0";
    for (let i = 0; text === "0" && i < 1000; i++) text = (await ask("/wait")).text;
    assert.notEqual(text, "0");
  });

  test("failures are answered with 500 and logged", async () => {
    await failed("/nobody", /No listener of "fetch" called event\.respondWith\(\)/);
    await failed("/throw", /RangeError: thrown by a listener/);
    await failed("/reject", /Error: rejected answer/);
    await failed("/number", /instead of a Response/);
    await failed("/too-late", /No listener of "fetch"/);
  });

  for (const [why, statement] of [
    ["uses WebAssembly", "globalThis.early = typeof WebAssembly;"],
    ["keeps an Intl object", 'globalThis.early = new Intl.NumberFormat("en");'],
  ] as const) {
    test(`an app whose top level ${why} is loaded with its first request`, async (t) => {
      const made = workspace(t, {
        app: { files: { "index.js": statement + SOURCE }, env: { GREETING: "hi" } },
      });
      const { stderr } = await build(made);
      assert.match(stderr, /is loaded when its first request arrives/);
      const server = await serve(t, made.dist, { config: made.config, workers: 1 });
      const kinds = [true, true, "fetch", true, true, "GET", "hi"];
      // The first ones arrive while it is loaded.
      const answers = await Promise.all([1, 2, 3].map(() => request(server, "app.test", "/kinds")));
      for (const { json } of answers) assert.deepEqual(json, kinds);
      assert.equal((await request(server, "app.test", "/later")).text, "later InvalidStateError");
    });
  }

  test("a deferred app that neither exports nor listens fails the build", async (t) => {
    const made = workspace(t, {
      app: `globalThis.early = new DisposableStack(); addEventListener("other", () => {});`,
    });
    const { status, stderr } = await nanocBuild([made.directory, "-o", made.dist]);
    assert.equal(status, 1);
    assert.match(stderr, /no usable default export/);
  });

  test("an exported handler comes first", async () => {
    assert.equal((await ask("/", "both.test")).text, "exported");
  });
});
