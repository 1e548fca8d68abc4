// Clients that reset, close or half-close their connection, at each moment of a request: what the app's
// signal, body, stream and waitUntil see, and what a client that still reads gets. docs/http.md says why.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { buildApps } from "./lib/apps.ts";
import { Connection, request, requestBytes } from "../../tools/harness/http.ts";
import { serve, type Server } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";
import { until } from "../../tools/harness/wait.ts";

// Each request waits where its row says so until /release opens its gate, and keeps a record.
const SOURCE = `
  const seen = {};
  const gates = {};
  const later = (ms) => new Promise((done) => setTimeout(done, ms));
  const encoder = new TextEncoder();

  function still(record, gate) {
    let parts = 0;
    return new ReadableStream({
      async pull(controller) {
        if (parts++ === 0) return controller.enqueue(encoder.encode("first "));
        await gate;
        if (record.stream === "cancelled") return;
        controller.enqueue(encoder.encode("rest"));
        controller.close();
        record.stream = "sent";
      },
      cancel() { record.stream = "cancelled"; },
    }, { highWaterMark: 0 });
  }

  function flowing(record, gate) {
    let isOpen = false;
    gate.then(() => { isOpen = true; });
    return new ReadableStream({
      async pull(controller) {
        await later(5);
        if (record.stream === "cancelled") return;
        if (!isOpen) return controller.enqueue(encoder.encode("more "));
        controller.close();
        record.stream = "sent";
      },
      cancel() { record.stream = "cancelled"; },
    }, { highWaterMark: 0 });
  }

  async function read(request, record) {
    try {
      record.body = "read " + (await request.text()).length;
    } catch (error) {
      record.body = "rejected";
    }
  }

  export default {
    async fetch(request, env, context) {
      const { pathname, searchParams } = new URL(request.url);
      const id = searchParams.get("id");
      if (pathname === "/seen") return Response.json(seen[id] ?? null);
      if (pathname === "/release") {
        gates[id]?.resolve();
        return new Response("released");
      }
      const gate = (gates[id] = Promise.withResolvers()).promise;
      const handled = Promise.withResolvers();
      const record = (seen[id] = { signal: "", body: "none", stream: "none", waitUntil: "pending" });
      context.waitUntil((async () => {
        await Promise.all([gate, handled.promise]);
        await later(100);
        record.signal = request.signal.aborted ? "aborted" : "open";
        record.waitUntil = "done";
      })());
      if (searchParams.has("listen")) {
        record.events = 0;
        request.signal.addEventListener("abort", () => record.events++);
      }
      try {
        const late = searchParams.get("late") ?? "";
        if (searchParams.has("body") && late !== "body") await read(request, record);
        if (late !== "") await gate;
        if (late === "body") await read(request, record);
        if (pathname === "/still") return new Response(still(record, gate));
        if (pathname === "/flowing") return new Response(flowing(record, gate));
        return new Response("answer");
      } finally {
        handled.resolve();
      }
    },
  };`;

type How = "reset" | "close" | "half-close";

interface Seen {
  signal: string;
  body: string;
  stream: string;
  waitUntil: string;
  events?: number;
}

interface Row {
  moment: string;
  /** What the client sends before it ends; `ID` is the row's own. */
  send: string;
  /** What it reads before it ends: nothing, the answer's first part, or all of the answer. */
  reads?: "part" | "all";
  /** By how the client ends; null: no request reached the app. */
  sees: Record<How, Omit<Seen, "waitUntil" | "events"> | null>;
  /** What a client that half-closed reads: a status and the body, or nothing. */
  answer: RegExp | "nothing";
}

const get = (target: string) => requestBytes("app.test", target).toString();
const post = (target: string, length: number, body: string) =>
  `POST ${target} HTTP/1.1\r\nHost: app.test\r\nContent-Length: ${length}\r\n\r\n${body}`;

const row = (signal: string, body = "none", stream = "none") => ({ signal, body, stream });
const unseen = { reset: null, close: null, "half-close": null };

