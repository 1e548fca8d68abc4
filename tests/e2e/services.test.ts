// Apps that call each other by `services`: what passes between them, and how a call ends.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { runAs, serveAllInside, type Failure } from "./lib/inside.ts";
import type { Server } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";
import { until } from "../../tools/harness/wait.ts";

type Fetcher = { fetch: typeof fetch };
type Bindings = { SELF: Fetcher; OTHER: Fetcher };
type Value = { value: never };

describe("services", () => {
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    const services = { SELF: "app", OTHER: "other" };
    // No way out: services are none.
    server = await serveAllInside(scope, {
      app: { services, outbound: "none" },
      other: { services, outbound: "none" },
    });
  });

  /** Runs in `app`: calls `other`, which runs a function given as text. */
  const ask = (other: string, init: object = {}) =>
    runAs(
      server,
      "app",
      {},
      async ({ env }, other: string, init: object) => {
        const { OTHER } = env as never as Bindings;
        const query = new URLSearchParams({ run: other, args: "[]" });
        const response = await OTHER.fetch(`http://any.example/?${query}`, init);
        const { status, url, redirected } = response;
        const headers = Object.fromEntries(response.headers as never);
        return { status, url, redirected, headers, text: await response.text() };
      },
      other,
      init,
    );
  const failing = (other: string, init: object = {}) =>
    runAs(
      server,
      "app",
      {},
      async ({ env }, other: string, init: object) => {
        const { OTHER } = env as never as Bindings;
        const query = new URLSearchParams({ run: other, args: "[]" });
        const read = async () => (await OTHER.fetch(`http://any.example/?${query}`, init)).text();
        return tell(read()) as Promise<Failure>;
      },
      other,
      init,
    );

  test("the other app sees the request as it is", async () => {
    const { status, text } = await ask(
      `async ({ request }) => new Response(JSON.stringify([
        request.method, new URL(request.url).host, request.headers.get("x-a"), await request.text()]))`,
      { method: "PUT", headers: { "x-a": "1" }, body: "sent" },
    );
    assert.equal(status, 200);
    assert.deepEqual(JSON.parse(text), ["PUT", "any.example", "1", "sent"]);
  });

  test("the network is closed meanwhile", async () => {
    const { cause } = await runAs(server, "app", {}, () => tell(fetch("http://127.0.0.1:1/")));
    assert.equal(cause?.code, "ERR_OUTBOUND_DENIED");
  });

  test("without its object, fetch says what to do", async () => {
    const told = await runAs(server, "app", {}, async ({ env }) => {
      const { fetch } = (env as never as Bindings).OTHER;
      const mine = { fetch };
      return [
        await tell(fetch("http://any.example/")),
        await tell(mine.fetch("http://a.example/")),
      ];
    });
    for (const { name, message } of told) {
      assert.equal(name, "TypeError");
      assert.match(message, /^Illegal invocation: .*\(bind it/);
    }
  });

  test("bodies stream both ways", async () => {
    const told = await runAs(server, "app", {}, async ({ env }) => {
      const { OTHER } = env as never as Bindings;
      const echo = "({ request }) => new Response(request.body)";
      const query = new URLSearchParams({ run: echo, args: "[]" });
      const through = new TransformStream<Uint8Array, Uint8Array>();
      const writer = through.writable.getWriter();
      const response = await OTHER.fetch(`http://any.example/?${query}`, {
        method: "POST",
        body: through.readable,
        duplex: "half",
      } as never);
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      const seen: string[] = [];
      for (const part of ["one", "two", "three"]) {
        void writer.write(new TextEncoder().encode(part));
        // Each comes back before the next one is sent.
        seen.push(new TextDecoder().decode((await reader.read()).value));
      }
      void writer.close();
      return [seen, (await reader.read()).done] as const;
    });
    assert.deepEqual(told, [["one", "two", "three"], true]);
  });

  test("what is not read holds up who writes", async () => {
    const made = await runAs(server, "app", {}, async ({ env, kept }) => {
      const { OTHER } = env as never as Bindings;
      const endless = `({ kept }) => { kept.made = 0; return new Response(new ReadableStream({
        pull(controller) { kept.made += 65536; controller.enqueue(new Uint8Array(65536)); } })); }`;
      const query = new URLSearchParams({ run: endless, args: "[]" });
      kept.response = await OTHER.fetch(`http://any.example/?${query}`);
      const count = new URLSearchParams({ run: "({ kept }) => kept.made", args: "[]" });
      let last = -1;
      for (;;) {
        await new Promise((done) => setTimeout(done, 50));
        const now = ((await (await OTHER.fetch(`http://any.example/?${count}`)).json()) as Value)
          .value;
        if (now === last) break;
        last = now;
      }
      await kept.response.body.cancel();
      return last;
    });
    assert.ok(made > 0 && made <= 1024 * 1024, `${made} bytes were made`);
  });

  test("who leaves aborts the other's request", async () => {
    const waiting = `({ request, kept }) => { kept.left = false;
      request.signal.addEventListener("abort", () => (kept.left = true)); return new Promise(() => {}); }`;
    const { name } = await runAs(
      server,
      "app",
      {},
      async ({ env }, waiting: string) => {
        const { OTHER } = env as never as Bindings;
        const query = new URLSearchParams({ run: waiting, args: "[]" });
        const signal = AbortSignal.timeout(20);
        return tell(OTHER.fetch(`http://any.example/?${query}`, { signal }));
      },
      waiting,
    );
    assert.equal(name, "TimeoutError");
    await until("the signal", () => runAs(server, "other", {}, ({ kept }) => kept.left as boolean));
  });

  test("an app that fails answers 500, and one that breaks off fails", async () => {
    const failed = await ask("() => Response.error()");
    assert.deepEqual([failed.status, failed.text], [500, "Internal Server Error\n"]);
    const { name, message, cause } = await failing(`() => new Response(new ReadableStream({
      start(controller) { controller.enqueue(new Uint8Array(3)); },
      pull(controller) { controller.error(new Error("broken on purpose")); } }))`);
    assert.equal(name, "TypeError");
    assert.equal(cause?.code, "ERR_SERVICE_FAILED");
    assert.match(message, /any\.example:80: the service's response broke off/);
    await server.waitForLog("why", ({ app, msg }) => app === "other" && msg.includes("on purpose"));
  });

  describe("redirects", () => {
    const to = (location: string) =>
      `() => new Response(null, { status: 302, headers: { location: ${JSON.stringify(location)} } })`;
    const there = `/?${new URLSearchParams({ run: "() => new Response('there')", args: "[]" })}`;

    test("within the host ask the same app", async () => {
      const { text, redirected, url } = await ask(to(there));
      assert.deepEqual([text, redirected, url], ["there", true, `http://any.example${there}`]);
    });
    test("to another host fail", async () => {
      const { cause } = await failing(to(`http://elsewhere.example${there}`));
      assert.equal(cause?.code, "ERR_REDIRECT");
    });
    test("are the app's own business when they are manual", async () => {
      const { status, headers } = await ask(to("http://elsewhere.example/"), {
        redirect: "manual",
      });
      assert.deepEqual([status, headers.location], [302, "http://elsewhere.example/"]);
    });
  });

  test("a circle ends 16 deep", async () => {
    const told = await runAs(server, "app", {}, async ({ env }) => {
      const { SELF } = env as never as Bindings;
      // Calls itself with its own text, and tells how deep it came.
      const again = `async ({ env, request }, depth) => {
        const run = new URL(request.url).searchParams.get("run");
        const query = new URLSearchParams({ run, args: JSON.stringify([depth + 1]) });
        try {
          return (await (await env.SELF.fetch("http://any.example/?" + query)).json()).value;
        } catch (error) {
          return [depth, error.cause.code, error.message];
        }
      }`;
      const query = new URLSearchParams({ run: again, args: "[1]" });
      return ((await (await SELF.fetch(`http://any.example/?${query}`)).json()) as Value).value;
    });
    const [depth, code, message] = told as [number, string, string];
    assert.deepEqual([depth, code], [16, "ERR_CALL_REFUSED"]);
    assert.match(message, /more than 16 deep/);
  });

  test("what all apps call that answer one request is counted together", async () => {
    const services = { SELF: "app", OTHER: "other" };
    const limits = { subrequests: 20 };
    const few = await serveAllInside(scope, {
      app: { services, limits },
      other: { services, limits },
    });
    for (const later of [false, true]) {
      const told = await runAs(
        few,
        "app",
        {},
        async ({ env }, later: boolean) => {
          const { OTHER } = env as never as Bindings;
          // Three calls, each of which leads to three, four deep; the names of those that fail.
          const spread = `async ({ env, request }, depth, later) => {
            const run = new URL(request.url).searchParams.get("run");
            const query = new URLSearchParams({ run, args: JSON.stringify([depth + 1, later]) });
            if (depth === 4) return ["done"];
            const next = depth % 2 ? env.OTHER : env.SELF;
            const told = Array.from({ length: 3 }, async () => {
              if (later) await new Promise((resolve) => setTimeout(resolve, 1));
              try {
                const { value } = await (await next.fetch("http://any.example/?" + query)).json();
                return [...value, "called"];
              } catch (error) {
                return [error.cause.code, error.message];
              }
            });
            return (await Promise.all(told)).flat();
          }`;
          const query = new URLSearchParams({ run: spread, args: JSON.stringify([1, later]) });
          const response = await OTHER.fetch(`http://any.example/?${query}`);
          return ((await response.json()) as Value).value as string[];
        },
        later,
      );
      const count = (what: string) => told.filter((one) => one === what).length;
      // The first one is none of those.
      assert.equal(count("called"), 19);
      assert.ok(count("ERR_TOO_MANY_SUBREQUESTS") > 0);
      assert.match(told.join(), /has led to 20 calls/);
    }
  });
});
