// Traces (W3C Trace Context) go on as they came, each with what its own request leads to.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { runAs, serveAllInside } from "./lib/inside.ts";
import { answering, response, type Origin } from "./lib/origin.ts";
import type { Server } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";

const PARENT = "b7ad6b7169203331";
const traceId = (number: number) => number.toString(16).padStart(32, "a");
const traceparent = (number: number) => `00-${traceId(number)}-${PARENT}-01`;

describe("traces", () => {
  const scope = suiteScope();
  let server: Server;
  let origin: Origin;

  before(async () => {
    origin = await answering(scope, ({ fields }) =>
      response(200, { "Content-Type": "application/json" }, JSON.stringify(fields)),
    );
    server = await serveAllInside(
      scope,
      {
        app: { services: { OTHER: "other" } },
        other: {},
        private: { outbound: { trace: false }, services: { OTHER: "other" } },
      },
      {},
      { access_log: "json" },
    );
  });

  /** Calls the origin from an app, by a request with these fields; gives those of the trace that it got. */
  async function passed(
    headers: Record<string, string>,
    init: object = {},
    app = "app",
  ): Promise<string[]> {
    const fields = await runAs(
      server,
      app,
      { headers },
      async (_, url: string, init: object) =>
        (await fetch(url, init)).json() as Promise<[string, string][]>,
      origin.url,
      init,
    );
    return fields
      .filter(([name]) => name.startsWith("trace"))
      .map(([name, value]) => `${name}: ${value}`);
  }

  test("a call carries on the trace of its request, as it came", async () => {
    assert.deepEqual(await passed({}), []);
    assert.deepEqual(await passed({ traceparent: traceparent(1) }), [
      `traceparent: ${traceparent(1)}`,
    ]);
    assert.deepEqual(
      await passed({ TraceParent: traceparent(1), TraceState: "a=1,b=2", tracestate: "c=3" }),
      [`traceparent: ${traceparent(1)}`, "tracestate: a=1,b=2, c=3"],
    );
    const later = `cc-${traceId(1)}-${PARENT}-01-more`;
    assert.deepEqual(await passed({ traceparent: later }), [`traceparent: ${later}`]);
  });

  test("what is no trace goes nowhere, and its state neither", async () => {
    for (const wrong of [
      `ff-${traceId(1)}-${PARENT}-01`,
      `00-${traceId(1).toUpperCase()}-${PARENT}-01`,
      `00-${"0".repeat(32)}-${PARENT}-01`,
      `00-${traceId(1)}-${PARENT}-01-more`,
      "nonsense",
    ]) {
      assert.deepEqual(await passed({ traceparent: wrong, tracestate: "a=1" }), [], wrong);
    }
    assert.deepEqual(await passed({ tracestate: "a=1" }), []);
    const twice = { traceparent: traceparent(1), Traceparent: traceparent(2) };
    assert.deepEqual(await passed(twice), []);
  });

  test("an app's own trace is its own", async () => {
    const headers = { traceparent: traceparent(1), tracestate: "a=1" };
    assert.deepEqual(await passed(headers, { headers: { traceparent: traceparent(2) } }), [
      `traceparent: ${traceparent(2)}`,
    ]);
  });

  test("outbound.trace: false keeps it from the network, and not from services", async () => {
    const headers = { traceparent: traceparent(1) };
    assert.deepEqual(await passed(headers, {}, "private"), []);
    const seen = await runAs(server, "private", { headers }, async ({ env }) => {
      const { OTHER } = env as never as { OTHER: { fetch: typeof fetch } };
      const run = `({ request }) => {
        console.log("in the other app");
        return request.headers.get("traceparent");
      }`;
      const query = new URLSearchParams({ run, args: "[]" });
      return (await OTHER.fetch(`http://other/?${query}`)).json();
    });
    assert.deepEqual(seen, { value: traceparent(1) });
    const line = await server.waitForLog("it", ({ msg }) => msg === "in the other app");
    assert.deepEqual([line.app, line.trace_id], ["other", traceId(1)]);
  });

  test("requests that overlap keep theirs: over awaits, timers, streams and waitUntil", async () => {
    const COUNT = 12;
    const all = Array.from({ length: COUNT }, async (_, i) => {
      const number = i + 100;
      // Some have none.
      const headers: Record<string, string> =
        i % 4 === 3 ? {} : { traceparent: traceparent(number) };
      const seen = await runAs(
        server,
        "app",
        { headers },
        async ({ request, context }, url: string, number: number) => {
          const ask = async () => {
            const fields = (await (await fetch(url)).json()) as [string, string][];
            return fields.find(([name]) => name === "traceparent")?.[1] ?? null;
          };
          const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));
          const seen = [await ask()];
          await sleep(number % 5);
          seen.push(await ask());
          const stream = new ReadableStream({
            async pull(controller) {
              await sleep(1);
              controller.enqueue(await ask());
              controller.close();
            },
          });
          for await (const chunk of stream as never as AsyncIterable<string>) seen.push(chunk);
          await new Promise<void>((done) => queueMicrotask(() => setTimeout(done, number % 3)));
          console.log(`turn ${number}`);
          seen.push(...(await Promise.all([ask(), sleep(2).then(ask)])));
          context.waitUntil(sleep(20 + (number % 7)).then(() => console.log(`later ${number}`)));
          void request;
          return seen;
        },
        origin.url,
        number,
      );
      const expected = i % 4 === 3 ? null : traceparent(number);
      assert.deepEqual(seen, Array(5).fill(expected));
      for (const msg of [`turn ${number}`, `later ${number}`]) {
        const line = await server.waitForLog(msg, (line) => line.msg === msg);
        assert.equal(line.trace_id, i % 4 === 3 ? undefined : traceId(number), msg);
      }
    });
    await Promise.all(all);
  });

  test("the server's own lines about a request name its trace, in the access log as well", async () => {
    await assert.rejects(
      runAs(server, "app", { headers: { traceparent: traceparent(7) } }, () => {
        for (;;);
      }),
    );
    const line = await server.waitForLog("the stop", ({ reason }) => reason === "cpu-limit");
    assert.equal(line.trace_id, traceId(7));
    const access = await server.waitForLog(
      "the request",
      ({ msg, trace_id }) => msg === "request" && trace_id === traceId(7),
    );
    assert.equal(access.request_id, line.request_id);
    assert.equal(access.reason, "cpu-limit");
    // So does the warning before.
    const near = await server.waitForLog("the warning", (other) => other.near === "cpu-limit");
    assert.equal(near.trace_id, traceId(7));
    assert.equal(near.request_id, line.request_id);
  });

  test("and so does the warning about memory that a request takes", async () => {
    await runAs(server, "app", { headers: { traceparent: traceparent(8) } }, () => {
      const half = new Uint8Array(140 * 1024 * 1024);
      // Until it was looked at, which takes CPU time.
      for (const end = Date.now() + 100; Date.now() < end;);
      return half.length;
    });
    const near = await server.waitForLog(
      "the warning",
      (line) => line.near === "external-memory-limit",
    );
    assert.equal(near.trace_id, traceId(8));
    assert.match(near.request_id as string, /^[0-9a-f]{16}$/);
  });
});
