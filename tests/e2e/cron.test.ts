// Cron triggers: apps' scheduled() is called when it is due, and once, whatever becomes of workers, versions and
// servers meanwhile.

import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { until } from "../../tools/harness/wait.ts";
import { nano } from "../../tools/harness/paths.ts";
import { request } from "../../tools/harness/http.ts";
import { Admin } from "./lib/admin-client.ts";
import { build, buildApps, workspace, type App, type Workspace } from "./lib/apps.ts";
import { run } from "./lib/program.ts";
import { serve, type LogLine, type Server } from "./lib/server.ts";
import { suiteScope, temporaryFolder } from "./lib/temporary.ts";
import { serveToUpgrade, upgrade } from "./lib/upgrades.ts";

const HANDLER = `
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let seen = {};
export default {
  fetch() { return Response.json(seen); },
  async scheduled(controller, env, ctx) {
    const { cron, scheduledTime, type } = controller;
    const minute = Number(cron.split(" ")[0]);
    seen = { cron, scheduledTime, type, word: env.WORD, noRetry: controller.noRetry() === undefined };
    if (minute === 1) throw new Error("it went wrong");
    if (minute === 2) ctx.waitUntil(Promise.reject(new Error("it went wrong later")));
    if (minute === 3) ctx.waitUntil(later(5).then(() => ctx.waitUntil(later(5).then(() => { seen.late = true; }))));
    if (minute === 4) for (;;);
    if (minute === 5) await later(60_000);
    if (minute === 6) throw null;
  },
};`;

const CLASS = `
import { WorkerEntrypoint, waitUntil } from "cloudflare:workers";
let seen = {};
export default class extends WorkerEntrypoint {
  fetch() { return Response.json(seen); }
  scheduled(controller) {
    seen = { cron: controller.cron, word: this.env.WORD };
    if (controller.cron === "2 0 1 1 *") waitUntil(Promise.reject(new Error("later")));
  }
}`;

const LISTENER = `
let seen = {};
addEventListener("fetch", (event) => event.respondWith(Response.json(seen)));
addEventListener("scheduled", (event) => {
  seen = { cron: event.cron, time: event.scheduledTime, type: event.type, kind: event instanceof ExtendableEvent };
  if (event.cron === "2 0 1 1 *") event.waitUntil(Promise.reject(new Error("later")));
});`;

const crons = ["0 0 1 1 *"];

async function ctl(made: Workspace, ...args: string[]) {
  return run(nano, ["ctl", ...args, "--admin", `unix:${new Admin(made.directory).socket}`]);
}

