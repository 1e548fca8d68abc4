// Bodies of responses that the system moves from the server's connection to the client's: whole, in order and
// as fast as both sides go, whatever becomes of either of them. That pipes are there tells that they were moved.

import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Connection, request, requestBytes } from "../../../tools/harness/http.ts";
import { until } from "../../../tools/harness/wait.ts";
import type { App } from "../lib/apps.ts";
import { Authority } from "../lib/certificates.ts";
import { begin, pathOf, run, serveInside, type Action } from "../lib/inside.ts";
import { answering, chunk, originOf, response, type Origin } from "../lib/origin.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";

const WAYS: Action<[string], Response>[] = [
  async (_, url) => fetch(url) as Promise<Response>,
  async (_, url) => {
    const upstream = await fetch(url);
    return new Response(upstream.body, upstream);
  },
];
const [passOn] = WAYS;

// With what comes with the head, and at the end, below and above what is worth a pipe.
const KIB = 1024;
const SIZES = [0, 1, 16, 63, 64, 65, 127, 128, 129, 192, 255, 256, 257, 1024, 5000]
  .flatMap((size) => [size * KIB - 1, size * KIB, size * KIB + 1])
  .filter((size) => size >= 0);

/** Lines that differ, so that what is lost, comes twice or elsewhere can be told. */
const TEXT = Buffer.from(
  Array.from({ length: 800_000 }, (_, line) => `line ${line}\n`).join(""),
  "latin1",
);
const bodyOf = (size: number) => TEXT.subarray(0, size);

/** Pipes in the server's only worker; each has two ends. */
function pipesOf(server: Server): number {
  const folder = `/proc/${server.workers()[0]}/fd`;
  const ends = readdirSync(folder).map((fd) => {
    try {
      return readlinkSync(`${folder}/${fd}`);
    } catch {
      return ""; // Closed meanwhile.
    }
  });
  const pipes = ends.filter((end) => end.startsWith("pipe:"));
  // One that has both ends here.
  return pipes.filter((end, i) => pipes.indexOf(end) < i).length;
}

