// Files of apps as clients get them: whole, in parts, not at all; small ones and large ones, by fast and slow
// clients; from apps that have code besides, and from those that have none.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { Connection, request, requestBytes, sendRaw } from "../../../tools/harness/http.ts";
import { until } from "../../../tools/harness/wait.ts";
import { build, workspace } from "../lib/apps.ts";
import { Admin } from "../lib/admin-client.ts";
import { samplesOf } from "../lib/metrics.ts";
import { serve, type Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";

const TEXT = "the quick brown fox\n".repeat(400);
const LARGE = randomBytes(50 * 1024 * 1024);
const SMALL = randomBytes(4096);
const HASHED = "/static/app-3f9d2c1ab.js";

const CODE = `
  let asked = 0;
  export default {
    async fetch(request, env) {
      const url = new URL(request.url);
      if (url.pathname === "/asked") return new Response(String(asked));
      asked++;
      if (url.pathname === "/via") return env.ASSETS.fetch(request.url.replace("/via?", "/"));
      return new Response("code " + request.method + " " + url.pathname);
    },
  };`;

const sha = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe("assets", () => {
  const scope = suiteScope();
  let server: Server;
  let admin: Admin;
  let secret: string;

  before(async () => {
    const made = workspace(scope, {
      alone: {
        files: {
          "public/index.html": "<h1>home</h1>",
          "public/text.txt": TEXT,
          "public/empty.txt": "",
          ["public" + HASHED]: "export default 1;\n",
          "public/[a b].txt": "brackets",
          "public/grüße.txt": "umlauts",
          "secret.txt": "nobody's",
        },
        hosts: "alone.test",
        assets: "public",
      },
      both: {
        files: { "index.ts": CODE, "dist/page.html": "page", "dist/file.txt": "file" },
        hosts: "both.test",
        assets: "dist",
      },
    });
    const folder = join(made.directory, "alone", "public");
    secret = join(made.directory, "alone", "secret.txt");
    writeFileSync(join(folder, "large.bin"), LARGE);
    writeFileSync(join(folder, "small.bin"), SMALL);
    writeFileSync(join(made.directory, "both", "dist", "large.bin"), LARGE);
    symlinkSync("text.txt", join(folder, "link.txt"));
    symlinkSync("../secret.txt", join(folder, "out.txt"));
    await build(made);
    // What is served is what was built, whatever becomes of the sources.
    writeFileSync(join(folder, "text.txt"), "changed after the build");
    truncateSync(join(folder, "large.bin"), 10);
    server = await serve(scope, made.dist, { config: made.config });
    admin = new Admin(made.directory);
  });

  const ask = (path: string, headers: Record<string, string> = {}, method = "GET") =>
    request(server, "alone.test", path, { headers, method });

  test("a file, with what describes it", async () => {
    const response = await ask("/text.txt");
    assert.equal(response.status, 200);
    assert.equal(response.text, TEXT);
    assert.equal(response.header("content-type"), "text/plain; charset=utf-8");
    assert.equal(response.header("cache-control"), "public, max-age=0, must-revalidate");
    assert.equal(response.header("accept-ranges"), "bytes");
    assert.equal(response.header("vary"), "accept-encoding");
    assert.match(response.header("etag")!, /^"[0-9a-f]{32}"$/);
    assert.match(response.header("last-modified")!, /^\w{3}, \d\d \w{3} \d{4} .* GMT$/);
    assert.ok(Date.parse(response.header("last-modified")!) <= Date.now());
    const hashed = await ask(HASHED);
    assert.equal(hashed.header("cache-control"), "public, max-age=31536000, immutable");
    assert.equal((await ask("/empty.txt")).header("content-length"), "0");
    assert.equal((await ask("/small.bin")).header("content-type"), "application/octet-stream");
  });

  test("compressed as the client takes it", async () => {
    const whole = (await ask("/text.txt")).header("etag")!;
    const codings = { br: brotliDecompressSync, gzip: gunzipSync, zstd: zstdDecompressSync };
    for (const [coding, decode] of Object.entries(codings)) {
      const response = await ask("/text.txt", { "accept-encoding": coding });
      assert.equal(response.header("content-encoding"), coding);
      assert.equal(response.header("etag"), whole.replace(/"$/, `-${coding}"`));
      assert.ok(response.body.length < TEXT.length / 4);
      assert.equal(decode(response.body).toString(), TEXT);
    }
    assert.equal((await ask("/text.txt", { "accept-encoding": "br;q=0, *;q=0" })).text, TEXT);
    assert.equal((await ask("/small.bin", { "accept-encoding": "br" })).header("vary"), undefined);
  });

  test("HEAD has the fields of GET, and no body", async () => {
    for (const path of ["/text.txt", "/large.bin", "/empty.txt", "/none"]) {
      const [get, head] = [await ask(path), await ask(path, {}, "HEAD")];
      const fields = (of: typeof get) => of.fields.filter(([name]) => name !== "date");
      assert.equal(head.status, get.status, path);
      assert.deepEqual(fields(head), fields(get), path);
      assert.equal(head.body.length, 0);
    }
  });

  test("a large file, bit by bit the same", async () => {
    const response = await ask("/large.bin");
    assert.equal(response.header("content-length"), String(LARGE.length));
    assert.equal(sha(response.body), sha(LARGE));
  });

  test("parts of a large file", async () => {
    for (const [first, last] of [
      [0, 0],
      [1, 70_000],
      [65_535, 30_000_000],
      [LARGE.length - 1, LARGE.length - 1],
    ] as const) {
      const response = await ask("/large.bin", { range: `bytes=${first}-${last}` });
      assert.equal(response.status, 206);
      assert.equal(response.header("content-range"), `bytes ${first}-${last}/${LARGE.length}`);
      assert.equal(sha(response.body), sha(LARGE.subarray(first, last + 1)));
    }
  });

  test("several parts, of which some are large", async () => {
    const ranges = [
      [5, 6],
      [1_000_000, 20_000_000],
      [0, 0],
      [30_000_000, 30_100_000],
    ] as const;
    const response = await ask("/large.bin", {
      range: "bytes=" + ranges.map(([first, last]) => `${first}-${last}`).join(","),
    });
    assert.equal(response.status, 206);
    const boundary = /^multipart\/byteranges; boundary=(.+)$/.exec(
      response.header("content-type")!,
    )![1]!;
    const parts = ranges.flatMap(([first, last]) => [
      Buffer.from(
        `\r\n--${boundary}\r\ncontent-type: application/octet-stream\r\n` +
          `content-range: bytes ${first}-${last}/${LARGE.length}\r\n\r\n`,
      ),
      LARGE.subarray(first, last + 1),
    ]);
    parts.push(Buffer.from(`\r\n--${boundary}--\r\n`));
    assert.equal(sha(response.body), sha(Buffer.concat(parts)));
  });

  test("one connection, one request behind the other", async () => {
    const connection = await Connection.open(server);
    const paths = ["/small.bin", "/large.bin", "/text.txt", "/large.bin", "/none", "/small.bin"];
    await connection.send(
      Buffer.concat(paths.map((path) => requestBytes("alone.test", path))) as Uint8Array,
    );
    const bodies = { "/small.bin": SMALL, "/large.bin": LARGE, "/text.txt": Buffer.from(TEXT) };
    for (const path of paths) {
      const response = await connection.read();
      const body = bodies[path as keyof typeof bodies] ?? Buffer.from("Not Found\n");
      assert.equal(sha(response.body), sha(body), path);
    }
    await connection.send(
      requestBytes("alone.test", "/small.bin", { headers: { connection: "close" } }),
    );
    assert.equal(sha((await connection.read()).body), sha(SMALL));
    await connection.expectClosed();
  });

  test("HTTP/1.0 without a host that is known has its end by the length", async () => {
    const bytes = await sendRaw(server, "GET /large.bin HTTP/1.0\r\nHost: alone.test\r\n\r\n");
    assert.equal(sha(bytes.subarray(bytes.indexOf("\r\n\r\n") + 4)), sha(LARGE));
  });

  test("slow clients take no memory for what waits, and clients that leave are let go", async () => {
    const memory = () => {
      const [worker] = server.workers();
      const status = readFileSync(`/proc/${worker}/status`, "utf8");
      return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)![1]) / 1024;
    };
    const before = memory();
    const connections = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const connection = await Connection.open(server);
        connection.socket.pause();
        await connection.send(requestBytes("alone.test", "/large.bin"));
        return connection;
      }),
    );
    // Its answer comes after theirs have begun.
    assert.equal((await ask("/small.bin")).status, 200);
    assert.ok(memory() < before + 20, `${memory()} MiB, and ${before} before`);
    for (const connection of connections.slice(1)) connection.close();
    const [slow] = connections;
    slow!.socket.resume();
    assert.equal(sha((await slow!.read()).body), sha(LARGE));
    slow!.close();
    assert.equal(sha((await ask("/small.bin")).body), sha(SMALL));
  });

  test("nothing but the folder is served", async () => {
    assert.equal(readFileSync(secret, "utf8"), "nobody's");
    assert.equal((await ask("/link.txt")).text, TEXT);
    for (const path of [
      "/out.txt",
      "/secret.txt",
      "/../secret.txt",
      "/%2e%2e/secret.txt",
      "/..%2fsecret.txt",
      "/static/..%2f..%2fsecret.txt",
      "/static/%2e%2e/%2e%2e/secret.txt",
      "/..\\secret.txt",
      "/static%2fapp-3f9d2c1ab.js",
      "/text.txt%00",
      "/text.txt/",
      "/%",
      "/%zz",
    ]) {
      const response = await ask(path);
      assert.equal(response.status, 404, path);
      assert.doesNotMatch(response.text, /nobody/);
    }
  });

  test("a name has one path", async () => {
    for (const [path, location] of [
      ["/[a%20b].txt", "/%5Ba%20b%5D.txt"],
      ["/%5ba%20b%5d.txt?q=1", "/%5Ba%20b%5D.txt?q=1"],
      ["//text.txt", "/text.txt"],
      ["/%74ext.txt", "/text.txt"],
      ["/index.html", "/"],
      ["/index", "/"],
    ] as const) {
      const response = await ask(path);
      assert.equal(response.status, 307, path);
      assert.equal(response.header("location"), location, path);
    }
    assert.equal((await ask("/%5Ba%20b%5D.txt")).text, "brackets");
    assert.equal((await ask("/gr%C3%BC%C3%9Fe.txt")).text, "umlauts");
    assert.equal((await ask("/static/./x/../app-3f9d2c1ab.js")).text, "export default 1;\n");
  });

  test("other methods are answered in words", async () => {
    const response = await request(server, "alone.test", "/text.txt", {
      method: "POST",
      body: "x",
    });
    assert.equal(response.status, 405);
    assert.equal(response.header("allow"), "GET, HEAD");
    assert.equal((await ask("/none", {}, "DELETE")).status, 404);
  });

  test("an app's code is asked for the rest alone", async () => {
    const both = (path: string, method = "GET") => request(server, "both.test", path, { method });
    const asked = async () => Number((await both("/asked")).text);
    assert.equal((await both("/page")).text, "page");
    assert.equal((await both("/file.txt")).text, "file");
    assert.equal(sha((await both("/large.bin")).body), sha(LARGE));
    assert.equal(await asked(), 0);
    assert.equal((await both("/api/x")).text, "code GET /api/x");
    assert.equal((await both("/page", "POST")).text, "code POST /page");
    assert.equal(await asked(), 2);
    const via = await both("/via?large.bin");
    assert.equal(sha(via.body), sha(LARGE));
    assert.match(via.header("etag")!, /^"[0-9a-f]{32}"$/);
    assert.equal((await both("/via?none")).status, 404);
  });

  test("files alone need no isolate, and are counted", async () => {
    const app = (await admin.get("/admin/apps/alone")).json as Record<string, unknown>;
    assert.equal(app.code, false);
    assert.equal((app.assets as { files: number }).files, 9);
    const samples = await until("the clients that left to be counted", async () => {
      const found = samplesOf((await admin.get("/metrics")).body);
      return found.get('nano_requests_total{app="alone",status="aborted"}') === 19 && found;
    });
    const of = (name: string) => samples.get(`${name}{app="alone"}`)!;
    assert.equal(of("nano_app_boots_total"), 0);
    assert.ok(of("nano_asset_requests_total") > 40);
    assert.ok(of("nano_response_body_bytes_total") > 4 * LARGE.length);
    assert.equal(samples.get('nano_requests_total{app="alone",status="5xx"}'), 0);
    assert.equal((await admin.get("/ready")).status, 200);
  });
});
