// Bodies of responses on their way: those that nobody reads, those that go straight to the app's own client,
// events, and clients that are slow or leave.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { begin, run, runAs, serveAllInside, type Action } from "../lib/inside.ts";
import { answering, chunk, originOf, response, type Origin, type Peer } from "../lib/origin.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";
import { until } from "../../../tools/harness/wait.ts";

const MIB = 1024 * 1024;

/** What two ends of a connection may have in the system's buffers, which it makes larger as it likes. */
function systemHolds(): number {
  const most = (name: string) =>
    Number(readFileSync(`/proc/sys/net/ipv4/${name}`, "utf8").trim().split(/\s+/)[2]);
  return most("tcp_rmem") + most("tcp_wmem");
}
/** More than there is on the way to a client that does not read, with one connection to the origin and one to it. */
const ON_THE_WAY = 2 * systemHolds() + 4 * MIB;
const SIZE = Math.max(100 * MIB, ON_THE_WAY + 32 * MIB);
/** For all of it, on any machine. */
const PATIENCE = 120_000;

/** The ways of an app to pass a response on. */
const WAYS: [string, Action<[string], Response>][] = [
  ["return fetch(url)", async (_, url) => fetch(url) as Promise<Response>],
  [
    "new Response(upstream.body, upstream)",
    async (_, url) => {
      const upstream = await fetch(url);
      return new Response(upstream.body, upstream);
    },
  ],
  [
    "through a transform",
    async (_, url) => {
      const upstream = await fetch(url);
      return new Response(upstream.body!.pipeThrough(new TransformStream()), upstream);
    },
  ],
  [
    "through a reader and a controller",
    async (_, url) => {
      const reader = (await fetch(url)).body!.getReader();
      return new Response(
        new ReadableStream({
          async pull(controller) {
            const { done, value } = await reader.read();
            if (done) controller.close();
            else controller.enqueue(value);
          },
          cancel: (reason) => reader.cancel(reason),
        }),
      );
    },
  ],
];

