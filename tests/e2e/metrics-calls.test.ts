// What /metrics counts of the calls that apps make: each once, by what came of it.

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { test } from "node:test";
import { request } from "../../tools/harness/http.ts";
import { until } from "../../tools/harness/wait.ts";
import { Admin } from "./lib/admin-client.ts";
import { buildApps } from "./lib/apps.ts";
import { countsOf, samplesOf } from "./lib/metrics.ts";
import { chunk, originOf, response } from "./lib/origin.ts";
import { serve } from "./lib/server.ts";

// Calls what the query names, a service or a URL, and says what came of it.
const CALLER = `export default {
  async fetch(request, env) {
    const query = new URL(request.url).searchParams;
    const [service, url] = [query.get("service"), query.get("url")];
    const call = () => (service ? env[service].fetch("http://any.test/" + query.get("path")) : fetch(url));
    if (request.url.includes("/aborted")) {
      const given = fetch(url, { signal: AbortSignal.timeout(50) });
      return new Response(await given.then(() => "no", (error) => error.name));
    }
    try {
      const times = Number(query.get("times") ?? 1);
      let text;
      for (let i = 0; i < times; i++) text = await (await call()).text();
      return new Response(text);
    } catch (error) {
      return new Response(error.cause?.code);
    }
  },
};`;
const ANSWERER = `export default {
  fetch({ url }) {
    if (url.endsWith("/die")) "x".repeat(2 ** 28).split("");
    return new Response("answered", { status: 503 });
  },
};`;

test("calls are counted by what came of them", async (t) => {
  const answers = await originOf(t, (peer) => peer.answer(() => response(200, {}, "fine")));
  const silent = await originOf(t, () => {});
  const cuts = await originOf(t, async (peer) => {
    await peer.request();
    await peer.send(
      Buffer.concat([
        Buffer.from("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"),
        chunk("part"),
      ]),
    );
    peer.socket.end();
  });
  const gone = await originOf(t, () => {});
  gone.close();
  const { dist, config } = await buildApps(t, {
    caller: {
      files: CALLER,
      services: { SAME: "answerer", OTHER: "apart" },
      limits: { subrequests: 2 },
    },
    hasty: { files: CALLER, outbound: { timeouts: { first_byte: "100ms" } } },
    closed: { files: CALLER, outbound: "none" },
    answerer: ANSWERER,
    apart: { files: ANSWERER, isolation: "process" },
  });
  const server = await serve(t, dist, { workers: 1, config });
  const admin = new Admin(dirname(dist));
  const ask = async (app: string, path: string) =>
    (await request(server, `${app}.test`, path)).text;
  const to = (url: string) => `/?url=${encodeURIComponent(url)}`;
  const counted = (app: string, expected: Record<string, number>) =>
    until(`${app}: ${JSON.stringify(expected)}`, async () => {
      const samples = samplesOf((await admin.get("/metrics")).body);
      const counts = countsOf(samples, "nano_subrequests_total", app, "outcome");
      const all = { ok: 0, failed: 0, timeout: 0, cut: 0, denied: 0, aborted: 0, ...expected };
      return JSON.stringify(counts) === JSON.stringify(all);
    });

  assert.equal(await ask("caller", to(answers.url)), "fine");
  await counted("caller", { ok: 1 });
  // Whatever its status, in the same process and in another.
  assert.equal(await ask("caller", "/?service=SAME"), "answered");
  assert.equal(await ask("caller", "/?service=OTHER"), "answered");
  await counted("caller", { ok: 3 });
  assert.equal(await ask("caller", to(gone.url)), "ECONNREFUSED");
  await counted("caller", { ok: 3, failed: 1 });
  assert.match(await ask("caller", to(cuts.url)), /^(ECONNRESET|ERR_)/);
  await counted("caller", { ok: 3, failed: 1, cut: 1 });
  assert.equal(await ask("caller", `/aborted${to(silent.url).slice(1)}`), "TimeoutError");
  await counted("caller", { ok: 3, failed: 1, cut: 1, aborted: 1 });
  assert.equal(await ask("caller", `${to(answers.url)}&times=3`), "ERR_TOO_MANY_SUBREQUESTS");
  await counted("caller", { ok: 5, failed: 1, cut: 1, denied: 1, aborted: 1 });

  assert.match(await ask("hasty", to(silent.url)), /TIMEOUT/);
  await counted("hasty", { timeout: 1 });
  assert.equal(await ask("closed", to(answers.url)), "ERR_OUTBOUND_DENIED");
  await counted("closed", { denied: 1 });
  // The process that runs the service ends.
  assert.equal(await ask("caller", "/?service=OTHER&path=die"), "ERR_SERVICE_FAILED");
  await counted("caller", { ok: 5, failed: 2, cut: 1, denied: 1, aborted: 1 });
  // Of those that are answered no call is counted.
  await counted("answerer", {});
});
