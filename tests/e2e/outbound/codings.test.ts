// Content-Encoding: what the app reads is decoded, what it passes on untouched is not, and no response says of
// its body what it is not.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import { begin, run, serveInside, type Action } from "../lib/inside.ts";
import { answering, chunk, originOf, response } from "../lib/origin.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";
import { Response as Received } from "../../../tools/harness/http.ts";

const TEXT = "Sentences that repeat themselves, repeat themselves. ".repeat(2000);
assert.equal(TEXT.length, 106_000);

const CODINGS: [name: string, coded: (text: string) => Buffer][] = [
  ["gzip", gzipSync],
  ["x-gzip", gzipSync],
  ["GZIP", gzipSync],
  ["deflate", deflateSync],
  ["deflate", deflateRawSync],
  ["br", brotliCompressSync],
  ["zstd", zstdCompressSync],
  ["gzip, br", (text) => brotliCompressSync(gzipSync(text))],
  ["identity", (text) => Buffer.from(text)],
  ["gzip, identity", gzipSync],
  [
    "deflate, gzip, br, zstd, gzip",
    (text) => gzipSync(zstdCompressSync(brotliCompressSync(gzipSync(deflateSync(text))))),
  ],
];

describe("content codings", () => {
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    server = await serveInside(scope);
  });

  /** A server with one answer. */
  const serving = (coding: string, body: Uint8Array, more: Record<string, string> = {}) =>
    answering(scope, () =>
      response(200, { "Content-Encoding": coding, ETag: '"strong"', ...more }, body),
    );

  const text = async (_: unknown, url: string) => (await fetch(url)).text();

  for (const [name, coded] of CODINGS) {
    test(`${name} is decoded: ${coded.name}`, async () => {
      const { url } = await serving(name, coded(TEXT));
      assert.equal(await run(server, text, url), TEXT);
    });

    test(`${name} in pieces of a byte: ${coded.name}`, async () => {
      const short = "In pieces.".repeat(20);
      const body = coded(short);
      const origin = await answering(scope, async (_, peer) => {
        await peer.send(
          response(200, { "Content-Encoding": name, "Transfer-Encoding": "chunked" }),
        );
        for (const byte of body) await peer.send(chunk(Buffer.of(byte)));
        return chunk("");
      });
      const read = await run(
        server,
        async (_, url: string) => {
          const decoder = new TextDecoder();
          let text = "";
          for await (const part of (await fetch(url)).body!)
            text += decoder.decode(part, { stream: true });
          return text;
        },
        origin.url,
      );
      assert.equal(read, short);
    });

    test(`${name} of nothing: ${coded.name}`, async () => {
      assert.equal(await run(server, text, (await serving(name, coded(""))).url), "");
      assert.equal(await run(server, text, (await serving(name, Buffer.alloc(0))).url), "");
    });
  }

  test("members one behind the other are one body", async () => {
    const { url } = await serving("gzip", Buffer.concat([gzipSync("first "), gzipSync("second")]));
    assert.equal(await run(server, text, url), "first second");
  });

  test("frames one behind the other are one body", async () => {
    const frames = [zstdCompressSync("first "), zstdCompressSync("second")];
    const { url } = await serving("zstd", Buffer.concat(frames));
    assert.equal(await run(server, text, url), "first second");
  });

  test("an unknown coding leaves the bytes as they are", async () => {
    const { url } = await serving("gzip, secret", Buffer.from("as it is"));
    assert.equal(await run(server, text, url), "as it is");
  });

  test("the app sees which coding it was", async () => {
    const { url } = await serving("gzip", gzipSync(TEXT));
    const seen = await run(
      server,
      async (_, url: string) => (await fetch(url)).headers.get("content-encoding"),
      url,
    );
    assert.equal(seen, "gzip");
  });

  const failing = async (coding: string, body: Uint8Array) => {
    const { url, authority } = await serving(coding, body);
    const read = async (_: unknown, url: string) => {
      const response = await fetch(url);
      return tell(response.text());
    };
    const failure = await run(server, read, url);
    assert.equal(failure.name, "TypeError");
    assert.ok(failure.message.includes(authority), failure.message);
    return failure;
  };

  test("more than five codings are refused", async () => {
    const { cause, message } = await failing("gzip,gzip,gzip,gzip,gzip,gzip", gzipSync(""));
    assert.equal(cause?.code, "ERR_CONTENT_DECODING");
    assert.match(message, /5|five/);
  });

  for (const [name, coded] of CODINGS.filter(([name]) => !/identity|,/.test(name))) {
    test(`garbage in ${name} is an error: ${coded.name}`, async () => {
      const garbage = Buffer.from("\xff\xff\xffno such thing, not at all".repeat(10), "latin1");
      assert.equal((await failing(name, garbage)).cause?.code, "ERR_CONTENT_DECODING");
    });

    test(`${name} that is cut short is an error: ${coded.name}`, async () => {
      const cut = coded(TEXT).subarray(0, -8);
      assert.equal((await failing(name, cut)).cause?.code, "ERR_CONTENT_DECODING");
    });
  }

  test("a bomb is an error, and the app lives on", async () => {
    const bomb = zstdCompressSync(Buffer.alloc(200 * 1024 * 1024));
    const { cause } = await failing("zstd", bomb);
    assert.equal(cause?.code, "ERR_CONTENT_DECODING");
    assert.equal(server.workers().length, 1);
  });

  test("what has no body has nothing to decode", async () => {
    for (const status of [204, 205, 304]) {
      const origin = await originOf(scope, (peer) =>
        peer.answer(() =>
          response(status, {
            "Content-Encoding": "gzip",
            "Content-Length": status === 304 ? "100" : "0",
          }),
        ),
      );
      const told = await run(
        server,
        async (_, url: string) => {
          const response = await fetch(url);
          return [response.status, response.body, await response.text()];
        },
        origin.url,
      );
      assert.deepEqual(told, [status, null, ""]);
    }
    const head = await serving("gzip", gzipSync(TEXT));
    const headed = await answering(scope, () =>
      response(200, { "Content-Encoding": "gzip", "Content-Length": "100" }),
    );
    const told = await run(
      server,
      async (_, url: string) => (await fetch(url, { method: "HEAD" })).text(),
      headed.url,
    );
    assert.equal(told, "");
    assert.ok(head.url);
  });

  test("what is asked for: all codings, unless the app says otherwise", async () => {
    const origin = await answering(scope, (request) =>
      response(200, {}, request.header("accept-encoding") ?? "none"),
    );
    const asked = (headers: Record<string, string>) =>
      run(
        server,
        async (_, url: string, headers: Record<string, string>) =>
          (await fetch(url, { headers })).text(),
        origin.url,
        headers,
      );
    assert.equal(await asked({}), "gzip, deflate, br, zstd");
    assert.equal(await asked({ "Accept-Encoding": "br" }), "br");
    assert.equal(await asked({ Range: "bytes=0-5" }), "identity");
  });

  // --- What is passed on. ---

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
