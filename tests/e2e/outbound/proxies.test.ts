// Whom apps may call, through which proxies and by whose certificates: real apps, servers of
// Node.js, and tinyproxy, in the clear and behind TLS. All of it on the loopback, which *.localhost
// is as well.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect, type AddressInfo, type Server as Listener } from "node:net";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { request } from "../../../tools/harness/http.ts";
import { until } from "../../../tools/harness/wait.ts";
import { buildApps, type App } from "../lib/apps.ts";
import { serve, serveAndFail, type Server } from "../lib/server.ts";
import { suiteScope, temporaryFolder, type Scope } from "../lib/temporary.ts";

/** Answers with what became of a call to `u`. */
const CALLER = `export default {
  async fetch(request) {
    try {
      const response = await fetch(new URL(request.url).searchParams.get("u"));
      return Response.json({ status: response.status, text: await response.text() });
    } catch (error) {
      return Response.json({ code: error.cause?.code ?? String(error), message: error.message });
    }
  },
};`;

interface Outcome {
  status?: number;
  text?: string;
  code?: string;
  message?: string;
}

const PASSWORD = "s3cret-of-the-operator";

const origin: RequestListener = ({ url, headers }, response) => {
  if (url === "/away") {
    response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data/" }).end();
  } else {
    response.end(`${headers.host} via ${headers.via === undefined ? "nobody" : "a proxy"}`);
  }
};

async function listen(scope: Scope, server: Listener): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  scope.after(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A key and a certificate for a host, signed by itself. */
function identity(folder: string, name: string): { key: Buffer; cert: Buffer } {
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const options = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      ...options,
      "-keyout",
      key,
      "-out",
      cert,
      "-subj",
      "/CN=test",
      "-addext",
    ].concat(`subjectAltName=${name}`),
    { stdio: "ignore" },
  );
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

async function tinyproxy(scope: Scope): Promise<number> {
  const free = createServer();
  const port = await listen({ after() {} }, free);
  await new Promise((resolve) => free.close(resolve));
  const config = join(temporaryFolder(scope), "tinyproxy.conf");
  writeFileSync(config, `Port ${port}\nListen 127.0.0.1\nBasicAuth nano ${PASSWORD}\n`);
  const proxy = spawn("tinyproxy", ["-d", "-c", config], { stdio: "ignore" });
  scope.after(() => void proxy.kill());
  await until("tinyproxy", async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const socket = connect(port, "127.0.0.1", () => resolve(true));
    socket.on("error", () => resolve(false));
    const there = await promise;
    socket.destroy();
    return there || undefined;
  });
  return port;
}