describe("bodies that are moved", () => {
  const scope = suiteScope();

  /** A server whose worker runs, and how many pipes it has by itself. */
  async function serving(settings: Omit<App, "files"> = {}): Promise<[Server, number]> {
    const server = await serveInside(scope, settings);
    await run(server, () => "it runs");
    return [server, pipesOf(server)];
  }

  /** Bodies of the sizes that the paths name. */
  const sized = () =>
    answering(scope, ({ target }) => response(200, {}, bodyOf(Number(target.slice(1)))));
  const ask = (connection: Connection, url: string, way = passOn) =>
    connection.send(requestBytes("app.test", pathOf(way, url)));

  test("are whole, of all sizes and many at once, on connections that stay open", async () => {
    const [server, before] = await serving();
    const origin = await sized();
    const clients = Array.from({ length: 8 }, async (_, client) => {
      const connection = await Connection.open(server);
      for (let i = 0; i < SIZES.length; i++) {
        const size = SIZES[(i * (client + 1)) % SIZES.length];
        await ask(connection, `${origin.url}/${size}`, WAYS[i % 2]);
        const { status, body } = await connection.read();
        assert.equal(status, 200);
        assert.ok(body.equals(bodyOf(size)), `${size} bytes, and ${body.length} came`);
      }
      connection.close();
    });
    await Promise.all(clients);
    assert.ok(origin.peers.length <= clients.length, `${origin.peers.length} connections`);
    const pipes = pipesOf(server) - before;
    assert.ok(pipes >= 1 && pipes <= clients.length, `${pipes} pipes`);
  });

  test("are not where something has to be done to them, or there is little", async () => {
    const authority = await Authority.make(scope);
    const [server, before] = await serving({ outbound: { ca: authority.file } });
    const body = bodyOf(500_000);
    const chunked = await answering(scope, () =>
      response(200, { "Transfer-Encoding": "chunked" }, Buffer.concat([chunk(body), chunk("")])),
    );
    const small = await answering(scope, () => response(200, {}, bodyOf(50_000)));
    const tls = await authority.certify();
    const secured = await answering(scope, () => response(200, {}, body), { tls });
    for (const { url } of [chunked, secured]) {
      const { body: passed } = await request(server, "app.test", pathOf(passOn, url));
      assert.ok(passed.equals(body));
    }
    const read = await request(server, "app.test", pathOf(passOn, small.url));
    assert.ok(read.body.equals(bodyOf(50_000)));
    const head = await request(server, "app.test", pathOf(passOn, chunked.url), { method: "HEAD" });
    assert.equal(head.body.length, 0);
    const text = await request(
      server,
      "app.test",
      pathOf(
        async (_, url: string) => new Response((await (await fetch(url)).text()).slice(0, 10)),
        chunked.url,
      ),
    );
    assert.equal(text.text, "line 0\nlin");
    assert.equal(pipesOf(server), before);
  });

  test("of no known length end with the connection, and are chunks for the client", async () => {
    const server = await serveInside(scope);
    const body = bodyOf(2_000_000);
    const origin = await originOf(scope, async (peer) => {
      await peer.request();
      await peer.send(Buffer.concat([Buffer.from("HTTP/1.1 200 OK\r\n\r\n"), body]));
      peer.socket.end();
    });
    const { chunks, body: passed } = await request(server, "app.test", pathOf(passOn, origin.url));
    assert.ok(passed.equals(body));
    assert.ok(chunks.length > 0);
  });

  test("wait for a client that does not read", async () => {
    const [server, before] = await serving();
    const size = 100 * KIB * KIB;
    const part = Buffer.alloc(KIB * KIB, "x");
    let taken = 0;
    const origin = await originOf(scope, async (peer) => {
      await peer.request();
      await peer.send(response(200, { "Content-Length": String(size) }));
      for (; taken < size; taken += part.length) await peer.send(part);
    });
    const client = await begin(server, {}, passOn, origin.url);
    await client.readHead();
    client.socket.pause();
    let last = -1;
    await until("the server to stand still", async () => {
      const isStill = taken === last;
      last = taken;
      await sleep(200);
      return isStill;
    });
    assert.ok(taken < size / 2, `${taken} bytes were taken`);
    // Others go on meanwhile.
    const other = await sized();
    const { body } = await request(server, "app.test", pathOf(passOn, `${other.url}/1000000`));
    assert.ok(body.equals(bodyOf(1_000_000)));
    client.socket.resume();
    let received = 0;
    while (received < size) received += (await client.readSome()).length;
    assert.equal(received, size);
    client.close();
    assert.ok(pipesOf(server) > before);
  });

  test("end with a client that leaves, wherever it does", async () => {
    const [server, before] = await serving();
    const size = 20 * KIB * KIB;
    const origin: Origin = await originOf(scope, async (peer) => {
      await peer.request();
      await peer.send(response(200, { "Content-Length": String(size) }));
      for (let at = 0; at < size && peer.ending === "open"; at += TEXT.length) {
        await peer.send(TEXT.subarray(0, Math.min(TEXT.length, size - at)));
      }
      await peer.ended();
    });
    for (let i = 0; i < 20; i++) {
      const client = await begin(server, {}, passOn, origin.url);
      const leavesAt = (i * 7919 * 113) % (4 * KIB * KIB);
      for (let received = 0; received <= leavesAt;) {
        received += (await client.readSome()).length;
      }
      if (i % 2 === 0) client.close();
      else client.socket.resetAndDestroy();
      assert.notEqual(await origin.peers[i].ended(), "open");
    }
    // What pipes held of them reaches nobody.
    const other = await sized();
    const { body } = await request(server, "app.test", pathOf(passOn, `${other.url}/3000000`));
    assert.ok(body.equals(bodyOf(3_000_000)));
    const pipes = pipesOf(server) - before;
    assert.ok(pipes >= 1 && pipes <= 8, `${pipes} pipes`);
  });

  for (const how of ["end", "resetAndDestroy"] as const) {
    test(`break off for the client when they do: ${how}`, async () => {
      const [server, before] = await serving();
      const origin = await originOf(scope, async (peer) => {
        await peer.request();
        await peer.send(response(200, { "Content-Length": "3000000" }, bodyOf(2_000_000)));
        await received.promise;
        peer.socket[how]();
      });
      const received = Promise.withResolvers<void>();
      const client = await begin(server, {}, passOn, origin.url);
      assert.equal((await client.readHead()).header("content-length"), "3000000");
      const parts: Buffer[] = [];
      for (let size = 0; size < 2_000_000; size += parts.at(-1)!.length) {
        parts.push(await client.readSome());
      }
      received.resolve();
      await client.expectClosed();
      assert.ok(Buffer.concat(parts).equals(bodyOf(2_000_000)));
      assert.ok(pipesOf(server) > before);
    });
  }

  test("end where they end, whatever comes behind them", async () => {
    const server = await serveInside(scope);
    const origin = await answering(scope, () =>
      Buffer.concat([response(200, {}, bodyOf(1_000_000)), response(200, {}, "somebody else's")]),
    );
    const client = await Connection.open(server);
    for (let i = 0; i < 5; i++) {
      await ask(client, origin.url);
      assert.ok((await client.read()).body.equals(bodyOf(1_000_000)));
    }
    assert.equal(origin.peers.length, 5);
    client.close();
  });

  test("are cut off when nothing more comes of them", async () => {
    const server = await serveInside(scope, { outbound: { timeouts: { idle: "100ms" } } });
    const origin = await originOf(scope, async (peer) => {
      await peer.request();
      await peer.send(response(200, { "Content-Length": "3000000" }, bodyOf(2_000_000)));
      await peer.ended();
    });
    const client = await begin(server, {}, passOn, origin.url);
    await client.readHead();
    assert.ok((await client.readAll()).equals(bodyOf(2_000_000)));
    assert.notEqual(await origin.peers[0].ended(), "open");
    await server.waitForLog("the failure", ({ msg }) => msg.includes("100 ms"));
  });
});
