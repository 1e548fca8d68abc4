// Calls to nginx: files, ranges, compressed answers, uploads, connections that it closes after some requests,
// and TLS.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { Authority } from "../lib/certificates.ts";
import { freePort, startForeign, without } from "../lib/foreign.ts";
import { begin, run, serveInside } from "../lib/inside.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope, temporaryFolder } from "../lib/temporary.ts";

const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe("nginx", { skip: without("nginx") }, () => {
  const scope = suiteScope();
  const FILE = randomBytes(3_000_000);
  const TEXT = "A text that can be compressed. ".repeat(3000);
  let server: Server;
  let url: string;
  let secureUrl: string;
  let folder: string;

  before(async () => {
    folder = temporaryFolder(scope);
    const authority = await Authority.make(scope);
    const { certFile, keyFile } = await authority.certify();
    const [port, securePort] = [await freePort(), await freePort()];
    [url, secureUrl] = [`http://127.0.0.1:${port}`, `https://localhost:${securePort}`];
    mkdirSync(join(folder, "html"), { mode: 0o777 });
    writeFileSync(join(folder, "html/file"), FILE);
    writeFileSync(join(folder, "html/text.txt"), TEXT);
    const config = join(folder, "nginx.conf");
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    );
    writeFileSync(
      config,
      `daemon off;
      master_process off;
      pid ${folder}/pid;
      error_log stderr;
      events { worker_connections 256; }
      http {
        ${temporary.join("\n")}
        access_log off;
        types { text/plain txt; }
        default_type application/octet-stream;
        root ${folder}/html;
        gzip on;
        gzip_types text/plain;
        gzip_vary on;
        keepalive_requests 7;
        keepalive_timeout 60s 60s;
        add_header X-Connection $connection always;
        add_header X-Reused $ssl_session_reused always;
        server {
          listen 127.0.0.1:${port};
          location /put/ { dav_methods PUT DELETE; create_full_put_path on; client_max_body_size 100m; }
          location /small/ { client_max_body_size 1k; dav_methods PUT; }
          location /moved { return 301 /text.txt; }
          location /secured { return 302 ${secureUrl}/text.txt; }
          location /echo { return 200 "$request_method $http_x_some $http_host $http_transfer_encoding"; }
        }
        server {
          listen 127.0.0.1:${securePort} ssl;
          ssl_certificate ${certFile};
          ssl_certificate_key ${keyFile};
          ssl_session_cache shared:all:1m;
          keepalive_requests 1;
        }
      }`,
    );
    await startForeign(scope, "nginx", ["-p", folder, "-c", config], { port });
    server = await serveInside(
      scope,
      { outbound: { ca: authority.file, connections: 8 } },
      {},
      { limits: { body_bytes: 0 } },
    );
  });

  test("a file, whole and in part", async () => {
    const [digest, length, status, range, part] = await run(
      server,
      async (_, url: string) => {
        const response = await fetch(url);
        const bytes = new Uint8Array(await response.arrayBuffer());
        const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
        const ranged = await fetch(url, { headers: { Range: "bytes=1000-1999" } });
        return [
          Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join(""),
          response.headers.get("content-length"),
          ranged.status,
          ranged.headers.get("content-range"),
          [...(await ranged.bytes())],
        ] as const;
      },
      `${url}/file`,
    );
    assert.equal(digest, hash(FILE));
    assert.equal(length, "3000000");
    assert.equal(status, 206);
    assert.equal(range, "bytes 1000-1999/3000000");
    assert.deepEqual(Buffer.from(part), FILE.subarray(1000, 2000));
  });

  test("what it compresses is decoded, or goes through as it is", async () => {
    const [coding, text] = await run(
      server,
      async (_, url: string) => {
        const response = await fetch(url);
        return [response.headers.get("content-encoding"), await response.text()] as const;
      },
      `${url}/text.txt`,
    );
    assert.deepEqual([coding, text], ["gzip", TEXT]);
    for (const [accept, expected] of [
      ["gzip", "gzip"],
      ["identity", undefined],
    ] as const) {
      const headers = { "Accept-Encoding": accept };
      const action = async (_: unknown, url: string) => fetch(url) as Promise<Response>;
      const client = await begin(server, { headers }, action, `${url}/text.txt`);
      const received = await client.read();
      client.close();
      assert.equal(received.header("content-encoding"), expected);
      const body = expected === "gzip" ? gunzipSync(received.body) : received.body;
      assert.equal(body.toString(), TEXT);
    }
  });

  test("statuses, HEAD and redirects", async () => {
    const told = await run(
      server,
      async (_, url: string) => {
        const missing = await fetch(`${url}/missing`);
        const head = await fetch(`${url}/file`, { method: "HEAD" });
        const moved = await fetch(`${url}/moved`);
        const secured = await fetch(`${url}/secured`);
        const echo = await fetch(`${url}/echo`, {
          method: "PATCH",
          headers: { "X-Some": "field" },
        });
        return [
          missing.status,
          (await missing.text()).includes("nginx"),
          head.headers.get("content-length"),
          moved.redirected && moved.url === `${url}/text.txt`,
          secured.url.startsWith("https:"),
          (await moved.text()) === (await secured.text()),
          await echo.text(),
        ];
      },
      url,
    );
    const host = url.replace("http://", "");
    assert.deepEqual(told, [404, true, "3000000", true, true, true, `PATCH field ${host} `]);
  });

  for (const kind of ["bytes", "a stream", "the incoming body"]) {
    test(`an upload of ${kind}`, async () => {
      const name = kind.replaceAll(" ", "-");
      const content = randomBytes(5_000_000);
      const client = await begin(
        server,
        { method: "POST", body: content },
        async ({ request }, url: string, kind: string) => {
          const body =
            kind === "bytes"
              ? await request.bytes()
              : kind === "a stream"
                ? request.body!.pipeThrough(new TransformStream() as never)
                : request.body;
          const init = { method: "PUT", body, duplex: "half" } as RequestInit;
          return fetch(url, init) as Promise<Response>;
        },
        `${url}/put/${name}`,
        kind,
      );
      assert.equal((await client.read()).status, 201);
      client.close();
      assert.equal(hash(readFileSync(join(folder, "html/put", name))), hash(content));
    });
  }

  test("an upload that it refuses early", async () => {
    const told = await run(
      server,
      async (_, url: string) => {
        const whole = await fetch(url, { method: "PUT", body: new Uint8Array(20_000_000) });
        const body = new ReadableStream({
          async pull(controller) {
            await new Promise((done) => setTimeout(done, 1));
            controller.enqueue(new Uint8Array(65_536));
          },
        });
        const stream = await fetch(url, { method: "PUT", body, duplex: "half" } as RequestInit);
        return [whole.status, (await whole.text()).includes("413"), stream.status];
      },
      `${url}/small/file`,
    );
    assert.deepEqual(told, [413, true, 413]);
  });

  test("connections that it closes after some requests are replaced without failures", async () => {
    const [statuses, connections] = await run(
      server,
      async (_, url: string) => {
        const statuses = new Set<number>();
        const connections = new Map<string, number>();
        const worker = async () => {
          for (let i = 0; i < 100; i++) {
            const response = await fetch(`${url}/text.txt`);
            statuses.add(response.status);
            const connection = response.headers.get("x-connection")!;
            connections.set(connection, (connections.get(connection) ?? 0) + 1);
            await response.text();
          }
        };
        await Promise.all(Array.from({ length: 8 }, worker));
        return [[...statuses], [...connections.values()]] as const;
      },
      url,
    );
    assert.deepEqual(statuses, [200]);
    // 800 requests, seven to each at most.
    assert.ok(Math.max(...connections) === 7, String(connections));
    assert.ok(connections.length < 140, `${connections.length} connections`);
  });

  test("TLS sessions are resumed", async () => {
    const reused = await run(
      server,
      async (_, url: string) => {
        const told = [];
        for (let i = 0; i < 3; i++) {
          const response = await fetch(`${url}/text.txt`);
          await response.text();
          told.push(response.headers.get("x-reused"));
        }
        return told;
      },
      secureUrl,
    );
    assert.equal(reused.at(-1), "r");
  });
});
