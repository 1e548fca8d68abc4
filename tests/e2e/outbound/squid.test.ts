// Calls through squid: by http and https, as somebody whom it knows, to whom it refuses, and when it is gone.
// No app sees its credentials, nor is the policy of `outbound` got around by it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { Authority, type Certificate } from "../lib/certificates.ts";
import { failureOf } from "../lib/failing.ts";
import { freePort, startForeign, without, type Foreign } from "../lib/foreign.ts";
import { runAs, serveAllInside } from "../lib/inside.ts";
import { answering, originOf, response, type Origin } from "../lib/origin.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope, temporaryFolder, type Scope } from "../lib/temporary.ts";
import { until } from "../../../tools/harness/wait.ts";

const PASSWORD = "secret-word";
const ENCODED = Buffer.from(`somebody:${PASSWORD}`).toString("base64");

class Squid {
  readonly folder: string;
  readonly port: number;
  #process: Foreign | undefined;

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
  }

  static async start(scope: Scope): Promise<Squid> {
    const squid = new Squid(temporaryFolder(scope), await freePort());
    const { folder, port } = squid;
    const hash = execFileSync("openssl", ["passwd", "-apr1", PASSWORD], { encoding: "utf8" });
    writeFileSync(join(folder, "passwords"), `somebody:${hash}`);
    const lines = [
      `http_port 127.0.0.1:${port}`,
      "pid_filename none",
      "netdb_filename none",
      "pinger_enable off",
      "cache deny all",
      "shutdown_lifetime 0 seconds",
      "visible_hostname the-proxy",
      `coredump_dir ${folder}`,
      `cache_log ${folder}/cache.log`,
      // The client's port and the method, the target, the user and the status.
      "logformat calls %>p %rm %ru %un %>Hs",
      `access_log stdio:${folder}/access.log calls`,
      `auth_param basic program /usr/lib/squid/basic_ncsa_auth ${folder}/passwords`,
      "auth_param basic children 1",
      "acl known proxy_auth REQUIRED",
      "acl refused port 9",
      "http_access deny !known",
      "http_access deny refused",
      "http_access allow all",
    ];
    writeFileSync(join(folder, "squid.conf"), `${lines.join("\n")}\n`);
    const args = ["-N", "-n", `nano${port}`, "-f", join(folder, "squid.conf")];
    squid.#process = await startForeign(scope, "squid", args, { port, ownFolder: folder });
    return squid;
  }

  /** What it was asked for by calls of a kind: "53412 GET http://a.test/ somebody 200". */
  log(kind: string): string[] {
    const lines = readFileSync(join(this.folder, "access.log"), "utf8").split("\n");
    return lines.filter((line) => line.includes(kind));
  }

  /** The same of so many calls, which it writes down when they are over. */
  logOf(kind: string, count: number): Promise<string[]> {
    return until(`${count} calls in squid's log`, () => {
      const calls = this.log(kind);
      return calls.length >= count && calls;
    });
  }

  kill(): Promise<void> {
    return this.#process!.end("SIGKILL");
  }
}

/** Runs in the app: the fields with which the origin was asked, and those of its response. */
async function fieldsOf(_: unknown, url: string) {
  const response = await fetch(url);
  const asked = (await response.json()) as [string, string][];
  return {
    asked: Object.fromEntries(asked),
    answered: Object.fromEntries(response.headers) as Record<string, string>,
  };
}

