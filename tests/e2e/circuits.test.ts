// What operators see of an app whose requests are refused because it keeps ending workers, and what gives it another
// chance.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Admin } from "./lib/admin-client.ts";
import { app, started } from "./lib/controlled.ts";
import { samplesOf } from "./lib/metrics.ts";
import { request } from "../../tools/harness/http.ts";
import { until } from "../../tools/harness/wait.ts";

// Wants a list that is longer than the engine has any: it ends the process.
const poison = (greeting: string) => ({
  files: `export default { fetch({ url }) {
    if (url.endsWith("/fine")) return new Response("${greeting}");
    return new Response(String("x".repeat(2 ** 28).split("").length));
  } };`,
  limits: { memory: "32MiB" },
});

interface Circuit {
  state: string;
  deaths: number;
  since: string;
  until: string;
  reason: string | null;
  last: string;
}

/** What events have told of circuits. */
const circuitsOf = (text: string) =>
  [...text.matchAll(/^event: circuit\ndata: (.+)$/gm)].map(([, data]) => {
    const { state, deaths } = JSON.parse(data!) as { state: string; deaths?: number };
    return [state, deaths];
  });

async function served(t: Parameters<typeof started>[0]) {
  const all = await started(t, { poison: poison("fine"), shop: app("shop") }, 1);
  const admin = new Admin(all.made.directory);
  const circuit = async () => {
    const { json } = await admin.get("/admin/apps/poison");
    return (json.version as { circuit: Circuit | null }).circuit;
  };
  /** Until it is refused. */
  const open = () =>
    until("that it is refused", async () => {
      const answer = await request(all.server, "poison.test", "/").catch(() => undefined);
      return answer?.header("nano-error") === "circuit-open";
    });
  return { ...all, admin, circuit, open };
}

test("an open circuit is told by status, apps, ready, metrics and log", async (t) => {
  const { admin, circuit, ctl, get, open, server } = await served(t);
  const events = admin.follow(t, "/admin/events?app=poison");
  await events.saw("following", /: following/);
  assert.equal(await get("poison", "/fine"), "fine");
  assert.equal(await circuit(), null);
  const calm = await admin.get("/ready");
  assert.deepEqual([calm.status, calm.json.notes], [200, []]);
  const tag = (await admin.get("/admin/apps/poison")).headers.get("etag")!;
  await open();

  const told = (await circuit())!;
  assert.deepEqual([told.state, told.deaths, told.reason], ["open", 5, null]);
  assert.match(told.last, /^worker 1 was killed by SIG/);
  assert.equal(Date.parse(told.until) - Date.parse(told.since), 10_000);
  const again = await admin.get("/admin/apps/poison", `if-none-match: ${tag}`);
  assert.equal(again.status, 200, "what has changed is sent again");
  // The tag of that is another one, but good for changes: one that is taken back.
  const tagged = again.headers.get("etag")!;
  assert.notEqual(tagged, tag);
  const unchanged = await admin.ask("/admin/apps/poison", {
    method: "PATCH",
    headers: [`If-Match: ${tagged}`],
    body: {},
  });
  assert.equal(unchanged.status, 200, unchanged.body);

  const ready = await admin.get("/ready");
  assert.deepEqual(
    [ready.status, ready.json.ready, ready.json.reasons, ready.json.notes],
    [200, true, [], ["the circuit of app poison is open"]],
  );
  const samples = samplesOf((await admin.get("/metrics")).body);
  assert.equal(samples.get('nano_circuit_open{app="poison"}'), 1);
  assert.equal(samples.get('nano_circuit_open{app="shop"}'), 0);

  const status = (await ctl(["status"])).stdout;
  assert.match(status, /^poison \(circuit open\) /m);
  assert.match(
    status,
    /✘ poison\n {2}it has ended 5 workers lately: its requests are answered with 503 \(circuit-open\) for \d+ s more;\n {2}the last one: worker 1 was killed by SIG/,
  );
  assert.match((await ctl(["apps"])).stdout, /^poison .* circuit open /m);
  assert.match(
    (await ctl(["apps", "poison"])).stdout,
    /^circuit +it has ended 5 workers lately: .* more; the last one: worker 1 was/m,
  );

  const opened = await server.waitForLog("the line", ({ msg }) => /^keeps ending/.test(msg));
  assert.deepEqual(
    [opened.app, opened.reason, opened.retry_after, opened.deaths],
    ["poison", "circuit-open", 10, 5],
  );
  const refused = await server.waitForLog("a refusal", ({ msg }) =>
    /^a request was not answered: The app is not run for a while/.test(msg),
  );
  assert.equal(refused.reason, "circuit-open");
  assert.ok(Number(refused.retry_after) >= 1 && Number(refused.retry_after) <= 10);
  assert.deepEqual([refused.limit, refused.used], [undefined, undefined]);

  // It is let through again, one more death opens it for longer.
  await until("its trial", async () => (await circuit())?.state === "trial");
  assert.match((await ctl(["status"])).stdout, /^poison \(circuit on trial\) /m);
  assert.deepEqual((await admin.get("/ready")).json.notes, []);
  assert.equal(await get("poison", "/fine"), "fine");
  await open();
  const longer = (await circuit())!;
  assert.equal(Date.parse(longer.until) - Date.parse(longer.since), 20_000);

  await events.saw("that it is open for longer", /"deaths":6/);
  assert.deepEqual(circuitsOf(events.text), [
    ["open", 5],
    ["trial", 5],
    ["open", 6],
  ]);
});

test("other limits have it tried, another version has a circuit of its own, a reload changes nothing", async (t) => {
  const { admin, change, circuit, done, get, made, open } = await served(t);
  const events = admin.follow(t, "/admin/events");
  await events.saw("following", /: following/);
  await open();
  await done(["reload"], /Nothing has changed/);
  assert.equal((await circuit())?.state, "open");

  await done(["limits", "poison", "cpu=3s"], /release 2 serves/);
  assert.equal((await circuit())?.state, "trial");
  assert.equal(await get("poison", "/fine"), "fine");
  await open();
  assert.equal((await circuit())?.deaths, 6);

  await change("poison", poison("better").files);
  await done(["reload"], /release 3 serves/);
  assert.equal(await circuit(), null);
  await events.saw("that there is none any more", /"state":"closed"/);
  assert.deepEqual(circuitsOf(events.text), [
    ["open", 5],
    ["trial", 5],
    ["open", 6],
    ["closed", undefined],
  ]);
  assert.equal(await get("poison", "/fine"), "better");
  await open();

  // Of the same code, but isolates of their own.
  await done(["env", "set", "poison", "GREETING=hi"], /release 4 serves/);
  assert.equal(await circuit(), null);
  assert.equal(await get("poison", "/fine"), "better");
  assert.ok(made.dist);
});