describe("outgoing requests: policy, proxies, certificates", () => {
  const scope = suiteScope();
  let server: Server;
  let http = 0;
  let https = 0;

  before(async () => {
    const folder = temporaryFolder(scope);
    const own = identity(folder, "DNS:a.localhost,DNS:localhost");
    const proxys = identity(folder, "IP:127.0.0.1");
    http = await listen(scope, createServer(origin));
    https = await listen(scope, createHttpsServer(own, origin));
    const proxy = await tinyproxy(scope);
    // tinyproxy knows no TLS: somebody else says it.
    const secure = await listen(
      scope,
      createTlsServer(proxys, (socket) => {
        const inner = connect(proxy, "127.0.0.1");
        socket.on("error", () => inner.destroy()).pipe(inner);
        inner.on("error", () => socket.destroy()).pipe(socket);
      }),
    );

    const caller = (outbound: App["outbound"]): App => ({
      files: { "index.ts": CALLER },
      outbound,
    });
    const through = (scheme: string, port: number, more: object = {}) =>
      caller({
        proxy: `${scheme}://nano:\${PROXY_PASSWORD}@127.0.0.1:${port}`,
        ca: "ca.pem",
        ...more,
      });
    const { directory, dist, config } = await buildApps(scope, {
      free: caller({ ca: "ca.pem" }),
      closed: caller("none"),
      named: caller({ allow: ["a.localhost", "127.0.0.1:1"] }),
      networked: caller({ allow: ["127.0.0.0/8"], deny: ["b.localhost"] }),
      denied: caller({ deny: ["127.0.0.0/8", "::1"] }),
      proxied: through("http", proxy),
      byname: through("http", proxy, { allow: ["*"] }),
      secured: through("https", secure),
      direct: through("http", proxy, {
        proxy: { http: `http://127.0.0.1:${proxy}`, no_proxy: ["a.localhost"] },
      }),
    });
    writeFileSync(join(directory, "ca.pem"), Buffer.concat([own.cert, proxys.cert]));
    const env = { ...process.env, PROXY_PASSWORD: PASSWORD };
    server = await serve(scope, dist, { config, env });
  });

  async function call(app: string, url: string): Promise<Outcome> {
    const { status, text } = await request(server, `${app}.test`, `/?u=${encodeURIComponent(url)}`);
    assert.equal(status, 200, text);
    assert.ok(!text.includes(PASSWORD), text);
    return JSON.parse(text) as Outcome;
  }
  async function denied(app: string, url: string, why: string): Promise<void> {
    const { code, message } = await call(app, url);
    assert.equal(code, "ERR_OUTBOUND_DENIED", `${app} ${url}: ${message}`);
    assert.ok(message!.includes(why), String(message));
  }
  const answered = async (app: string, url: string, via = "nobody") =>
    assert.deepEqual(await call(app, url), {
      status: 200,
      text: `${new URL(url).host} via ${via}`,
    });

  test("without a policy, everybody but those who tell credentials", async () => {
    await answered("free", `http://127.0.0.1:${http}/`);
    await answered("free", `http://a.localhost:${http}/`);
    await answered("free", `https://a.localhost:${https}/`);
    for (const host of ["169.254.169.254", "2852039166", "[::ffff:a9fe:a9fe]", "[fe80::1]"]) {
      await denied("free", `http://${host}/latest/`, "a link-local address");
    }
    await denied("free", "http://[64:ff9b::a9fe:a9fe]/", "it leads to 169.254.169.254");
    await denied("free", "http://[fd00:ec2::254]/", "a cloud tells credentials");
    await denied("free", `http://127.0.0.1:${http}/away`, "a link-local address");
  });

  test("none, and lists of names, networks and ports", async () => {
    await denied("closed", `http://127.0.0.1:${http}/`, "`outbound: none`");
    await denied("closed", "http://name.that.is.not.looked.up/", "`outbound: none`");
    await answered("named", `http://a.localhost:${http}/`);
    await denied("named", `http://b.localhost:${http}/`, "no rule of outbound.allow");
    await denied("named", `http://127.0.0.1:${http}/`, "no rule of outbound.allow");
    await answered("networked", `http://a.localhost:${http}/`);
    await denied(
      "networked",
      `http://b.localhost:${http}/`,
      "outbound.deny of nano.yaml has 'b.localhost'",
    );
    for (const host of [
      "a.localhost",
      "127.0.0.1",
      "127.1",
      "0.0.0.0",
      "[::ffff:127.0.0.1]",
      "[::1]",
    ]) {
      await denied("denied", `http://${host}:${http}/`, "outbound.deny of nano.yaml has '");
    }
  });

  test("a proxy is asked for an address that was checked, or by a name that is allowed", async () => {
    // In a tunnel it says nothing of itself.
    await answered("proxied", `http://a.localhost:${http}/`);
    await answered("proxied", `https://a.localhost:${https}/`);
    await denied("proxied", "http://169.254.169.254/", "a link-local address");
    await answered("byname", `http://localhost:${http}/`, "a proxy");
    await answered("byname", `https://localhost:${https}/`);
    await denied("byname", "http://169.254.169.254/", "a link-local address");
    await answered("direct", `http://a.localhost:${http}/`);
    const { code, message } = await call("direct", `http://b.localhost:${http}/`);
    assert.equal(code, "ERR_PROXY_AUTHENTICATION", String(message));
  });

  test("a proxy that is spoken to by TLS, and TLS within that", async () => {
    await answered("secured", `http://a.localhost:${http}/`);
    await answered("secured", `https://a.localhost:${https}/`);
    const { code, message } = await call("secured", `https://b.localhost:${https}/`);
    assert.equal(code, "ERR_TLS_CERT_ALTNAME_INVALID", String(message));
  });

  test("nobody's credentials are logged, and a variable that is missing is told with its place", async () => {
    assert.ok(!server.output.includes(PASSWORD));
    const { dist, config } = await buildApps(scope, {
      app: { files: CALLER, outbound: { proxy: "http://nano:${NOT_SET_HERE}@127.0.0.1:1" } },
    });
    const { status, output } = await serveAndFail(dist, { config });
    assert.equal(status, 1);
    assert.match(output, /nano\.yaml:\d+:\d+: app 'app', outbound\.proxy\.http: .*NOT_SET_HERE/);
  });
});
