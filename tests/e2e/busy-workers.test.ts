// Changes while a worker computes: they are made without it, it follows before it serves anything else, and is ended
// if it never comes to it.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Admin } from "./lib/admin-client.ts";
import { buildApps, type App } from "./lib/apps.ts";
import { app, controlled, started } from "./lib/controlled.ts";
import { samplesOf } from "./lib/metrics.ts";
import { Connection, requestBytes } from "../../tools/harness/http.ts";

interface Worker {
  answered: boolean;
  behind: boolean;
  running: string | null;
  release: number | null;
}

const PATIENT = { timeout: 60_000 };
/** Computes for as many milliseconds as its path says; longer than a worker is waited for if it is a few thousand. */
const busy = (more: Partial<App> = {}): App => ({
  files: `export default { fetch({ url }) {
    console.log("it computes");
    for (const end = Date.now() + Number(new URL(url).pathname.slice(1)); Date.now() < end;);
    return new Response("computed");
  } };`,
  limits: { cpu: "0s", first_byte: "0s" },
  ...more,
});
const FOREVER = "/1e15";

test(
  "a change is made though the worker computes, which follows before it serves on",
  PATIENT,
  async (t) => {
    const { ctl, get, server } = await started(t, { busy: busy(), shop: app("shop") }, 1);
    assert.equal(await get("shop"), "shop - -");
    const waiting = await Promise.all([1, 2, 3, 4].map(() => Connection.open(server)));
    for (const connection of waiting) {
      await connection.send(requestBytes("shop.test", "/"));
      assert.equal((await connection.read()).text, "shop - -");
    }
    const workers = async () =>
      (JSON.parse((await ctl(["status", "--json"])).stdout) as { workers: Worker[] }).workers;
    // Longer than a worker is waited for, and than three commands take on this machine.
    const begin = Date.now();
    await workers();
    const long = Math.min(4_000 + 20 * (Date.now() - begin), 25_000);
    const computing = await Connection.open(server);
    await computing.send(requestBytes("busy.test", `/${long}`));
    let computed = false;
    const answer = computing.read().then((response) => {
      computed = true;
      return response;
    });
    await server.waitForLog("that it computes", ({ msg }) => msg === "it computes");
    // Ready before the worker's channel is, so that the loop comes to them first.
    for (const connection of waiting.slice(0, 2)) {
      await connection.send(requestBytes("shop.test", "/"));
    }
    const set = await ctl(["env", "set", "shop", "GREETING=one", "--no-wait"]);
    assert.equal(set.status, 0, set.stderr);
    assert.match(set.stdout, /release 2 serves/);
    assert.match(set.stdout, /worker 1 is busy with the app busy: it changes over as soon as it/);
    // It is behind already: nobody waits for it again.
    const again = await ctl(["env", "set", "shop", "GREETING=two", "--no-wait"]);
    assert.match(again.stdout, /release 3 serves/);
    const [worker] = await workers();
    assert.deepEqual(
      [worker.answered, worker.behind, worker.running, computed],
      [false, true, "busy", false],
    );
    for (const connection of waiting.slice(2)) {
      await connection.send(requestBytes("shop.test", "/"));
    }
    for (const connection of waiting) {
      assert.equal(
        (await connection.read()).text,
        "shop two -",
        "no request meets the old version",
      );
    }
    assert.equal((await answer).text, "computed");
    await server.waitForLog("that it follows", ({ msg }) => /^worker 1 has changed over/.test(msg));
    const left = server.log.filter(({ msg }) => /without one of the workers/.test(msg));
    assert.equal(left.length, 1);
    assert.equal(left[0].app, "busy");
    const [after] = await workers();
    assert.deepEqual([after.answered, after.behind, after.release], [true, false, 3]);
    for (const connection of [...waiting, computing]) connection.socket.destroy();
  },
);

test(
  "a worker that computes for ever is ended once a change has waited for it",
  PATIENT,
  async (t) => {
    const made = await buildApps(
      t,
      { busy: busy(), shop: app("shop", { limits: { cpu: "0s" } }) },
      { drain_timeout: "2s", state: join("state") },
    );
    const { ctl, get, server } = await controlled(t, made, 1);
    assert.equal(await get("shop"), "shop - -");
    const [before] = server.workers();
    const computing = await Connection.open(server);
    await computing.send(requestBytes("busy.test", FOREVER));
    const cut = assert.rejects(computing.read());
    const set = await ctl(["env", "set", "shop", "GREETING=hi"]);
    assert.match(set.stdout, /release 2 serves/);
    // Nobody looks at a terminal: what it waits for is told all the same.
    assert.match(
      set.stderr,
      /^… the server makes the change: worker 1 is busy with the app busy$/m,
    );
    assert.match(set.stderr, /^… draining shop: worker 1 is busy with the app busy$/m);
    assert.match(set.stderr, /^… all that was under way has ended, after \d+ s$/m);
    const death = await server.waitForLog(
      "its end",
      ({ pid, msg }) => pid === before && /^worker/.test(msg),
    );
    assert.match(
      death.msg,
      /^worker 1 was busy for 2s while a new release waited for it \(`server.drain_timeout`\) and was ended; it was running this app; starting it again$/,
    );
    assert.equal(death.app, "busy");
    assert.deepEqual([death.reason, death.limit, death.unread], ["drain-timeout", 2000, undefined]);
    assert.ok(Number(death.used) >= 2000, server.output);
    const samples = samplesOf((await new Admin(made.directory).get("/metrics")).body);
    assert.equal(samples.get('nano_limit_stops_total{app="busy",reason="drain-timeout"}'), 1);
    await cut;
    assert.equal(await get("shop"), "shop hi -");
  },
);

