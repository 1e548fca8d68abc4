// Calls to Apache's httpd: files and parts of them, what it compresses and what programs write, redirects,
// connections that it keeps for a while, its graceful restart under load, and TLS.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { Authority } from "../lib/certificates.ts";
import { freePort, startForeign, without, type Foreign } from "../lib/foreign.ts";
import { begin, run, serveInside, type Inside } from "../lib/inside.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope, temporaryFolder } from "../lib/temporary.ts";
import { until } from "../../../tools/harness/wait.ts";

const MODULES = [
  "mpm_event alias authz_core brotli cgid deflate dir env filter headers mime ratelimit",
  "setenvif socache_shmcb ssl",
]
  .join(" ")
  .split(" ");

const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Runs in the app: the texts of several calls, one after the other, and on whose port each was. */
async function textsOf(_: unknown, urls: string[], init: RequestInit = {}) {
  const told = [];
  for (const url of urls) {
    const response = await fetch(url, init);
    told.push([response.status, await response.text(), response.headers.get("x-port")] as const);
  }
  return told;
}

describe("apache2", { skip: without("apache2") }, () => {
  const scope = suiteScope();
  const FILE = randomBytes(40_000_000);
  const TEXT = "A text that can be compressed, line by line.\n".repeat(40_000);
  let server: Server;
  let apache: Foreign;
  let folder: string;
  let url: string;
  let secureUrl: string;
  let olderUrl: string;

  before(async () => {
    folder = temporaryFolder(scope);
    const authority = await Authority.make(scope);
    const { certFile, keyFile } = await authority.certify();
    copyFileSync(certFile, join(folder, "cert.pem"));
    copyFileSync(keyFile, join(folder, "key.pem"));
    copyFileSync(authority.file, join(folder, "ca.pem"));
    const ports = [await freePort(), await freePort(), await freePort()] as const;
    url = `http://127.0.0.1:${ports[0]}`;
    secureUrl = `https://localhost:${ports[1]}`;
    olderUrl = `https://localhost:${ports[2]}`;
    const write = (path: string, content: string | Buffer, mode = 0o644) =>
      writeFileSync(join(folder, path), content, { mode });
    for (const name of ["html", "html/folder", "html/asked", "cgi"]) mkdirSync(join(folder, name));
    write("html/file.bin", FILE);
    write("html/text.txt", TEXT);
    write("html/folder/index.html", "the folder's");
    write("html/asked/text.txt", "nobody was asked");
    write("cgi/lines", "#!/bin/sh\necho Content-Type: text/x-lines\necho\nseq 1 20000\n", 0o755);
    write("cgi/nothing", "#!/bin/sh\necho Status: 204 Nothing\necho\n", 0o755);
    // Apache reads nothing of a program before that has read everything.
    write("cgi/sum", "#!/bin/sh\necho Content-Type: text/x-sum\necho\nexec sha256sum\n", 0o755);
    write("cgi/echo", "#!/bin/sh\necho Content-Type: text/x-echo\necho\nexec cat\n", 0o755);
    const secure = ["SSLEngine on", "SSLCertificateFile cert.pem", "SSLCertificateKeyFile key.pem"];
    const lines = [
      `ServerRoot ${folder}`,
      ...MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`),
      "ServerName localhost",
      "PidFile pid",
      "ErrorLog error.log",
      "LogLevel notice",
      "DefaultRuntimeDir .",
      "ScriptSock cgid.socket",
      "Mutex pthread",
      "DocumentRoot html",
      ...ports.map((port) => `Listen 127.0.0.1:${port}`),
      "StartServers 2",
      "ThreadsPerChild 16",
      "MaxRequestWorkers 64",
      "TypesConfig /dev/null",
      "AddType text/plain .txt",
      "DirectoryIndex index.html",
      "KeepAliveTimeout 4",
      // It says so by itself only to clients that ask for what HTTP/1.1 has anyway.
      "Header always set Keep-Alive timeout=4",
      "MaxKeepAliveRequests 50",
      "AddOutputFilterByType BROTLI_COMPRESS;DEFLATE text/plain text/x-lines",
      'Header always set X-Port "expr=%{REMOTE_PORT}"',
      "ScriptAlias /cgi/ cgi/",
      "Redirect 301 /moved /text.txt",
      "Redirect 307 /again /cgi/echo",
      "Redirect 303 /see /text.txt",
      `Redirect 302 /secured ${secureUrl}/folder/`,
      "<Location /cgi/small>",
      "LimitRequestBody 1000",
      "</Location>",
      "SSLSessionCache shmcb:sessions(512000)",
      `<VirtualHost 127.0.0.1:${ports[1]}>`,
      ...secure,
      "KeepAlive off",
      'Header always set X-Resumed "expr=%{SSL_SESSION_RESUMED} %{SSL_PROTOCOL}"',
      "</VirtualHost>",
      `<VirtualHost 127.0.0.1:${ports[2]}>`,
      ...secure,
      "SSLProtocol TLSv1.2",
      "SSLCACertificateFile ca.pem",
      // Asked for in the middle of a connection, which is a second handshake.
      "<Location /asked>",
      "SSLVerifyClient optional",
      "</Location>",
      "</VirtualHost>",
    ];
    write("httpd.conf", `${lines.join("\n")}\n`);
    const args = ["-DFOREGROUND", "-f", join(folder, "httpd.conf")];
    apache = await startForeign(scope, "apache2", args, { port: ports[0], ownFolder: folder });
    server = await serveInside(
      scope,
      {
        outbound: { ca: authority.file, connections: 8 },
        limits: { subrequests: 1_000_000 },
      },
      {},
      { limits: { body_bytes: 0 } },
    );
  });

  test("a connection is used again, but not when the server may be about to close it", async () => {
    const [first, second, late] = await run(
      server,
      async (_, url: string) => {
        const ports = [];
        for (const pause of [0, 0, 3100]) {
          await new Promise((done) => setTimeout(done, pause));
          const response = await fetch(url);
          await response.text();
          ports.push(response.headers.get("x-port"));
        }
        return ports;
      },
      `${url}/folder/`,
    );
    assert.equal(first, second);
    assert.notEqual(late, second);
  });

  test("a connection that it closes after some requests is replaced without a failure", async () => {
    const urls = Array.from({ length: 120 }, () => `${url}/folder/`);
    const told = await run(server, textsOf, urls);
    assert.deepEqual([...new Set(told.map(([status]) => status))], [200]);
    const ports = Map.groupBy(told, ([, , port]) => port);
    // The first one does not count there.
    assert.equal(Math.max(...[...ports.values()].map(({ length }) => length)), 51);
    assert.ok(ports.size <= 4, `${ports.size} connections`);
  });

  test("what it compresses is decoded, or goes through as it is", async () => {
    for (const [accept, coding] of [
      ["br", "br"],
      ["gzip", "gzip"],
      ["gzip, br", "br"],
      ["identity", undefined],
    ] as const) {
      for (const path of ["/text.txt", "/cgi/lines"]) {
        const lines = Array.from({ length: 20_000 }, (_, i) => `${i + 1}\n`).join("");
        const expected = path === "/text.txt" ? TEXT : lines;
        const [told] = await run(server, textsOf, [`${url}${path}`], {
          headers: { "Accept-Encoding": accept },
        });
        assert.ok(told![1] === expected, `${path} in ${coding}`);
        const headers = { "Accept-Encoding": accept };
        const action = async ({ request }: Inside, url: string) =>
          fetch(url, { headers: request.headers }) as Promise<Response>;
        const client = await begin(server, { headers }, action, `${url}${path}`);
        const received = await client.read();
        client.close();
        assert.equal(received.header("content-encoding"), coding);
        const decode =
          coding === "br" ? brotliDecompressSync : coding === "gzip" ? gunzipSync : Buffer.from;
        assert.ok(decode(received.body).toString() === expected, `${path} through in ${coding}`);
      }
    }
  });

  test("parts of a file, and what has not changed", async () => {
    const told = await run(
      server,
      async (_, url: string) => {
        const ask = async (headers: Record<string, string>, method = "GET") => {
          const response = await fetch(url, { method, headers });
          const { status } = response;
          const fields = ["content-range", "content-length"].map((name) =>
            response.headers.get(name),
          );
          const type = response.headers.get("content-type")?.split(";")[0];
          return [status, ...fields, type, (await response.bytes()).length] as const;
        };
        const head = await fetch(url, { method: "HEAD" });
        const etag = head.headers.get("etag")!;
        return [
          await ask({ Range: "bytes=0-99" }),
          await ask({ Range: "bytes=-1" }),
          (await ask({ Range: "bytes=0-9,1000000-1000009" }))[3],
          (await ask({ Range: "bytes=50000000-" }))[0],
          await ask({ "If-None-Match": etag }),
          await ask({ "If-Range": '"other"', Range: "bytes=0-1" }),
          await ask({}, "HEAD"),
        ];
      },
      `${url}/file.bin`,
    );
    const size = FILE.length;
    assert.deepEqual(JSON.parse(JSON.stringify(told)), [
      [206, `bytes 0-99/${size}`, "100", null, 100],
      [206, `bytes ${size - 1}-${size - 1}/${size}`, "1", null, 1],
      "multipart/byteranges",
      416,
      [304, null, null, null, 0],
      [200, null, String(size), null, size],
      [200, null, String(size), null, 0],
    ]);
  });

  test("a large file goes through", async () => {
    const action = async (_: unknown, url: string) => fetch(url) as Promise<Response>;
    const client = await begin(server, {}, action, `${url}/file.bin`);
    const { body } = await client.read();
    client.close();
    assert.equal(hash(body), hash(FILE));
  });

  test("what programs write and read", async () => {
    const content = randomBytes(5_000_000);
    const client = await begin(
      server,
      { method: "POST", body: content },
      async ({ request }, url: string) =>
        fetch(url, { method: "POST", body: request.body, duplex: "half" } as RequestInit),
      `${url}/cgi/sum`,
    );
    const { text } = await client.read();
    client.close();
    assert.equal(text.split(" ")[0], hash(content));
    const nothing = await run(server, textsOf, [`${url}/cgi/nothing`, `${url}/cgi/absent`]);
    assert.deepEqual(
      nothing.map(([status]) => status),
      [204, 404],
    );
    assert.equal(nothing[0]![1], "");
  });

  test("redirects, with and without the body, to another scheme, and to a folder", async () => {
    const post = { method: "POST", body: "a body" };
    const sent = await run(server, textsOf, [`${url}/again`, `${url}/see`], post);
    assert.equal(sent[0]![1], "a body");
    assert.ok(sent[1]![1] === TEXT);
    const got = await run(server, textsOf, [`${url}/moved`, `${url}/secured`, `${url}/folder`]);
    assert.ok(got[0]![1] === TEXT);
    assert.deepEqual([got[1]![1], got[2]![1]], ["the folder's", "the folder's"]);
  });

  test("an upload that it refuses early", async () => {
    const told = await run(
      server,
      async (_, url: string) => {
        const whole = await fetch(url, { method: "POST", body: new Uint8Array(20_000_000) });
        const text = await whole.text();
        const after = await fetch(url, { method: "POST", body: "small" });
        return [whole.status, text.includes("413"), after.status];
      },
      `${url}/cgi/small`,
    );
    assert.deepEqual(told, [413, true, 404]);
  });

  test("its graceful restart under load lets no call fail", async () => {
    const calls = run(
      server,
      async ({ kept }, url: string) => {
        const statuses = new Map<string, number>();
        kept.done = 0;
        const count = (told: string) => statuses.set(told, (statuses.get(told) ?? 0) + 1);
        const worker = async (_: unknown, n: number) => {
          for (; !kept.enough; kept.done++) {
            const init = n % 2 === 0 ? {} : { method: "POST", body: "x".repeat(1000) };
            await fetch(`${url}/folder/`, init).then(
              async (response) => count(`${response.status} ${(await response.text()).length}`),
              (error: Error) => {
                count(error.message);
                kept.enough = true;
              },
            );
          }
        };
        await Promise.all(Array.from({ length: 8 }, worker));
        return Object.fromEntries(statuses);
      },
      url,
    );
    const hasFailed = () => run(server, ({ kept }) => kept.enough === true);
    const done = () => run(server, ({ kept }) => kept.done as number);
    for (let i = 1; i <= 4; i++) {
      apache.signal("SIGUSR1");
      await until("a restart", () => {
        const log = readFileSync(join(folder, "error.log"), "utf8");
        return log.split("resuming normal operations").length > i + 1;
      });
      const before = await done();
      while ((await done()) < before + 200 && !(await hasFailed()));
    }
    await run(server, ({ kept }) => (kept.enough = true));
    assert.deepEqual(Object.keys(await calls), ["200 12"]);
  });

  test("TLS: a connection for each call, by sessions that are resumed", async () => {
    const told = await run(
      server,
      async (_, url: string) => {
        const told = [];
        for (let i = 0; i < 3; i++) {
          const response = await fetch(url);
          told.push(`${(await response.text()).length} ${response.headers.get("x-resumed")}`);
        }
        return told;
      },
      `${secureUrl}/text.txt`,
    );
    const size = TEXT.length;
    assert.deepEqual(told, [
      `${size} Initial TLSv1.3`,
      `${size} Resumed TLSv1.3`,
      `${size} Resumed TLSv1.3`,
    ]);
  });

  test("TLS 1.2: a second handshake within a connection", async () => {
    const urls = ["/folder/", "/asked/text.txt", "/folder/"].map((path) => `${olderUrl}${path}`);
    const told = await run(server, textsOf, urls);
    assert.deepEqual(
      told.map(([status, text]) => `${status} ${text}`),
      ["200 the folder's", "200 nobody was asked", "200 the folder's"],
    );
    assert.equal(told[0]![2], told[2]![2]);
  });
});
