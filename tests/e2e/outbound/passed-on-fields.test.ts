// Header fields of responses that an app passes on: those that speak of the connection to the upstream are
// nothing to the client (RFC 9110, section 7.6.1).

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { pathOf, serveInside, type Action } from "../lib/inside.ts";
import { answering, response, type Origin } from "../lib/origin.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";
import { Connection, requestBytes } from "../../../tools/harness/http.ts";

describe("the fields of a response that is passed on", () => {
  const scope = suiteScope();
  let server: Server;
  let upstream: Origin;

  before(async () => {
    server = await serveInside(scope);
    upstream = await answering(scope, (request) =>
      response(
        request.target === "/empty" ? 304 : 200,
        {
          Connection: "close, X-Hop",
          "X-Hop": "of this connection",
          Upgrade: "h2c",
          Trailer: "X-Late",
          "X-End": "to end",
        },
        request.target === "/empty" ? "" : "content",
      ),
    );
  });

  /** What a client is told that would keep its connection. */
  const ask = async <A extends unknown[]>(action: Action<A, Response>, ...args: A) => {
    const connection = await Connection.open(server);
    await connection.send(requestBytes("app.test", pathOf(action, ...args)));
    const told = await connection.read();
    connection.close();
    return told;
  };

  const ways: Record<string, Action<[string], Response>> = {
    "as it is": async (_, url) => fetch(url),
    "its body alone": async (_, url) => {
      const fetched = await fetch(url);
      return new Response(fetched.body, fetched);
    },
    "with fields that were added": async (_, url) => {
      const fetched = await fetch(url);
      const headers = new Headers(fetched.headers);
      headers.set("x-own", "1");
      return new Response(fetched.body, { status: fetched.status, headers });
    },
    "its clone": async (_, url) => (await fetch(url)).clone(),
  };
  for (const [way, action] of Object.entries(ways)) {
    for (const path of ["/", "/empty"]) {
      test(`${way}: ${path}`, async () => {
        const told = await ask(action, new URL(path, upstream.url).href);
        assert.equal(told.status, path === "/" ? 200 : 304);
        for (const name of ["connection", "x-hop", "upgrade", "trailer"]) {
          assert.equal(told.header(name), undefined, name);
        }
        assert.equal(told.header("x-end"), "to end");
      });
    }
  }

  test("the app sees all of them", async () => {
    const seen = async (_: unknown, url: string) => {
      const { headers } = await fetch(url);
      return Response.json([headers.get("connection"), headers.get("x-hop")]);
    };
    assert.deepEqual((await ask(seen, upstream.url)).json, ["close, X-Hop", "of this connection"]);
  });

  test("what the app says of its own connection is done", async () => {
    const told = await ask(async (_, url: string) => {
      const fetched = await fetch(url);
      const headers = new Headers(fetched.headers);
      headers.set("connection", "close");
      return new Response(fetched.body, { headers });
    }, upstream.url);
    assert.equal(told.header("connection"), "close");
  });
});