const ROWS: Row[] = [
  { moment: "before the head", send: "", sees: unseen, answer: "nothing" },
  { moment: "in the head", send: "GET /?id=ID HTTP/1.1\r\nHos", sees: unseen, answer: /^400 / },
  {
    moment: "in the body, which the handler reads",
    send: post("/?id=ID&listen&body", 100, "hello"),
    sees: {
      reset: row("aborted", "rejected"),
      close: row("aborted", "rejected"),
      "half-close": row("aborted", "rejected"),
    },
    answer: /^400 /,
  },
  {
    moment: "in the body, which the handler reads late",
    send: post("/?id=ID&body&late=body", 100, "hello"),
    sees: {
      reset: row("aborted", "rejected"),
      close: row("aborted", "rejected"),
      "half-close": row("aborted", "rejected"),
    },
    answer: /^400 /,
  },
  {
    moment: "in the body, of which more came than is read ahead",
    send: post("/?id=ID&body&late=body", 200_000, "h".repeat(150_000)),
    sees: {
      reset: row("aborted", "rejected"),
      close: row("aborted", "rejected"),
      "half-close": row("aborted", "rejected"),
    },
    answer: /^400 /,
  },
  {
    moment: "in the body, which the handler ignores",
    send: post("/?id=ID&late=answer", 100, "hello"),
    sees: { reset: row("aborted"), close: row("aborted"), "half-close": row("open") },
    answer: /^200 answer$/,
  },
  {
    moment: "after the body, which the handler reads late",
    send: post("/?id=ID&body&late=body", 5, "hello"),
    sees: {
      reset: row("aborted", "rejected"),
      close: row("aborted", "rejected"),
      "half-close": row("open", "read 5"),
    },
    answer: /^200 answer$/,
  },
  {
    moment: "while the handler waits, with an eye on the signal",
    send: get("/?id=ID&listen&late=answer"),
    sees: { reset: row("aborted"), close: row("aborted"), "half-close": row("open") },
    answer: /^200 answer$/,
  },
  {
    moment: "while the handler waits, which looks at the signal late",
    send: get("/?id=ID&late=answer"),
    sees: { reset: row("aborted"), close: row("aborted"), "half-close": row("open") },
    answer: /^200 answer$/,
  },
  {
    moment: "before the answer, which is a stream that stands still",
    send: get("/still?id=ID&late=answer"),
    sees: {
      reset: row("aborted", "none", "cancelled"),
      close: row("aborted", "none", "cancelled"),
      "half-close": row("open", "none", "sent"),
    },
    answer: /^200 first rest$/,
  },
  {
    moment: "before the answer, which is a stream that flows",
    send: get("/flowing?id=ID&late=answer"),
    sees: {
      reset: row("aborted", "none", "cancelled"),
      close: row("aborted", "none", "cancelled"),
      "half-close": row("open", "none", "sent"),
    },
    answer: /^200 (more )*$/,
  },
  {
    moment: "in the answer, which stands still",
    send: get("/still?id=ID&listen"),
    reads: "part",
    sees: {
      reset: row("aborted", "none", "cancelled"),
      close: row("aborted", "none", "cancelled"),
      "half-close": row("open", "none", "sent"),
    },
    answer: /^200 first rest$/,
  },
  {
    moment: "in the answer, which flows",
    send: get("/flowing?id=ID"),
    reads: "part",
    sees: {
      reset: row("aborted", "none", "cancelled"),
      close: row("aborted", "none", "cancelled"),
      "half-close": row("open", "none", "sent"),
    },
    answer: /^200 (more )+$/,
  },
  {
    moment: "after the answer",
    send: get("/?id=ID&listen"),
    reads: "all",
    sees: { reset: row("open"), close: row("open"), "half-close": row("open") },
    answer: "nothing",
  },
];

/** What the server promises to notice an end within, and as much again for a busy machine. */
const NOTICED = 2_000;

describe("a client that ends", () => {
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    const { dist } = await buildApps(scope, { app: SOURCE });
    server = await serve(scope, dist);
  });

  const seen = async (id: string) =>
    (await request(server, "app.test", `/seen?id=${id}`)).json as Seen | null;

  async function run(id: string, how: How, { send, reads, sees, answer }: Row): Promise<void> {
    const connection = await Connection.open(server);
    let peeked = Buffer.alloc(0);
    // In the middle of a body that is not read, the system may take less than all of it.
    void connection.send(send.replaceAll("ID", id));
    const expected = sees[how];
    if (expected === null) await sleep(100);
    else await until(`the request of ${id}`, async () => (await seen(id)) !== null);
    if (reads === "all") assert.equal((await connection.read()).text, "answer");
    if (reads === "part") peeked = await readUntil(connection, /first |more /);

    if (how === "reset") connection.socket.resetAndDestroy();
    else if (how === "close") connection.close();
    else connection.end();
    await sleep(NOTICED);
    await request(server, "app.test", `/release?id=${id}`);

    if (expected !== null) {
      const record = await until(`the end of ${id}`, async () => {
        const now = await seen(id);
        return now?.waitUntil === "done" && (now.stream !== "none") === (expected.stream !== "none")
          ? now
          : undefined;
      });
      const { events, waitUntil: _, ...rest } = record;
      assert.deepEqual(rest, expected);
      if (events !== undefined) assert.equal(events, expected.signal === "aborted" ? 1 : 0);
    }
    if (how !== "half-close") return;
    const received = Buffer.concat([peeked, await connection.readAll()]);
    if (answer === "nothing") assert.equal(received.toString(), "");
    else assert.match(textOf(received), answer);
    connection.close();
  }

  // Side by side: all of them mostly wait.
  describe("at each moment", { concurrency: true }, () => {
    ROWS.forEach((entry, index) => {
      for (const how of ["reset", "close", "half-close"] as const) {
        test(`${entry.moment}: ${how}`, () => run(`${index}-${how}`, how, entry));
      }
    });
  });

  test("and nothing of it is an error of the server's", async () => {
    assert.equal((await request(server, "app.test", "/seen")).status, 200);
    assert.equal(server.workers().length, 1);
    const errors = server.log.filter(({ level }) => level === "error");
    assert.deepEqual(errors, []);
  });
});

async function readUntil(connection: Connection, text: RegExp): Promise<Buffer<ArrayBuffer>> {
  let received = Buffer.alloc(0);
  while (!text.test(received.toString())) {
    const part = await connection.readSome();
    assert.notEqual(part.length, 0, `the connection ended after ${received.toString()}`);
    received = Buffer.concat([received, part]);
  }
  return received;
}

/** The status and the body of one response, whose framing must be right. */
function textOf(received: Buffer): string {
  const text = received.toString("latin1");
  const end = text.indexOf("\r\n\r\n");
  const head = text.slice(0, end);
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1];
  let rest = text.slice(end + 4);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    assert.equal(rest.length, Number(length));
    return `${status} ${rest}`;
  }
  assert.match(head, /\r\ntransfer-encoding: chunked/i);
  let body = "";
  for (;;) {
    const line = /^([0-9a-f]+)\r\n/.exec(rest);
    assert.ok(line, `not a chunk: ${JSON.stringify(rest)}`);
    const size = Number.parseInt(line[1], 16);
    rest = rest.slice(line[0].length);
    body += rest.slice(0, size);
    assert.equal(rest.slice(size, size + 2), "\r\n");
    rest = rest.slice(size + 2);
    if (size === 0) break;
  }
  assert.equal(rest, "");
  return `${status} ${body}`;
}
