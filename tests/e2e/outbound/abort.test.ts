// AbortSignals of fetch(), at each stage of a call: the app gets the reason, the server sees the connection
// end, and no descriptor stays behind.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { fullListener } from "../lib/full-listener.ts";
import { begin, run, serveInside } from "../lib/inside.ts";
import { answering, chunk, originOf, response, type Origin } from "../lib/origin.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";
import { until } from "../../../tools/harness/wait.ts";

describe("aborting", () => {
  const scope = suiteScope();
  let server: Server;
  let silent: Origin;

  before(async () => {
    server = await serveInside(scope, { outbound: { connections: 4 } });
    // Takes connections and says nothing.
    silent = await originOf(scope, () => {});
    // What a first call makes, it keeps.
    const once = await answering(scope, () => response(200, { Connection: "close" }));
    await run(server, async (_, url: string) => (await fetch(url)).text(), once.url);
  });

  const descriptors = () => readdirSync(`/proc/${server.workers()[0]}/fd`).length;

  /** The descriptors are what they were, once the worker has seen everything end. */
  async function withoutLeak(action: () => Promise<void>): Promise<void> {
    const count = descriptors();
    await action();
    await until("the descriptors to be closed", () => descriptors() <= count);
  }

  /** Begins a call in the app, whose end is asked for by `aborted`. */
  async function start(url: string, init: RequestInit = {}): Promise<void> {
    await run(
      server,
      ({ kept }, url: string, init: RequestInit) => {
        const controller = (kept.controller = new AbortController());
        kept.outcome = fetch(url, { ...init, signal: controller.signal }).then(
          (response) => ((kept.response = response), "a response"),
          (error) => (error === kept.reason ? "the reason" : String(error)),
        );
      },
      url,
      init,
    );
  }

  const aborted = () =>
    run(server, async ({ kept }) => {
      kept.controller.abort((kept.reason = { any: "value" }));
      return kept.outcome;
    });

  test("before the call", async () => {
    const origin = await originOf(scope, () => {});
    const told = await run(
      server,
      async (_, url: string) => {
        const reason = new RangeError("before");
        let isCancelled = false;
        const body = new ReadableStream({ cancel: (why) => void (isCancelled = why === reason) });
        const signal = AbortSignal.abort(reason);
        const init = { method: "POST", body, duplex: "half", signal } as RequestInit;
        const failure = await fetch(url, init).catch((error) => error);
        return [failure === reason, isCancelled];
      },
      origin.url,
    );
    assert.deepEqual(told, [true, true]);
    assert.equal(origin.peers.length, 0);
  });

  test("without a reason of the app's it is an AbortError", async () => {
    const name = await run(
      server,
      async (_, url: string) => {
        const controller = new AbortController();
        const failure = tell(fetch(url, { signal: controller.signal }));
        controller.abort();
        return (await failure).name;
      },
      silent.url,
    );
    assert.equal(name, "AbortError");
  });

  test("by the time", async () => {
    const { name } = await run(
      server,
      (_, url: string) => tell(fetch(url, { signal: AbortSignal.timeout(50) })),
      silent.url,
    );
    assert.equal(name, "TimeoutError");
  });

  test("by one of several signals, also of a Request", async () => {
    const told = await run(
      server,
      async (_, url: string) => {
        const first = new AbortController();
        const second = new AbortController();
        const signal = AbortSignal.any([first.signal, second.signal]);
        const outcome = fetch(new Request(url, { signal })).catch((error) => error);
        second.abort("the second");
        return outcome;
      },
      silent.url,
    );
    assert.equal(told, "the second");
  });

  test("while it waits for one of the connections that the app may have", () =>
    withoutLeak(async () => {
      const silent = await originOf(scope, () => {});
      await run(
        server,
        ({ kept }, url: string) => {
          kept.taking = new AbortController();
          for (let i = 0; i < 4; i++) fetch(url, { signal: kept.taking.signal }).catch(() => {});
        },
        silent.url,
      );
      await until("connections", () => silent.peers.length === 4);
      await start(silent.url);
      assert.equal(await aborted(), "the reason");
      await run(server, ({ kept }) => kept.taking.abort());
      await Promise.all(silent.peers.map((peer) => peer.ended()));
    }));

  test("while it connects", () =>
    withoutLeak(async () => {
      const full = await fullListener(scope);
      await full.triedBy(() => start(`http://127.0.0.1:${full.port}/`));
      assert.equal(await aborted(), "the reason");
    }));

  test("in the TLS handshake", () =>
    withoutLeak(async () => {
      const silent = await originOf(scope, () => {});
      await start(silent.url.replace("http:", "https:"));
      const peer = await until("a connection", () => silent.peers[0]);
      await until("the hello", () => peer.connection.buffered > 0);
      assert.equal(await aborted(), "the reason");
      assert.notEqual(await peer.ended(), "open");
    }));

  for (const kind of ["bytes", "a stream"]) {
    test(`while it sends a large body of ${kind}`, () =>
      withoutLeak(async () => {
        // A server that reads nothing.
        const deaf = await originOf(scope, ({ socket }) => void socket.pause());
        await run(
          server,
          ({ kept }, url: string, kind: string) => {
            const controller = (kept.controller = new AbortController());
            const part = new Uint8Array(1024 * 1024);
            kept.pulls = 0;
            kept.cancelled = undefined;
            const stream = new ReadableStream({
              pull(into) {
                kept.pulls++;
                into.enqueue(part);
              },
              cancel: (reason) => void (kept.cancelled = reason),
            });
            const body = kind === "bytes" ? new Uint8Array(32 * 1024 * 1024) : stream;
            const init = { method: "POST", body, duplex: "half", signal: controller.signal };
            kept.outcome = fetch(url, init as RequestInit).then(
              () => "a response",
              (error) => (error === kept.reason ? "the reason" : String(error)),
            );
          },
          deaf.url,
          kind,
        );
        await until("a connection", () => deaf.peers[0]);
        assert.equal(await aborted(), "the reason");
        if (kind === "a stream") {
          assert.equal(await run(server, ({ kept }) => kept.cancelled === kept.reason), true);
        }
        deaf.peers[0].socket.resume();
        assert.notEqual(await deaf.peers[0].ended(), "open");
      }));
  }

  test("while it waits for the head", () =>
    withoutLeak(async () => {
      const silent = await originOf(scope, () => {});
      await start(silent.url);
      const peer = await until("a connection", () => silent.peers[0]);
      await until("the request", () => peer.connection.buffered > 0);
      assert.equal(await aborted(), "the reason");
      assert.equal(await peer.ended(), "fin");
    }));

  test("between redirects", () =>
    withoutLeak(async () => {
      const silent = await originOf(scope, () => {});
      const moving = await answering(scope, () => response(302, { Location: silent.url }));
      await start(moving.url);
      const peer = await until("a connection", () => silent.peers[0]);
      assert.equal(await aborted(), "the reason");
      assert.equal(await peer.ended(), "fin");
      moving.close();
    }));

  // The first part comes, and nothing more.
  const beginning = (coding: string, part: Buffer) =>
    originOf(scope, async (peer) => {
      await peer.request();
      const fields = {
        "Transfer-Encoding": "chunked",
        ...(coding && { "Content-Encoding": coding }),
      };
      await peer.send(Buffer.concat([response(200, fields), chunk(part)]));
    });

  for (const [stage, coding, part] of [
    ["reads the body", "", Buffer.from("first")],
    ["reads a body that is decoded", "gzip", gzipSync(randomBytes(100_000)).subarray(0, 50_000)],
  ] as const) {
    test(`while it ${stage}, in parts`, () =>
      withoutLeak(async () => {
        const origin = await beginning(coding, part);
        await start(origin.url);
        const told = await run(server, async ({ kept }) => {
          await kept.outcome;
          const reader = kept.response.body.getReader();
          const { value } = await reader.read();
          let rest = reader.read();
          // What has come is given first.
          while (
            await Promise.race([rest.then(() => true), new Promise((done) => setTimeout(done, 50))])
          ) {
            rest = reader.read();
          }
          kept.controller.abort((kept.reason = { any: "value" }));
          const failure = await rest.catch((error: unknown) => error);
          return [value.length > 0, failure === kept.reason];
        });
        assert.deepEqual(told, [true, true]);
        assert.equal(await origin.peers[0].ended(), "fin");
      }));

    test(`while it ${stage}, as a whole`, () =>
      withoutLeak(async () => {
        const origin = await beginning(coding, part);
        await start(origin.url);
        const told = await run(server, async ({ kept }) => {
          await kept.outcome;
          const text = kept.response.text();
          kept.controller.abort((kept.reason = { any: "value" }));
          return (await text.catch((error: unknown) => error)) === kept.reason;
        });
        assert.equal(told, true);
        // A reset, if not all of the part had been read by then.
        assert.notEqual(await origin.peers[0].ended(), "open");
      }));
  }

  test("a body that nobody reads", () =>
    withoutLeak(async () => {
      const origin = await beginning("", Buffer.from("first"));
      await start(origin.url);
      const told = await run(server, async ({ kept }) => {
        await kept.outcome;
        kept.controller.abort((kept.reason = { any: "value" }));
        return (await kept.response.text().catch((error: unknown) => error)) === kept.reason;
      });
      assert.equal(told, true);
      assert.equal(await origin.peers[0].ended(), "fin");
    }));

  for (const way of ["as it comes", "through a transform"]) {
    test(`while the body goes to the app's own client, ${way}`, () =>
      withoutLeak(async () => {
        const origin = await beginning("", Buffer.from("first"));
        const client = await begin(
          server,
          {},
          async ({ kept }, url, way) => {
            kept.controller = new AbortController();
            const upstream = await fetch(url, { signal: kept.controller.signal });
            if (way === "as it comes") return upstream;
            return new Response(upstream.body!.pipeThrough(new TransformStream()), upstream);
          },
          origin.url,
          way,
        );
        let received = "";
        while (!received.includes("first")) received += (await client.readSome()).toString();
        await run(server, ({ kept }) => kept.controller.abort(new RangeError("enough of it")));
        // It has to see that this is not all.
        await assert.rejects(client.read(), /ended|ECONNRESET/);
        client.close();
        assert.equal(await origin.peers[0].ended(), "fin");
        await server.waitForLog("why", ({ msg }) => msg.includes("enough of it"));
      }));
  }

  test("after the end it changes nothing", async () => {
    const origin = await answering(scope, () => response(200, {}, "all"));
    const told = await run(
      server,
      async (_, url: string) => {
        const controller = new AbortController();
        const response = await fetch(url, { signal: controller.signal });
        const text = await response.text();
        controller.abort();
        return [text, await (await fetch(url)).text()];
      },
      origin.url,
    );
    assert.deepEqual(told, ["all", "all"]);
    assert.equal(origin.peers.length, 1);
  });
});
