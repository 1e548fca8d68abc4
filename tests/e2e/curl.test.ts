// The server as curl sees it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { buildApps } from "./lib/apps.ts";
import { curl } from "./lib/curl.ts";
import { serve, type Server } from "./lib/server.ts";
import { suiteScope, temporaryFolder } from "./lib/temporary.ts";
import { within } from "../../tools/harness/wait.ts";

const SOURCE = `
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  export default {
    async fetch(request) {
      switch (new URL(request.url).pathname) {
        case "/json": return Response.json({ got: await request.json() });
        case "/form": {
          const form = await request.formData();
          const file = form.get("file");
          return Response.json([form.get("name"), file.name, file.type, file.size]);
        }
        case "/urlencoded": return Response.json([...(await request.formData())]);
        case "/size": return new Response(String((await request.arrayBuffer()).byteLength));
        case "/echo": return new Response(request.body);
        case "/ticks": return new Response(new ReadableStream({
          async start(controller) {
            for (let i = 1; i <= 3; i++) {
              controller.enqueue(new TextEncoder().encode("tick " + i + "\\n"));
              await pause(i < 3 ? 300 : 0);
            }
            controller.close();
          },
        }));
        default: return new Response(request.method + "\\n");
      }
    },
  };`;

describe("curl", () => {
  const scope = suiteScope();
  let server: Server;
  let base: string;
  let folder: string;

  before(async () => {
    const { dist } = await buildApps(scope, {
      app: { files: SOURCE, hosts: "app.localhost" },
    });
    server = await serve(scope, dist);
    base = `http://app.localhost:${server.port}`;
    folder = temporaryFolder(scope);
  });

  test("GET", async () => {
    const { stdout } = await curl(["-i", `${base}/`]);
    assert.match(stdout, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(stdout, /\r\n\r\nGET\n$/);
  });

  test("POST of JSON", async () => {
    const { stdout } = await curl(["--json", '{"a":[1,"ü"]}', `${base}/json`]);
    assert.equal(stdout, '{"got":{"a":[1,"ü"]}}');
  });

  test("a form with a file", async () => {
    const file = join(folder, "a.txt");
    writeFileSync(file, "contents");
    const form = ["-F", "name=ü", "-F", `file=@${file};type=text/x-a`];
    const { stdout } = await curl([...form, `${base}/form`]);
    assert.deepEqual(JSON.parse(stdout), ["ü", "a.txt", "text/x-a", 8]);
  });

  test("a form without one", async () => {
    const { stdout } = await curl(["-d", "a=1&b=%C3%BC", "-d", "c=x+y", `${base}/urlencoded`]);
    assert.deepEqual(JSON.parse(stdout), [
      ["a", "1"],
      ["b", "ü"],
      ["c", "x y"],
    ]);
  });

  test("an upload of 1 MB, with a length and in chunks", async () => {
    const data = randomBytes(1 << 20);
    const file = join(folder, "data");
    writeFileSync(file, data);
    const digest = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
    for (const extra of [[], ["-H", "Transfer-Encoding: chunked"]]) {
      const { stdout } = await curl(["-T", file, ...extra, `${base}/size`]);
      assert.equal(stdout, String(data.length));
      const { bytes } = await curl(["-T", file, ...extra, `${base}/echo`]);
      assert.equal(digest(bytes), digest(data));
    }
  });

  test("HTTP/1.0", async () => {
    const { stdout } = await curl(["--http1.0", `${base}/`]);
    assert.equal(stdout, "GET\n");
    assert.equal((await curl(["--http1.0", `${base}/ticks`])).stdout, "tick 1\ntick 2\ntick 3\n");
  });

  test("HEAD", async () => {
    const { stdout } = await curl(["-I", `${base}/`]);
    assert.match(stdout, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(stdout, /^content-length: 5\r$/im);
    assert.match(stdout, /\r\n\r\n$/);
  });

  test("-N shows a stream as it comes", async () => {
    const args = ["-q", "-sS", "--noproxy", "*", "--max-time", "30", "-N", `${base}/ticks`];
    const child = spawn("curl", args, { stdio: ["ignore", "pipe", "inherit"] });
    const seen: string[] = [];
    child.stdout.setEncoding("utf8").on("data", (text: string) => seen.push(text));
    const { promise, resolve } = Promise.withResolvers<number | null>();
    child.on("close", resolve);
    assert.equal(await within(promise, "curl's end"), 0);
    assert.equal(seen.join(""), "tick 1\ntick 2\ntick 3\n");
    assert.ok(seen.length >= 2, "everything came at once");
  });

  test("one connection for several URLs", async () => {
    const { stderr, stdout } = await curl(["-v", `${base}/a`, `${base}/b`, `${base}/c`]);
    assert.equal(stdout, "GET\nGET\nGET\n");
    assert.match(stderr, /[Rr]e-using existing/);
  });

  test("another method", async () => {
    const { stdout } = await curl(["-X", "DELETE", `${base}/x`]);
    assert.equal(stdout, "DELETE\n");
  });
});
