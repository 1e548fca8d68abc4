// Responses as the app sees them: what has a body and what has none, how bodies end, header fields, interim
// responses, integrity, and where fetch() works.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, describe, test } from "node:test";
import { nanocBuild, workspace } from "../lib/apps.ts";
import { run, serveInside } from "../lib/inside.ts";
import { answering, chunk, originOf, response, type Peer } from "../lib/origin.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";
import type { Bytes } from "../../../tools/harness/http.ts";
import { until } from "../../../tools/harness/wait.ts";

/** Runs in the app. */
async function all(_: unknown, url: string, init: RequestInit) {
  const response = await fetch(url, init);
  return {
    status: response.status,
    statusText: response.statusText,
    ok: response.ok,
    type: response.type,
    url: response.url,
    headers: [...response.headers],
    hasBody: response.body !== null,
    text: await response.text(),
  };
}

describe("responses", () => {
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    server = await serveInside(scope, { limits: { subrequests: 30 } });
  });

  /** Asks a server that sends these bytes, once. */
  async function ask(bytes: Bytes | Bytes[], init: RequestInit = {}, end = true) {
    const origin = await originOf(scope, async (peer: Peer) => {
      await peer.request();
      for (const part of [bytes].flat()) await peer.send(part);
      if (end) peer.socket.end();
    });
    return run(server, all, `${origin.url}/path?query#hash`, init);
  }

  test("everything of a response", async () => {
    const headers = [
      "Content-Length: 4",
      "X-Twice: a",
      "Set-Cookie: a=1",
      "x-twice: b",
      "Set-Cookie: b=2",
    ];
    const told = await ask(
      `HTTP/1.1 299 Grün\r\n${headers.join("\r\n")}\r\nX-Latin: ä\r\nX-Empty:\r\n\r\nbody`,
    );
    assert.match(told.url, /^http:\/\/127\.0\.0\.1:\d+\/path\?query$/);
    assert.deepEqual(
      { ...told, url: "" },
      {
        status: 299,
        statusText: "Grün",
        ok: true,
        type: "basic",
        url: "",
        headers: [
          ["content-length", "4"],
          ["set-cookie", "a=1"],
          ["set-cookie", "b=2"],
          ["x-empty", ""],
          ["x-latin", "ä"],
          ["x-twice", "a, b"],
        ],
        hasBody: true,
        text: "body",
      },
    );
  });

  test("without a reason", async () => {
    assert.equal((await ask("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n")).statusText, "");
    assert.equal((await ask("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n")).statusText, "");
  });

  test("errors of the server's are responses", async () => {
    for (const status of [400, 404, 500, 503, 599]) {
      const told = await ask(response(status, {}, "sorry"));
      assert.deepEqual([told.status, told.ok, told.text], [status, false, "sorry"]);
    }
  });

  test("a body that ends with the connection", async () => {
    assert.equal((await ask("HTTP/1.1 200 OK\r\n\r\nto the end")).text, "to the end");
    assert.equal((await ask("HTTP/1.0 200 OK\r\n\r\nto the end")).text, "to the end");
    assert.equal(
      (await ask("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnot to the end")).text,
      "not",
    );
  });

  test("chunks, their extensions, and trailers", async () => {
    const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    const told = await ask(
      `${head}5;name=value;other="quoted"\r\nfirst\r\n6\r\nsecond\r\n0\r\nX-Trailer: end\r\n\r\n`,
    );
    assert.equal(told.text, "firstsecond");
    assert.deepEqual(told.headers, [["transfer-encoding", "chunked"]]);
  });

  test("in pieces of a byte", async () => {
    const bytes = Buffer.concat([
      response(200, { "Transfer-Encoding": "chunked" }),
      chunk("text"),
      chunk(""),
    ]);
    const told = await ask([...bytes].map((byte) => Buffer.of(byte)));
    assert.equal(told.text, "text");
  });

  test("interim responses are passed over", async () => {
    const interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    const told = await ask(`${interim}${response(200, {}, "final").toString()}`);
    assert.deepEqual([told.status, told.text], [200, "final"]);
    assert.equal(
      told.headers.find(([name]) => name === "link"),
      undefined,
    );
  });

  test("the answer to HEAD has no body, whatever it says", async () => {
    for (const [name, value] of [
      ["Content-Length", "1000"],
      ["Transfer-Encoding", "chunked"],
    ]) {
      const told = await ask(response(200, { [name]: value }), { method: "HEAD" }, false);
      assert.deepEqual([told.text, told.hasBody], ["", false]);
    }
  });

  for (const status of [204, 205, 304]) {
    test(`${status} has no body, and its connection serves again`, async () => {
      const origin = await answering(scope, () =>
        response(
          status,
          status === 205 ? { "Content-Length": "0" } : { "X-Some": "field", "Content-Length": "0" },
        ),
      );
      for (let i = 0; i < 2; i++) {
        const told = await run(server, all, origin.url, {});
        assert.deepEqual([told.status, told.text, told.hasBody], [status, "", false]);
      }
      assert.equal(origin.peers.length, 1);
    });
  }

  test("205 with a body has none for the app", async () => {
    const told = await ask(response(205, {}, "nothing"));
    assert.deepEqual([told.status, told.text, told.hasBody], [205, "", false]);
  });

  test("what says nothing of itself says that it is nobody's but ours", async () => {
    const origin = await answering(scope, ({ fields }) =>
      response(200, {}, JSON.stringify(fields)),
    );
    const { text } = await run(server, all, origin.url, {});
    const fields = Object.fromEntries(JSON.parse(text) as [string, string][]);
    assert.match(fields["user-agent"], /^NANO/i);
    assert.deepEqual(
      { ...fields, "user-agent": "" },
      {
        host: origin.authority,
        accept: "*/*",
        "accept-language": "*",
        "accept-encoding": "gzip, deflate, br, zstd",
        "user-agent": "",
      },
    );
  });

  test("integrity", async () => {
    const digest = (name: string, text: string) => createHash(name).update(text).digest("base64");
    const origin = await answering(scope, () => response(200, {}, "content"));
    const check = (integrity: string) =>
      run(
        server,
        (_, url: string, integrity: string) =>
          fetch(url, { integrity }).then(
            (response) => response.text(),
            (error) => error.message as string,
          ),
        origin.url,
        integrity,
      );
    assert.equal(await check(`sha256-${digest("sha256", "content")}`), "content");
    assert.equal(await check(`sha512-${digest("sha512", "content")}`), "content");
    assert.equal(await check(`sha256-AAAA sha256-${digest("sha256", "content")}`), "content");
    assert.match(await check(`sha256-${digest("sha256", "other")}`), /integrity/);
    assert.match(await check(`sha256-${digest("sha256", "content")} sha384-AAAA`), /integrity/);
  });

  test("cache and credentials are accepted", async () => {
    for (const init of [
      { cache: "no-store" },
      { credentials: "include" },
      { cache: "reload", credentials: "omit" },
    ]) {
      assert.equal((await ask(response(200, {}, "text"), init as RequestInit)).text, "text");
    }
  });

  test("URLs with credentials are refused", async () => {
    const { name } = await run(server, () => tell(fetch("http://user:password@127.0.0.1/")));
    assert.equal(name, "TypeError");
  });

  test("many calls at once, while timers fire", async () => {
    let waiting = 0;
    const gate = Promise.withResolvers<void>();
    const origin = await answering(scope, async ({ target }) => {
      if (++waiting === 20) setTimeout(gate.resolve, 20); // For the timers to fire.
      await gate.promise;
      return response(200, {}, target);
    });
    const told = await run(
      server,
      async (_, url: string) => {
        let ticks = 0;
        const timer = setInterval(() => ticks++, 1);
        const calls = Array.from({ length: 20 }, async (_, index) =>
          (await fetch(`${url}/${index}`)).text(),
        );
        const texts = await Promise.all(calls);
        clearInterval(timer);
        return [ticks > 0, texts.join()];
      },
      origin.url,
    );
    assert.deepEqual(told, [true, Array.from({ length: 20 }, (_, index) => `/${index}`).join()]);
    assert.equal(origin.peers.length, 20);
  });

  test("other requests are served while a call waits", async () => {
    const gate = Promise.withResolvers<void>();
    const origin = await answering(scope, async () => {
      await gate.promise;
      return response(200, {}, "late");
    });
    const late = run(server, all, origin.url, {});
    await until("the call", () => origin.requests.length === 1);
    assert.equal(await run(server, () => "served"), "served");
    gate.resolve();
    assert.equal((await late).text, "late");
  });

  test("a request leads to so many calls and no more, redirects included", async () => {
    const origin = await answering(scope, ({ target }) =>
      target === "/" ? response(200) : response(302, { Location: "/" }),
    );
    const told = await run(
      server,
      async (_, url: string) => {
        const outcomes = [];
        for (let i = 0; i < 16; i++) {
          outcomes.push(
            await fetch(`${url}/again`).then(
              (response) => response.status,
              (error) => [error.cause.code, error.message],
            ),
          );
        }
        return outcomes;
      },
      origin.url,
    );
    assert.deepEqual(told.slice(0, 15), Array(15).fill(200));
    const [code, message] = told[15] as [string, string];
    assert.equal(code, "ERR_TOO_MANY_SUBREQUESTS");
    assert.match(message, /30 calls/);
    assert.match(message, /limits\.subrequests/);
    // The next request has its own count.
    assert.equal((await run(server, all, origin.url, {})).status, 200);
  });

  describe("outside a request", () => {
    test("in a timer, and in waitUntil after the response", async () => {
      const origin = await answering(scope, ({ target }) => response(200, {}, target));
      await run(
        server,
        ({ kept, context }, url: string) => {
          kept.texts = [];
          const call = async (path: string) =>
            void kept.texts.push(await (await fetch(url + path)).text());
          setTimeout(call, 30, "/timer");
          context.waitUntil(
            new Promise((done) => setTimeout(done, 30)).then(() => call("/waited")),
          );
        },
        origin.url,
      );
      const texts = await until("both", async () => {
        const texts = await run(server, ({ kept }) => kept.texts as string[]);
        return texts.length === 2 && texts;
      });
      assert.deepEqual(texts.toSorted(), ["/timer", "/waited"]);
    });

    test("at build time it is refused, with place and advice", async () => {
      const made = workspace(scope, {
        app: `const answer = await fetch("http://127.0.0.1:9/config");\nexport default { fetch: () => new Response(answer) };`,
      });
      const { status, stderr } = await nanocBuild([made.directory, "-o", made.dist]);
      assert.equal(status, 1);
      assert.match(stderr, /fetch of http:\/\/127\.0\.0\.1:9\/config failed/);
      assert.match(stderr, /index\.ts:1:/);
      assert.match(stderr, /hint|instead|request/i);
    });
  });
});
