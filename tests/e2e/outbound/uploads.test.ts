// Bodies of requests that an app makes: how they are framed, that a slow server slows the app down, those that
// break off, and answers that come early.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { echoing, valuesOf, type Echo } from "../lib/echo.ts";
import { run, serveInside } from "../lib/inside.ts";
import { chunk, originOf, response, type Origin } from "../lib/origin.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";
import { until } from "../../../tools/harness/wait.ts";

describe("bodies of requests", () => {
  const scope = suiteScope();
  let server: Server;
  let echo: Origin;

  before(async () => {
    server = await serveInside(scope);
    echo = await echoing(scope);
  });

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
          (
            await fetch(url, { method: "POST", body: new Function(`return ${source}`)() })
          ).json() as Promise<Echo>,
        echo.url,
        source,
      );
      assert.equal(Buffer.from(sent.text, "latin1").toString(), text);
      assert.deepEqual(valuesOf(sent, "content-length"), [String(Buffer.byteLength(text))]);
      assert.deepEqual(valuesOf(sent, "transfer-encoding"), []);
      assert.deepEqual(valuesOf(sent, "content-type"), type === undefined ? [] : [type]);
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
      assert.deepEqual(valuesOf(sent, "content-length"), length, method);
      assert.deepEqual(valuesOf(sent, "transfer-encoding"), []);
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
    assert.deepEqual(valuesOf(sent, "transfer-encoding"), ["chunked"]);
    assert.deepEqual(valuesOf(sent, "content-length"), []);
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
        const head = await peer.connection.readRequestHead();
        told = head?.method;
        told = await peer.connection.readAll().then(String, (error: unknown) => error);
      });
      await run(
        server,
        ({ kept }, url: string, source: string) => {
          kept.failure = new RangeError("broken");
          kept.gate = Promise.withResolvers<void>();
          const fail = new Function("controller", "kept", source);
          let pulls = 0;
          const body = new ReadableStream({
            async pull(controller) {
              if (pulls++ === 0) return controller.enqueue(new Uint8Array(10));
              await kept.gate.promise;
              fail(controller, kept);
            },
          });
          const init = { method: "POST", body, duplex: "half" } as RequestInit;
          kept.call = fetch(url, init).catch((error: unknown) => error);
        },
        origin.url,
        source,
      );
      await until("the request", () => told === "POST");
      const isReason = await run(server, async ({ kept }) => {
        kept.gate.resolve();
        return (await kept.call) === kept.failure;
      });
      assert.equal(isReason, true);
      await origin.peers[0].ended();
      await until("the server to be told", () => told !== "POST");
      // Neither all of it, nor its end.
      assert.doesNotMatch(String(told), /\r\n0\r\n/);
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
