// What is cached is a machine's: of all workers, across their deaths, the store's, and new versions of the app;
// and of one app alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection, request, requestBytes } from "../../../tools/harness/http.ts";
import { until } from "../../../tools/harness/wait.ts";
import { buildApps, nanocBuild, writeFiles } from "../lib/apps.ts";
import { serve, type Server } from "../lib/server.ts";

/** `/put/KEY?TEXT`, `/get/KEY`, `/delete/KEY`, `/large/KEY?BYTES`: answered with the worker's isolate in `x-isolate`. */
const APP = `
  let isolate;
  const large = (bytes) => {
    let left = bytes;
    return new ReadableStream({
      type: "bytes",
      pull(controller) {
        const part = new Uint8Array(Math.min(left, 60000)).fill(120);
        left -= part.length;
        controller.enqueue(part);
        if (left === 0) controller.close();
      },
    });
  };
  export default {
    async fetch(request) {
      isolate ??= crypto.randomUUID();
      const { pathname, search } = new URL(request.url);
      const [, operation, key] = pathname.split("/");
      const url = "http://keys/" + key;
      const headers = { "cache-control": "max-age=600" };
      const value = search.slice(1);
      const cache = caches.default;
      const answer = async () => {
        switch (operation) {
          case "put": await cache.put(url, new Response(value, { headers })); return new Response("put");
          case "large": await cache.put(url, new Response(large(Number(value)), { headers })); return new Response("put");
          case "upload": await cache.put(url, new Response(request.body, { headers })); return new Response("put");
          case "delete": return new Response(String(await cache.delete(url)));
          default: return (await cache.match(url)) ?? new Response("none", { status: 404 });
        }
      };
      const response = await answer();
      return new Response(response.body, { status: response.status, headers: { ...Object.fromEntries(response.headers), "x-isolate": isolate } });
    },
  };`;

/** Asks, by new connections, until a worker other than those has answered. */
async function askAnother(server: Server, path: string, asked: Set<string>): Promise<string> {
  for (;;) {
    const { text, header } = await ask(server, path);
    if (asked.has(header("x-isolate")!)) continue;
    asked.add(header("x-isolate")!);
    return text;
  }
}

async function ask(server: Server, path: string, host = "app.test") {
  const response = await request(server, host, path);
  return { text: response.text, status: response.status, header: response.header.bind(response) };
}

test("what one worker puts another one finds, and no other app", async (t) => {
  const { dist, config } = await buildApps(t, { app: APP, other: APP });
  const server = await serve(t, dist, { config, workers: 2 });
  const put = await ask(server, "/put/a?one");
  const isolates = new Set([put.header("x-isolate")!]);
  assert.equal(await askAnother(server, "/get/a", isolates), "one");
  assert.equal((await ask(server, "/get/a", "other.test")).status, 404);
  assert.equal((await ask(server, "/delete/a", "other.test")).text, "false");
  // Overwritten and deleted it is so for everybody, at once.
  for (let i = 0; i < 20; ++i) {
    await ask(server, `/put/a?${i}`);
    for (let j = 0; j < 4; ++j) assert.equal((await ask(server, "/get/a")).text, String(i));
  }
  assert.equal((await ask(server, "/delete/a")).text, "true");
  for (let i = 0; i < 10; ++i) assert.equal((await ask(server, "/get/a")).status, 404);
});

test("it outlives workers, the store, the server, and new versions of the app", async (t) => {
  const made = await buildApps(t, { app: APP });
  const { dist, config, directory } = made;
  const server = await serve(t, dist, { config, workers: 2 });
  await ask(server, "/put/a?kept");
  await ask(server, "/large/b?300000");
  const dead = new Set(server.workers());
  for (const worker of dead) process.kill(worker, "SIGKILL");
  await until("other workers", () => server.workers().filter((pid) => !dead.has(pid)).length === 2);
  assert.equal((await ask(server, "/get/a")).text, "kept");
  const store = server.store()!;
  process.kill(store, "SIGKILL");
  await until("another store", () => {
    const next = server.store();
    return next !== undefined && next !== store;
  });
  assert.equal((await ask(server, "/get/a")).text, "kept");
  assert.equal((await ask(server, "/get/b")).text, "x".repeat(300_000));
  writeFiles(`${directory}/app`, { "index.ts": APP.replace('"none"', '"nothing"') });
  assert.equal((await nanocBuild([directory, "-o", dist])).status, 0);
  server.signal("SIGHUP");
  await until("the new version", async () => (await ask(server, "/get/c")).text === "nothing");
  assert.equal((await ask(server, "/get/a")).text, "kept");
  await server.stop();
  const again = await serve(t, dist, { config, workers: 1 });
  assert.equal((await ask(again, "/get/a")).text, "kept");
  assert.equal((await ask(again, "/get/b")).text, "x".repeat(300_000));
});

test("a body that breaks off is never found", async (t) => {
  const { dist, config } = await buildApps(t, { app: APP });
  const server = await serve(t, dist, { config, workers: 1 });
  await ask(server, "/put/a?before");
  const connection = await Connection.open(server);
  const body = "y".repeat(200_000);
  await connection.send(
    requestBytes("app.test", "/upload/a", {
      method: "POST",
      headers: { "content-length": String(body.length + 1) },
    }),
  );
  await connection.send(body);
  // Some of it is in the store by now, or soon.
  for (let i = 0; i < 20; ++i) assert.equal((await ask(server, "/get/a")).text, "before");
  connection.socket.destroy();
  for (let i = 0; i < 20; ++i) assert.equal((await ask(server, "/get/a")).text, "before");
  // Workers that are killed in the middle of it leave nothing either.
  const second = await Connection.open(server);
  await second.send(
    requestBytes("app.test", "/upload/a", {
      method: "POST",
      headers: { "content-length": String(body.length + 1) },
    }),
  );
  await second.send(body);
  const [worker] = server.workers();
  process.kill(worker!, "SIGKILL");
  await until("another worker", () => server.workers().some((pid) => pid !== worker));
  assert.equal((await ask(server, "/get/a")).text, "before");
});

test("a body that is being read when the store ends breaks off, and says of what", async (t) => {
  const app = `
    export default {
      async fetch(request) {
        const url = "http://keys/large";
        if (request.url.endsWith("/put")) {
          await caches.default.put(url, new Response(new Uint8Array(8 << 20)));
          return new Response("put");
        }
        const { body } = await caches.default.match(url);
        const reader = body.getReader();
        await reader.read();
        console.log("reading");
        try {
          for (let i = 0; ; i++) {
            const { done } = await reader.read();
            if (done) return new Response("whole");
            if (i < 60) await new Promise((resolve) => setTimeout(resolve, 50));
          }
        } catch (error) {
          return new Response(error.name + ": " + error.message + " (" + error.cause.code + ")");
        }
      },
    };`;
  const { dist, config } = await buildApps(t, { app });
  const server = await serve(t, dist, { config, workers: 1 });
  await ask(server, "/put");
  const answer = ask(server, "/");
  await server.waitForLog("reading", (line) => line.msg === "reading");
  process.kill(server.store()!, "SIGKILL");
  assert.equal(
    (await answer).text,
    "TypeError: what the cache has found cannot be read any more: http://keys/large (ERR_CACHE_BODY)",
  );
});
