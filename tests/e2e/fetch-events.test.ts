// Apps that listen to "fetch" instead of exporting a handler.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { buildApps } from "./lib/apps.ts";
import { request } from "./lib/http.ts";
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

  test("an exported handler comes first", async () => {
    assert.equal((await ask("/", "both.test")).text, "exported");
  });
});
