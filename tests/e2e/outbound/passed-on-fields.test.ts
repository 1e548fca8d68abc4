// Header fields of responses that an app passes on: what speaks of the upstream's connection stays there.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { Connection, requestBytes } from "../../../tools/harness/http.ts";
import { pathOf, serveInside, type Action } from "../lib/inside.ts";
import { answering, chunk, response } from "../lib/origin.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";

describe("header fields of what is passed on", () => {
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    server = await serveInside(scope);
  });

  const WAYS: [string, Action<[string], Response>][] = [
    ["fetch(url)", async (_, url) => fetch(url) as Promise<Response>],
    [
      "a copy",
      async (_, url) => {
        const upstream = await fetch(url);
        const copy = new Response(upstream.body, upstream);
        copy.headers.set("x-added", "yes");
        return copy;
      },
    ],
    ["a clone", async (_, url) => (await fetch(url)).clone() as unknown as Response],
    [
      "another body",
      async (_, url) => new Response("text", { headers: (await fetch(url)).headers as Headers }),
    ],
  ];

  for (const [way, action] of WAYS) {
    test(`${way}: an upstream's connection is not the client's`, async () => {
      const framing = { "Transfer-Encoding": "chunked" };
      const { url } = await answering(scope, ({ target }) =>
        response(
          target === "/gone" ? 204 : 200,
          {
            Connection: ["close, X-Hop", "Upgrade"],
            "X-Hop": "of this connection",
            "Keep-Alive": "timeout=5",
            "Proxy-Connection": "close",
            Upgrade: "h2,h2c",
            Trailer: "X-Sum",
            TE: "trailers",
            "X-Kept": "yes",
            ...(target === "/gone" ? { "Content-Length": "0" } : framing),
          },
          target === "/gone" ? "" : Buffer.concat([chunk("text"), chunk("")]),
        ),
      );
      const client = await Connection.open(server);
      for (const target of ["/", "/gone", "/"]) {
        if (target === "/gone" && way === "another body") continue;
        await client.send(requestBytes("app.test", pathOf(action, url + target)));
        const received = await client.read();
        assert.equal(received.header("x-kept"), "yes");
        for (const name of ["connection", "x-hop", "keep-alive", "proxy-connection", "upgrade"]) {
          assert.equal(received.header(name), undefined, name);
        }
        for (const name of ["trailer", "te"]) assert.equal(received.header(name), undefined, name);
      }
      client.close();
    });
  }

  test("what the app says of the connection is its own", async () => {
    const { url } = await answering(scope, () => response(200, { Connection: "keep-alive" }));
    const client = await Connection.open(server);
    const action: Action<[string], Response> = async (_, url) => {
      const upstream = await fetch(url);
      const copy = new Response(upstream.body, upstream);
      copy.headers.set("connection", "close");
      return copy;
    };
    await client.send(requestBytes("app.test", pathOf(action, url)));
    assert.equal((await client.read()).header("connection"), "close");
    await client.expectClosed();
  });
});
