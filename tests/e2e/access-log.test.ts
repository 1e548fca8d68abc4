// The access log: a line for each request of a client, whoever answers it, and none that a client wrote.

import assert from "node:assert/strict";
import { once } from "node:events";
import { dirname } from "node:path";
import { test } from "node:test";
import { Connection, request, requestBytes, sendRaw } from "../../tools/harness/http.ts";
import { Admin } from "./lib/admin-client.ts";
import { buildApps } from "./lib/apps.ts";
import { samplesOf } from "./lib/metrics.ts";
import { serve, type LogLine } from "./lib/server.ts";
import { until } from "../../tools/harness/wait.ts";

const SHOP = `let sum = 1;
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/throws") throw new Error("oops");
    if (pathname === "/echo") return new Response(await request.text());
    if (pathname === "/spin") for (;;);
    // Each step needs the one before: 40 ms of CPU time at least, on any processor.
    if (pathname === "/work") for (let i = 0; i < 5e7; i++) sum = (Math.imul(sum, 1664525) + 1013904223) | 0;
    if (pathname === "/text") return new Response("é".repeat(6e7));
    if (pathname === "/never") await new Promise(() => {});
    if (pathname === "/large") return new Response("x".repeat(32e6));
    if (pathname === "/other") return env.OTHER.fetch(request);
    if (pathname === "/cut") return new Response(new ReadableStream({
      start(c) { c.enqueue(new TextEncoder().encode("part")); },
      pull() { throw new Error("oops"); },
    }));
    return new Response("12345", { headers: { "x-sum": String(sum) } });
  },
};`;