describe("a scheduled call", () => {
  const scope = suiteScope();
  let made: Workspace;
  let server: Server;
  let admin: Admin;

  before(async () => {
    made = await buildApps(scope, {
      handler: {
        files: HANDLER,
        env: { WORD: "hi" },
        limits: { cpu: "200ms", scheduled: "500ms" },
        triggers: { crons },
      },
      entrypoint: { files: CLASS, env: { WORD: "hi" }, triggers: { crons } },
      listener: { files: LISTENER, triggers: { crons } },
      alone: { files: `export default { scheduled() {} };`, triggers: { crons } },
      none: `export default { fetch() { return new Response("none"); } };`,
      deferred: {
        files: `await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
          let calls = 0;
          export default { fetch: () => new Response(String(calls)), scheduled() { calls += 1; } };`,
        triggers: { crons },
      },
      slow: {
        files: `const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
          export default {
            fetch: (request, env) => new Response(env.WORD),
            async scheduled({ cron }, env) {
              console.log(env.WORD + " begins");
              await later(cron.startsWith("1 ") ? 1000 : 60_000);
              console.log(env.WORD + " ends");
            },
          };`,
        env: { WORD: "old" },
        drain_timeout: "5s",
        triggers: { crons },
      },
      grouped: { files: HANDLER, isolation: "process", triggers: { crons } },
    });
    server = await serve(scope, made.dist, { config: made.config });
    admin = new Admin(made.directory);
  });

  const start = async (app: string, body: object = {}) => {
    const { status, json, body: text } = await admin.post(`/admin/apps/${app}/cron`, body);
    assert.equal(status, 200, text);
    return json;
  };
  const seen = async (app: string) =>
    JSON.parse((await request(server, `${app}.test`, "/")).text) as Record<string, unknown>;

  test("is given a controller, env and ctx", async () => {
    const time = "2026-01-31T14:00:00.000Z";
    const ended = await start("handler", { cron: "0 9 * * *", time });
    assert.equal(ended.outcome, "ok");
    assert.equal(ended.time, time);
    assert.equal(ended.worker, 1);
    assert.deepEqual(await seen("handler"), {
      cron: "0 9 * * *",
      scheduledTime: Date.parse(time),
      type: "scheduled",
      word: "hi",
      noRetry: true,
    });
    assert.equal((await start("handler")).cron, crons[0]);
  });

  test("tells how it ended", async () => {
    const outcome = async (minute: number) =>
      (await start("handler", { cron: `${minute} 0 1 1 *` })).outcome;
    assert.equal(await outcome(1), "exception");
    await server.waitForLog(
      "the exception",
      ({ msg, app }) =>
        app === "handler" && /^scheduled "1 0 1 1 \*": Error: it went wrong/.test(msg),
    );
    assert.equal(await outcome(2), "exception");
    assert.equal(await outcome(3), "ok");
    assert.equal((await seen("handler")).late, true);
    assert.equal(await outcome(4), "cpu-limit");
    assert.equal(await outcome(5), "duration-limit");
    const line = await server.waitForLog(
      "the limit's line",
      ({ reason, key }) => reason === "duration-limit" && key !== "",
    );
    assert.equal(line.app, "handler");
    assert.equal(await outcome(6), "exception");
    assert.equal((await start("none", { cron: crons[0] })).outcome, "no-handler");
    await server.waitForLog(
      "the missing handler",
      ({ msg, app }) => app === "none" && /has no scheduled\(\)/.test(msg),
    );
  });

  test("is made of classes, listeners, deferred apps and apps of groups", async () => {
    assert.equal((await start("entrypoint")).outcome, "ok");
    assert.deepEqual(await seen("entrypoint"), { cron: crons[0], word: "hi" });
    assert.equal((await start("entrypoint", { cron: "2 0 1 1 *" })).outcome, "exception");
    assert.equal((await start("listener", { time: "2026-01-31T14:00:00Z" })).outcome, "ok");
    assert.deepEqual(await seen("listener"), {
      cron: crons[0],
      time: Date.parse("2026-01-31T14:00:00Z"),
      type: "scheduled",
      kind: true,
    });
    assert.equal((await start("listener", { cron: "2 0 1 1 *" })).outcome, "exception");
    assert.equal((await start("deferred")).outcome, "ok");
    assert.equal((await request(server, "deferred.test", "/")).text, "1");
    assert.equal((await start("alone")).outcome, "ok");
    assert.equal((await request(server, "alone.test", "/")).status, 500);
    const grouped = await start("grouped");
    assert.equal(grouped.outcome, "ok");
    assert.ok(grouped.worker > 1);
  });

  test("can be made and looked at by nano ctl", async () => {
    const made1 = await ctl(made, "cron", "run", "handler", "--time", "2026-01-31T14:00:00Z");
    assert.equal(made1.status, 0, made1.stderr);
    assert.match(
      made1.stdout,
      /^ok: handler, 0 0 1 1 \*, for 2026-01-31T14:00:00.000Z, \d+ ms in worker 1/,
    );
    const failed = await ctl(made, "cron", "run", "handler", "--cron", "1 0 1 1 *");
    assert.equal(failed.status, 1);
    assert.match(failed.stdout, /^exception: handler/);
    const wrong = await ctl(made, "cron", "run", "handler", "--cron", "0 0 31 2 *");
    assert.match(wrong.stderr, /never comes/);
    assert.notEqual(wrong.status, 0);
    const short = await ctl(made, "cron", "run", "handler", "--cron", "bogus");
    assert.match(short.stderr, /'bogus' has 1\n.* the second comes first\.$/m);
    assert.equal((await ctl(made, "cron", "run", "nobody")).status, 4);
    assert.equal((await ctl(made, "cron", "run", "handler", "--time", "noon")).status, 2);
    const listed = await ctl(made, "cron", "list");
    assert.match(listed.stdout, /alone +0 0 1 1 \* +\d{4}-01-01T00:00:00Z/);
    assert.match(
      (await ctl(made, "apps", "handler")).stdout,
      /cron +0 0 1 1 \*, next at \d{4}-01-01T00:00:00.000Z/,
    );
    const { json } = await admin.get("/admin/crons");
    // Calls for trying are not those that were due.
    assert.deepEqual(json.crons[0], {
      app: "alone",
      cron: crons[0],
      next: json.crons[0].next,
      last: null,
      runs: {},
      missed: 0,
    });
  });

  test("ends in the version that began it, within drain_timeout", async () => {
    const call = (minute: number) => start("slow", { cron: `${minute} 0 1 1 *` });
    const word = async () => (await request(server, "slow.test", "/")).text;
    assert.equal(await word(), "old");
    const ended = call(1);
    await server.waitForLog("its beginning", ({ msg }) => msg === "old begins");
    admin.changed(await admin.patch("slow", { env: { WORD: "new" } }));
    assert.equal(await word(), "new");
    assert.equal((await ended).outcome, "ok");
    await server.waitForLog("its end", ({ msg }) => msg === "old ends");
    assert.equal((await call(1)).outcome, "ok");
    await server.waitForLog("another end", ({ msg }) => msg === "new ends");

    const cut = call(2);
    await until(
      "it to begin",
      () => server.log.filter(({ msg }) => msg === "new begins").length === 2,
    );
    admin.changed(await admin.patch("slow", { env: { WORD: "newest" } }));
    assert.equal((await cut).outcome, "drain-timeout");
  });

  test("needs a handler, which the build says", async () => {
    const lacking = workspace(scope, {
      app: { files: `export default { fetch() { return new Response(); } };`, triggers: { crons } },
    });
    const { stdout, stderr } = await build(lacking);
    assert.match(stderr + stdout, /nano\.yaml:\d+:\d+/);
    assert.match(stderr + stdout, /cron triggers and no `scheduled`/);
  });

  test("is described in the manifest, for who serves without nano.yaml", async () => {
    // Without what was changed through the API.
    const copy = join(temporaryFolder(scope), "dist");
    cpSync(made.dist, copy, {
      recursive: true,
      filter: (path) => !path.includes("/.state"),
    });
    const alone = await serve(scope, copy, {
      cwd: "/",
      args: ["--admin", `unix:${made.directory}/other.sock`],
    });
    assert.ok(alone.port > 0);
    const { stdout } = await run(nano, [
      "ctl",
      "cron",
      "list",
      "--json",
      "--admin",
      `unix:${made.directory}/other.sock`,
    ]);
    assert.deepEqual(
      (JSON.parse(stdout) as { crons: { app: string }[] }).crons.map(({ app }) => app),
      ["alone", "deferred", "entrypoint", "grouped", "handler", "listener", "slow"],
    );
  });
});

