// Compressed bodies over the wire: what apps compress, other software reads, and the other way round; the
// streams work in warm-up requests; and a bomb does not fill the memory.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import zlib from "node:zlib";
import { buildApps } from "./lib/apps.ts";
import { request } from "../../tools/harness/http.ts";
import { serve, type Server } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";

const SOURCE = `
const text = Array.from({ length: 20000 }, (_, i) => "line " + i * i + "\\n").join("");

async function count(stream) {
  let total = 0;
  for await (const chunk of stream) {
    total += chunk.length;
    await new Promise((resolve) => setTimeout(resolve));
    if (total > 50_000_000) break;
  }
  return total;
}

export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    const format = searchParams.get("format");
    if (pathname === "/pack") {
      const body = new Response(text).body.pipeThrough(new CompressionStream(format));
      return new Response(body, { headers: { "content-encoding": format } });
    }
    const unpacked = request.body.pipeThrough(new DecompressionStream(format));
    if (pathname === "/unpack") return new Response(unpacked);
    return new Response(String(await count(unpacked)));
  },
};
`;
const text = Array.from({ length: 20000 }, (_, i) => `line ${i * i}\n`).join("");

interface Codec {
  pack(bytes: Buffer): Buffer;
  unpack(bytes: Buffer): Buffer;
}
const codecs: Record<string, Codec> = {
  gzip: { pack: (bytes) => zlib.gzipSync(bytes), unpack: (bytes) => zlib.gunzipSync(bytes) },
  deflate: { pack: (bytes) => zlib.deflateSync(bytes), unpack: (bytes) => zlib.inflateSync(bytes) },
  "deflate-raw": {
    pack: (bytes) => zlib.deflateRawSync(bytes),
    unpack: (bytes) => zlib.inflateRawSync(bytes),
  },
  brotli: {
    pack: (bytes) =>
      zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } }),
    unpack: (bytes) => zlib.brotliDecompressSync(bytes),
  },
  zstd: {
    pack: (bytes) => zlib.zstdCompressSync(bytes),
    unpack: (bytes) => zlib.zstdDecompressSync(bytes),
  },
};

/** The most memory that any of the processes has had so far, in megabytes. */
function peakMemory(pids: number[]): number {
  const peaks = pids.map((pid) => {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)![1]) / 1024;
  });
  return Math.max(...peaks);
}

describe("compression", () => {
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    const warmup = Object.keys(codecs).map((format) => `/pack?format=${format}`);
    const { dist } = await buildApps(scope, { app: { files: SOURCE, warmup } });
    server = await serve(scope, dist);
  });

  for (const [format, { pack, unpack }] of Object.entries(codecs)) {
    test(`${format}: what an app compresses`, async () => {
      const response = await request(server, "app.test", `/pack?format=${format}`);
      assert.equal(response.status, 200);
      assert.ok(response.body.length < text.length / 2);
      assert.equal(unpack(response.body).toString(), text);
    });

    test(`${format}: what an app is sent`, async () => {
      const path = `/unpack?format=${format}`;
      const body = pack(Buffer.from(text));
      const response = await request(server, "app.test", path, { method: "POST", body });
      assert.equal(response.status, 200);
      assert.equal(response.text, text);
    });

    test(`${format}: a bomb of 300 MB`, async () => {
      const path = `/count?format=${format}`;
      const body = pack(Buffer.alloc(300_000_000));
      const before = peakMemory(server.workers());
      const response = await request(server, "app.test", path, { method: "POST", body });
      assert.ok(Number(response.text) > 50_000_000, response.text);
      const grown = peakMemory(server.workers()) - before;
      assert.ok(grown < 120, `${grown} MB more`);
    });
  }
});
