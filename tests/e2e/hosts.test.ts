// Which app answers for which host.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { buildApps, type App } from "./lib/apps.ts";
import { Connection, request, sendRaw } from "../../tools/harness/http.ts";
import { serve, type Server } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";
import { until } from "../../tools/harness/wait.ts";

/** An app that answers with its name and the URL it was asked for. */
function named(name: string, settings: Partial<App> = {}): App {
  const files = `export default { fetch: (request) => new Response("${name} " + request.url) };`;
  return { files, ...settings };
}

describe("hosts", () => {
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    const { dist } = await buildApps(scope, {
      exact: named("exact", { hosts: ["example.test", "WWW.Example.test"] }),
      wild: named("wild", { hosts: "*.example.test" }),
      deep: named("deep", { hosts: "*.deep.example.test" }),
      six: named("six", { hosts: ["[::1]", "127.0.0.1"] }),
    });
    server = await serve(scope, dist);
  });

  const answers: [host: string, app: string][] = [
    ["example.test", "exact"],
    ["EXAMPLE.Test", "exact"],
    ["example.test:8080", "exact"],
    ["example.test.", "exact"],
    ["www.example.test", "exact"],
    ["a.example.test", "wild"],
    ["A.B.EXAMPLE.TEST:1", "wild"],
    ["a.deep.example.test", "deep"],
    ["[::1]", "six"],
    ["[::1]:8080", "six"],
    ["[0:0:0:0:0:0:0:1]", "six"],
    ["127.0.0.1:80", "six"],
  ];
  for (const [host, app] of answers) {
    test(`${host} is answered by ${app}`, async () => {
      const { status, text } = await request(server, host, "/path?q");
      assert.equal(status, 200);
      assert.equal(text.split(" ")[0], app);
      assert.match(text, /^\w+ http:\/\/[^/]+\/path\?q$/);
    });
  }

  for (const host of ["other.test", "xexample.test", "test", "deep.example.test.x", "[::2]"]) {
    test(`${host} is unknown`, async () => {
      const answer = await request(server, host, "/");
      assert.equal(answer.status, 404);
      assert.equal(answer.header("nano-error"), "unknown-host");
      assert.equal(answer.header("content-type"), "application/problem+json");
      const { detail } = answer.json as { detail: string };
      assert.ok(detail.includes(host), `no host in ${detail}`);
    });
  }

  test("a 404 keeps the connection", async () => {
    const connection = await Connection.open(server);
    await connection.send("GET / HTTP/1.1\r\nHost: other.test\r\n\r\n");
    assert.equal((await connection.read()).status, 404);
    await connection.send("GET / HTTP/1.1\r\nHost: example.test\r\n\r\n");
    assert.equal((await connection.read()).status, 200);
    connection.close();
  });

  test("one connection may ask several apps", async () => {
    const connection = await Connection.open(server);
    for (const [host, app] of answers) {
      await connection.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      assert.ok((await connection.read()).text.startsWith(`${app} `));
    }
    connection.close();
  });

  test("an absolute-form target goes before Host", async () => {
    const head = "GET http://Example.TEST:81/a?b HTTP/1.1\r\nHost: a.example.test\r\n";
    const connection = await Connection.open(server);
    await connection.send(head + "\r\n");
    assert.equal((await connection.read()).text, "exact http://example.test:81/a?b");
    await connection.send("GET http://a.example.test HTTP/1.1\r\nHost: x\r\n\r\n");
    assert.equal((await connection.read()).text, "wild http://a.example.test/");
    connection.close();
  });

  test("HTTP/1.0 without Host finds no app without a default", async () => {
    const answer = (await sendRaw(server, "GET / HTTP/1.0\r\n\r\n")).toString();
    assert.match(answer, /^HTTP\/1\.1 404 /);
  });

  test("a text that is no host cannot inject anything into the 404", async () => {
    const { status } = await request(server, "a<script>.test", "/");
    assert.ok(status === 400 || status === 404);
    const answer = await request(server, "x'y.test", "/");
    if (answer.status === 404) {
      assert.equal(answer.header("content-type"), "application/problem+json");
    }
  });
});

test("the default app answers for what no pattern matches", async (t) => {
  const { dist } = await buildApps(t, {
    exact: named("exact", { hosts: "example.test" }),
    rest: named("rest", { default: true }),
  });
  const server = await serve(t, dist);
  assert.match((await request(server, "example.test", "/")).text, /^exact /);
  assert.match((await request(server, "other.test", "/")).text, /^rest http:\/\/other\.test\/$/);
  const old = (await sendRaw(server, "GET /x HTTP/1.0\r\n\r\n")).toString();
  assert.match(old, /^HTTP\/1\.1 200 /);
  assert.match(old, /rest http:\/\//);
});

test("IPv6 and several addresses", async (t) => {
  const { dist } = await buildApps(t, { app: named("app", { default: true }) });
  const server = await serve(t, dist, { listen: "[::1]:0", args: ["--listen", "127.0.0.1:0"] });
  const ports = await until("both addresses", () => {
    const lines = server.log.filter(({ msg }) => msg === "listening");
    return lines.length === 2 && lines.map(({ address }) => String(address));
  });
  for (const address of ports) {
    const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(address)!;
    const { text } = await request({ host, port: Number(port) }, `${address}`, "/");
    assert.equal(text, `app http://${address}/`);
  }
});
