// Responses with a Content-Encoding that an app passes on: as they came where nobody has looked and the client
// takes them so, else decoded; and no response says of its body what it is not.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { brotliCompressSync, gunzipSync, gzipSync, zstdCompressSync } from "node:zlib";
import { begin, pathOf, serveInside, type Action } from "../lib/inside.ts";
import { answering, answeringCoded, response } from "../lib/origin.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";
import { requestBytes, type Response as Received } from "../../../tools/harness/http.ts";

const TEXT = "Sentences that repeat themselves, repeat themselves. ".repeat(2000);
assert.equal(TEXT.length, 106_000);

describe("content codings of what is passed on", () => {
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    server = await serveInside(scope);
  });

  const serving = answeringCoded.bind(null, scope);

  async function ask(
    accept: string | undefined,
    action: Action<[string], Response>,
    url: string,
  ): Promise<Received> {
    const headers: Record<string, string> =
      accept === undefined ? {} : { "Accept-Encoding": accept };
    const connection = await begin(server, { headers }, action, url);
    const received = await connection.read();
    connection.close();
    return received;
  }

  const untouched = async (_: unknown, url: string) => fetch(url) as Promise<Response>;
  const rewrapped = async (_: unknown, url: string) => {
    const upstream = await fetch(url);
    return new Response(upstream.body, upstream);
  };
  const changed = async (_: unknown, url: string) => {
    const upstream = await fetch(url);
    const response = new Response(upstream.body, upstream);
    response.headers.set("x-added", "yes");
    return response;
  };
  const cloned = async (_: unknown, url: string) => (await fetch(url)).clone();
  const WAYS: [string, Action<[string], Response>][] = [
    ["fetch(url)", untouched],
    ["new Response(upstream.body, upstream)", rewrapped],
    ["with a header more", changed],
  ];

  for (const [way, action] of WAYS) {
    for (const [coding, coded] of [
      ["gzip", gzipSync],
      ["br", brotliCompressSync],
      ["zstd", zstdCompressSync],
    ] as const) {
      test(`${coding} goes as it comes to a client that takes it: ${way}`, async () => {
        const body = coded(TEXT);
        const { url } = await serving(coding, body);
        const received = await ask(`deflate, ${coding}`, action, url);
        assert.equal(received.header("content-encoding"), coding);
        assert.equal(received.header("content-length"), String(body.length));
        assert.deepEqual(received.body, body);
      });

      for (const accept of [
        undefined,
        "identity",
        "deflate",
        `${coding};q=0`,
        `${coding};q=0.000, *`,
        `x${coding}`,
      ]) {
        test(`${coding} goes decoded to a client that takes ${accept}: ${way}`, async () => {
          const { url } = await serving(coding, coded(TEXT));
          const received = await ask(accept, action, url);
          assert.equal(received.header("content-encoding"), undefined);
          assert.equal(received.text, TEXT);
        });
      }
    }

    test(`a client that takes everything gets it as it comes: ${way}`, async () => {
      const { url } = await serving("gzip", gzipSync(TEXT));
      const received = await ask("*", action, url);
      assert.equal(received.header("content-encoding"), "gzip");
      assert.equal(gunzipSync(received.body).toString(), TEXT);
    });

    test(`an unknown coding goes as it comes: ${way}`, async () => {
      const { url } = await serving("secret", Buffer.from("as it is"));
      const received = await ask(undefined, action, url);
      assert.equal(received.header("content-encoding"), "secret");
      assert.equal(received.text, "as it is");
    });

    test(`no coding keeps its length: ${way}`, async () => {
      const origin = await answering(scope, () => response(200, {}, TEXT));
      const received = await ask("gzip", action, origin.url);
      assert.equal(received.header("content-length"), String(TEXT.length));
      assert.equal(received.header("content-encoding"), undefined);
      assert.equal(received.text, TEXT);
    });
  }

  const HONEST: [string, Action<[string], Response>][] = [
    ["a clone", cloned],
    [
      "one whose integrity was checked",
      async (_, url) => {
        const bytes = await (await fetch(url)).arrayBuffer();
        const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
        const integrity = `sha256-${btoa(String.fromCharCode(...hash))}`;
        return fetch(url, { integrity }) as Promise<Response>;
      },
    ],
    [
      "its text with its header fields",
      async (_, url) => {
        const upstream = await fetch(url);
        return new Response(await upstream.text(), upstream);
      },
    ],
    [
      "its bytes with its Headers",
      async (_, url) => {
        const upstream = await fetch(url);
        const { headers, status } = upstream;
        return new Response(await upstream.arrayBuffer(), { headers, status });
      },
    ],
    [
      "its body through a transform",
      async (_, url) => {
        const upstream = await fetch(url);
        return new Response(upstream.body!.pipeThrough(new TransformStream()), upstream);
      },
    ],
    [
      "a copy of its Headers",
      async (_, url) => {
        const upstream = await fetch(url);
        return new Response(await upstream.text(), { headers: new Headers(upstream.headers) });
      },
    ],
    [
      "one half of it",
      async (_, url) => {
        const upstream = await fetch(url);
        const [half, other] = upstream.body!.tee();
        void other.cancel();
        return new Response(half, upstream);
      },
    ],
    [
      "a clone of what was changed",
      async (_, url) => {
        const upstream = await fetch(url);
        const response = new Response(upstream.body, upstream);
        response.headers.set("x-added", "yes");
        return response.clone();
      },
    ],
  ];
  for (const [what, action] of HONEST) {
    test(`what is read is decoded, and does not say otherwise: ${what}`, async () => {
      const { url } = await serving("gzip", gzipSync(TEXT));
      const received = await ask("gzip", action, url);
      assert.equal(received.status, 200);
      assert.equal(received.header("content-encoding"), undefined);
      assert.equal(received.text, TEXT);
    });
  }

  test("what the app has coded itself says so", async () => {
    const { url } = await serving("gzip", gzipSync("other"));
    const received = await ask(
      "gzip",
      async (_, url) => {
        const upstream = await fetch(url);
        const coded = upstream.body!.pipeThrough(new CompressionStream("gzip") as never);
        const response = new Response(coded as ReadableStream, upstream);
        response.headers.set("content-encoding", "gzip");
        return response;
      },
      url,
    );
    assert.equal(received.header("content-encoding"), "gzip");
    assert.equal(gunzipSync(received.body).toString(), "other");
  });

  test("what is read has the length that it has", async () => {
    const origin = await answering(scope, () => response(200, { "X-Kept": "yes" }, TEXT));
    const received = await ask(
      "gzip",
      async (_, url) => {
        const upstream = await fetch(url);
        const shorter = new TransformStream<Uint8Array, Uint8Array>({
          transform: (part, into) => into.enqueue(part.subarray(1)),
        });
        return new Response(upstream.body!.pipeThrough(shorter as never), upstream);
      },
      origin.url,
    );
    assert.equal(received.header("content-length"), undefined);
    assert.equal(received.header("x-kept"), "yes");
    assert.ok(received.body.length > 0 && received.body.length < TEXT.length);
  });

  test("a length that the app says is sent", async () => {
    const { url } = await serving("gzip", gzipSync(TEXT));
    const received = await ask(
      "gzip",
      async (_, url) => {
        const upstream = await fetch(url);
        const body = upstream.body!.pipeThrough(new TransformStream());
        const response = new Response(body, upstream);
        response.headers.set("content-length", "106000");
        return response;
      },
      url,
    );
    assert.equal(received.header("content-length"), "106000");
    assert.equal(received.text, TEXT);
  });

  test("HEAD passed on keeps what it says of the body", async () => {
    const origin = await answering(scope, () =>
      response(200, { "Content-Encoding": "gzip", "Content-Length": "1234" }),
    );
    const connection = await begin(
      server,
      { method: "HEAD", headers: { "Accept-Encoding": "gzip" } },
      async ({ request }, url) => fetch(url, { method: request.method }),
      origin.url,
    );
    const received = await connection.read("HEAD");
    connection.close();
    assert.equal(received.header("content-encoding"), "gzip");
    assert.equal(received.header("content-length"), "1234");
  });

  const HEADS: Action<[string], Response>[] = [
    async (_, url) => fetch(url, { method: "HEAD" }) as Promise<Response>,
    async (_, url) => {
      const upstream = await fetch(url, { method: "HEAD" });
      return new Response(upstream.body, upstream);
    },
  ];

  /** The header fields of an answer to HEAD, after which its connection serves again. */
  async function askHead(accept: string, action: Action<[string], Response>, url: string) {
    const options = { method: "HEAD", headers: { "Accept-Encoding": accept } };
    const connection = await begin(server, options, action, url);
    const received = await connection.read("HEAD");
    await connection.send(
      requestBytes(
        "app.test",
        pathOf(() => new Response("next")),
      ),
    );
    assert.equal((await connection.read()).text, "next");
    connection.close();
    return received;
  }

  test("HEAD passed on says of a length what the server said, which may be nothing", async () => {
    const { url } = await answering(scope, ({ target }) =>
      target === "/chunked"
        ? response(200, { "Transfer-Encoding": "chunked" })
        : target === "/plain"
          ? "HTTP/1.1 200 OK\r\nX-A: b\r\n\r\n"
          : response(200, { "Content-Length": target.slice(1) }),
    );
    for (const action of HEADS) {
      for (const [target, length] of [
        ["chunked", undefined],
        ["plain", undefined],
        ["0", "0"],
        ["7", "7"],
      ] as const) {
        const received = await askHead("gzip", action, `${url}/${target}`);
        assert.equal(received.header("content-length"), length, target);
      }
    }
  });

  test("HEAD passed on says of a coding what GET would", async () => {
    const { url } = await serving("gzip", gzipSync(TEXT));
    const length = String(gzipSync(TEXT).length);
    const { url: headUrl } = await answering(scope, () =>
      response(200, { "Content-Encoding": "gzip", "Content-Length": length }),
    );
    for (const accept of ["gzip", "br", "identity"]) {
      const got = await ask(accept, untouched, url);
      for (const action of HEADS) {
        const received = await askHead(accept, action, headUrl);
        for (const name of ["content-encoding", "content-length", "transfer-encoding"]) {
          assert.equal(received.header(name), got.header(name), `${name} for ${accept}`);
        }
      }
    }
  });

  for (const part of ["truncated", "garbage"]) {
    test(`${part} on its way to a client that gets it decoded cuts the response`, async () => {
      const coded = gzipSync(TEXT.repeat(5));
      const bytes =
        part === "truncated"
          ? coded.subarray(0, coded.length / 2)
          : Buffer.concat([coded.subarray(0, coded.length / 2), Buffer.alloc(1000, 255)]);
      const { url } = await serving("gzip", bytes);
      await assert.rejects(ask("identity", untouched, url), /ended/);
    });
  }
});
