// Requests as they leave: what an app's fetch() puts on the wire, byte by byte, whatever the app says in its
// header fields, and what of it goes along when a redirect leads elsewhere.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { request } from "../../../tools/harness/http.ts";
import { buildApps } from "../lib/apps.ts";
import { serve, type Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";
import { sized, type Asked } from "./behaviours/behaviour.ts";
import { Stage } from "./behaviours/scripted-server.ts";

/** Makes the call that the request's body describes, and answers with the body of its response. */
const APP = `
  const stream = (text) => new ReadableStream({
    start(controller) {
      for (const part of text) controller.enqueue(new TextEncoder().encode(part));
      controller.close();
    },
  });
  export default {
    async fetch(request) {
      const { url, streams, ...init } = await request.json();
      if (streams) Object.assign(init, { body: stream(streams), duplex: "half" });
      try {
        return await fetch(url, init);
      } catch (error) {
        return new Response(error.name + " " + (error.cause?.code ?? ""), { status: 500 });
      }
    },
  };`;

interface Init {
  method?: string;
  headers?: Record<string, string> | [string, string][];
  body?: string;
  /** A stream of these parts as the body. */
  streams?: string[];
}

const COMMON = ["accept", "accept-language", "user-agent", "accept-encoding"];

describe("requests that leave", () => {
  const scope = suiteScope();
  let server: Server;
  /** What arrived last, at any of the servers. */
  let asked: Asked[] = [];
  let here: Stage;
  let there: Stage;

  before(async () => {
    const { dist } = await buildApps(scope, { app: APP });
    server = await serve(scope, dist);
    const note = (seen: Asked) => {
      asked.push(seen);
      if (!seen.path.startsWith("/to/")) return sized("ok");
      const [, , where, status] = seen.path.split("/");
      const url = where === "here" ? here.url : there.url;
      return sized("", `Location: ${url}\r\n`, `${status} Moved`);
    };
    [here, there] = [1, 2].map(() => new Stage({ name: "notes", answer: note }));
    for (const stage of [here, there]) {
      await stage.open("127.0.0.1");
      scope.after(() => stage.close());
    }
  });

  /** Has the app make a call; what the servers got. */
  async function call(init: Init, path = ""): Promise<Asked[]> {
    asked = [];
    const body = JSON.stringify({ url: here.url + path, ...init });
    const { text } = await request(server, "app.test", "/", { method: "POST", body });
    assert.equal(text, "ok");
    return asked;
  }

  /** The fields besides those that every request has. */
  const fields = ({ headers }: Asked) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => !COMMON.includes(name)));

  const host = () => new URL(here.url).host;

  test("what every request says", async () => {
    const [{ method, headers }] = await call({});
    assert.equal(method, "GET");
    assert.deepEqual(Object.keys(headers).sort(), [...COMMON, "host"].sort());
    assert.equal(headers.host, host());
  });

  test("the lengths of bodies", async () => {
    for (const [init, expected, body] of [
      [{ method: "POST" }, { "content-length": "0" }, ""],
      [{ method: "PUT" }, { "content-length": "0" }, ""],
      [{ method: "DELETE" }, {}, ""],
      [
        { method: "POST", body: "\u00fc" },
        { "content-length": "2", "content-type": "text/plain;charset=UTF-8" },
        "\xc3\xbc",
      ],
      [
        { method: "POST", streams: ["ab", "", "c"] },
        { "transfer-encoding": "chunked" },
        "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
      ],
    ] as [Init, Record<string, string>, string][]) {
      const [seen] = await call(init);
      assert.deepEqual(fields(seen), { host: host(), ...expected });
      assert.equal(seen.body, body);
    }
  });

  test("what frames a body or speaks of the connection is not the app's to say", async () => {
    const headers = {
      "Content-Length": "100",
      "Transfer-Encoding": "gzip, chunked",
      Connection: "keep-alive, x-secret",
      "Keep-Alive": "timeout=1",
      "Proxy-Connection": "close",
      Upgrade: "h2c",
      Expect: "100-continue",
      TE: "trailers",
      Trailer: "x-a",
      "X-Secret": "of this connection",
      "X-Kept": "yes",
    };
    for (const init of [{}, { method: "POST", body: "ok" }, { method: "PUT", streams: ["ok"] }]) {
      const [seen, ...more] = await call({ ...init, headers });
      const { host: _, "content-type": __, ...rest } = fields(seen);
      const framing =
        init.method === undefined
          ? {}
          : init.method === "POST"
            ? { "content-length": "2" }
            : { "transfer-encoding": "chunked" };
      assert.deepEqual(rest, { "x-kept": "yes", ...framing });
      assert.deepEqual(more, []);
    }
  });

  test("a field that would be two is refused", async () => {
    for (const value of ["a\r\nx-b: c", "a\nx-b: c", "a\rb", "a\0b"]) {
      const body = JSON.stringify({ url: here.url, headers: { "x-a": value } });
      asked = [];
      const { status, text } = await request(server, "app.test", "/", { method: "POST", body });
      assert.equal(`${status} ${text}`, "500 TypeError ");
      assert.deepEqual(asked, []);
    }
  });

  test("a URL cannot carry a request of its own", async () => {
    const [{ path, request: number }] = await call({}, "/a b\r\nHost: evil\r\n\r\nGET /c");
    assert.equal(path, "/a%20bHost:%20evilGET%20/c");
    assert.equal(number > 0, true);
  });

  const SECRETS = {
    authorization: "Bearer secret",
    cookie: "a=b",
    "proxy-authorization": "Basic secret",
    host: "other.test",
  };

  for (const status of [301, 302, 303, 307, 308]) {
    test(`${status} within an origin keeps what was said`, async () => {
      const [first, second] = await call({ headers: SECRETS }, `/to/here/${status}`);
      assert.deepEqual(fields(first), SECRETS);
      assert.deepEqual(fields(second), SECRETS);
    });

    test(`${status} to another origin takes no secrets along`, async () => {
      const [first, second] = await call(
        { headers: { ...SECRETS, "x-kept": "yes" } },
        `/to/there/${status}`,
      );
      assert.deepEqual(fields(first), { ...SECRETS, "x-kept": "yes" });
      assert.deepEqual(fields(second), { host: new URL(there.url).host, "x-kept": "yes" });
    });
  }

  test("a redirect that loses the body loses what was said of it", async () => {
    const headers = { "content-type": "text/x", "content-language": "la" };
    const path = "/to/there/302";
    const [first, second] = await call({ method: "POST", body: "ok", headers }, path);
    assert.equal(first.body, "ok");
    assert.equal(second.method, "GET");
    assert.deepEqual(fields(second), { host: new URL(there.url).host });
    const [, third] = await call({ method: "POST", body: "ok", headers }, "/to/there/307");
    assert.equal(`${third.method} ${third.body}`, "POST ok");
    assert.deepEqual(fields(third), {
      host: new URL(there.url).host,
      "content-length": "2",
      ...headers,
    });
  });
});
