// Content-Encoding of responses: what the app reads is decoded, whatever it is coded in, and however it comes.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import { run, serveInside } from "../lib/inside.ts";
import { answering, answeringCoded, chunk, originOf, response } from "../lib/origin.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";

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

  const serving = answeringCoded.bind(null, scope);

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
});
