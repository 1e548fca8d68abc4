// Many clients at once, of many apps, with every kind of answer, each compared byte by byte with what was
// meant. Some seconds long; as a soak, `make soak SECONDS=600` goes on that long with other requests.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import zlib from "node:zlib";
import { buildApps } from "./lib/apps.ts";
import { Connection, requestBytes } from "../../tools/harness/http.ts";
import { serve, type Server } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";

const SECONDS = Number(process.env.NANO_SOAK_SECONDS ?? 0);
/** The first client's sequence of requests; the others' follow from it. A failure names its own. */
const SEED = Number(process.env.NANO_SOAK_SEED ?? (SECONDS > 0 ? Date.now() % 1_000_000 : 1));
const CLIENTS = 60;
const ROUNDS = 12;
const APPS = ["one", "two", "three"];

/** Bytes that tell whose they are and where they belong. Also the apps' own function. */
function bytesOf(seed: number, from: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) {
    const at = from + i;
    bytes[i] = (at * 7 + (at >> 8) * 13 + (at >> 16) * 29 + seed * 101) & 255;
  }
  return bytes;
}

const source = (salt: number) => `
  const bytesOf = (seed, from, size) => {
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; i++) {
      const at = from + i;
      bytes[i] = (at * 7 + (at >> 8) * 13 + (at >> 16) * 29 + seed * 101) & 255;
    }
    return bytes;
  };
  const later = (ms) => new Promise((done) => setTimeout(done, ms));

  // In parts of all sizes, at once or with pauses.
  function stream(seed, size, pause) {
    let at = 0;
    let number = seed % 7;
    return new ReadableStream({
      async pull(controller) {
        if (pause > 0 && number % 3 === 0) await later(pause);
        const part = Math.min(size - at, [1, 13, 64, 15, 900, 16, 20_000, 70_000][number++ % 8]);
        if (part > 0) controller.enqueue(bytesOf(seed, at, part));
        at += part;
        if (at === size) controller.close();
      },
    });
  }

  // Small parts with a pause after each, as events or a language model's words come.
  function drip(seed, size) {
    let at = 0;
    return new ReadableStream({
      async pull(controller) {
        await later(3);
        const part = Math.min(size - at, 1 + ((at + seed) % 64));
        if (part > 0) controller.enqueue(bytesOf(seed, at, part));
        at += part;
        if (at === size) controller.close();
      },
    });
  }

  export default {
    async fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      const seed = Number(searchParams.get("seed")) + ${salt};
      const size = Number(searchParams.get("size"));
      const pause = Number(searchParams.get("pause"));
      const headers = { "x-seed": String(seed) };
      switch (pathname) {
        case "/whole":
          if (pause > 0) await later(pause);
          return new Response(bytesOf(seed, 0, size), { headers });
        case "/text":
          return new Response(("é" + seed + ";").repeat(size % 5000), { headers });
        case "/stream":
          return new Response(stream(seed, size, pause), { headers });
        case "/drip":
          return new Response(drip(seed, size % 3000), { headers });
        case "/length":
          return new Response(stream(seed, size, pause), {
            headers: { ...headers, "content-length": String(size) },
          });
        case "/gzip":
          return new Response(stream(seed, size, pause).pipeThrough(new CompressionStream("gzip")), {
            headers: { ...headers, "content-encoding": "gzip" },
          });
        case "/echo":
          return new Response(request.body, { headers });
        case "/echo-whole":
          return new Response(await request.arrayBuffer(), { headers });
        case "/ignore":
          return new Response("ignored " + seed, { headers });
        case "/nothing":
          return new Response(null, { status: 204, headers });
        default:
          return new Response("no " + seed, { status: 404, headers });
      }
    },
  };`;

