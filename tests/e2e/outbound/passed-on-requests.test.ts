// Requests that an app passes on: their bodies, with the length that they have, their header fields, and clients
// and servers that leave or are slow meanwhile.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { echoing, hashOf, valuesOf, type Echo } from "../lib/echo.ts";
import { begin, pathOf, run, runAs, serveInside } from "../lib/inside.ts";
import { chunk, originOf, response, type Origin, type Peer } from "../lib/origin.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";
import { Connection, request } from "../../../tools/harness/http.ts";
import { until } from "../../../tools/harness/wait.ts";

/** Runs in the app: passes the request on. */
const passOn = async ({ request }: { request: Request }, url: string) =>
  fetch(new Request(url, request));

describe("requests that are passed on", () => {
  const scope = suiteScope();
  let server: Server;
  let echo: Origin;

  before(async () => {
    server = await serveInside(scope, {}, {}, { limits: { body_bytes: "1GiB" } });
    echo = await echoing(scope);
  });

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
    assert.equal(sent.hash, hashOf(content));
    assert.equal(sent.method, "POST");
    assert.deepEqual(valuesOf(sent, "content-length"), ["3000000"]);
    assert.deepEqual(valuesOf(sent, "transfer-encoding"), []);
    assert.deepEqual(valuesOf(sent, "x-kept"), ["yes"]);
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
    assert.deepEqual(valuesOf(sent, "transfer-encoding"), ["chunked"]);
    assert.deepEqual(valuesOf(sent, "content-length"), []);
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
    assert.deepEqual(valuesOf(sent, "host"), [echo.authority]);
    for (const name of ["keep-alive", "x-hop", "te"])
      assert.deepEqual(valuesOf(sent, name), [], name);
    assert.deepEqual(valuesOf(sent, "x-end"), ["to end"]);
    assert.deepEqual(valuesOf(sent, "accept-encoding"), ["br"]);
    assert.deepEqual(valuesOf(sent, "user-agent"), ["somebody"]);
  });

  test("and not its Host, however the client writes that", async () => {
    for (const host of ["APP.test", "app.test:80"]) {
      const response = await request(
        server,
        host,
        pathOf(
          async ({ request }, url: string) =>
            (await fetch(url, { headers: request.headers })).json() as Promise<Echo>,
          echo.url,
        ),
      );
      const { value } = response.json as { value: Echo };
      assert.deepEqual(valuesOf(value, "host"), [echo.authority], host);
    }
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
    assert.deepEqual(valuesOf(sent, "host"), ["named.test"]);
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
    assert.deepEqual(valuesOf(sent, "transfer-encoding"), ["chunked"]);
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
