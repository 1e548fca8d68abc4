// Requests that break HTTP's rules, byte for byte: the status, and the connection is closed.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { buildApps } from "./lib/apps.ts";
import { Connection, request, sendRaw } from "../../tools/harness/http.ts";
import { serve, type Server } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";

const HOST = "Host: app.test\r\n";
const GET = `GET / HTTP/1.1\r\n${HOST}`;
const POST = `POST / HTTP/1.1\r\n${HOST}`;
const CHUNKED = `${POST}Transfer-Encoding: chunked\r\n\r\n`;

const table: [name: string, bytes: string | Buffer, status: number | number[]][] = [
  // The request line.
  ["not HTTP at all", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400],
  ["words", "hello, are you there?\r\n\r\n", [400, 501]],
  ["no target", "GET HTTP/1.1\r\n\r\n", [400, 505]],
  ["a tab", `GET\t/ HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["a leading space", ` GET / HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["two spaces before the target", `GET  / HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["two spaces before the version", `GET /  HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["a space after the version", `GET / HTTP/1.1 \r\n${HOST}\r\n`, 400],
  ["a method that is unknown", `FROBNICATE / HTTP/1.1\r\n${HOST}\r\n`, 501],
  ["a method in lower case", `get / HTTP/1.1\r\n${HOST}\r\n`, [400, 501]],
  ["CONNECT", `CONNECT app.test:80 HTTP/1.1\r\n${HOST}\r\n`, 501],
  ["TRACE", `TRACE / HTTP/1.1\r\n${HOST}\r\n`, 501],
  ["a target without a slash", `GET path HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["GET *", `GET * HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["a fragment", `GET /a#b HTTP/1.1\r\n${HOST}\r\n`, 400],
  [
    "a byte beyond ASCII in the target",
    Buffer.from(`GET /\xfc HTTP/1.1\r\n${HOST}\r\n`, "latin1"),
    400,
  ],
  ["NUL in the target", `GET /\0 HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["a scheme that is not http", `GET ftp://app.test/ HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["user information", `GET http://a:b@app.test/ HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["another protocol", `GET / HTTQ/1.1\r\n${HOST}\r\n`, 400],
  ["HTTP/0.9", "GET /\r\n\r\n", [400, 505]],
  ["a line without a version, and no more", "GET /\r\n", [400, 505]],
  ["HTTP/1.2", `GET / HTTP/1.2\r\n${HOST}\r\n`, 505],
  ["HTTP/2.0", `GET / HTTP/2.0\r\n${HOST}\r\n`, 505],
  ["HTTP/3.0", `GET / HTTP/3.0\r\n${HOST}\r\n`, 505],
  ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505],
  ["a version without a minor one", `GET / HTTP/1\r\n${HOST}\r\n`, [400, 505]],
  ["a long target", `GET /${"a".repeat(9000)} HTTP/1.1\r\n${HOST}\r\n`, 414],
  // Header fields.
  ["no Host", "GET / HTTP/1.1\r\n\r\n", 400],
  ["two Hosts", `${GET}${HOST}\r\n`, 400],
  ["a Host with a space", "GET / HTTP/1.1\r\nHost: app test\r\n\r\n", 400],
  ["a Host with a path", "GET / HTTP/1.1\r\nHost: app.test/x\r\n\r\n", 400],
  ["a Host with user information", "GET / HTTP/1.1\r\nHost: a@app.test\r\n\r\n", 400],
  ["a Host with a wrong port", "GET / HTTP/1.1\r\nHost: app.test:port\r\n\r\n", 400],
  ["a Host with a wrong literal", "GET / HTTP/1.1\r\nHost: [::g]\r\n\r\n", 400],
  ["a space before the colon", `${GET}A : b\r\n\r\n`, 400],
  ["a name with a space", `${GET}A b: c\r\n\r\n`, 400],
  ["no name", `${GET}: b\r\n\r\n`, 400],
  ["no colon", `${GET}Nonsense\r\n\r\n`, 400],
  ["a folded line", `${GET}A: b\r\n c\r\n\r\n`, 400],
  ["a first line that is folded", `GET / HTTP/1.1\r\n ${HOST}\r\n`, 400],
  ["NUL in a value", `${GET}A: b\0c\r\n\r\n`, 400],
  ["CR in a value", `${GET}A: b\rc\r\n\r\n`, 400],
  ["LF alone ends a line", `GET / HTTP/1.1\nHost: app.test\n\n`, 400],
  ["LF alone ends a field", `${GET}A: b\nC: d\r\n\r\n`, 400],
  ["many fields", `${GET}${"A: b\r\n".repeat(150)}\r\n`, 431],
  ["a large field", `${GET}A: ${"b".repeat(20_000)}\r\n\r\n`, 431],
  ["a large field without an end", `${GET}A: ${"b".repeat(40_000)}`, 431],
  ["a large name", `${GET}${"a".repeat(20_000)}: b\r\n\r\n`, 431],
  ["large fields", `${GET}${`A: ${"b".repeat(4000)}\r\n`.repeat(5)}\r\n`, 431],
  ["an expectation that is unknown", `${GET}Expect: miracles\r\n\r\n`, 417],
  // Framing.
  ["no number as a length", `${POST}Content-Length: abc\r\n\r\n`, 400],
  ["a negative length", `${POST}Content-Length: -1\r\n\r\n`, 400],
  ["a length with a sign", `${POST}Content-Length: +1\r\n\r\na`, 400],
  ["a length in hexadecimal", `${POST}Content-Length: 0x1\r\n\r\na`, 400],
  ["an empty length", `${POST}Content-Length: \r\n\r\n`, 400],
  ["a list of lengths", `${POST}Content-Length: 1, 1\r\n\r\na`, 400],
  ["two lengths", `${POST}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`, 400],
  ["the same length twice", `${POST}Content-Length: 1\r\nContent-Length: 1\r\n\r\na`, 400],
  ["a length beyond 64 bits", `${POST}Content-Length: 99999999999999999999\r\n\r\n`, [400, 413]],
  ["length and coding", `${CHUNKED.slice(0, -2)}Content-Length: 5\r\n\r\n0\r\n\r\n`, 400],
  [
    "coding and length",
    `${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  ["a coding that is unknown", `${POST}Transfer-Encoding: gzip\r\n\r\n`, [400, 501]],
  ["gzip, chunked", `${POST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 501],
  ["chunked, gzip", `${POST}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`, [400, 501]],
  ["chunked twice", `${POST}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`, [400, 501]],
  ["xchunked", `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, [400, 501]],
  [
    "chunked in HTTP/1.0",
    `POST / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  ["no number as a chunk's size", `${CHUNKED}zz\r\n`, 400],
  ["a negative chunk", `${CHUNKED}-1\r\n`, 400],
  ["an empty size", `${CHUNKED}\r\n\r\n`, 400],
  ["a size beyond 64 bits", `${CHUNKED}10000000000000000\r\n`, 400],
  ["a chunk that is longer than it says", `${CHUNKED}1\r\nab\r\n0\r\n\r\n`, 400],
  ["a chunk ended by LF alone", `${CHUNKED}1\na\n0\n\n`, 400],
  [
    "endless chunk extensions",
    `${CHUNKED}1;${"a".repeat(40_000)}\r\na\r\n0\r\n\r\n`,
    [400, 413, 431],
  ],
  ["endless trailers", `${CHUNKED}0\r\n${"A: b\r\n".repeat(10_000)}\r\n`, [400, 431]],
  ["a body that is too large by its length", `${POST}Content-Length: 5000\r\n\r\n`, 413],
  [
    "a body that is too large by its chunks",
    `${CHUNKED}1000\r\n${"a".repeat(4096)}\r\n1\r\na\r\n0\r\n\r\n`,
    413,
  ],
  // Too slow.
  ["no request", "", [408]],
  ["half a request line", "GET /", 408],
  ["half a header", `${GET}A: b`, 408],
  ["half a body", `${POST}Content-Length: 10\r\n\r\nhalf`, 408],
  ["half a chunk", `${CHUNKED}a\r\nhalf`, 408],
];

describe("malformed requests", () => {
  const scope = suiteScope();
  let server: Server;
  let worker: number;

  before(async () => {
    const { dist, config } = await buildApps(
      scope,
      {
        app: `export default {
          async fetch(request) { return new Response(await request.text()); },
        };`,
      },
      {
        limits: {
          body_bytes: 4096,
          header_timeout: "500ms",
          body_timeout: "500ms",
          min_receive_rate: 0,
          idle_timeout: "2s",
        },
      },
    );
    server = await serve(scope, dist, { config });
    [worker] = server.workers();
  });

  for (const [name, bytes, expected] of table) {
    test(name, async () => {
      const answer = (await sendRaw(server, bytes)).toString("latin1");
      if (bytes === "" && answer === "") return; // A client that sent nothing may get nothing.
      const statuses = [...answer.matchAll(/^HTTP\/1\.1 (\d+) /gm)].map(([, s]) => Number(s));
      assert.equal(statuses.length, 1, `one answer expected:\n${answer}`);
      assert.ok(
        [expected].flat().includes(statuses[0]),
        `${statuses[0]}, not ${expected}:\n${answer}`,
      );
      assert.match(answer, /^connection: close\r$/im);
    });
  }

  test("a good request before a malformed one is answered", async () => {
    const answer = (await sendRaw(server, `${GET}\r\n${GET}A : b\r\n\r\n${GET}\r\n`)).toString();
    const statuses = [...answer.matchAll(/^HTTP\/1\.1 (\d+) /gm)].map(([, status]) => status);
    assert.deepEqual(statuses, ["200", "400"]);
  });

  test("an idle connection is closed without an answer", async () => {
    const connection = await Connection.open(server);
    await connection.send(`${GET}\r\n`);
    assert.equal((await connection.read()).status, 200);
    await connection.expectClosed();
    connection.close();
  });

  test("slow is not too slow", async () => {
    const connection = await Connection.open(server);
    await connection.send(`${POST}Content-Length: 8\r\n\r\n`);
    for (const byte of "patience") {
      await new Promise((resolve) => setTimeout(resolve, 100));
      await connection.send(byte);
    }
    assert.equal((await connection.read()).text, "patience");
    connection.close();
  });

  test("bytes at random", async () => {
    // A linear congruential generator: the same bytes each time.
    let state = 42;
    const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
    const seeds = [`${GET}A: b\r\n\r\n`, `${CHUNKED}3\r\nabc\r\n0\r\n\r\n`];
    for (let i = 0; i < 200; i++) {
      const bytes = Buffer.from(seeds[i % seeds.length]);
      for (let change = 0; change <= i % 4; change++) bytes[next() % bytes.length] = next();
      const answer = (await sendRaw(server, bytes, { end: true })).toString("latin1");
      assert.match(answer, /^(HTTP\/1\.1 \d{3} |$)/);
    }
  });

  test("the worker has survived all this", async () => {
    assert.equal((await request(server, "app.test", "/")).status, 200);
    assert.deepEqual(server.workers(), [worker]);
    for (const { level, msg } of server.log) assert.notEqual(level, "error", msg);
  });
});