describe("squid", { skip: without("squid") }, () => {
  const scope = suiteScope();
  let squid: Squid;
  let server: Server;
  let plain: Origin;
  let secured: Origin;
  let leaving: Squid;
  let tls: Certificate;

  before(async () => {
    squid = await Squid.start(scope);
    leaving = await Squid.start(scope);
    const authority = await Authority.make(scope);
    tls = await authority.certify();
    plain = await answering(scope, ({ target, fields }) =>
      target === "/away"
        ? response(302, { Location: "http://127.0.0.2:1/" })
        : response(200, {}, JSON.stringify(fields)),
    );
    secured = await answering(scope, ({ fields }) => response(200, {}, JSON.stringify(fields)), {
      tls,
    });
    const by = (user: string, { port }: Squid, more: object = {}) => ({
      outbound: { ca: authority.file, proxy: `http://${user}@127.0.0.1:${port}`, ...more },
    });
    const allow = ["*"];
    server = await serveAllInside(
      scope,
      {
        app: by("somebody:${WORD}", squid, { allow }),
        byaddress: by("somebody:${WORD}", squid, { allow: ["127.0.0.0/8", "::1"] }),
        closed: by("somebody:${WORD}", squid, { allow, deny: ["127.0.0.2", "*.denied.test"] }),
        wrong: by("somebody:other-word", squid, { allow }),
        leaving: by("somebody:${WORD}", leaving, { allow }),
      },
      { env: { ...process.env, WORD: PASSWORD } },
    );
  });

  test("http goes through it, over one connection", async () => {
    for (let i = 0; i < 3; i++) {
      const { asked, answered } = await runAs(server, "app", {}, fieldsOf, `${plain.url}/kept`);
      assert.match(asked.via!, /the-proxy/);
      assert.match(answered.via!, /the-proxy/);
      assert.equal(asked["proxy-authorization"], undefined);
      assert.equal(asked.host, plain.authority);
    }
    const calls = await squid.logOf("/kept", 3);
    assert.equal(calls.length, 3);
    assert.equal(new Set(calls).size, 1, calls.join("\n"));
    assert.match(calls[0]!, /^\d+ GET http:\/\/127\.0\.0\.1:\d+\/kept somebody 200$/);
  });

  test("https goes through a tunnel, which is kept", async () => {
    for (let i = 0; i < 3; i++) {
      const { asked, answered } = await runAs(server, "app", {}, fieldsOf, secured.url);
      assert.deepEqual([asked.via, answered.via], [undefined, undefined]);
      assert.equal(asked["proxy-authorization"], undefined);
    }
    assert.equal(secured.peers.filter(({ requests }) => requests.length > 0).length, 1);
  });

  test("an app has no say in who asks it", async () => {
    const status = await runAs(
      server,
      "app",
      {},
      async (_, url: string) => {
        const headers = { "Proxy-Authorization": `Basic ${btoa("somebody:of-the-app")}` };
        return (await fetch(url, { headers })).status;
      },
      `${plain.url}/own`,
    );
    assert.equal(status, 200);
    assert.match((await squid.logOf("/own", 1))[0]!, / somebody 200$/);
  });

  test("a large body, both ways, through either", async () => {
    const echo = ({ body }: { body: Buffer }) => response(200, {}, body);
    const origins = [await answering(scope, echo), await answering(scope, echo, { tls })];
    for (const { url } of origins) {
      const size = await runAs(
        server,
        "app",
        {},
        async (_, url: string) => {
          const response = await fetch(url, { method: "POST", body: new Uint8Array(10_000_000) });
          return (await response.bytes()).length;
        },
        url,
      );
      assert.equal(size, 10_000_000);
    }
  });

  test("a host that is not allowed by its name is asked for by its address", async () => {
    const { asked } = await runAs(
      server,
      "byaddress",
      {},
      fieldsOf,
      plain.url.replace("127.0.0.1", "localhost"),
    );
    assert.equal(asked.via, undefined);
    assert.equal(asked.host, `localhost:${plain.port}`);
    const { code, message } = await failureOf(server, "http://localhost:9/", "byaddress");
    assert.equal(code, "ERR_PROXY_TUNNEL");
    assert.match(message, /refused the tunnel to (127\.0\.0\.1|\[::1\]):9 \(status 403\)/);
  });

  test("what it refuses", async () => {
    const told = await runAs(server, "app", {}, async () => {
      const response = await fetch("http://127.0.0.1:9/");
      return `${response.status} ${response.headers.get("x-squid-error")}`;
    });
    assert.equal(told, "403 ERR_ACCESS_DENIED 0");
    const { code, message } = await failureOf(server, "https://127.0.0.1:9/");
    assert.equal(code, "ERR_PROXY_TUNNEL");
    assert.match(
      message,
      /the proxy http:\/\/127\.0\.0\.1:\d+ refused the tunnel .*\(status 403\)$/,
    );
  });

  test("an origin that it does not reach", async () => {
    const port = await freePort();
    const status = async (_: unknown, url: string) => (await fetch(url)).status;
    assert.equal(await runAs(server, "app", {}, status, `http://127.0.0.1:${port}/`), 503);
    const { code, message } = await failureOf(server, `https://127.0.0.1:${port}/`);
    assert.equal(code, "ERR_PROXY_TUNNEL");
    assert.match(message, /\(status 503\)$/);
  });

  test("other credentials are refused, and nobody is told which", async () => {
    for (const { url } of [plain, secured]) {
      const { code, message } = await failureOf(server, url, "wrong");
      assert.equal(code, "ERR_PROXY_AUTHENTICATION");
      assert.match(message, /the proxy http:\/\/127\.0\.0\.1:\d+ wants other credentials/);
      assert.doesNotMatch(message, /somebody|other-word/);
    }
  });

  test("no app sees its credentials, in nothing that it answers", async () => {
    const seen = await runAs(
      server,
      "app",
      {},
      async (_, urls: string[]) => {
        const told: unknown[] = [];
        for (const url of urls) {
          for (const method of ["GET", "HEAD", "POST", "OPTIONS", "PROPFIND"]) {
            const headers = { "Max-Forwards": "0", "X-Own": "own" };
            await fetch(url, { method, headers }).then(
              async (response) =>
                told.push(response.status, [...response.headers], await response.text()),
              (error: Error) => told.push(error.message, error.cause),
            );
          }
        }
        return JSON.stringify(told);
      },
      [
        plain.url,
        secured.url,
        "http://127.0.0.1:9/",
        "http://127.0.0.1:1/",
        "http://no.such.test/",
      ],
    );
    assert.ok(seen.includes("ERR_ACCESS_DENIED") && seen.includes("ERR_CONNECT_FAIL"));
    assert.ok(!seen.includes(PASSWORD) && !seen.includes(ENCODED), seen);
    assert.ok(!server.output.includes(PASSWORD));
  });

  test("what is denied is, also through it and by its redirects", async () => {
    for (const url of ["http://127.0.0.2:1/", "https://127.0.0.2:1/", "http://a.denied.test/"]) {
      assert.equal((await failureOf(server, url, "closed")).code, "ERR_OUTBOUND_DENIED");
    }
    for (const host of ["169.254.169.254", "[::ffff:169.254.169.254]", "2852039166"]) {
      const text = await runAs(
        server,
        "app",
        {},
        async (_, url: string) => (await tell(fetch(url))).cause?.code,
        `http://${host}/`,
      );
      assert.equal(text, "ERR_OUTBOUND_DENIED");
    }
    const code = await runAs(
      server,
      "closed",
      {},
      async (_, url: string) => (await tell(fetch(url))).cause?.code,
      `${plain.url}/away`,
    );
    assert.equal(code, "ERR_OUTBOUND_DENIED");
    assert.deepEqual(squid.log("127.0.0.2"), []);
    assert.deepEqual(squid.log("denied.test"), []);
  });

  test("it is gone, while it is waited for and afterwards", async () => {
    let asked!: () => void;
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    const silent = await originOf(scope, async (peer) => {
      await peer.request();
      asked();
      await peer.ended();
    });
    // Its connections are used again, if they are there.
    await runAs(server, "leaving", {}, fieldsOf, plain.url);
    await runAs(server, "leaving", {}, fieldsOf, secured.url);
    const waiting = failureOf(server, silent.url, "leaving");
    await isAsked;
    await leaving.kill();
    assert.equal((await waiting).code, "ECONNRESET");
    for (const { url } of [plain, secured]) {
      const { code, message } = await failureOf(server, url, "leaving");
      assert.equal(code, "ECONNREFUSED");
      assert.match(message, /the proxy http:\/\/127\.0\.0\.1:\d+: Connection refused$/);
    }
  });
});
