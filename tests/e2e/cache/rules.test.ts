// The Cache API as an app sees it: what put() keeps, what match() answers, what delete() says.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { request } from "../../../tools/harness/http.ts";
import "../lib/caches.ts";
import { pathOf, run, serveInside } from "../lib/inside.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";

describe("the Cache API", () => {
  const scope = suiteScope();
  let server: Server;
  before(async () => {
    server = await serveInside(scope);
  });

  test("what is put is matched by its URL, without the fragment, until it is deleted", async () => {
    const seen = await run(server, async () => {
      const cache = caches.default;
      const key = "http://any.example/a?b#c";
      const before = await cache.match(key);
      const response = new Response("body", {
        status: 201,
        statusText: "Made",
        headers: { "cache-control": "max-age=60", "x-a": "\xe9", "content-type": "text/x" },
      });
      const put = await cache.put(new Request(key), response);
      const hit = (await cache.match(new URL("http://any.example/a?b")))!;
      const { status, statusText, url, redirected } = hit;
      const headers = Object.fromEntries(hit.headers as never) as Record<string, string>;
      let immutable = "";
      try {
        hit.headers.set("x-b", "1");
      } catch (error) {
        immutable = (error as Error).name;
      }
      return {
        before: before === undefined,
        put: put === undefined,
        used: response.bodyUsed,
        hit: [status, statusText, url, redirected, immutable, await hit.text()],
        headers,
        other: (await cache.match("http://any.example/a")) === undefined,
        deleted: [await cache.delete(key), await cache.delete(key)],
        after: (await cache.match(key)) === undefined,
      };
    });
    const { date, age, ...headers } = seen.headers;
    assert.match(date!, /GMT$/);
    assert.match(age!, /^\d$/);
    assert.deepEqual(headers, {
      "cache-control": "max-age=60",
      "cf-cache-status": "HIT",
      "content-length": "4",
      "content-type": "text/x",
      "x-a": "\xe9",
    });
    assert.deepEqual(
      { ...seen, headers: {} },
      {
        before: true,
        put: true,
        used: true,
        hit: [201, "Made", "", false, "TypeError", "body"],
        headers: {},
        other: true,
        deleted: [true, false],
        after: true,
      },
    );
  });

  test("a body of each kind is kept, and clones are", async () => {
    const texts = await run(server, async () => {
      const cache = await caches.open("bodies");
      const stream = () =>
        new ReadableStream({
          start(controller) {
            for (const text of ["str", "eam"]) controller.enqueue(new TextEncoder().encode(text));
            controller.close();
          },
        });
      const bodies = {
        text: "text",
        bytes: new Uint8Array([98, 121]),
        blob: new Blob(["bl", "ob"]),
        search: new URLSearchParams({ a: "b" }),
        empty: "",
        none: null,
        stream: stream(),
      };
      const texts: Record<string, string> = {};
      for (const [name, body] of Object.entries(bodies)) {
        const response = new Response(body);
        const copy = response.clone();
        await cache.put(`http://bodies/${name}`, response);
        texts[name] =
          `${await (await cache.match(`http://bodies/${name}`))!.text()} ${await copy.text()}`;
      }
      return texts;
    });
    assert.deepEqual(texts, {
      text: "text text",
      bytes: "by by",
      blob: "blob blob",
      search: "a=b a=b",
      empty: " ",
      none: " ",
      stream: "stream stream",
    });
  });

  test("conditions and ranges are answered from what is kept", async () => {
    const answers = await run(server, async () => {
      const cache = caches.default;
      const key = "http://any.example/conditional";
      const modified = "Tue, 13 Sep 2022 12:00:00 GMT";
      await cache.put(
        key,
        new Response("0123456789", { headers: { etag: '"e"', "last-modified": modified } }),
      );
      const ask = async (headers: Record<string, string>) => {
        const {
          status,
          headers: of,
          ...hit
        } = await cache.match(new Request(key, { headers })).then(async (hit) => ({
          status: hit!.status,
          headers: hit!.headers,
          text: await hit!.text(),
        }));
        return [status, of.get("content-range"), hit.text];
      };
      return [
        await ask({ "if-none-match": 'W/"x", "e"' }),
        await ask({ "if-none-match": '"x"' }),
        await ask({ "if-modified-since": modified }),
        await ask({ "if-modified-since": "Tue, 13 Sep 2022 11:00:00 GMT" }),
        await ask({ range: "bytes=2-4" }),
        await ask({ range: "bytes=-2" }),
        await ask({ range: "bytes=20-" }),
        await ask({ range: "bytes=2-4", "if-range": '"x"' }),
      ];
    });
    assert.deepEqual(answers, [
      [304, null, ""],
      [200, null, "0123456789"],
      [304, null, ""],
      [200, null, "0123456789"],
      [206, "bytes 2-4/10", "234"],
      [206, "bytes 8-9/10", "89"],
      [416, "bytes */10", ""],
      [200, null, "0123456789"],
    ]);
  });

  test("what header fields do not allow is not kept, and put() says nothing of it", async () => {
    const kept = await run(server, async () => {
      const cache = caches.default;
      const is = async (status: number, headers: Record<string, string>, key: RequestInit = {}) => {
        const url = `http://any.example/kept/${Math.random()}`;
        await cache.put(new Request(url, key), new Response("x", { status, headers }));
        const hit = await cache.match(url);
        return hit === undefined ? null : (hit.headers.get("set-cookie") ?? "kept");
      };
      return [
        await is(200, {}),
        await is(200, { "cache-control": "no-store" }),
        await is(200, { "cache-control": "private" }),
        await is(200, { "cache-control": "no-cache" }),
        await is(200, { "cache-control": "max-age=0" }),
        await is(200, { expires: "0" }),
        await is(200, { "set-cookie": "a=1" }),
        await is(200, { "set-cookie": "a=1", "cache-control": "private=Set-Cookie" }),
        await is(500, {}),
        await is(500, { "cache-control": "s-maxage=9" }),
        await is(404, {}),
        await is(200, {}, { headers: { authorization: "x" } }),
        await is(200, { "cache-control": "public" }, { headers: { authorization: "x" } }),
        await is(200, { vary: "accept" }),
      ];
    });
    const [no, yes] = [null, "kept"];
    assert.deepEqual(kept, [yes, no, no, no, no, no, no, yes, no, yes, yes, no, yes, yes]);
  });

  test("methods other than GET find nothing, unless they are to be ignored", async () => {
    const seen = await run(server, async () => {
      const cache = caches.default;
      const url = "http://any.example/methods";
      await cache.put(url, new Response("x"));
      const head = () => new Request(url, { method: "HEAD" });
      const post = () => new Request(url, { method: "POST", body: "y" });
      const text = (hit?: Response) => hit?.text();
      return [
        await text(await cache.match(head())),
        await text(await cache.match(head(), { ignoreMethod: true })),
        await text(await cache.match(post(), { ignoreMethod: true })),
        await cache.delete(post()),
        await cache.delete(post(), { ignoreMethod: true }),
      ].map(String);
    });
    assert.deepEqual(seen, ["undefined", "x", "x", "false", "true"]);
  });

  test("what cannot be kept at all is an error of put()", async () => {
    const errors = await run(server, async () => {
      const cache = caches.default;
      const url = "http://any.example/errors";
      const used = new Response("x");
      await used.text();
      const locked = new Response("x");
      locked.body!.getReader();
      const told = async (key: unknown, response: unknown) => {
        try {
          await cache.put(key as string, response as Response);
          return "";
        } catch (error) {
          return (error as Error).name;
        }
      };
      const failing = new Response(
        new ReadableStream({
          pull(controller) {
            controller.error(new RangeError("the source"));
          },
        }),
      );
      return [
        await told(new Request(url, { method: "POST" }), new Response("x")),
        await told(url, new Response("x", { status: 206 })),
        await told(url, new Response("x", { headers: { vary: "accept, *" } })),
        await told(url, Response.error()),
        await told("ftp://any.example/", new Response("x")),
        await told("/relative", new Response("x")),
        await told(url, "x"),
        await told(url, used),
        await told(url, locked),
        await told(url, failing),
        await told(url, new Response(null, { status: 304 })),
        String(await cache.match(url)),
      ];
    });
    const types = Array.from({ length: 9 }, () => "TypeError");
    assert.deepEqual(errors, [...types, "RangeError", "", "undefined"]);
  });

  test("named caches are others, and what Workers do not have is refused", async () => {
    const seen = await run(server, async () => {
      const [one, two, empty] = await Promise.all(["1", "2", ""].map((name) => caches.open(name)));
      const key = "http://any.example/named";
      await one!.put(key, new Response("one"));
      await caches.default.put(key, new Response("default"));
      const text = async (cache?: Cache) => (await cache!.match(key))?.text() ?? null;
      const names = await Promise.all(
        [
          () => caches.has("1"),
          () => caches.keys(),
          () => caches.delete("1"),
          () => caches.match(key),
          () => one!.keys(),
          () => one!.matchAll(),
          () => one!.add(key),
          () => one!.addAll([key]),
          () => caches.open("x".repeat(1024)),
        ].map((call) => call().then(String, (error: Error) => error.name)),
      );
      return {
        texts: [
          await text(one),
          await text(two),
          await text(empty),
          await text(caches.default),
          await text(await caches.open("1")),
        ],
        names: [...new Set(names)],
        same: caches.default === caches.default && caches.default instanceof Cache,
      };
    });
    assert.deepEqual(seen, {
      texts: ["one", null, null, "default", "one"],
      names: ["TypeError"],
      same: true,
    });
  });

  test("a hit goes to the client as it is: whole, coded, and to HEAD without a body", async () => {
    const gzip = pathOf(async ({ request }) => {
      const cache = caches.default;
      const key = "http://any.example/coded";
      if (request.headers.get("x-put") !== null) {
        const body = new Blob(["text".repeat(1000)])
          .stream()
          .pipeThrough(new CompressionStream("gzip"));
        await cache.put(key, new Response(body, { headers: { "content-encoding": "gzip" } }));
        return new Response("put");
      }
      const hit = (await cache.match(key))!;
      return request.headers.get("x-read") === null ? hit : new Response(await hit.text());
    });
    assert.equal(
      (await request(server, "app.test", gzip, { headers: { "x-put": "1" } })).text,
      "put",
    );
    const coded = await request(server, "app.test", gzip, {
      headers: { "accept-encoding": "gzip" },
    });
    assert.equal(coded.header("content-encoding"), "gzip");
    assert.equal(coded.header("cf-cache-status"), "HIT");
    assert.equal(Number(coded.header("content-length")), coded.body.length);
    assert.ok(coded.body.length < 1000);
    const plain = await request(server, "app.test", gzip);
    assert.equal(plain.header("content-encoding"), undefined);
    assert.equal(plain.text, "text".repeat(1000));
    const read = await request(server, "app.test", gzip, { headers: { "x-read": "1" } });
    assert.equal(read.text, "text".repeat(1000));
    const head = await request(server, "app.test", gzip, { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(head.body.length, 0);
  });

  test("a response that waitUntil() puts is there for the next request", async () => {
    const path = pathOf(async ({ request, context }) => {
      const key = `http://any.example/once/${request.headers.get("x-key")}`;
      const hit = await caches.default.match(key);
      if (hit !== undefined) return hit;
      const made = new Response(String(Math.random()), {
        headers: { "cache-control": "s-maxage=60" },
      });
      context.waitUntil(caches.default.put(key, made.clone()));
      return made;
    });
    const headers = { "x-key": "1" };
    const first = await request(server, "app.test", path, { headers });
    assert.equal(first.header("cf-cache-status"), undefined);
    let next = first;
    while (next.header("cf-cache-status") !== "HIT") {
      next = await request(server, "app.test", path, { headers });
    }
    const again = await request(server, "app.test", path, { headers });
    assert.equal(again.header("cf-cache-status"), "HIT");
    assert.equal(again.text, next.text);
  });

  test("entries end when their time has come", async () => {
    const text = await run(server, async () => {
      const key = "http://any.example/short";
      await caches.default.put(
        key,
        new Response("x", { headers: { "cache-control": "max-age=1" } }),
      );
      const begin = Date.now();
      const found = [];
      for (;;) {
        const hit = await caches.default.match(key);
        if (hit === undefined) break;
        found.push(await hit.text());
        if (Date.now() - begin > 20_000) throw new Error("it is still there");
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return [...new Set(found)].join();
    });
    assert.ok(text === "x" || text === "");
  });
});
