// Nothing is cut off, whatever its size.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, describe, test } from "node:test";
import { buildApps } from "./lib/apps.ts";
import { request } from "../../tools/harness/http.ts";
import { serve, type Server } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";

const SOURCE = `
  const pattern = (size) => {
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 8)) & 255;
    return bytes;
  };
  const binary = (bytes) => {
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return text;
  };
  export default {
    async fetch(request) {
      const url = new URL(request.url);
      const size = Number(url.searchParams.get("size"));
      switch (url.pathname) {
        case "/blob": {
          const half = pattern(size);
          const blob = new Blob([half.subarray(0, 1000), new Blob([half.subarray(1000)])]);
          if (blob.size !== size || (await blob.bytes()).length !== size) throw new Error("blob");
          return new Response(blob);
        }
        case "/bytes": return new Response(pattern(size));
        case "/text": return new Response("\\u00fc".repeat(size / 2));
        case "/base64": {
          const text = btoa(binary(pattern(size)));
          if (atob(text).length !== size) throw new Error("atob");
          return new Response(text);
        }
        case "/log":
          console.log("begin " + "l\\u00f6ng ".repeat(size / 5) + " end");
          return new Response("logged");
        case "/header":
          return new Response("", { headers: { "x-long": "h".repeat(size) } });
        case "/body": {
          const bytes = await request.bytes();
          return new Response(bytes.slice().reverse());
        }
        case "/json": {
          const value = await request.json();
          return Response.json(value.map((text) => text.length));
        }
        case "/clone": {
          const copy = structuredClone({ bytes: pattern(size), text: "x".repeat(size) });
          return new Response(copy.bytes.length + " " + copy.text.length);
        }
      }
    },
  };`;

function pattern(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 8)) & 255;
  return bytes;
}

const digest = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

describe("sizes", () => {
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    const { dist } = await buildApps(scope, { app: SOURCE });
    server = await serve(scope, dist);
  });

  const get = (path: string) => request(server, "app.test", path);

  for (const size of [0, 1, 65_535, 65_536, 1 << 20, 9_000_000]) {
    test(`${size} bytes of an array`, async () => {
      const { body } = await get(`/bytes?size=${size}`);
      assert.equal(body.length, size);
      assert.equal(digest(body), digest(pattern(size)));
    });
  }

  test("a blob of 1 MB", async () => {
    const { body } = await get(`/blob?size=${1 << 20}`);
    assert.equal(digest(body), digest(pattern(1 << 20)));
  });

  test("1 MB of text", async () => {
    const { text } = await get(`/text?size=${1 << 20}`);
    assert.equal(text, "\u00fc".repeat(1 << 19));
  });

  test("50 KB of base64", async () => {
    const { text } = await get("/base64?size=50000");
    assert.equal(text, pattern(50_000).toString("base64"));
  });

  for (const size of [10_000, 50_000]) {
    test(`a log line of ${size} characters`, async () => {
      await get(`/log?size=${size}`);
      const line = await server.waitForLog("the line", ({ msg }) => msg.length === size + 10);
      assert.ok(line.msg.startsWith("begin löng löng ") && line.msg.endsWith(" end"));
    });
  }

  test("a response field of 10 KB", async () => {
    assert.equal((await get("/header?size=10000")).header("x-long"), "h".repeat(10_000));
  });

  for (const size of [1, 65_536, 1 << 20, 8_000_000]) {
    test(`${size} bytes of a request's body`, async () => {
      const body = pattern(size);
      const answer = await request(server, "app.test", "/body", { method: "POST", body });
      assert.equal(digest(answer.body), digest(Buffer.from(body).reverse()));
    });
  }

  test("5 MB of JSON", async () => {
    const body = JSON.stringify(["a".repeat(5_000_000), "\u2603".repeat(1000)]);
    const answer = await request(server, "app.test", "/json", { method: "POST", body });
    assert.deepEqual(answer.json, [5_000_000, 1000]);
  });

  test("a clone of 1 MB", async () => {
    assert.equal((await get("/clone?size=1000000")).text, "1000000 1000000");
  });
});