/** All of them mean each second, and each is another expression. */
const SECONDS = Array.from({ length: 24 }, (_, hour) => `* * 0-23,${hour} * * *`);

/** Says that it was called, first of all; every third call goes on for a while. */
const teller = `
export default {
  fetch() { return new Response("here"); },
  async scheduled({ cron, scheduledTime }) {
    console.log("called " + scheduledTime + " " + cron);
    if (scheduledTime % 3000 === 0) await new Promise((resolve) => setTimeout(resolve, 300));
  },
};`;

const ticking: Record<string, App> = {
  one: { files: teller, hosts: "one.test", triggers: { crons: SECONDS } },
  two: { files: teller, hosts: "two.test", triggers: { crons: SECONDS } },
};

/** How often each call was made, by its app, expression and time. */
function callsIn(log: readonly LogLine[]): Map<string, number> {
  const calls = new Map<string, number>();
  for (const { app, msg } of log) {
    const match = /^called (\d+) (.*)$/.exec(msg);
    if (match === null) continue;
    const name = `${app} ${match[2]} ${match[1]}`;
    calls.set(name, (calls.get(name) ?? 0) + 1);
  }
  return calls;
}

/** Of the seconds from the first to the last that any call was for: each call once, none missing but `lost`. */
function checkOnce(log: readonly LogLine[], apps: string[]): number {
  const calls = callsIn(log);
  const times = [...calls.keys()].map((name) => Number(name.slice(name.lastIndexOf(" "))));
  const twice = [...calls].filter(([, count]) => count !== 1);
  assert.deepEqual(twice, []);
  // Begun in a worker that was killed before it could say so: told, and not made again.
  const lost = new Set(
    log.flatMap(({ app, cron, scheduled, outcome }) =>
      outcome === "worker-ended" ? [`${app} ${cron} ${Date.parse(String(scheduled))}`] : [],
    ),
  );
  const last = Math.max(...times);
  let told = 0;
  for (const app of apps) {
    for (const cron of SECONDS) {
      const own = [...calls.keys()].filter((name) => name.startsWith(`${app} ${cron} `));
      const first = Math.min(...own.map((name) => Number(name.slice(name.lastIndexOf(" ")))));
      for (let time = first; time < last; time += 1000) {
        const name = `${app} ${cron} ${time}`;
        assert.ok(calls.has(name) || lost.has(name), `${name} was not made`);
        told += calls.has(name) ? 1 : 0;
      }
    }
  }
  return told;
}

