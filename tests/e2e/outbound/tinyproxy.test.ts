// Calls through tinyproxy: http and https, those that go without it, and its credentials, which no app sees.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { Authority } from "../lib/certificates.ts";
import { freePort, startForeign, without } from "../lib/foreign.ts";
import { runAs, serveAllInside } from "../lib/inside.ts";
import { answering, response, type Origin } from "../lib/origin.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope, temporaryFolder } from "../lib/temporary.ts";

const textOf = (_: unknown, url: string) =>
  fetch(url).then(
    (response) => response.text(),
    (error) => error.cause.code as string,
  );

describe("tinyproxy", { skip: without("tinyproxy") }, () => {
  const scope = suiteScope();
  let server: Server;
  let plain: Origin;
  let secured: Origin;

  before(async () => {
    const folder = temporaryFolder(scope);
    const port = await freePort();
    const config = join(folder, "tinyproxy.conf");
    const lines = [
      `Port ${port}`,
      "Listen 127.0.0.1",
      "Allow 127.0.0.1",
      "Timeout 60",
      `BasicAuth somebody secret-word`,
      `ViaProxyName "the-proxy"`,
    ];
    writeFileSync(config, `${lines.join("\n")}\n`);
    await startForeign(scope, "tinyproxy", ["-d", "-c", config], { port });
    const authority = await Authority.make(scope);
    const tls = await authority.certify();
    const echo = ({ fields }: { fields: unknown }) => response(200, {}, JSON.stringify(fields));
    plain = await answering(scope, echo);
    secured = await answering(scope, echo, { tls });
    const proxy = `http://somebody:\${WORD}@127.0.0.1:${port}`;
    const ca = authority.file;
    server = await serveAllInside(
      scope,
      {
        app: { outbound: { ca, proxy, allow: ["*"] } },
        byaddress: { outbound: { ca, proxy, allow: ["127.0.0.0/8"] } },
        direct: {
          outbound: { ca, proxy: { http: proxy, https: proxy, no_proxy: ["127.0.0.0/8"] } },
        },
        wrong: { outbound: { ca, proxy: `http://somebody:other@127.0.0.1:${port}`, allow: ["*"] } },
        closed: { outbound: { ca, proxy, deny: ["127.0.0.1"] } },
        gone: { outbound: { ca, proxy: `http://127.0.0.1:${await freePort()}`, allow: ["*"] } },
      },
      { env: { ...process.env, WORD: "secret-word" } },
    );
  });

  const fieldsOf = async (app: string, { url }: Origin) =>
    Object.fromEntries(JSON.parse(await runAs(server, app, {}, textOf, url)) as [string, string][]);

  test("http goes through it", async () => {
    for (let i = 0; i < 3; i++) {
      const fields = await fieldsOf("app", plain);
      assert.match(fields.via, /the-proxy/);
      assert.equal(fields["proxy-authorization"], undefined);
      assert.equal(fields.host, plain.authority);
    }
  });

  test("https goes through a tunnel, which keeps what is said in it", async () => {
    for (let i = 0; i < 3; i++) {
      const fields = await fieldsOf("app", secured);
      assert.equal(fields.via, undefined);
      assert.equal(fields["proxy-authorization"], undefined);
    }
    assert.equal(secured.peers.filter(({ requests }) => requests.length > 0).length, 1);
  });

  test("a host that is not allowed by its name is asked for by its address", async () => {
    const url = plain.url.replace("127.0.0.1", "localhost");
    const text = await runAs(server, "byaddress", {}, textOf, url);
    const fields = Object.fromEntries(JSON.parse(text) as [string, string][]);
    assert.equal(fields.host, new URL(url).host);
  });

  test("no_proxy goes without it", async () => {
    assert.equal((await fieldsOf("direct", plain)).via, undefined);
  });

  test("what is denied is, also through it", async () => {
    assert.equal(await runAs(server, "closed", {}, textOf, plain.url), "ERR_OUTBOUND_DENIED");
    assert.equal(await runAs(server, "closed", {}, textOf, secured.url), "ERR_OUTBOUND_DENIED");
  });

  test("a proxy that is not there", async () => {
    const { message, cause } = await runAs(
      server,
      "gone",
      {},
      (_, url: string) => tell(fetch(url)),
      plain.url,
    );
    assert.equal(cause?.code, "ECONNREFUSED");
    assert.match(message, /the proxy http:\/\/127\.0\.0\.1:\d+/);
  });

  test("no app sees the proxy's credentials", async () => {
    const seen = await runAs(
      server,
      "app",
      {},
      async ({ env, request, kept }, http: string, https: string) => {
        const responses = await Promise.all([fetch(http), fetch(https)]);
        const failure = await (await fetch("http://127.0.0.1:1/")).text();
        const refused = await tell(fetch("https://127.0.0.1:1/"));
        const texts = responses.map((response) => JSON.stringify([...response.headers]));
        const rest = [env, [...request.headers], Object.keys(kept), failure, refused];
        return JSON.stringify([...texts, ...rest]) + Object.keys(globalThis).join();
      },
      plain.url,
      secured.url,
    );
    assert.doesNotMatch(seen, /secret-word|c29tZWJvZHk/);
  });

  test("other credentials are refused, and nobody is told which", async () => {
    const told = await runAs(
      server,
      "wrong",
      {},
      async (_, http: string, https: string) => {
        const plain = await fetch(http);
        return [plain.status, await tell(fetch(https))] as const;
      },
      plain.url,
      secured.url,
    );
    const { 1: refused } = told;
    // tinyproxy says 401 to who has the wrong ones.
    assert.ok([401, 407].includes(told[0]), String(told[0]));
    assert.match(refused.cause!.code, /^ERR_PROXY_(TUNNEL|AUTHENTICATION)$/);
    assert.doesNotMatch(JSON.stringify(told), /somebody|other/);
    assert.doesNotMatch(server.output, /secret-word|somebody:other/);
  });
});
