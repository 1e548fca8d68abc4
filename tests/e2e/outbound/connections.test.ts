// Connections to servers: which calls share one, which do not, what becomes of one that has died or that a
// server speaks on unasked, and how they are closed.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { run, runAs, serveAllInside } from "../lib/inside.ts";
import { answering, originOf, response, type Origin, type Peer } from "../lib/origin.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";
import { until } from "../../../tools/harness/wait.ts";

/** Runs in the app: the text of a response, or the code of the failure. */
const textOf = (_: unknown, url: string, init: RequestInit = {}) =>
  fetch(url, init).then(
    (response) => response.text(),
    (error) => error.cause.code as string,
  );

describe("connections", () => {
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    server = await serveAllInside(scope, {
      app: {},
      other: {},
      single: { outbound: { connections: 1 } },
      four: { outbound: { connections: 4 } },
    });
  });

  const ask = (origin: Origin, init: RequestInit = {}) => run(server, textOf, origin.url, init);

  test("one call after the other uses the same", async () => {
    const origin = await answering(scope, ({ target }) => response(200, {}, target));
    for (let i = 0; i < 5; i++) assert.equal(await ask(origin), "/");
    assert.equal(await ask(origin, { method: "POST", body: "content" }), "/");
    assert.equal(origin.peers.length, 1);
  });

  test("two apps never do", async () => {
    const origin = await answering(scope, () => response(200));
    for (const app of ["app", "other", "app", "other"]) {
      await runAs(server, app, {}, textOf, origin.url, {});
    }
    assert.deepEqual(
      origin.peers.map(({ requests }) => requests.length),
      [2, 2],
    );
  });

  test("no more than the app may have, and all calls have their turn", async () => {
    let open = 0;
    let most = 0;
    const origin = await answering(scope, async ({ target }) => {
      most = Math.max(most, ++open);
      await sleep(5);
      open--;
      return response(200, {}, target);
    });
    const texts = await runAs(
      server,
      "four",
      {},
      (_, url: string) =>
        Promise.all(
          Array.from({ length: 30 }, async (_, index) => (await fetch(`${url}/${index}`)).text()),
        ),
      origin.url,
    );
    assert.deepEqual(
      texts,
      Array.from({ length: 30 }, (_, index) => `/${index}`),
    );
    assert.equal(origin.peers.length, 4);
    assert.equal(most, 4);
  });

  test("one that waits makes room for one to another server, and ends in order", async () => {
    const first = await answering(scope, () => response(200, {}, "first"));
    const second = await answering(scope, () => response(200, {}, "second"));
    assert.equal(await runAs(server, "single", {}, textOf, first.url, {}), "first");
    assert.equal(await runAs(server, "single", {}, textOf, second.url, {}), "second");
    assert.equal(await first.peers[0].ended(), "fin");
    assert.equal(await runAs(server, "single", {}, textOf, first.url, {}), "first");
    assert.equal(first.peers.length, 2);
  });

  test("the server's time for it is heeded, less a second", async () => {
    for (const [timeout, count] of [
      ["timeout=1", 2],
      ["timeout=1, max=100", 2],
      ["max=100, timeout=60", 1],
      ["timeout=60", 1],
    ] as const) {
      const origin = await answering(scope, () => response(200, { "Keep-Alive": timeout }));
      await ask(origin);
      await ask(origin);
      assert.equal(origin.peers.length, count, timeout);
    }
    const origin = await answering(scope, () => response(200, { "Keep-Alive": "timeout=2" }));
    await ask(origin);
    await sleep(1_100);
    await ask(origin);
    assert.equal(origin.peers.length, 2);
  });

  for (const status of [200, 204, 302, 404, 500]) {
    test(`Connection: close with ${status}`, async () => {
      const origin = await answering(scope, () =>
        response(status, { Connection: "close", ...(status === 204 && { "Content-Length": "0" }) }),
      );
      await ask(origin);
      assert.equal(await origin.peers[0].ended(), "fin");
      await ask(origin);
      assert.equal(origin.peers.length, 2);
    });
  }

  test("HTTP/1.0 closes, unless it says otherwise", async () => {
    const serve = (fields: string) =>
      answering(scope, () =>
        Buffer.from(`HTTP/1.0 200 OK\r\n${fields}Content-Length: 4\r\n\r\ntext`),
      );
    const closing = await serve("");
    for (let i = 0; i < 2; i++) assert.equal(await ask(closing), "text");
    assert.equal(closing.peers.length, 2);
    const keeping = await serve("Connection: keep-alive\r\n");
    for (let i = 0; i < 2; i++) assert.equal(await ask(keeping), "text");
    assert.equal(keeping.peers.length, 1);
  });

  describe("that have died", () => {
    /** Answers the first request of its first connection, and ends that without a word at the second. */
    const dying = (how: "end" | "resetAndDestroy", ofAll = false) =>
      originOf(scope, async (peer: Peer) => {
        const isFirst = origin().peers[0] === peer;
        await peer.request();
        if (!isFirst && ofAll) return peer.socket[how]();
        await peer.send(response(200, {}, "answered"));
        if (!isFirst) return peer.answer(() => response(200, {}, "answered"));
        await peer.connection.readRequestHead();
        peer.socket[how]();
      }).then((made) => (current = made));
    let current: Origin;
    const origin = () => current;

    for (const how of ["end", "resetAndDestroy"] as const) {
      test(`when used again are replaced, once: ${how}`, async () => {
        const origin = await dying(how);
        assert.equal(await ask(origin), "answered");
        assert.equal(await ask(origin), "answered");
        assert.equal(origin.peers.length, 2);
      });

      test(`and the call is not tried a third time: ${how}`, async () => {
        const origin = await dying(how, true);
        assert.equal(await ask(origin), "answered");
        assert.equal(await ask(origin), "ECONNRESET");
        assert.equal(origin.peers.length, 2);
      });

      test(`so is a body of bytes: ${how}`, async () => {
        const origin = await dying(how);
        assert.equal(await ask(origin), "answered");
        assert.equal(await ask(origin, { method: "POST", body: "content" }), "answered");
        assert.equal(origin.peers[1].requests[0].text, "content");
      });

      test(`but not a stream that has begun: ${how}`, async () => {
        const origin = await originOf(scope, async (peer) => {
          await peer.request();
          await peer.send(response(200, {}, "answered"));
          await peer.connection.readRequestHead();
          await peer.connection.readSome();
          peer.socket[how]();
        });
        assert.equal(await ask(origin), "answered");
        const code = await run(
          server,
          async (_, url: string) => {
            const body = new ReadableStream({
              async pull(controller) {
                await new Promise((done) => setTimeout(done, 10));
                controller.enqueue(new Uint8Array(10));
              },
            });
            const init = { method: "POST", body, duplex: "half" } as RequestInit;
            return (await tell(fetch(url, init))).cause!.code;
          },
          origin.url,
        );
        assert.equal(code, "ECONNRESET");
        assert.equal(origin.peers.length, 1);
      });

      test(`a first one is not tried again: ${how}`, async () => {
        const origin = await originOf(scope, async (peer) => {
          await peer.request();
          peer.socket[how]();
        });
        assert.equal(await ask(origin), "ECONNRESET");
        assert.equal(origin.peers.length, 1);
      });

      test(`while they waited are not used: ${how}`, async () => {
        const origin = await originOf(scope, async (peer) => {
          await peer.request();
          await peer.send(response(200, {}, "answered"));
          await sleep(20);
          peer.socket[how]();
        });
        for (let i = 0; i < 3; i++) {
          assert.equal(await ask(origin, { method: "POST", body: "content" }), "answered");
          await sleep(40);
        }
        assert.equal(origin.peers.length, 3);
      });
    }
  });

  describe("on which a server speaks unasked", () => {
    const POISON = response(200, {}, "poison");

    test("right behind its answer", async () => {
      const origin = await answering(scope, () =>
        Buffer.concat([response(200, {}, "text"), POISON]),
      );
      for (let i = 0; i < 3; i++) assert.equal(await ask(origin), "text");
      assert.equal(origin.peers.length, 3);
    });

    test("behind an answer without a body", async () => {
      const origin = await answering(scope, () =>
        response(304, { "Content-Length": "6" }, "poison"),
      );
      for (let i = 0; i < 3; i++) assert.equal(await ask(origin), "");
      assert.equal(origin.peers.length, 3);
    });

    test("later", async () => {
      const origin = await answering(scope, (_, peer) => {
        setTimeout(() => peer.send(POISON).catch(() => {}), 20);
        return response(200, {}, "text");
      });
      for (let i = 0; i < 3; i++) {
        assert.equal(await ask(origin), "text");
        await sleep(40);
      }
      assert.equal(origin.peers.length, 3);
    });

    test("in the very moment in which it is used again", async () => {
      // The app asks at once, in the same turn in which it has read the first answer.
      const origin = await answering(scope, ({ target }, peer) => {
        if (target === "/first") setImmediate(() => void peer.send(POISON).catch(() => {}));
        return response(200, {}, target);
      });
      for (let i = 0; i < 20; i++) {
        const texts = await run(
          server,
          async (_, url: string) => {
            await (await fetch(`${url}/first`)).text();
            await new Promise((done) => setTimeout(done, 50));
            return (await fetch(`${url}/second`)).text();
          },
          origin.url,
        );
        assert.equal(texts, "/second");
      }
    });
  });

  test("a server that is stopped ends them in order", async () => {
    const own = await serveAllInside(scope, { app: {} });
    const origin = await answering(scope, () => response(200));
    await run(own, textOf, origin.url, {});
    await own.stop();
    assert.equal(await origin.peers[0].ended(), "fin");
  });

  test("but first ends the calls that are under way", async () => {
    const own = await serveAllInside(scope, { app: {} });
    const gate = Promise.withResolvers<void>();
    const origin = await answering(scope, async () => {
      await gate.promise;
      return response(200, {}, "late");
    });
    const text = run(own, textOf, origin.url, {});
    await until("the call", () => origin.requests.length === 1);
    const stopped = own.stop();
    await own.waitForLog("the end to begin", ({ msg }) => /stop|shut|SIGTERM/i.test(msg));
    gate.resolve();
    assert.equal(await text, "late");
    assert.equal((await stopped).status, 0);
    assert.equal(await origin.peers[0].ended(), "fin");
  });

  test("an isolate that is thrown away ends its calls", async () => {
    const origin = await originOf(scope, (peer) => peer.request());
    const call = runAs(server, "other", {}, textOf, origin.url, {});
    call.catch(() => {});
    const peer = await until("the call", () => origin.requests.length === 1 && origin.peers[0]);
    const hoard = runAs(server, "other", {}, () => {
      const all: unknown[] = [];
      for (;;) all.push(new Array(10_000).fill({}));
    });
    await assert.rejects(hoard, /reached its memory limit/);
    await assert.rejects(call);
    assert.equal(await peer.ended(), "fin");
  });
});
