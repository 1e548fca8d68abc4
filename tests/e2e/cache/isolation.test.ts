// Caches of apps that run in processes of their own, and what the metrics tell of caches.

import assert from "node:assert/strict";
import { test } from "node:test";
import { request } from "../../../tools/harness/http.ts";
import { Admin } from "../lib/admin-client.ts";
import { buildApps } from "../lib/apps.ts";
import "../lib/caches.ts";
import { pathOf, runAs, serveAllInside } from "../lib/inside.ts";
import { countsOf, samplesOf } from "../lib/metrics.ts";
import { serve } from "../lib/server.ts";

const put = async (_: unknown, text: string) => {
  await caches.default.put("http://any.example/", new Response(text));
  return (await caches.default.match("http://any.example/"))!.text();
};
const get = async () => (await caches.default.match("http://any.example/"))?.text() ?? null;

test("an app in a process of its own has its caches, and no other's", async (t) => {
  const server = await serveAllInside(
    t,
    { app: {}, own: { isolation: "process" }, third: { isolation: "process" } },
    { workers: 2 },
  );
  assert.equal(await runAs(server, "own", {}, get), null);
  assert.equal(await runAs(server, "own", {}, put, "own"), "own");
  assert.equal(await runAs(server, "app", {}, get), null);
  assert.equal(await runAs(server, "third", {}, get), null);
  assert.equal(await runAs(server, "app", {}, put, "shared"), "shared");
  assert.equal(await runAs(server, "own", {}, get), "own");
  assert.equal(await runAs(server, "third", {}, get), null);
});

test("the metrics count what is found and kept, and not as calls of others", async (t) => {
  const { dist, config, directory } = await buildApps(t, {
    app: `export default {
      async fetch() {
        const key = "http://any.example/counted";
        await caches.default.match(key);
        await caches.default.put(key, new Response("x"));
        await caches.default.put(key, new Response("x", { headers: { "cache-control": "no-store" } }));
        for (let i = 0; i < 3; ++i) await (await caches.default.match(key)).text();
        return new Response("done");
      },
    };`,
  });
  const server = await serve(t, dist, { config });
  assert.equal((await request(server, "app.test", "/")).text, "done");
  const page = (await new Admin(directory).get("/metrics")).body;
  const samples = samplesOf(page);
  assert.deepEqual(countsOf(samples, "nano_cache_matches_total", "app", "outcome"), {
    hit: 3,
    miss: 1,
  });
  assert.equal(samples.get('nano_cache_puts_total{app="app"}'), 1);
  const calls = countsOf(samples, "nano_subrequests_total", "app", "outcome");
  assert.deepEqual(new Set(Object.values(calls)), new Set([0]));
});

test("operations count for limits.subrequests", async (t) => {
  const server = await serveAllInside(t, { app: { limits: { subrequests: 3 } } });
  const path = pathOf(async () => {
    const told = [];
    for (let i = 0; i < 5; ++i) {
      told.push(
        await caches.default.match("http://any.example/").then(
          () => "",
          (error: Error & { cause?: { code: string } }) => error.cause?.code,
        ),
      );
    }
    return told as never;
  });
  const { value } = (await request(server, "app.test", path)).json as { value: string[] };
  assert.deepEqual(value, ["", "", "", "ERR_TOO_MANY_SUBREQUESTS", "ERR_TOO_MANY_SUBREQUESTS"]);
});