describe("bodies of responses", () => {
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    server = await serveAllInside(scope, {
      app: {},
      single: { outbound: { connections: 1 } },
    });
  });

  /** Offers as much as is taken, up to a size; `taken` counts. */
  async function offering(size = SIZE): Promise<Origin & { taken: number }> {
    const part = Buffer.alloc(65_536, "x");
    const origin = (await originOf(scope, async (peer) => {
      await peer.request();
      peer.socket.write(response(200, { "Content-Length": String(size) }));
      for (let sent = 0; sent < size && peer.ending === "open"; sent += part.length) {
        const { promise, resolve } = Promise.withResolvers<void>();
        peer.socket.write(part, () => resolve());
        await promise;
        origin.taken += part.length;
      }
    })) as Origin & { taken: number };
    origin.taken = 0;
    return origin;
  }

  async function stillOf(what: string, value: () => number): Promise<number> {
    let last = -1;
    await until(`${what} to stand still`, async () => {
      const isStill = value() === last && last > 0;
      last = value();
      await sleep(200);
      return isStill;
    });
    return last;
  }

  describe("that nobody reads", () => {
    test("stay with the server", async () => {
      const origin = await offering();
      await run(
        server,
        async ({ kept }, url: string) => {
          kept.response = await fetch(url);
        },
        origin.url,
      );
      // 256 KiB and what the system's buffers of both sides hold.
      const taken = await stillOf("the server", () => origin.taken);
      assert.ok(taken < systemHolds() + 4 * MIB, `${taken} bytes were taken`);
      // It can be read later.
      const length = await run(
        server,
        async ({ kept }) => (await kept.response.arrayBuffer()).byteLength as number,
      );
      assert.equal(length, SIZE);
    });

    for (const isBusy of [false, true]) {
      const what = isBusy ? "of an app that is busy" : "of an app that is idle";
      test(`let their connection go when nobody holds the Response: ${what}`, async () => {
        const origin = await offering();
        const drop = async (_: unknown, url: string) => void (await fetch(url));
        await runAs(server, "single", {}, drop, origin.url);
        const small = await answering(scope, () => response(200, {}, "through"));
        const read = async (_: unknown, url: string) => (await fetch(url)).text();
        let isOver = false;
        const busy = (async () => {
          while (isBusy && !isOver) {
            await runAs(server, "single", {}, () => "busy");
            await sleep(20);
          }
        })();
        try {
          // Before the limit on connecting, of 10 s.
          assert.equal(await runAs(server, "single", {}, read, small.url), "through");
        } finally {
          isOver = true;
          await busy;
        }
        assert.notEqual(await origin.peers[0].ended(), "open");
      });
    }

    test("let it go when their stream is cancelled", async () => {
      const origin = await offering();
      await run(
        server,
        async (_, url: string) => {
          const { body } = await fetch(url);
          await body!.cancel("enough");
        },
        origin.url,
      );
      assert.notEqual(await origin.peers[0].ended(), "open");
    });

    test("keep it for the next call when they are short and have come", async () => {
      const origin = await answering(scope, () => response(200, {}, "short"));
      for (let i = 0; i < 3; i++) {
        await run(
          server,
          async (_, url: string) => void (await (await fetch(url)).body!.cancel()),
          origin.url,
        );
        await sleep(20);
      }
      assert.equal(origin.peers.length, 1);
    });

    test("are held by the Response alone, through collections", async () => {
      const origin = await offering(1024 * 1024);
      await run(
        server,
        async ({ kept }, url: string) => {
          kept.response = await fetch(url);
          for (let i = 0; i < 50; i++) new Uint8Array(4 * 1024 * 1024);
        },
        origin.url,
      );
      const length = await run(
        server,
        async ({ kept }) => (await kept.response.arrayBuffer()).byteLength as number,
      );
      assert.equal(length, 1024 * 1024);
    });
  });

  for (const [way, action] of WAYS) {
    describe(way, () => {
      test("a slow client slows the server down", async () => {
        const origin = await offering();
        const client = await begin(server, {}, action, origin.url);
        client.socket.pause();
        const taken = await stillOf("the server", () => origin.taken);
        assert.ok(taken < ON_THE_WAY, `${taken} bytes were taken`);
        client.socket.resume();
        const { body } = await client.read("GET", PATIENCE);
        assert.equal(body.length, SIZE);
        client.close();
      });

      for (const how of ["closes", "resets"]) {
        test(`a client that ${how} ends the call`, async () => {
          const origin = await offering();
          const client = await begin(server, {}, action, origin.url);
          await client.readSome();
          if (how === "closes") client.close();
          else client.socket.resetAndDestroy();
          assert.notEqual(await origin.peers[0].ended(), "open");
        });
      }

      test("a client that says no more still gets its response", async () => {
        const origin = await originOf(scope, async (peer) => {
          await peer.request();
          await sleep(50);
          await peer.send(response(200, { "Transfer-Encoding": "chunked" }));
          await peer.send(chunk("first "));
          await sleep(50);
          await peer.send(Buffer.concat([chunk("second"), chunk("")]));
        });
        const client = await begin(server, {}, action, origin.url);
        client.end();
        assert.equal((await client.read()).text, "first second");
        client.close();
      });

      test("events pass one by one", async () => {
        let peer: Peer | undefined;
        const origin = await originOf(scope, async (each) => {
          await each.request();
          const fields = { "Content-Type": "text/event-stream", "Transfer-Encoding": "chunked" };
          await each.send(response(200, fields));
          peer = each;
        });
        const client = await begin(server, {}, action, origin.url);
        const { send } = await until("the call", () => peer && { send: peer.send.bind(peer) });
        let received = "";
        for (let i = 0; i < 5; i++) {
          // The next one is sent when this one has come.
          await send(chunk(`data: ${i}\n\n`));
          while (!received.includes(`data: ${i}\n\n`)) {
            const part = await client.readSome();
            assert.notEqual(part.length, 0);
            received += part.toString();
          }
        }
        client.close();
        assert.notEqual(await peer!.ended(), "open");
      });

      test("a client that leaves between two events ends the call", async () => {
        const origin = await originOf(scope, async (peer) => {
          await peer.request();
          await peer.send(response(200, { "Transfer-Encoding": "chunked" }));
          await peer.send(chunk("data: 0\n\n"));
        });
        const client = await begin(server, {}, action, origin.url);
        let received = "";
        while (!received.includes("data: 0")) received += (await client.readSome()).toString();
        client.close();
        assert.notEqual(await origin.peers[0].ended(), "open");
      });

      for (const how of ["end", "resetAndDestroy"] as const) {
        test(`a response that breaks off does so for the client: ${how}`, async () => {
          const origin = await originOf(scope, async (peer) => {
            await peer.request();
            await peer.send(response(200, { "Transfer-Encoding": "chunked" }));
            await peer.send(chunk("part"));
            await sleep(20);
            peer.socket[how]();
          });
          const client = await begin(server, {}, action, origin.url);
          await assert.rejects(client.read(), /ended|ECONNRESET/);
          client.close();
        });
      }

      test("an empty body", async () => {
        const origin = await originOf(scope, async (peer) => {
          await peer.request();
          await peer.send(response(200, { "Transfer-Encoding": "chunked" }));
          await sleep(10);
          await peer.send(chunk(""));
        });
        const client = await begin(server, {}, action, origin.url);
        assert.equal((await client.read()).text, "");
        client.close();
      });
    });
  }

  test("a call that is told of the client's leaving ends before its head has come", async () => {
    const origin = await originOf(scope, (peer) => peer.request());
    const client = await begin(
      server,
      {},
      async ({ request }, url) => fetch(url, { signal: request.signal }) as Promise<Response>,
      origin.url,
    );
    const peer = await until("the call", () => origin.peers[0]);
    client.close();
    assert.notEqual(await peer.ended(), "open");
  });

  test("what was read from goes on where it was", async () => {
    const origin = await originOf(scope, async (peer) => {
      await peer.request();
      await peer.send(response(200, { "Transfer-Encoding": "chunked" }));
      await peer.send(chunk("first "));
      await sleep(20);
      await peer.send(Buffer.concat([chunk("second"), chunk("")]));
    });
    const client = await begin(
      server,
      {},
      async (_, url) => {
        const { body } = await fetch(url);
        const reader = body!.getReader();
        await reader.read();
        reader.releaseLock();
        return new Response(body);
      },
      origin.url,
    );
    const { status } = await client.read();
    // A body that has been read from cannot be another's (Fetch Standard, "extract").
    assert.equal(status, 555);
    client.close();
  });
});
