// Apps that patch the language's built-ins break their own calls at most: they get hold of nothing of the
// runtime's, and the worker goes on.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { run, serveInside } from "../lib/inside.ts";
import { answering, response } from "../lib/origin.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";
import { until } from "../../../tools/harness/wait.ts";

describe("calls of an app that has patched built-ins", () => {
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    server = await serveInside(scope);
  });

  test("bring it only what it may have", async () => {
    const { url } = await answering(scope, () => response(200, {}, "hello"));
    const seen = await run(
      server,
      async (_, url: string) => {
        const { prototype } = Promise;
        const { then } = prototype;
        const values: unknown[] = [];
        // With another constructor than Promise `then` is called for each await.
        void Object.defineProperty(prototype, "constructor", { get: () => function () {} });
        prototype.then = function (fulfilled, rejected) {
          const watch = (value: unknown) => (values.push(value), fulfilled!(value));
          return then.call(this, watch, rejected) as never;
        };
        try {
          const signal = AbortSignal.timeout(60_000);
          await (await fetch(url, { signal })).text();
          await (await fetch(url)).arrayBuffer();
          const integrity = "sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
          await (await fetch(url, { integrity })).json().catch(() => {});
          await (await fetch(url)).body!.getReader().read();
        } finally {
          prototype.then = then;
          void Object.defineProperty(prototype, "constructor", { value: Promise, writable: true });
        }
        const named = (value: unknown): string =>
          Object.prototype.toString.call(value).slice(8, -1) +
          (Object.prototype.toString.call(value) === "[object Object]"
            ? ` { ${Object.keys(value as object).join()} }`
            : "");
        return [...new Set(values.map(named))].sort();
      },
      url,
    );
    assert.deepEqual(seen, [
      "ArrayBuffer",
      "Boolean",
      "Object { bytes }",
      "Object { value,done }",
      "Response",
      "String",
      "Undefined",
    ]);
  });

  test("cannot be given what is none of theirs", async () => {
    const { url } = await answering(scope, () => response(200, {}, "hello"));
    await run(
      server,
      ({ kept }, url: string) => {
        const { prototype } = Promise;
        const { then } = prototype;
        const forged = { status: {}, statusText: {}, headers: {}, body: { cancel() {} }, bytes: 5 };
        const note = (outcome: unknown) => void kept.outcomes.push(String(outcome));
        kept.outcomes = [];
        setTimeout(() => {
          void Object.defineProperty(prototype, "constructor", { get: () => function () {} });
          prototype.then = function (fulfilled, rejected) {
            return then.call(this, () => fulfilled!(forged), rejected) as never;
          };
          void then.call(fetch(url), note, note);
          void then.call(fetch(url, { integrity: "sha256-AAAA" }), note, note);
          setTimeout(function restore() {
            if (kept.outcomes.length < 2) return void setTimeout(restore, 10);
            prototype.then = then;
            void Object.defineProperty(prototype, "constructor", {
              value: Promise,
              writable: true,
            });
            kept.isRestored = true;
          }, 10);
        });
      },
      url,
    );
    // Meanwhile its answers are as broken as it is.
    await until("the calls' ends", () =>
      run(server, ({ kept }) => kept.isRestored && kept.outcomes.length === 2).catch(() => false),
    );
  });

  test("with setters for the places of arrays, bring it no record of the runtime's", async () => {
    const { url } = await answering(scope, () => response(200, {}, "hello"));
    const seen = await run(
      server,
      async (_, url: string) => {
        const names: Record<string, true> = {};
        for (let at = 0; at < 1000; at++) {
          Object.defineProperty(Array.prototype, at, {
            configurable: true,
            set(value) {
              names[value?.constructor?.name] = true;
              Object.defineProperty(this, at, { value, writable: true, configurable: true });
            },
          });
        }
        try {
          const calls = new Set<Promise<string>>();
          for (let i = 0; i < 20; i++) calls.add(fetch(url).then((response) => response.text()));
          for (const call of calls) await call;
          await new Promise((resolve) => setTimeout(resolve, 5));
        } finally {
          for (let at = 0; at < 1000; at++) Reflect.deleteProperty(Array.prototype, at);
        }
        return Object.keys(names);
      },
      url,
    );
    const records = ["OutgoingCall", "Exchange", "ResponseBody", "Timer"];
    assert.deepEqual(
      seen.filter((name) => records.includes(name)),
      [],
    );
  });

  test("leave the worker as it was", async () => {
    const { url } = await answering(scope, () => response(200, {}, "hello"));
    assert.equal(
      await run(server, async (_, url: string) => (await fetch(url)).text(), url),
      "hello",
    );
  });
});