test("each request has a line, whoever answers it", async (t) => {
  const { dist, config } = await buildApps(
    t,
    {
      shop: {
        files: SHOP,
        limits: { cpu: "2s", memory: "256MiB" },
        services: { OTHER: "other" },
      },
      other: `export default { fetch: () => new Response("other") };`,
    },
    { access_log: "json", limits: { header_timeout: "300ms", body_bytes: 1000 } },
  );
  const server = await serve(t, dist, { config });
  const lines = () => server.log.filter(({ msg }) => msg === "request");
  let seen = 0;
  const next = async (): Promise<LogLine> => {
    await until("a line", () => lines().length > seen);
    return lines()[seen++]!;
  };

  const headers = { "User-Agent": 'it\'s "me"', Referer: "http://a.test/" };
  await request(server, "shop.test", "/echo?a=b", { method: "POST", headers, body: "1234567" });
  const echo = await next();
  assert.match(String(echo.request_id), /^[0-9a-f]{16}$/);
  assert.match(echo.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(Math.abs(Date.parse(echo.time) - Date.now()) < 60_000);
  assert.ok(Number(echo.duration_ms) > 0);
  const { time: _, request_id: __, duration_ms: ___, ...rest } = echo;
  assert.deepEqual(rest, {
    level: "info",
    worker: 1,
    app: "shop",
    msg: "request",
    peer: "127.0.0.1",
    method: "POST",
    host: "shop.test",
    target: "/echo?a=b",
    protocol: "HTTP/1.1",
    status: 200,
    cpu_ms: rest.cpu_ms,
    bytes_in: 7,
    bytes_out: 7,
    user_agent: 'it\'s "me"',
    referer: "http://a.test/",
  });

  await request(server, "shop.test", "/work");
  const work = await next();
  assert.ok(Number(work.cpu_ms) >= 30, `cpu_ms is ${work.cpu_ms}`);
  assert.ok(
    Number(work.duration_ms) >= Number(work.cpu_ms) - 20,
    `duration_ms is ${work.duration_ms} of ${work.cpu_ms} ms of CPU time`,
  );

  // What comes after the app has answered is its work as well: here, to encode the answer.
  await request(server, "shop.test", "/text", { method: "HEAD" });
  const text = await next();
  assert.ok(Number(text.cpu_ms) >= 10, `cpu_ms is ${text.cpu_ms}`);

  await request(server, "shop.test", "/throws");
  assert.equal((await next()).status, 500);

  const stopped = await request(server, "shop.test", "/spin");
  const spin = await next();
  assert.equal(spin.status, 503);
  assert.equal(spin.reason, "cpu-limit");
  assert.equal(spin.request_id, (stopped.json as { request_id: string }).request_id);

  await assert.rejects(request(server, "shop.test", "/cut"));
  const cut = await next();
  assert.deepEqual([cut.status, cut.ended, cut.bytes_out], [200, "cut", 4]);

  // What an app calls is no client's request.
  assert.equal((await request(server, "shop.test", "/other")).text, "other");
  assert.equal((await next()).app, "shop");

  const leaves = await Connection.open(server);
  await leaves.send(requestBytes("shop.test", "/never"));
  await new Promise((done) => setTimeout(done, 100));
  leaves.close();
  const left = await next();
  assert.deepEqual([left.target, left.ended, left.status], ["/never", "aborted", undefined]);

  await request(server, "nobody.test", "/");
  const unknown = await next();
  assert.deepEqual([unknown.app, unknown.host, unknown.status], [undefined, "nobody.test", 404]);

  await request(server, "any.test", "*", { method: "OPTIONS" });
  const options = await next();
  assert.deepEqual([options.method, options.target, options.status], ["OPTIONS", "*", 204]);

  await sendRaw(server, "nonsense\r\n\r\n");
  const malformed = await next();
  assert.equal(malformed.status, 400);
  assert.equal(malformed.peer, "127.0.0.1");
  assert.ok(malformed.error);
  assert.equal(malformed.method, undefined);

  await sendRaw(server, "GET / HT");
  assert.equal((await next()).status, 408);

  // One line, though HTTP refuses it after the app has been asked.
  const head = "POST /echo HTTP/1.1\r\nHost: shop.test\r\nTransfer-Encoding: chunked\r\n\r\n";
  await sendRaw(server, `${head}zz\r\n`);
  const broken = await next();
  assert.deepEqual([broken.app, broken.target, broken.status], ["shop", "/echo", 400]);
  assert.deepEqual([broken.ended, broken.reason], [undefined, "malformed-body"]);
  const told = await server.waitForLog(
    "why",
    ({ request_id: id, msg }) => id === broken.request_id && msg !== "request",
  );
  assert.deepEqual([told.app, told.status, told.reason], ["shop", 400, "malformed-body"]);
  // The client has ended, and may still read.
  const half = await Connection.open(server);
  half.socket.end("POST /echo HTTP/1.1\r\nHost: shop.test\r\ncontent-length: 9\r\n\r\nhalf");
  const gone = await next();
  assert.deepEqual([gone.app, gone.status, gone.reason], ["shop", 400, "malformed-body"]);
  half.close();

  await request(server, "shop.test", "/");
  assert.equal((await next()).target, "/");
  assert.equal(lines().length, seen);
});

test("a request has ended when its answer is sent, and a client that does not take it is told of", async (t) => {
  const { dist, config } = await buildApps(
    t,
    { shop: { files: SHOP, limits: { memory: "256MiB" } } },
    { access_log: "json", limits: { write_timeout: "2s" } },
  );
  const server = await serve(t, dist, { config, workers: 1 });
  const admin = new Admin(dirname(dist));
  const ended = async (status: string) =>
    samplesOf((await admin.get("/metrics")).body).get(
      `nano_requests_total{app="shop",status="${status}"}`,
    );
  const line = (number: number) =>
    until(
      `line ${number}`,
      () => server.log.filter(({ msg }) => msg === "request")[number - 1] ?? false,
    );
  const ask = async () => {
    const connection = await Connection.open(server);
    connection.socket.pause();
    await connection.send(requestBytes("shop.test", "/large"));
    return connection;
  };

  assert.equal((await request(server, "shop.test", "/large")).body.length, 32e6);
  const whole = await line(1);
  assert.deepEqual([whole.status, whole.ended, whole.bytes_out], [200, undefined, 32e6]);

  const slow = await ask();
  const cut = await line(2);
  slow.close();
  assert.deepEqual([cut.status, cut.ended, cut.reason], [200, "cut", "write_timeout"]);
  assert.ok(Number(cut.bytes_out) > 0 && Number(cut.bytes_out) < 32e6, `${cut.bytes_out} bytes`);
  assert.ok(Number(cut.duration_ms) >= 1990, `${cut.duration_ms} ms`);
  const told = await server.waitForLog("the cut", ({ msg }) => /cut a connection/.test(msg));
  assert.deepEqual(
    [told.app, told.reason, told.request_id, told.sent],
    ["shop", "write_timeout", cut.request_id, cut.bytes_out],
  );
  assert.ok(Number(told.unsent) >= 32e6 - Number(cut.bytes_out));

  const leaves = await ask();
  leaves.socket.resume();
  await once(leaves.socket, "data");
  leaves.socket.resetAndDestroy();
  const left = await line(3);
  assert.deepEqual([left.status, left.ended, left.reason], [200, "aborted", undefined]);
  assert.ok(Number(left.bytes_out) < 32e6, `${left.bytes_out} bytes`);
  assert.deepEqual([await ended("2xx"), await ended("cut"), await ended("aborted")], [1, 1, 1]);
});

test("CPU time at a limit is one count, until the stop took effect", async (t) => {
  const { dist, config } = await buildApps(
    t,
    {
      app: {
        // A step that the engine does not leave, of some 600 ms.
        files: `export default { fetch() {
          return new Response(String("é".repeat(2 ** 25).normalize("NFD").length));
        } };`,
        limits: { cpu: "100ms", memory: "512MiB" },
      },
    },
    { access_log: "json" },
  );
  const server = await serve(t, dist, { config });
  const answer = await request(server, "app.test", "/");
  assert.equal(answer.header("nano-error"), "cpu-limit");
  const { used, request_id: id } = JSON.parse(answer.text) as { used: number; request_id: string };
  assert.ok(used >= 200, `${used} ms`);
  const stop = await server.waitForLog("the stop", ({ msg }) => msg.startsWith("the app was st"));
  const access = await server.waitForLog("its line", ({ msg }) => msg === "request");
  assert.deepEqual([stop.request_id, stop.used], [id, used]);
  assert.deepEqual([access.request_id, access.cpu_ms], [id, used]);
  assert.match(stop.msg, new RegExp(`a request took ${used} ms of CPU time`));
});

test("nobody writes a line but the server", async (t) => {
  const { dist, config } = await buildApps(t, { shop: SHOP }, { access_log: "combined" });
  const server = await serve(t, dist, { config, env: { ...process.env, TZ: "UTC" } });
  const hostile = 'x" 200 1 "-" "-"\\\x80\xff\x1b';
  const raw =
    `GET /a"b\\c HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n` +
    `User-Agent: ${hostile.replace("\x1b", "")}\r\nReferer: http://a.test/"\r\n\r\n`;
  await sendRaw(server, Buffer.from(raw, "latin1"));
  await sendRaw(server, "\x16\x03\x01\n{}\n\n");
  const [first, second] = await until("two lines", () => {
    const lines = server.lines.filter((line) => !line.startsWith("{"));
    return lines.length >= 2 && lines;
  });
  assert.match(
    first!,
    /^127\.0\.0\.1 - - \[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET \/a\\x22b\\x5Cc HTTP\/1\.1" 200 5 "http:\/\/a\.test\/\\x22" "x\\x22 200 1 \\x22-\\x22 \\x22-\\x22\\x5C\\x80\\xFF" shop [0-9a-f]{16} \d+\.\d{3} \d+ whole$/,
  );
  assert.match(
    second!,
    /^127\.0\.0\.1 - - \[[^\]]+\] "-" 400 0 "-" "-" - [0-9a-f]{16} \d+\.\d{3} 0 whole$/,
  );
});

test("unless it is asked for, there is none", async (t) => {
  const { dist, config } = await buildApps(t, { shop: SHOP });
  const server = await serve(t, dist, { config });
  await request(server, "shop.test", "/");
  await server.stop();
  assert.deepEqual(
    server.log.filter(({ msg }) => msg === "request"),
    [],
  );
});
