// HTTP/1.1 as it should be: connections, framing of requests and responses (RFC 9112).

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { buildApps } from "./lib/apps.ts";
import { Connection, request, requestBytes, sendRaw } from "../../tools/harness/http.ts";
import { serve, type Server } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";

const SOURCE = `
  const encoder = new TextEncoder();
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  async function* parts() {
    for (const part of ["one ", "two ", "three"]) { await pause(10); yield encoder.encode(part); }
  }
  const routes = {
    "/": () => new Response("hello"),
    "/empty": () => new Response(""),
    "/null": () => new Response(null),
    "/stream": () => new Response(ReadableStream.from ? ReadableStream.from(parts()) : new ReadableStream({
      async start(c) { for await (const part of parts()) c.enqueue(part); c.close(); } })),
    "/204": () => new Response(null, { status: 204 }),
    "/304": () => new Response(null, { status: 304, headers: { etag: '"a"' } }),
    "/205": () => new Response(null, { status: 205 }),
    "/headers": () => {
      const headers = new Headers({ "X-Own": "a\\u00fc", date: "yesterday", connection: "close",
        "content-length": "99", "transfer-encoding": "gzip" });
      headers.append("set-cookie", "a=1; Path=/");
      headers.append("set-cookie", "b=2");
      return new Response("framed", { status: 299, statusText: "Fine", headers });
    },
    "/echo": (request) => new Response(request.body, { headers: { "x-method": request.method } }),
    "/text": async (request) => new Response(await request.text()),
    "/slow": async () => { await pause(150); return new Response("slow"); },
    "/unread": () => new Response("not read"),
    "/big": () => new Response("x".repeat(3_000_000)),
  };
  export default {
    async fetch(request) {
      const route = routes[new URL(request.url).pathname];
      return route ? route(request) : new Response("none", { status: 404 });
    },
  };`;

