// Bodies of requests that leave: how they are framed, that a slow server slows the app down, bodies that
// break off, and those of incoming requests that are passed on.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { begin, pathOf, run, runAs, serveInside } from "../lib/inside.ts";
import { answering, chunk, originOf, response, type Origin, type Peer } from "../lib/origin.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";
import { Connection } from "../../../tools/harness/http.ts";
import { until } from "../../../tools/harness/wait.ts";

const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Runs in the app: passes the request on. */
const passOn = async ({ request }: { request: Request }, url: string) =>
  fetch(new Request(url, request));

describe("bodies of requests", () => {
  const scope = suiteScope();
  let server: Server;
  /** Tells what it was sent. */
  let echo: Origin;

  before(async () => {
    server = await serveInside(scope, {}, {}, { limits: { body_bytes: "1GiB" } });
    echo = await answering(scope, ({ method, fields, body, chunks }) =>
      response(
        200,
        {},
        JSON.stringify({
          method,
          fields,
          chunks,
          hash: hash(body),
          text: body.toString("latin1").slice(0, 100),
        }),
      ),
    );
  });

  interface Echo {
    method: string;
    fields: [string, string][];
    chunks: number[];
    hash: string;
    text: string;
  }

  const field = ({ fields }: Echo, name: string) =>
    fields.filter((each) => each[0] === name).map((each) => each[1]);

  describe("that the app makes", () => {
    const WHOLE: [string, string, string | undefined][] = [
      [`"größer"`, "größer", "text/plain;charset=UTF-8"],
      ["new Uint8Array([97, 98])", "ab", undefined],
      ["new Uint8Array([97, 98]).buffer", "ab", undefined],
      [`new Blob(["a", "b"], { type: "text/x" })`, "ab", "text/x"],
      [
        `new URLSearchParams({ a: "b c" })`,
        "a=b+c",
        "application/x-www-form-urlencoded;charset=UTF-8",
      ],
      [`""`, "", "text/plain;charset=UTF-8"],
    ];
    for (const [source, text, type] of WHOLE) {
      test(`${source} goes with its length`, async () => {
        const sent = await run(
          server,
          async (_, url: string, source: string) =>
            (await fetch(url, { method: "POST", body: (0, eval)(source) })).json() as Promise<Echo>,
          echo.url,
          source,
        );
        assert.equal(Buffer.from(sent.text, "latin1").toString(), text);
        assert.deepEqual(field(sent, "content-length"), [String(Buffer.byteLength(text))]);
        assert.deepEqual(field(sent, "transfer-encoding"), []);
        assert.deepEqual(field(sent, "content-type"), type === undefined ? [] : [type]);
      });
    }

    test("no body goes without a length, but with POST, PUT and PATCH", async () => {
      for (const [method, length] of [
        ["GET", []],
        ["DELETE", []],
        ["OPTIONS", []],
        ["POST", ["0"]],
        ["PUT", ["0"]],
        ["PATCH", ["0"]],
      ] as const) {
        const sent = await run(
          server,
          async (_, url: string, method: string) =>
            (await fetch(url, { method })).json() as Promise<Echo>,
          echo.url,
          method,
        );
        assert.deepEqual(field(sent, "content-length"), length, method);
        assert.deepEqual(field(sent, "transfer-encoding"), []);
      }
    });

    test("a stream goes in chunks, as they come", async () => {
      const sent = await run(
        server,
        async (_, url: string) => {
          const parts = ["first", "", "second"].map((text) => new TextEncoder().encode(text));
          const body = new ReadableStream({
            async pull(controller) {
              await new Promise((done) => setTimeout(done, 5));
              const part = parts.shift();
              if (part === undefined) controller.close();
              else controller.enqueue(part);
            },
          });
          const init = { method: "PUT", body, duplex: "half" } as RequestInit;
          return (await fetch(url, init)).json() as Promise<Echo>;
        },
        echo.url,
      );
      assert.deepEqual(field(sent, "transfer-encoding"), ["chunked"]);
      assert.deepEqual(field(sent, "content-length"), []);
      assert.deepEqual(sent.chunks, [5, 6]);
      assert.equal(sent.text, "firstsecond");
    });

    test("an empty stream is an empty body", async () => {
      const sent = await run(
        server,
        async (_, url: string) => {
          const body = new ReadableStream({ start: (controller) => controller.close() });
          const init = { method: "POST", body, duplex: "half" } as RequestInit;
          return (await fetch(url, init)).json() as Promise<Echo>;
        },
        echo.url,
      );
      assert.deepEqual([sent.text, sent.chunks], ["", []]);
    });

    test("a stream needs duplex: half", async () => {
      const { name, message } = await run(
        server,
        (_, url: string) =>
          tell(fetch(url, { method: "POST", body: new ReadableStream() } as RequestInit)),
        echo.url,
      );
      assert.equal(name, "TypeError");
      assert.match(message, /duplex/);
    });

    test("a large body arrives whole", async () => {
      const [sent, expected] = await run(
        server,
        async (_, url: string) => {
          const body = new Uint8Array(20_000_000);
          for (let at = 0; at < body.length; at++) body[at] = (at * 31) >> 3;
          const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
          const response = await fetch(url, { method: "POST", body });
          const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
          return [(await response.json()) as Echo, hex] as const;
        },
        echo.url,
      );
      assert.equal(sent.hash, expected);
    });

    test("a server that reads slowly is not sent more than it takes", async () => {
      const PARTS = 1024; // of 64 KiB
      let received = 0;
      const slow = await originOf(scope, ({ socket }) => {
        socket.pause();
        socket.on("data", (part) => (received += part.length));
      });
      await run(
        server,
        ({ kept }, url: string, PARTS: number) => {
          const part = new Uint8Array(65_536);
          kept.pulls = 0;
          const body = new ReadableStream(
            {
              pull(controller) {
                if (kept.pulls++ === PARTS) controller.close();
                else controller.enqueue(part);
              },
            },
            { highWaterMark: 0 },
          );
          const init = { method: "POST", body, duplex: "half" } as RequestInit;
          kept.response = fetch(url, init).then((response) => response.text());
        },
        slow.url,
        PARTS,
      );
      const pulls = () => run(server, ({ kept }) => kept.pulls as number);
      let last = -1;
      await until("the stream to stand still", async () => {
        const now = await pulls();
        const isStill = now === last && now > 0;
        last = now;
        await sleep(200);
        return isStill;
      });
      // The system's buffers of both sides take some megabytes.
      assert.ok(last < PARTS / 4, `${last} of ${PARTS} parts were asked for`);
      const { socket, connection } = slow.peers[0];
      socket.resume();
      await until("all of it", () => received > PARTS * 65_536);
      assert.equal(await pulls(), PARTS + 1);
      await connection.send(response(200, {}, "thanks"));
      assert.equal(await run(server, ({ kept }) => kept.response), "thanks");
    });

    for (const [what, source] of [
      ["that errs", `controller.error(kept.failure)`],
      ["that throws", `throw kept.failure`],
    ]) {
      test(`a stream ${what} rejects the call and cuts the request`, async () => {
        let told: unknown = "nothing";
        const origin = await originOf(scope, async (peer) => {
          told = await peer.request().catch((error: unknown) => error);
        });
        const isReason = await run(
          server,
          async ({ kept }, url: string, source: string) => {
            kept.failure = new RangeError("broken");
            const fail = new Function("controller", "kept", source);
            let pulls = 0;
            const body = new ReadableStream({
              pull(controller) {
                if (pulls++ === 0) controller.enqueue(new Uint8Array(10));
                else fail(controller, kept);
              },
            });
            const init = { method: "POST", body, duplex: "half" } as RequestInit;
            return (await fetch(url, init).catch((error: unknown) => error)) === kept.failure;
          },
          origin.url,
          source,
        );
        assert.equal(isReason, true);
        await origin.peers[0].ended();
        await until("the server to be told", () => told !== "nothing");
        assert.match(String(told), /ended|ECONNRESET/);
      });
    }

    test("a stream of anything but bytes rejects the call", async () => {
      const { name, message } = await run(
        server,
        (_, url: string) => {
          const body = new ReadableStream({ start: (into) => into.enqueue("text") });
          return tell(fetch(url, { method: "POST", body, duplex: "half" } as RequestInit));
        },
        echo.url,
      );
      assert.equal(name, "TypeError");
      assert.match(message, /Uint8Array/);
    });

    test("an answer that comes early is an answer, and ends the stream", async () => {
      const origin = await originOf(scope, async (peer) => {
        await peer.connection.readRequestHead();
        await peer.send(response(413, {}, "too much"));
      });
      const told = await run(
        server,
        async (_, url: string) => {
          const cancelled = Promise.withResolvers<string>();
          const body = new ReadableStream({
            async pull(controller) {
              await new Promise((done) => setTimeout(done, 1));
              controller.enqueue(new Uint8Array(10_000));
            },
            cancel: () => cancelled.resolve("cancelled"),
          });
          const init = { method: "POST", body, duplex: "half" } as RequestInit;
          const { status, text } = await fetch(url, init).then(async (response) => ({
            status: response.status,
            text: await response.text(),
          }));
          return [status, text, await cancelled.promise];
        },
        origin.url,
      );
      assert.deepEqual(told, [413, "too much", "cancelled"]);
      assert.notEqual(await origin.peers[0].ended(), "open");
    });

    test("a body of bytes is answered early by a server that closes", async () => {
      const origin = await originOf(scope, async (peer) => {
        await peer.connection.readRequestHead();
        await peer.send(response(413, { Connection: "close" }, "too much"));
        peer.socket.end();
      });
      const told = await run(
        server,
        async (_, url: string) => {
          const response = await fetch(url, { method: "POST", body: new Uint8Array(30_000_000) });
          return [response.status, await response.text()];
        },
        origin.url,
      );
      assert.deepEqual(told, [413, "too much"]);
    });

    test("a response may flow while the request does", async () => {
      const origin = await originOf(scope, async (peer) => {
        await peer.connection.readRequestHead();
        await peer.send(response(200, { "Transfer-Encoding": "chunked" }));
        for (;;) {
          const part = await peer.connection.readSome();
          if (part.length === 0) break;
          await peer.send(chunk(`${part.length} `));
          if (part.toString("latin1").endsWith("0\r\n\r\n")) break;
        }
        await peer.send(chunk(""));
      });
      const told = await run(
        server,
        async (_, url: string) => {
          const { readable, writable } = new TransformStream();
          const init = { method: "POST", body: readable, duplex: "half" } as RequestInit;
          const response = fetch(url, init);
          const writer = writable.getWriter();
          void writer.write(new Uint8Array(10));
          const reader = (await response).body!.getReader();
          const counts = [];
          for (const size of [20, 30]) {
            counts.push(new TextDecoder().decode((await reader.read()).value));
            void writer.write(new Uint8Array(size));
          }
          void writer.close();
          while (!(await reader.read()).done);
          return counts[0];
        },
        origin.url,
      );
      assert.equal(told, "15 ");
    });
  });

  describe("of incoming requests, passed on", () => {
    test("keep their length", async () => {
      const content = randomBytes(3_000_000);
      const sent = (await runAs(
        server,
        "app",
        { method: "POST", body: content, headers: { "X-Kept": "yes" } },
        async ({ request }, url: string) => ({
          ...((await (await fetch(new Request(url, request))).json()) as object),
        }),
        echo.url,
      )) as Echo;
      assert.equal(sent.hash, hash(content));
      assert.equal(sent.method, "POST");
      assert.deepEqual(field(sent, "content-length"), ["3000000"]);
      assert.deepEqual(field(sent, "transfer-encoding"), []);
      assert.deepEqual(field(sent, "x-kept"), ["yes"]);
    });

    test("stay without one", async () => {
      const connection = await Connection.open(server);
      const head = `POST ${pathOf(passOn, echo.url)} HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n`;
      await connection.send(head);
      await connection.send(chunk("first "));
      await connection.send(chunk("second"));
      await connection.send(chunk(""));
      const sent = (await connection.read()).json as Echo;
      connection.close();
      assert.equal(sent.text, "first second");
      assert.deepEqual(field(sent, "transfer-encoding"), ["chunked"]);
      assert.deepEqual(field(sent, "content-length"), []);
    });

    test("with their fields, but for those of the connection, and Host", async () => {
      const sent = (await runAs(
        server,
        "app",
        {
          headers: {
            Connection: "keep-alive, X-Hop",
            "Keep-Alive": "timeout=5",
            "X-Hop": "of this connection",
            TE: "trailers",
            "X-End": "to end",
            "Accept-Encoding": "br",
            "User-Agent": "somebody",
          },
        },
        async ({ request }, url: string) => (await fetch(url, request)).json() as Promise<Echo>,
        echo.url,
      )) as Echo;
      assert.deepEqual(field(sent, "host"), [echo.authority]);
      for (const name of ["keep-alive", "x-hop", "te"])
        assert.deepEqual(field(sent, name), [], name);
      assert.deepEqual(field(sent, "x-end"), ["to end"]);
      assert.deepEqual(field(sent, "accept-encoding"), ["br"]);
      assert.deepEqual(field(sent, "user-agent"), ["somebody"]);
    });

    test("with a Host that the app gives", async () => {
      const sent = await run(
        server,
        async ({ request }, url: string) => {
          const headers = new Headers(request.headers);
          headers.set("host", "named.test");
          return (await fetch(url, { headers })).json() as Promise<Echo>;
        },
        echo.url,
      );
      assert.deepEqual(field(sent, "host"), ["named.test"]);
    });

    test("a body that was read cannot be", async () => {
      const { name } = await runAs(
        server,
        "app",
        { method: "POST", body: "content" },
        async ({ request }, url: string) => {
          await request.text();
          return tell(
            fetch(url, { method: "POST", body: request.body, duplex: "half" } as RequestInit),
          );
        },
        echo.url,
      );
      assert.equal(name, "TypeError");
    });

    test("through a transform of the app's", async () => {
      const sent = (await runAs(
        server,
        "app",
        { method: "POST", body: "content" },
        async ({ request }, url: string) => {
          const upper = new TransformStream<Uint8Array, Uint8Array>({
            transform: (part, into) => into.enqueue(part.map((byte) => byte - 32)),
          });
          const body = request.body!.pipeThrough(upper as never);
          const init = { method: "POST", body, duplex: "half" } as RequestInit;
          return (await fetch(url, init)).json() as Promise<Echo>;
        },
        echo.url,
      )) as Echo;
      assert.equal(sent.text, "CONTENT");
      assert.deepEqual(field(sent, "transfer-encoding"), ["chunked"]);
    });

    /** The server has the head and a part of the body, and waits for the rest. */
    const waiting = async () => {
      let cut: unknown = "nothing";
      const origin = await originOf(scope, async (peer: Peer) => {
        cut = await peer.request().then(
          () => "whole",
          () => "cut",
        );
      });
      return { origin, cut: () => until("the end of the body", () => cut !== "nothing" && cut) };
    };

    for (const how of ["closes", "resets"]) {
      test(`a client that ${how} while it sends ends the call`, async () => {
        const { origin, cut } = await waiting();
        const options = { method: "POST", headers: { "Content-Length": "1000" } };
        const client = await begin(server, options, passOn, origin.url);
        await client.send("a part");
        const peer = await until("the call", () => origin.peers[0]);
        await until("a part", () => peer.connection.buffered > 0);
        if (how === "closes") client.close();
        else client.socket.resetAndDestroy();
        assert.equal(await cut(), "cut");
        assert.notEqual(await peer.ended(), "open");
      });
    }

    test("an early answer reaches a client that still sends", async () => {
      const origin = await originOf(scope, async (peer) => {
        await peer.connection.readRequestHead();
        await peer.send(response(413, {}, "too much"));
      });
      const options = { method: "POST", headers: { "Content-Length": "1000000" } };
      const client = await begin(server, options, passOn, origin.url);
      await client.send("a part");
      const { status, text } = await client.read();
      assert.deepEqual([status, text], [413, "too much"]);
      client.close();
    });

    test("a slow server slows the client down", async () => {
      const slow = await originOf(scope, ({ socket }) => void socket.pause());
      const SIZE = 128 * 1024 * 1024;
      const options = { method: "POST", headers: { "Content-Length": String(SIZE) } };
      const client = await begin(server, options, passOn, slow.url);
      const { socket } = client;
      const part = Buffer.alloc(65_536);
      let sent = 0;
      const more = () => {
        while (sent < SIZE) {
          sent += part.length;
          if (!socket.write(part)) return;
        }
      };
      socket.on("drain", more);
      more();
      let last = -1;
      await until("the client to stand still", async () => {
        const isStill = sent === last;
        last = sent;
        await sleep(200);
        return isStill;
      });
      assert.ok(sent < SIZE / 4, `${sent} bytes were taken`);
      client.close();
    });
  });
});