describe("what is due", () => {
  const scope = suiteScope();
  let made: Workspace;
  before(async () => {
    made = await buildApps(scope, ticking);
  });

  test("is called once, of a thousand, while workers are killed and versions swapped", async (t) => {
    const server = await serve(t, made.dist, { config: made.config, workers: 2 });
    const admin = new Admin(made.directory);
    let killed = 0;
    let swapped = 0;
    while (callsIn(server.log).size < 1200) {
      const made = callsIn(server.log).size;
      admin.changed(
        await admin.patch(swapped % 2 === 0 ? "one" : "two", { env: { SWAP: `${++swapped}` } }),
      );
      const workers = server.workers();
      process.kill(workers[++killed % workers.length]!, "SIGKILL");
      await until("more calls", () => callsIn(server.log).size > made);
      await until("both workers", () => server.workers().length === 2);
    }
    assert.ok(killed >= 5 && swapped >= 5, `${killed} kills, ${swapped} swaps`);
    const { json } = await admin.get("/admin/crons");
    assert.equal(json.crons.length, 2 * SECONDS.length);
    assert.ok(json.crons.every((cron: any) => cron.missed === 0 && cron.next !== null));
    assert.ok(checkOnce(server.log, ["one", "two"]) >= 1000);
    t.diagnostic(`${callsIn(server.log).size} calls, ${killed} kills, ${swapped} swaps`);
    const page = (await admin.get("/metrics")).body;
    assert.match(page, /nano_scheduled_calls_total\{app="one",cron="[^"]*",outcome="ok"\} \d+/);
  });

  test("is called once by the old server or the new one, over an upgrade", async (t) => {
    const { server } = await serveToUpgrade(t, made);
    await until("calls", () => callsIn(server.log).size > 48);
    const next = await upgrade(server, server.pid);
    const sizes = callsIn(server.log).size;
    await until("calls of the new one", () => callsIn(server.log).size > sizes + 96);
    await upgrade(server, next);
    const again = callsIn(server.log).size;
    await until("calls of the last one", () => callsIn(server.log).size > again + 96);
    checkOnce(server.log, ["one", "two"]);
  });

  test("is called once, though the server is killed and started again", async (t) => {
    const first = await serve(t, made.dist, { config: made.config, workers: 2 });
    await until("calls", () => callsIn(first.log).size > 96);
    await first.stop("SIGKILL");
    const second = await serve(t, made.dist, { config: made.config, workers: 2 });
    await until("calls", () => callsIn(second.log).size > 96);
    const calls = [...callsIn(first.log).keys(), ...callsIn(second.log).keys()];
    assert.equal(new Set(calls).size, calls.length, "some were made twice");
  });

  test("is what the configuration says when it is read again", async (t) => {
    const changing = await buildApps(t, { app: { files: teller, hosts: "app.test" } });
    const server = await serve(t, changing.dist, { config: changing.config });
    const admin = new Admin(changing.directory);
    assert.deepEqual((await admin.get("/admin/crons")).json, { crons: [] });
    admin.changed(await admin.patch("app", { triggers: { crons: ["* * * * * *"] } }));
    await server.waitForLog("a call", ({ msg }) => msg.startsWith("called"));
    const { status, body } = await admin.patch("app", { triggers: { crons: ["* * * * * 0"] } });
    assert.equal(status, 422, body);
    admin.changed(await admin.patch("app", { triggers: null }));
    assert.deepEqual((await admin.get("/admin/crons")).json, { crons: [] });
  });
});