/** xorshift32: the same numbers for the same seed. */
function random(seed: number): (below: number) => number {
  let state = (seed * 2654435761) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

interface Exchange {
  what: string;
  method: string;
  bytes: Uint8Array;
  status: number;
  seed: number;
  /** What the body must be, once it is unpacked. */
  body: Uint8Array;
  packed?: boolean;
  /** What Content-Length must say, where there must be one. */
  length?: number;
}

/** One of all kinds of requests. */
function anyExchange(pick: (below: number) => number): Exchange {
  const app = pick(APPS.length);
  const host = `${APPS[app]}.test`;
  const given = pick(1000);
  const seed = given + app * 17;
  const size = [0, 1, 15, 16, 17, 1000, 16_384, 16_385, 65_536, 200_000][pick(10)] + pick(3);
  const pause = pick(3) * 2;
  const kinds =
    "whole text stream drip drip drip length gzip echo echo-whole ignore nothing missing head".split(
      " ",
    );
  const kind = kinds[pick(kinds.length)];
  const target = `/${kind === "head" ? "whole" : kind}?seed=${given}&size=${size}&pause=${pause}`;
  const what = `${kind} of ${size} bytes, seed ${seed}, pause ${pause}`;
  const made = { what, method: "GET", status: 200, seed, bytes: requestBytes(host, target) };
  const sent = bytesOf(seed + 5, 0, size);
  switch (kind) {
    case "text":
      return { ...made, body: Buffer.from(`é${seed};`.repeat(size % 5000)) };
    case "drip":
      return { ...made, body: bytesOf(seed, 0, size % 3000) };
    case "gzip":
      return { ...made, body: bytesOf(seed, 0, size), packed: true };
    case "head": {
      const bytes = requestBytes(host, target, { method: "HEAD" });
      return { ...made, method: "HEAD", bytes, body: new Uint8Array(0), length: size };
    }
    case "echo":
    case "echo-whole": {
      const bytes = pick(2) === 0 ? uploadInChunks(host, target, sent, pick) : null;
      const whole = requestBytes(host, target, { method: "POST", body: sent });
      return { ...made, method: "POST", bytes: bytes ?? whole, body: sent };
    }
    case "ignore": {
      const bytes = requestBytes(host, target, { method: "POST", body: sent });
      return { ...made, method: "POST", bytes, body: Buffer.from(`ignored ${seed}`) };
    }
    case "nothing":
      return { ...made, status: 204, body: new Uint8Array(0) };
    case "missing":
      return { ...made, status: 404, body: Buffer.from(`no ${seed}`) };
    default:
      return {
        ...made,
        body: bytesOf(seed, 0, size),
        length: kind === "stream" ? undefined : size,
      };
  }
}

function uploadInChunks(
  host: string,
  target: string,
  body: Uint8Array,
  pick: (below: number) => number,
): Buffer {
  const head = `POST ${target} HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const parts: Uint8Array[] = [Buffer.from(head)];
  for (let at = 0; at < body.length;) {
    const part = body.subarray(at, at + 1 + pick(30_000));
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n"));
    at += part.length;
  }
  parts.push(Buffer.from("0\r\n\r\n"));
  return Buffer.concat(parts);
}

/** Sends one batch of pipelined requests on a connection of its own, and reads the answers. */
async function batch(server: Server, pick: (below: number) => number): Promise<number> {
  const exchanges = Array.from({ length: 1 + pick(6) }, () => anyExchange(pick));
  const connection = await Connection.open(server);
  const isSlow = pick(4) === 0;
  // A slow reader stops again and again, so that the server's queue fills, drains in part, and fills.
  const stops = isSlow
    ? setInterval(() => {
        connection.socket.pause();
        setTimeout(() => connection.socket.resume(), 4);
      }, 6)
    : undefined;
  try {
    const bytes = Buffer.concat(exchanges.map((exchange) => exchange.bytes));
    const sent = isSlow ? sendInPieces(connection, bytes, pick) : connection.send(bytes);
    sent.catch(() => {}); // Told by the answer that does not come.
    for (const exchange of exchanges) {
      const { what, method, status, seed, length } = exchange;
      const response = await connection.read(method);
      assert.equal(response.status, status, what);
      assert.equal(response.header("x-seed"), String(seed), what);
      if (length !== undefined) assert.equal(response.header("content-length"), `${length}`, what);
      const body = exchange.packed ? zlib.gunzipSync(response.body) : response.body;
      compare(body, exchange.body, what);
    }
    await sent;
    assert.equal(connection.buffered, 0, "bytes after the last answer");
    return exchanges.length;
  } finally {
    clearInterval(stops);
    connection.close();
  }
}

async function sendInPieces(
  connection: Connection,
  bytes: Buffer,
  pick: (below: number) => number,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + pick(40_000);
    await connection.send(bytes.subarray(at, end));
    at = end;
    if (pick(3) === 0) await sleep(1);
  }
}

function compare(got: Uint8Array, meant: Uint8Array, what: string): void {
  if (Buffer.compare(got, meant) === 0) return;
  let at = 0;
  while (at < Math.min(got.length, meant.length) && got[at] === meant[at]) at++;
  assert.fail(`${what}: byte ${at} is wrong; ${got.length} bytes came of ${meant.length}`);
}

/** A request that the server itself refuses, on a connection of its own. */
async function refused(server: Server, pick: (below: number) => number): Promise<number> {
  const connection = await Connection.open(server);
  const kind = pick(3);
  await connection.send(
    kind === 0
      ? "GET / HTTP/1.1\r\nHost: one.test\r\nnonsense\r\n\r\n"
      : kind === 1
        ? requestBytes("nobody.test", "/")
        : "POST / HTTP/1.1\r\nHost: one.test\r\nContent-Length: 99000000\r\n\r\n",
  );
  const { status } = await connection.read();
  connection.close();
  assert.equal(status, [400, 404, 413][kind]);
  return 1;
}

describe("side by side", () => {
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    const apps = Object.fromEntries(APPS.map((name, index) => [name, source(index * 17)]));
    const { dist } = await buildApps(scope, apps);
    server = await serve(scope, dist, { workers: 2 });
  });

  const options = { timeout: SECONDS * 1000 + 300_000 };
  test(`${CLIENTS} clients get every byte of every answer`, options, async (t) => {
    const end = performance.now() + SECONDS * 1000;
    let answers = 0;
    const client = async (seed: number) => {
      const pick = random(seed);
      for (let round = 0; round < ROUNDS || performance.now() < end; round++) {
        try {
          const count = await (pick(12) === 0 ? refused(server, pick) : batch(server, pick));
          answers += count;
        } catch (error) {
          const where = `client with seed ${seed}, round ${round} (NANO_SOAK_SEED=${SEED})`;
          throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
        }
      }
    };
    const outcomes = await Promise.allSettled(
      Array.from({ length: CLIENTS }, (_, index) => client(SEED + index)),
    );
    const failures = outcomes.filter((outcome) => outcome.status === "rejected");
    const told = failures.slice(0, 5).map(({ reason }) => (reason as Error).message);
    assert.equal(failures.length, 0, `${failures.length} clients failed:\n${told.join("\n")}`);
    assert.equal(server.workers().length, 2);
    assert.deepEqual(
      server.log.filter(({ level }) => level === "error"),
      [],
    );
    t.diagnostic(`${answers} answers compared`);
  });
});
