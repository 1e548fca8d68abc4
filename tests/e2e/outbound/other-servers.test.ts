// Calls to servers of others: Python's, whose answers end with the connection, OpenSSL's with certificates
// that are not as they should be, and names that dnsmasq knows.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { Authority, type CertificateOptions } from "../lib/certificates.ts";
import { failureOf } from "../lib/failing.ts";
import { freePort, startForeign, without } from "../lib/foreign.ts";
import { run, serveAllInside, serveInside } from "../lib/inside.ts";
import { nameServerAddress, nanoAsking, noNameServers } from "../lib/name-server.ts";
import { answering, response, type Origin } from "../lib/origin.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope, temporaryFolder } from "../lib/temporary.ts";
import { until } from "../../../tools/harness/wait.ts";

const textOf = async (_: unknown, url: string) => (await fetch(url)).text();

describe("Python's http.server", { skip: without("python3") }, () => {
  const scope = suiteScope();

  for (const protocol of ["HTTP/1.0", "HTTP/1.1"]) {
    test(protocol, async () => {
      const folder = temporaryFolder(scope);
      const content = randomBytes(300_000).toString("base64");
      writeFileSync(join(folder, "file.txt"), content);
      const port = await freePort();
      // The option --protocol is newer than some Pythons.
      const source = `
import http.server
http.server.SimpleHTTPRequestHandler.protocol_version = "${protocol}"
http.server.test(http.server.SimpleHTTPRequestHandler, http.server.ThreadingHTTPServer, "${protocol}", ${port}, "127.0.0.1")`;
      await startForeign(scope, "python3", ["-c", source], { port, cwd: folder });
      const server = await serveInside(scope);
      const url = `http://127.0.0.1:${port}`;
      for (let i = 0; i < 3; i++)
        assert.equal(await run(server, textOf, `${url}/file.txt`), content);
      const told = await run(
        server,
        async (_, url: string) => {
          const missing = await fetch(`${url}/missing`);
          const post = await fetch(`${url}/file.txt`, { method: "POST", body: "content" });
          const head = await fetch(`${url}/file.txt`, { method: "HEAD" });
          return [missing.status, post.status, head.headers.get("content-length")];
        },
        url,
      );
      assert.deepEqual(told, [404, 501, "400000"]);
    });
  }
});

describe("openssl s_server", { skip: without("openssl") }, () => {
  const scope = suiteScope();
  let authority: Authority;
  let server: Server;

  before(async () => {
    authority = await Authority.make(scope);
    server = await serveInside(scope, { outbound: { ca: authority.file } });
  });

  async function serving(options: CertificateOptions = {}, ...args: string[]): Promise<string> {
    const { certFile, keyFile } = await authority.certify(options);
    const port = await freePort();
    const all = ["s_server", "-accept", `127.0.0.1:${port}`, "-cert", certFile, "-key", keyFile];
    await startForeign(scope, "openssl", [...all, "-www", ...args], { port });
    return `https://localhost:${port}`;
  }

  for (const version of ["-tls1_2", "-tls1_3"]) {
    test(version, async () => {
      const text = await run(server, textOf, await serving({}, version));
      assert.match(text, version === "-tls1_2" ? /TLSv1\.2/ : /TLSv1\.3/);
    });
  }

  const BAD: [string, string, CertificateOptions, string[]][] = [
    ["the wrong host", "ERR_TLS_CERT_ALTNAME_INVALID", { names: "DNS:other.test" }, []],
    ["an expired certificate", "CERT_HAS_EXPIRED", { days: -1 }, []],
    ["a self-signed certificate", "DEPTH_ZERO_SELF_SIGNED_CERT", { isSelfSigned: true }, []],
    ["TLS 1.1 only", "ERR_TLS", {}, ["-tls1_1", "-cipher", "ALL@SECLEVEL=0"]],
    ["no protocol in common", "ERR_TLS", {}, ["-alpn", "h2"]],
  ];
  for (const [what, code, options, args] of BAD) {
    test(what, async () => {
      const url = await serving(options, ...args);
      const failure = await failureOf(server, url);
      assert.equal(failure.code, code, failure.message);
    });
  }
});

describe("dnsmasq", { skip: without("dnsmasq") || noNameServers }, () => {
  const scope = suiteScope();
  let server: Server;
  let origin: Origin;

  before(async () => {
    const address = nameServerAddress();
    const names = [
      "--address=/there.test/127.0.0.1",
      "--address=/dual.test/127.0.0.1",
      // Of a network for documentation: nobody answers there.
      "--address=/dual.test/100::1",
      "--address=/inside.test/127.0.0.2",
      "--cname=alias.test,host.test",
      "--host-record=host.test,127.0.0.1",
      "--local=/test/",
    ];
    const quiet = ["-k", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--bind-interfaces"];
    await startForeign(scope, "dnsmasq", [
      ...quiet,
      "--pid-file",
      `--listen-address=${address}`,
      ...names,
    ]);
    server = await serveAllInside(
      scope,
      { app: {}, careful: { outbound: { deny: ["127.0.0.2"] } } },
      { program: nanoAsking(scope, address) },
    );
    origin = await answering(scope, ({ fields }) => response(200, {}, JSON.stringify(fields)));
    await until("dnsmasq to answer", () =>
      text("there.test").then(
        () => true,
        () => false,
      ),
    );
  });

  const text = (name: string) => run(server, textOf, `http://${name}:${origin.port}/`);

  for (const name of ["there.test", "alias.test", "dual.test", "below.there.test"]) {
    test(name, async () => {
      const fields = Object.fromEntries(JSON.parse(await text(name)) as [string, string][]);
      assert.equal(fields.host, `${name}:${origin.port}`);
    });
  }

  test("a name that does not exist", async () => {
    assert.equal((await failureOf(server, "http://missing.test/")).code, "ENOTFOUND");
  });

  test("an address that is denied", async () => {
    const { code } = await failureOf(server, "http://inside.test:1/", "careful");
    assert.equal(code, "ERR_OUTBOUND_DENIED");
  });
});
