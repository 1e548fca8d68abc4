// A store that does not answer any more, though it lives: the supervisor finds it, and starts another one.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { buildApps } from "./lib/apps.ts";
import { INSIDE, runAs } from "./lib/inside.ts";
import { serve, type Server } from "./lib/server.ts";

/** For what takes the supervisor's patience, ten seconds, to be seen. */
const PATIENT = { timeout: 60_000 };

const putAndGet = (server: Server, value: string): Promise<string> =>
  runAs(
    server,
    "app",
    {},
    async ({ env }, text) => {
      const { KV } = env as never as {
        KV: { put(key: string, value: string): Promise<void>; get(key: string): Promise<string> };
      };
      await KV.put("k", text);
      return KV.get("k");
    },
    value,
  );

async function serveWithStore(t: TestContext): Promise<{ server: Server; store: number }> {
  const made = await buildApps(t, { app: { files: INSIDE, kv: { KV: "space" } } });
  const server = await serve(t, made.dist, { config: made.config });
  assert.equal(await putAndGet(server, "before"), "before");
  return { server, store: server.store()! };
}

test(
  "a store that a signal has stopped is replaced, and what waits is done",
  PATIENT,
  async (t) => {
    const { server, store } = await serveWithStore(t);
    process.kill(store, "SIGSTOP");
    assert.equal(await putAndGet(server, "meanwhile"), "meanwhile");
    const death = await server.waitForLog("its end", ({ pid }) => pid === store);
    assert.equal(
      death.msg,
      "the store did not answer and was ended: a signal (SIGSTOP) has stopped it for 10 s; starting it again",
    );
    assert.notEqual(server.store(), store);
  },
);

test("a store that answers, and rests, is left alone", PATIENT, async (t) => {
  const { server, store } = await serveWithStore(t);
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  assert.equal(server.store(), store);
  assert.equal(await putAndGet(server, "after"), "after");
});

test("the server ends though its store is stopped", PATIENT, async (t) => {
  const { server, store } = await serveWithStore(t);
  process.kill(store, "SIGSTOP");
  assert.equal((await server.stop()).status, 0, server.output);
});
