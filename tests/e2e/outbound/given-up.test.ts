// Calls that are given up though nobody aborts them: the response is dropped, the client leaves that was to
// get it. What was sent with them ends too.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { until } from "../../../tools/harness/wait.ts";
import { begin, run, serveInside } from "../lib/inside.ts";
import { chunk, originOf, type Origin } from "../lib/origin.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";

describe("a call that is given up", () => {
  const scope = suiteScope();
  let server: Server;
  let origin: Origin;

  before(async () => {
    server = await serveInside(scope);
    // Answers before it has the request, and without end.
    origin = await originOf(scope, async (peer) => {
      peer.socket.once("data", () => {
        const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        void peer.send(Buffer.concat([Buffer.from(head), chunk("first")]));
      });
    });
  });

  test("by dropping its response has its request's stream cancelled", async () => {
    await run(
      server,
      async ({ kept }, url: string) => {
        kept.reason = undefined;
        const body = new ReadableStream({
          start: (controller) => controller.enqueue(new Uint8Array(10)),
          cancel: (reason) => void (kept.reason = reason),
        });
        await fetch(url, { method: "POST", body, duplex: "half" } as RequestInit);
      },
      origin.url,
    );
    const reason = await until("the stream's end", () =>
      run(server, ({ kept }) => {
        // For the collector.
        for (let i = 0; i < 20; i++) new Uint8Array(10_000_000);
        return kept.reason && [kept.reason.name, kept.reason.cause.code];
      }),
    );
    assert.deepEqual(reason, ["TypeError", "ERR_RESPONSE_DROPPED"]);
    await origin.peers.at(-1)!.ended();
  });

  // Nothing of the app holds the response then, which was not asked for at once.
  for (const way of ["response", "copy", "clone", "text", "stream"]) {
    test(`is none whose ${way} is sent on after a while, whatever the collector does`, async () => {
      const goesOn = Promise.withResolvers<void>();
      const slow = await originOf(scope, async (peer) => {
        await peer.request();
        await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst");
        await goesOn.promise;
        await peer.send("-last");
      });
      const client = await begin(
        server,
        {},
        async ({ kept }, url: string, way: string) => {
          kept.isPast = false;
          const response = (await fetch(url)) as Response;
          await new Promise((resolve) => setTimeout(resolve, 1));
          kept.isPast = true;
          if (way === "response") return response;
          if (way === "copy") return new Response(response.body, response);
          if (way === "clone") return response.clone();
          if (way === "text") return new Response(await response.text());
          return new Response(response.body!.pipeThrough(new TransformStream()));
        },
        slow.url,
        way,
      );
      await until("the response", () => run(server, ({ kept }) => kept.isPast));
      await run(server, ({ kept }) => void (kept.witness = new WeakRef({})));
      await until("a collection", () =>
        run(server, ({ kept }) => {
          for (let i = 0; i < 20; i++) new Uint8Array(10_000_000);
          return kept.witness.deref() === undefined;
        }),
      );
      goesOn.resolve();
      assert.equal((await client.read()).text, "first-last");
      client.close();
    });
  }

  test("since the client leaves has its request's stream cancelled", async () => {
    const client = await begin(
      server,
      {},
      ({ kept }, url: string) => {
        kept.reason = undefined;
        const body = new ReadableStream({
          start: (controller) => controller.enqueue(new Uint8Array(10)),
          cancel: (reason) => void (kept.reason = reason),
        });
        return fetch(url, { method: "POST", body, duplex: "half" } as RequestInit);
      },
      origin.url,
    );
    await client.readHead();
    client.socket.destroy();
    await until("the stream's end", () => run(server, ({ kept }) => kept.reason !== undefined));
    await origin.peers.at(-1)!.ended();
  });

  for (const how of ["closes", "resets"] as const) {
    test(`since the client ${how} within its request and its response is nobody's failure`, async () => {
      const client = await begin(
        server,
        { method: "POST", headers: { "Content-Length": "100000" } },
        ({ request, kept }, url: string) => {
          kept.isAborted = false;
          request.signal.addEventListener("abort", () => void (kept.isAborted = true));
          const { body } = request;
          return fetch(url, { method: "POST", body, duplex: "half" } as RequestInit);
        },
        origin.url,
      );
      await client.readHead();
      if (how === "closes") client.socket.destroy();
      else client.socket.resetAndDestroy();
      await until("the signal", () => run(server, ({ kept }) => kept.isAborted));
      await origin.peers.at(-1)!.ended();
      assert.doesNotMatch(server.output, /"level":"(error|warn)"/);
    });
  }

  for (const how of ["signal", "stream"] as const) {
    test(`by the app, by its ${how}, while its response is passed on cuts that off`, async () => {
      const client = await begin(
        server,
        {},
        ({ kept }, url: string, how: string) => {
          const { signal } = (kept.controller = new AbortController());
          if (how === "signal") return fetch(url, { signal });
          const body = new ReadableStream({
            start: (controller) => void (kept.stream = controller),
          });
          return fetch(url, { method: "POST", body, duplex: "half" } as RequestInit);
        },
        origin.url,
        how,
      );
      await client.readHead();
      await run(
        server,
        ({ kept }, how: string) => {
          if (how === "signal") kept.controller.abort();
          else kept.stream.error(new Error("no more"));
        },
        how,
      );
      assert.equal((await client.readAll()).toString(), chunk("first").toString());
      client.socket.destroy();
      await origin.peers.at(-1)!.ended();
    });
  }
});