test(
  "a worker whose app keeps to its limits is waited for, however short the drain timeout is",
  PATIENT,
  async (t) => {
    const made = await buildApps(
      t,
      { busy: busy({ limits: { cpu: "10s" } }), shop: app("shop") },
      { drain_timeout: "0s" },
    );
    const { done, get, server } = await controlled(t, made, 1);
    const computing = await Connection.open(server);
    await computing.send(requestBytes("busy.test", "/4000"));
    await server.waitForLog("that it computes", ({ msg }) => msg === "it computes");
    const says =
      /release 2 serves[^]*is ended 102s after it was left behind \(longer than `server.drain_timeout`/;
    await done(["env", "set", "shop", "GREETING=hi", "--no-wait"], says);
    assert.equal((await computing.read()).text, "computed");
    await server.waitForLog("that it follows", ({ msg }) => /^worker 1 has changed over/.test(msg));
    assert.equal(await get("shop"), "shop hi -");
    computing.socket.destroy();
  },
);

test(
  "an app that is changed while it computes for ever is what its worker's end counts for",
  PATIENT,
  async (t) => {
    const made = await buildApps(t, { busy: busy() }, { drain_timeout: "1s" });
    const { done, server } = await controlled(t, made, 1);
    const computing = await Connection.open(server);
    await computing.send(requestBytes("busy.test", FOREVER));
    const cut = assert.rejects(computing.read());
    await server.waitForLog("that it computes", ({ msg }) => msg === "it computes");
    await done(["env", "set", "busy", "GREETING=hi", "--no-wait"], /release 2 serves/);
    const death = await server.waitForLog("its end", ({ msg }) => /and was ended;/.test(msg));
    assert.equal(death.app, "busy");
    await cut;
    const samples = samplesOf((await new Admin(made.directory).get("/metrics")).body);
    assert.equal(samples.get('nano_worker_deaths_total{app="busy"}'), 1);
  },
);

test(
  "a worker whose group has no apps any more, and which computes for ever, is ended, and not started again",
  PATIENT,
  async (t) => {
    const made = await buildApps(
      t,
      { busy: busy({ isolation: "process" }), shop: app("shop") },
      { drain_timeout: "1s", shutdown_timeout: "500ms" },
    );
    const { done, server } = await controlled(t, made, 1);
    const computing = await Connection.open(server);
    await computing.send(requestBytes("busy.test", FOREVER));
    const cut = assert.rejects(computing.read());
    await server.waitForLog("that it computes", ({ msg }) => msg === "it computes");
    await done(["remove", "busy", "--no-wait"], /^busy  removed/m);
    const death = await server.waitForLog("its end", ({ msg }) =>
      /^worker 3 .*was ended/.test(msg),
    );
    assert.match(
      death.msg,
      /^worker 3 \(app:busy\) was busy for 1s .* and was ended; it was running this app$/,
    );
    assert.deepEqual([death.app, death.reason, death.limit], ["busy", "drain-timeout", 1000]);
    assert.ok(Number(death.used) >= 1000);
    await cut;
  },
);

test(
  "an app with a process of its own computes on, whatever becomes of others",
  PATIENT,
  async (t) => {
    const made = await buildApps(
      t,
      { busy: busy({ isolation: "process" }), shop: app("shop") },
      { drain_timeout: "1s" },
    );
    const { done, get, server } = await controlled(t, made, 1);
    assert.equal(await get("shop"), "shop - -");
    const computing = await Connection.open(server);
    await computing.send(requestBytes("busy.test", "/6000"));
    await done(["env", "set", "shop", "GREETING=one"], /^(?![^]*busy)[^]*release 2 serves/);
    await done(["env", "set", "shop", "GREETING=two"], /^(?![^]*busy)[^]*release 3 serves/);
    assert.equal(await get("shop"), "shop two -");
    assert.equal((await computing.read()).text, "computed");
    assert.ok(!server.log.some(({ msg }) => /is busy|was ended/.test(msg)));
    // It has been told.
    await computing.send(requestBytes("shop.test", "/"));
    assert.equal((await computing.read()).text, "shop two -");
    computing.socket.destroy();
  },
);
