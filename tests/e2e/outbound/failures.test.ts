// What makes a call fail, by the code of its cause, and what the message says of it (docs/outbound.md).

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { failureOf } from "../lib/failing.ts";
import { fullListener } from "../lib/full-listener.ts";
import { runAs, serveAllInside } from "../lib/inside.ts";
import { answering, chunk, originOf, response, type Peer } from "../lib/origin.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";

describe("failures", () => {
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    server = await serveAllInside(scope, {
      app: {},
      hasty: { outbound: { timeouts: { connect: "100ms", first_byte: "100ms", idle: "100ms" } } },
      brief: { outbound: { timeouts: { total: "200ms" } } },
      narrow: { outbound: { connections: 1, timeouts: { connect: "300ms" } } },
    });
  });

  const fail = (url: string, app = "app") => failureOf(server, url, app);

  async function failOf(serve: (peer: Peer) => unknown, app = "app") {
    const { url } = await originOf(scope, serve);
    return fail(url, app);
  }

  describe("connecting", () => {
    test("nobody listens", async () => {
      const origin = await originOf(scope, () => {});
      origin.close();
      const { code, message } = await fail(origin.url);
      assert.equal(code, "ECONNREFUSED");
      assert.match(message, /refused/);
    });

    test("its stack leads to the app", async () => {
      const origin = await originOf(scope, () => {});
      origin.close();
      const calling = async (_: unknown, url: string) => {
        async function calling(): Promise<unknown> {
          return await fetch(url);
        }
        return await calling().catch((error: Error) => error.stack);
      };
      const stack = await runAs(server, "app", {}, calling, origin.url);
      assert.match(stack as string, /refused\n[^]*at async calling/);
    });

    test("no way there", async () => {
      // Of a network for documentation; a route to it, if there is one, leads nowhere.
      const { code } = await fail("http://[100::1]/", "hasty");
      assert.match(code, /^(EHOSTUNREACH|ERR_CONNECT_TIMEOUT)$/);
    });

    test("by a name", async () => {
      const origin = await originOf(scope, () => {});
      origin.close();
      const { code } = await fail(`http://localhost:${origin.port}/`);
      assert.equal(code, "ECONNREFUSED");
    });
  });

  describe("time limits", () => {
    test("connecting", async () => {
      const full = await fullListener(scope);
      const { code, message } = await fail(`http://127.0.0.1:${full.port}/`, "hasty");
      assert.equal(code, "ERR_CONNECT_TIMEOUT");
      assert.match(message, /100 ms for connecting/);
    });

    test("the TLS handshake", async () => {
      const { port } = await originOf(scope, () => {});
      const { code, message } = await fail(`https://127.0.0.1:${port}/`, "hasty");
      assert.equal(code, "ERR_CONNECT_TIMEOUT");
      assert.match(message, /100 ms for the TLS handshake/);
    });

    test("waiting for one of the connections", async () => {
      const { url } = await originOf(scope, async (peer) => {
        await peer.request();
        await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nthe rest never comes");
      });
      const { code, message } = await runAs(
        server,
        "narrow",
        {},
        async (_, url: string) => {
          const held = await fetch(url);
          const { message, cause } = await tell(fetch(url));
          await held.body!.cancel();
          return { message, code: cause!.code };
        },
        url,
      );
      assert.equal(code, "ERR_CONNECT_TIMEOUT");
      assert.match(message, /one of the 1 connections/);
    });

    test("the first byte", async () => {
      const { code, message } = await failOf((peer) => peer.request(), "hasty");
      assert.equal(code, "ERR_FIRST_BYTE_TIMEOUT");
      assert.match(message, /100 ms/);
    });

    test("between two parts", async () => {
      const serve = async (peer: Peer) => {
        await peer.request();
        await peer.send(response(200, { "Content-Length": "10" }, "part"));
      };
      const { code, message } = await failOf(serve, "hasty");
      assert.equal(code, "ERR_IDLE_TIMEOUT");
      assert.match(message, /100 ms/);
    });

    test("the whole call, though parts come all the time", async () => {
      const serve = async (peer: Peer) => {
        await peer.request();
        await peer.send(response(200, { "Transfer-Encoding": "chunked" }));
        while (peer.ending === "open") {
          await peer.send(chunk("part"));
          await new Promise((done) => setTimeout(done, 10));
        }
      };
      const { code, message } = await failOf(serve, "brief");
      assert.equal(code, "ERR_TOTAL_TIMEOUT");
      assert.match(message, /200 ms/);
    });

    test("time in which the app does not read is not the server's", async () => {
      const size = 10_000_000;
      const origin = await answering(scope, () => response(200, {}, Buffer.alloc(size)));
      const read = await runAs(
        server,
        "hasty",
        {},
        async (_, url: string) => {
          const response = await fetch(url);
          await new Promise((done) => setTimeout(done, 400));
          return (await response.arrayBuffer()).byteLength;
        },
        origin.url,
      );
      assert.equal(read, size);
    });
  });

  describe("responses that break off", () => {
    const cut = (bytes: Buffer | string, how: "end" | "resetAndDestroy") => async (peer: Peer) => {
      await peer.request();
      if (bytes.length > 0) await peer.send(bytes);
      // What was sent is to arrive before the reset.
      await new Promise((done) => setTimeout(done, 20));
      peer.socket[how]();
    };
    const CASES: [string, Buffer | string][] = [
      ["before it begins", ""],
      ["in its head", "HTTP/1.1 200 OK\r\nContent-"],
      ["in a body with a length", response(200, { "Content-Length": "10" }, "part")],
      ["in a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\npart"],
      ["between two chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n"],
      ["in its trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Tr"],
    ];
    for (const [where, bytes] of CASES) {
      for (const how of ["end", "resetAndDestroy"] as const) {
        test(`${where}: ${how}`, async () => {
          assert.equal((await failOf(cut(bytes, how))).code, "ECONNRESET");
        });
      }
    }

    test("what has come of the body is read first", async () => {
      const origin = await originOf(
        scope,
        cut(response(200, { "Content-Length": "10" }, "part"), "end"),
      );
      const told = await runAs(
        server,
        "app",
        {},
        async (_, url: string) => {
          const reader = (await fetch(url)).body!.getReader();
          const { value } = await reader.read();
          return [new TextDecoder().decode(value), (await tell(reader.read())).cause!.code];
        },
        origin.url,
      );
      assert.deepEqual(told, ["part", "ECONNRESET"]);
    });
  });

  describe("what is no response", () => {
    for (const [what, text] of [
      ["another protocol", "SSH-2.0-OpenSSH_9.2\r\n"],
      ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
      [
        "both framings",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      ],
      ["a bad chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"],
      ["endless fields", `HTTP/1.1 200 OK\r\n${"X-More: and more\r\n".repeat(50_000)}`],
      ["a switch of protocols", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\n\r\n"],
    ]) {
      test(what, async () => {
        const serve = async (peer: Peer) => {
          await peer.request();
          await peer.send(text);
        };
        assert.equal((await failOf(serve)).code, "ERR_HTTP_PROTOCOL");
      });
    }
  });
});
