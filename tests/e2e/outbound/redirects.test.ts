// Redirects that fetch() follows, refuses or shows (Fetch Standard, section 4.4): methods, bodies, header
// fields, the number of them, and where they lead.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { run, serveInside } from "../lib/inside.ts";
import { answering, response, type Origin } from "../lib/origin.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";
import type { Request as Received } from "../../../tools/harness/http.ts";

interface Outcome {
  status: number;
  type: string;
  url: string;
  redirected: boolean;
  text: string;
}

/** Runs in the app. */
async function outcome(_: unknown, url: string, init: RequestInit): Promise<Outcome> {
  const response = await fetch(url, init);
  const { status, type, redirected } = response;
  return { status, type, url: response.url, redirected, text: await response.text() };
}

const STATUSES = [301, 302, 303, 307, 308];

describe("redirects", () => {
  const scope = suiteScope();
  let server: Server;
  let origin: Origin;
  let other: Origin;
  /** Requests of one test, in their order. */
  let seen: Received[] = [];

  // "/STATUS?to=URL" redirects, "/count/N" N times, "/loop" for ever; everything else is the end.
  function respond(request: Received): Buffer {
    seen.push(request);
    const url = new URL(request.target, "http://origin");
    const status = Number(url.pathname.slice(1));
    if (status >= 300) {
      const location = url.searchParams.get("to");
      return response(status, location === null ? {} : { Location: location }, "moved");
    }
    if (url.pathname === "/loop") return response(308, { Location: "/loop" });
    const count = Number(/^\/count\/(\d+)$/.exec(url.pathname)?.[1] ?? 0);
    if (count > 0) return response(302, { Location: `/count/${count - 1}` });
    return response(200, {}, `${request.method} ${request.text}`);
  }

  const to = (status: number, location: string) =>
    `${origin.url}/${status}?to=${encodeURIComponent(location)}`;

  before(async () => {
    server = await serveInside(scope);
    origin = await answering(scope, respond);
    other = await answering(scope, respond);
  });

  async function ask(url: string, init: RequestInit = {}): Promise<Outcome> {
    seen = [];
    return run(server, outcome, url, init);
  }

  async function fail(url: string, init: RequestInit = {}) {
    seen = [];
    return run(server, (_, url: string, init: RequestInit) => tell(fetch(url, init)), url, init);
  }

  for (const status of STATUSES) {
    for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE", "PROPFIND"]) {
      test(`${status} of ${method}`, async () => {
        const hasBody = method === "POST" || method === "PUT" || method === "PROPFIND";
        const { text, redirected, url } = await ask(to(status, "/end"), {
          method,
          ...(hasBody && { body: "content" }),
          headers: {
            "content-language": "de",
            "x-kept": "yes",
            ...(hasBody && { "content-type": "text/x" }),
          },
        });
        const isGet =
          (status === 303 && method !== "GET" && method !== "HEAD") ||
          ((status === 301 || status === 302) && method === "POST");
        const expected = isGet ? "GET" : method;
        assert.equal(redirected, true);
        assert.equal(url, `${origin.url}/end`);
        assert.deepEqual(
          seen.map((request) => request.method),
          [method, expected],
        );
        if (method !== "HEAD")
          assert.equal(text, `${expected} ${hasBody && !isGet ? "content" : ""}`);
        const { 1: last } = seen;
        assert.equal(last.header("x-kept"), "yes");
        assert.equal(last.header("content-language"), isGet ? undefined : "de");
        assert.equal(last.header("content-type"), isGet || !hasBody ? undefined : "text/x");
        assert.equal(last.header("content-length"), !isGet && hasBody ? "7" : undefined);
      });
    }
  }

  test("an answer without Location is an answer", async () => {
    const { status, redirected, text } = await ask(`${origin.url}/302`);
    assert.deepEqual([status, redirected, text], [302, false, "moved"]);
  });

  test("300 and 304 are no redirects", async () => {
    assert.equal((await ask(to(300, "/end"))).status, 300);
    assert.equal((await ask(to(304, "/end"))).status, 304);
  });

  test("the mode manual shows the redirect", async () => {
    const shown = await ask(to(302, "/end"), { redirect: "manual" });
    assert.deepEqual(
      [shown.status, shown.type, shown.redirected, shown.text],
      [302, "basic", false, "moved"],
    );
    assert.equal(shown.url, to(302, "/end"));
    assert.equal(seen.length, 1);
    const location = await run(
      server,
      async (_, url: string) => (await fetch(url, { redirect: "manual" })).headers.get("location"),
      to(302, "/end"),
    );
    assert.equal(location, "/end");
  });

  test("the mode error refuses it", async () => {
    const { name, message, cause } = await fail(to(302, "/end"), { redirect: "error" });
    assert.equal(name, "TypeError");
    assert.ok(message.includes(origin.authority), message);
    assert.equal(cause?.code, "ERR_REDIRECT");
    assert.match(message, /redirects \(status 302\)/);
    assert.equal(seen.length, 1);
  });

  test("20 of them are followed, the 21st is not", async () => {
    assert.equal((await ask(`${origin.url}/count/20`)).text, "GET ");
    assert.equal(seen.length, 21);
    const { cause, message } = await fail(`${origin.url}/count/21`);
    assert.equal(cause?.code, "ERR_TOO_MANY_REDIRECTS");
    assert.match(message, /20 redirects/);
    assert.equal(seen.length, 21);
  });

  for (const redirects of [1, 3]) {
    test(`the stack of a failure after ${redirects} leads to the app`, async () => {
      let url = to(302, "ftp://a.test/");
      for (let i = 1; i < redirects; i++) url = to(302, url);
      const calling = async (_: unknown, url: string) => {
        async function calling(): Promise<unknown> {
          return await fetch(url);
        }
        return await calling().catch((error: Error) => error.stack);
      };
      const stack = await run(server, calling, url);
      assert.match(stack as string, /which is not on the web/);
      assert.match(stack as string, /at async calling/);
    });
  }

  test("a loop ends", async () => {
    const { cause } = await fail(`${origin.url}/loop`);
    assert.equal(cause?.code, "ERR_TOO_MANY_REDIRECTS");
  });

  for (const [location, code] of [
    ["http://[", "ERR_REDIRECT"],
    ["http://a.test:99999/", "ERR_REDIRECT"],
    ["ftp://a.test/", "ERR_REDIRECT"],
    ["data:text/plain,hello", "ERR_REDIRECT"],
    ["http://user:password@127.0.0.1/", "ERR_REDIRECT"],
  ]) {
    test(`not to ${location}`, async () => {
      const { name, cause, message } = await fail(to(302, location));
      assert.equal(name, "TypeError");
      assert.equal(cause?.code, code);
      assert.ok(message.includes(origin.authority), message);
      assert.equal(seen.length, 1);
    });
  }

  test("relative to the URL that redirects", async () => {
    assert.equal((await ask(to(302, "a/../b?c"))).url, `${origin.url}/b?c`);
    assert.equal((await ask(to(302, `//${other.authority}/end`))).url, `${other.url}/end`);
    // Whatever bytes a server sends.
    const bytes = Buffer.from("/grün").toString("latin1");
    assert.equal((await ask(to(302, bytes))).url, `${origin.url}/gr%C3%BCn`);
    assert.equal(seen[1].target, "/gr%C3%BCn");
  });

  test("fragments stay in the app", async () => {
    const { url } = await ask(`${to(302, "/end")}#part`);
    assert.equal(url, `${origin.url}/end`);
    assert.deepEqual(
      seen.map(({ target }) => target),
      ["/302?to=%2Fend", "/end"],
    );
    assert.equal((await ask(to(302, "/end#other"))).url, `${origin.url}/end`);
    assert.equal(seen[1].target, "/end");
  });

  const SECRETS = {
    authorization: "Bearer secret",
    cookie: "a=b",
    "proxy-authorization": "Basic secret",
    host: "named.test",
    "x-kept": "yes",
  };

  test("within an origin all header fields are kept", async () => {
    await ask(to(307, "/end"), { headers: SECRETS });
    const { 1: last } = seen;
    for (const [name, value] of Object.entries(SECRETS)) assert.equal(last.header(name), value);
  });

  test("another origin does not see what was for the first one", async () => {
    await ask(to(307, `${other.url}/end`), { headers: SECRETS });
    const { 1: last } = seen;
    for (const name of ["authorization", "cookie", "proxy-authorization"]) {
      assert.equal(last.header(name), undefined);
    }
    assert.equal(last.header("host"), other.authority);
    assert.equal(last.header("x-kept"), "yes");
  });

  test("nor does the first one see it again", async () => {
    const back = `${other.url}/307?to=${encodeURIComponent(`${origin.url}/end`)}`;
    await ask(to(307, back), { headers: SECRETS });
    const { 2: last } = seen;
    assert.equal(last.header("authorization"), undefined);
    assert.equal(last.header("host"), origin.authority);
  });

  test("a body of bytes goes along to another origin", async () => {
    const { text } = await ask(to(308, `${other.url}/end`), { method: "POST", body: "content" });
    assert.equal(text, "POST content");
  });

  test("a stream cannot be sent again", async () => {
    const stream = (status: number) =>
      run(
        server,
        async (_, url: string) => {
          const body = new Blob(["content"]).stream();
          const init = { method: "POST", body, duplex: "half" } as RequestInit;
          return fetch(url, init).then(
            (found) => found.text(),
            (error) => error.cause.code,
          );
        },
        to(status, "/end"),
      );
    for (const status of [301, 302, 307, 308]) {
      assert.equal(await stream(status), "ERR_REDIRECT", `${status}`);
    }
    assert.equal(await stream(303), "GET ");
  });

  test("the answers that redirect do not cost connections", async () => {
    const before = origin.peers.length;
    await ask(`${origin.url}/count/20`);
    assert.ok(origin.peers.length <= before + 1, `${origin.peers.length - before} new ones`);
  });
});