describe("HTTP/1.1", () => {
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    const { dist } = await buildApps(scope, { app: SOURCE });
    server = await serve(scope, dist);
  });

  const bytes = (path: string, options?: Parameters<typeof requestBytes>[2]) =>
    requestBytes("app.test", path, options);

  test("many requests on one connection", async () => {
    const connection = await Connection.open(server);
    for (let i = 0; i < 100; i++) {
      await connection.send(bytes("/"));
      assert.equal((await connection.read()).text, "hello");
    }
    connection.close();
  });

  test("Date is there, and now", async () => {
    const date = (await request(server, "app.test", "/")).header("date")!;
    assert.equal(new Date(date).toUTCString(), date);
    assert.ok(Math.abs(Date.now() - Date.parse(date)) < 30_000);
  });

  test("pipelined requests are answered in their order", async () => {
    const connection = await Connection.open(server);
    const paths = ["/slow", "/", "/stream", "/404", "/204", "/echo", "/"];
    await connection.send(
      Buffer.concat(
        paths.map((path) =>
          path === "/echo" ? bytes(path, { method: "POST", body: "body" }) : bytes(path),
        ),
      ),
    );
    const seen: unknown[] = [];
    for (const _ of paths) {
      const { status, text } = await connection.read();
      seen.push([status, text]);
    }
    assert.deepEqual(seen, [
      [200, "slow"],
      [200, "hello"],
      [200, "one two three"],
      [404, "none"],
      [204, ""],
      [200, "body"],
      [200, "hello"],
    ]);
    connection.close();
  });

  test("a request in pieces of one byte", async () => {
    const connection = await Connection.open(server);
    for (const byte of bytes("/echo", { method: "POST", body: "abc" })) {
      await connection.send(Uint8Array.of(byte));
      await sleep(1);
    }
    assert.equal((await connection.read()).text, "abc");
    connection.close();
  });

  test("empty lines before a request are skipped", async () => {
    const connection = await Connection.open(server);
    await connection.send(Buffer.concat([Buffer.from("\r\n"), bytes("/")]));
    assert.equal((await connection.read()).text, "hello");
    connection.close();
  });

  test("chunked requests, with extensions and trailers", async () => {
    const connection = await Connection.open(server);
    const head = "POST /echo HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: Chunked\r\n\r\n";
    const body = [
      "5;a=b\r\n",
      "hel",
      "lo\r\n00",
      "1\r\n \r\nA",
      "\r\n0123456789\r\n0\r\n",
      "X: y\r\n\r\n",
    ];
    for (const piece of [head, ...body]) {
      await connection.send(piece);
      await sleep(5);
    }
    const { text, fields } = await connection.read();
    assert.equal(text, "hello 0123456789");
    assert.ok(!fields.some(([name]) => name === "x"));
    await connection.send(bytes("/"));
    assert.equal((await connection.read()).text, "hello");
    connection.close();
  });

  test("bodies with a length, and none", async () => {
    for (const path of ["/", "/empty", "/null", "/big"]) {
      const { fields, body } = await request(server, "app.test", path);
      const lengths = fields.filter(([name]) => name === "content-length");
      assert.deepEqual(lengths, [["content-length", String(body.length)]]);
    }
  });

  test("streams are chunked", async () => {
    const { fields, chunks, text } = await request(server, "app.test", "/stream");
    assert.equal(text, "one two three");
    assert.deepEqual(chunks, [4, 4, 5]);
    assert.ok(!fields.some(([name]) => name === "content-length"));
  });

  test("HEAD has the fields of GET and no body", async () => {
    const connection = await Connection.open(server);
    for (const path of ["/", "/stream", "/204", "/404", "/big"]) {
      await connection.send(bytes(path));
      const get = await connection.read();
      await connection.send(bytes(path, { method: "HEAD" }));
      const head = await connection.read("HEAD");
      assert.equal(head.status, get.status);
      for (const name of ["content-length", "content-type", "transfer-encoding"]) {
        assert.equal(head.header(name), get.header(name), `${name} of ${path}`);
      }
    }
    await connection.send(bytes("/"));
    assert.equal((await connection.read()).text, "hello");
    connection.close();
  });

  test("204 and 304 have no body and no framing", async () => {
    const connection = await Connection.open(server);
    for (const status of [204, 304]) {
      await connection.send(bytes(`/${status}`));
      const response = await connection.read();
      assert.equal(response.status, status);
      assert.equal(response.header("content-length"), undefined);
      assert.equal(response.header("transfer-encoding"), undefined);
    }
    await connection.send(bytes("/"));
    assert.equal((await connection.read()).text, "hello");
    connection.close();
  });

  test("205 has an empty body", async () => {
    const { header, body } = await request(server, "app.test", "/205").then((response) => ({
      header: response.header("content-length"),
      body: response.body,
    }));
    assert.deepEqual([header, body.length], ["0", 0]);
  });

  test("the app's fields, but framing is the server's", async () => {
    const response = await request(server, "app.test", "/headers");
    assert.deepEqual([response.status, response.reason, response.text], [299, "Fine", "framed"]);
    assert.equal(response.header("x-own"), "a\u00fc");
    assert.equal(response.header("content-length"), "6");
    assert.equal(response.header("transfer-encoding"), undefined);
    const cookies = response.fields.filter(([name]) => name === "set-cookie");
    assert.deepEqual(cookies, [
      ["set-cookie", "a=1; Path=/"],
      ["set-cookie", "b=2"],
    ]);
    assert.equal(response.fields.filter(([name]) => name === "date").length, 1);
  });

  test("Expect: 100-continue", async () => {
    const headers = { Expect: "100-continue" };
    const connection = await Connection.open(server);
    const post = bytes("/text", { method: "POST", headers, body: "later" }).toString();
    await connection.send(post.slice(0, -5));
    assert.equal((await connection.read()).status, 100);
    await connection.send("later");
    assert.equal((await connection.read()).text, "later");

    // The body comes without waiting.
    await connection.send(post);
    let answer = await connection.read();
    if (answer.status === 100) answer = await connection.read();
    assert.equal(answer.text, "later");

    // The app does not want the body.
    await connection.send(post.replace("/text", "/unread").slice(0, -5));
    answer = await connection.read();
    assert.deepEqual([answer.status, answer.text], [200, "not read"]);
    connection.close();
  });

  test("a body that the app does not read is skipped", async () => {
    const connection = await Connection.open(server);
    for (let i = 0; i < 3; i++) {
      await connection.send(bytes("/unread", { method: "POST", body: "x".repeat(20_000) }));
      assert.equal((await connection.read()).text, "not read");
    }
    connection.close();
  });

  test("Connection: close", async () => {
    const connection = await Connection.open(server);
    await connection.send(bytes("/", { headers: { Connection: "Close" } }));
    const response = await connection.read();
    assert.equal(response.header("connection"), "close");
    await connection.expectClosed();
    connection.close();
  });

  test("HTTP/1.0 closes, unless asked to keep the connection", async () => {
    const answer = (await sendRaw(server, "GET / HTTP/1.0\r\nHost: app.test\r\n\r\n")).toString();
    assert.match(answer, /^HTTP\/1\.1 200 [^]*\r\n\r\nhello$/);
    const connection = await Connection.open(server);
    for (let i = 0; i < 3; i++) {
      await connection.send("GET / HTTP/1.0\r\nHost: app.test\r\nConnection: Keep-Alive\r\n\r\n");
      const response = await connection.read();
      assert.equal(response.header("connection")?.toLowerCase(), "keep-alive");
      assert.equal(response.text, "hello");
    }
    connection.close();
  });

  test("HTTP/1.0 gets streams without chunks", async () => {
    for (const keep of ["", "Connection: keep-alive\r\n"]) {
      const head = `GET /stream HTTP/1.0\r\nHost: app.test\r\n${keep}\r\n`;
      const answer = (await sendRaw(server, head)).toString();
      assert.match(answer, /\r\n\r\none two three$/);
      assert.doesNotMatch(answer, /transfer-encoding/i);
    }
  });

  test("a client that sends its half and waits", async () => {
    const answer = (await sendRaw(server, bytes("/slow"), { end: true })).toString();
    assert.match(answer, /\r\n\r\nslow$/);
  });

  test("a slow reader gets everything", async () => {
    const connection = await Connection.open(server);
    connection.socket.pause();
    await connection.send(bytes("/big"));
    await sleep(300);
    connection.socket.resume();
    const { body } = await connection.read();
    assert.equal(body.length, 3_000_000);
    connection.close();
  });

  test("OPTIONS * is about the server", async () => {
    const connection = await Connection.open(server);
    await connection.send("OPTIONS * HTTP/1.1\r\nHost: app.test\r\n\r\n");
    const { status } = await connection.read();
    assert.ok(status === 200 || status === 204);
    connection.close();
  });

  test("all methods that Fetch knows", async () => {
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]) {
      const { status, fields } = await request(server, "app.test", "/echo", { method });
      assert.equal(status, 200);
      assert.deepEqual(
        fields.find(([name]) => name === "x-method"),
        ["x-method", method],
      );
    }
  });

  test("many connections at once", async () => {
    const texts = await Promise.all(
      Array.from({ length: 200 }, async () => (await request(server, "app.test", "/slow")).text),
    );
    assert.deepEqual(new Set(texts), new Set(["slow"]));
  });
});
