// Processes that are killed (SIGKILL) at each step of a swap: of a worker or the probe, the old or the new version
// serves, everywhere, and the answer to the change says which; of the supervisor, nothing is left, and the server that
// is started next serves the old one, or from the moment that the change was saved the new one.
//
// They are held at system calls (lib/held.ts), by which the steps are known: the snapshot comes, is copied and checked,
// the probe is forked and told, the workers are told, the state is written and renamed, the workers are told again.

import assert from "node:assert/strict";
import { copyFileSync, existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test, type TestContext } from "node:test";
import { Connection, request } from "../../tools/harness/http.ts";
import { until } from "../../tools/harness/wait.ts";
import { Admin, type Answer } from "./lib/admin-client.ts";
import { build, buildApps, writeFiles, type Workspace } from "./lib/apps.ts";
import { cannotHold, Held } from "./lib/held.ts";
import { childrenOf, serve, type Server } from "./lib/server.ts";
import { counter } from "./lib/swapping.ts";
import { suiteScope } from "./lib/temporary.ts";
import { alive } from "./lib/upgrades.ts";

type Who = "supervisor" | "worker" | "probe";

/** Where a swap is held: the process that is, its call, and how many of these came before and with it. */
interface Point {
  step: string;
  who: Who;
  call: string;
  count: number;
  /** Whether the change has been saved by then; "maybe": the others go on meanwhile. */
  saved?: boolean | "maybe";
  /** It may have been answered by then. */
  answered?: boolean;
}

/** Signals are let in again once the probe has been forked. */
const FORKED = { call: "rt_sigprocmask", count: 2 };

const POINTS: Point[] = [
  { step: "read: the upload's file is made", who: "supervisor", call: "openat", count: 1 },
  { step: "check: the snapshot is copied", who: "supervisor", call: "memfd_create", count: 1 },
  { step: "check: the snapshot is kept", who: "supervisor", call: "renameat", count: 1 },
  { step: "compare: is over", who: "supervisor", call: "socketpair", count: 1 },
  { step: "boot: the probe is there", who: "supervisor", ...FORKED },
  { step: "boot: the probe is told", who: "supervisor", call: "sendmsg", count: 2 },
  { step: "boot: the probe boots it", who: "probe", call: "sendmsg", count: 1 },
  { step: "health: the probe asks it", who: "probe", call: "sendmsg", count: 2 },
  { step: "prepare: one worker is told", who: "supervisor", call: "sendmsg", count: 4 },
  { step: "prepare: all workers are told", who: "supervisor", call: "sendmsg", count: 6 },
  { step: "prepare: a worker boots it", who: "worker", call: "sendmsg", count: 1 },
  { step: "prepare: a worker asks it", who: "worker", call: "sendmsg", count: 2 },
  { step: "prepare: a worker has", who: "worker", call: "sendmsg", count: 3, saved: "maybe" },
  { step: "persist: the state is written", who: "supervisor", call: "fsync", count: 5 },
  { step: "persist: it has its name", who: "supervisor", call: "renameat", count: 3, saved: true },
  { step: "commit: one worker is told", who: "supervisor", call: "sendmsg", count: 7, saved: true },
  { step: "commit: all are told", who: "supervisor", call: "sendmsg", count: 8, saved: true },
  { step: "commit: a worker drains", who: "worker", call: "sendmsg", count: 4, saved: true },
  {
    step: "commit: a worker has",
    who: "worker",
    call: "sendmsg",
    count: 5,
    saved: true,
    answered: true,
  },
];

describe("kills at the steps of a swap", { skip: cannotHold }, () => {
  const scope = suiteScope();
  let made: Workspace;
  /** The new version's snapshot; the dist has the old one. */
  let fresh: string;
  let oldDigest: string;

  before(async () => {
    made = await buildApps(scope, { app: { files: counter("new"), health: "/" } });
    const snapshot = (): string =>
      JSON.parse(readFileSync(join(made.dist, "manifest.json"), "utf8")).apps[0].snapshot;
    fresh = join(made.directory, "new.snap");
    copyFileSync(join(made.dist, snapshot()), fresh);
    writeFiles(join(made.directory, "app"), { "index.ts": counter("old") });
    await build(made);
    oldDigest = /[0-9a-f]{64}/.exec(snapshot())![0];
  });

  /** A server of the old version, nothing kept. */
  async function start(t: TestContext): Promise<{ server: Server; admin: Admin }> {
    rmSync(join(made.dist, ".state"), { recursive: true, force: true });
    const server = await serve(t, made.dist, { config: made.config, workers: 2 });
    const admin = new Admin(made.directory);
    // Who has no isolate of the old version boots none of the new one ahead.
    await until("an isolate in each worker", async () => {
      const { workers } = (await admin.get("/admin/status")).json;
      return workers.length === 2 && workers.every((each: any) => each.versions.length === 1);
    });
    return { server, admin };
  }

  async function change(admin: Admin): Promise<Answer> {
    const headers = [`If-Match: ${await admin.etag("app")}`];
    return admin.ask("/admin/apps/app", { method: "PUT", headers, form: [`snapshot=@${fresh}`] });
  }

  /** What all workers answer, once they answer the same. */
  async function served(server: Server): Promise<string> {
    let word = "";
    await until("all workers to serve one version", async () => {
      const answers = await Promise.all(
        Array.from({ length: 16 }, () => request(server, "app.test", "/").catch(() => undefined)),
      );
      const words = new Set(answers.map((answer) => answer?.text.split(" ")[0] ?? "none"));
      word = [...words].join();
      return words.size === 1 && word !== "none";
    });
    return word;
  }

  /** What servers leave in the state's folder: what counts, and nothing else. */
  function checkKept(word: string): void {
    const folder = join(made.dist, ".state");
    const expected = new Set(["lock", "snapshots", "state.json", "uploads"]);
    for (const name of readdirSync(folder)) assert.ok(expected.has(name), name);
    assert.deepEqual(readdirSync(join(folder, "uploads")), []);
    const state = join(folder, "state.json");
    const text = existsSync(state) ? readFileSync(state, "utf8") : "";
    for (const name of readdirSync(join(folder, "snapshots"))) {
      const digest = name.replace(".snap", "");
      const serves = word === "old" && digest === oldDigest;
      assert.ok(serves || text.includes(digest), `${name} is neither served nor named`);
    }
  }

  /** Begins the change, and comes back with the swap at the point. */
  async function reach(t: TestContext, point: Point, server: Server, admin: Admin) {
    const workers = server.workers();
    const probe = () => childrenOf(server.pid).find((pid) => !workers.includes(pid));
    let held: Held;
    let answer: Promise<Answer>;
    if (point.who === "probe") {
      const forking = await Held.at(t, server.pid, FORKED.call, FORKED.count);
      answer = change(admin);
      await forking.reached();
      const pid = await until("the probe", probe);
      held = await Held.at(t, pid, point.call, point.count);
      await forking.release();
    } else {
      const pid = point.who === "worker" ? workers[0] : server.pid;
      held = await Held.at(t, pid, point.call, point.count);
      answer = change(admin);
    }
    answer.catch(() => {}); // Its own test looks at it.
    await held.reached();
    return { held, answer, workers, probe: probe() };
  }

  async function killsSupervisor(t: TestContext, point: Point): Promise<void> {
    const { server, admin } = await start(t);
    const { held, answer, workers, probe } = await reach(t, point, server, admin);
    process.kill(server.pid, "SIGKILL");
    await held.release();
    // Its children end with it: nobody serves what nobody watches over.
    const children = [...workers, ...(probe === undefined ? [] : [probe])];
    await until("the children's end", () => !children.some(alive));
    await server.exited;
    if (point.answered !== true) await assert.rejects(answer);
    const listen = `127.0.0.1:${server.port}`;
    const next = await serve(t, made.dist, { config: made.config, workers: 2, listen });
    const word = await served(next);
    assert.match(word, point.saved === "maybe" ? /old|new/ : point.saved ? /new/ : /old/);
    checkKept(word);
    const again = await change(new Admin(made.directory));
    assert.equal(again.status, 200, `${again.body}${next.output}`);
    assert.equal(await served(next), "new");
    await next.stop();
  }

  async function killsChild(t: TestContext, point: Point, victim: Who): Promise<void> {
    const { server, admin } = await start(t);
    const { held, answer, workers, probe } = await reach(t, point, server, admin);
    process.kill(victim === "probe" ? probe! : workers[0], "SIGKILL");
    await held.release();
    const { status, json, body } = await answer;
    if (victim === "probe" && status !== 200) {
      // Who had its answer needs it no more.
      assert.equal(json.step, point.step.split(":")[0], body);
      assert.match(json.detail, /the probe was killed by SIGKILL|it ended its process, which was/);
      assert.equal(await served(server), "old");
      assert.equal((await change(admin)).status, 200, server.output);
    } else {
      assert.ok(status === 200 || status === 202, `${body}${server.output}`);
    }
    assert.equal(await served(server), "new");
    await until("two workers", () => server.workers().length === 2);
    const { workers: told } = (await admin.get("/admin/status")).json;
    for (const each of told) assert.equal(each.release, told[0].release);
    if (victim === "worker") {
      await server.waitForLog("the worker's death", ({ msg }) =>
        /^worker 1 was killed by SIGKILL/.test(msg),
      );
    }
    checkKept("new");
    await server.stop();
  }

  for (const point of POINTS) {
    test(`the supervisor, ${point.step}`, (t) => killsSupervisor(t, point));
    if (point.who !== "probe") {
      test(`a worker, ${point.step}`, (t) => killsChild(t, point, "worker"));
    }
    if (point.who === "probe" || /^boot/.test(point.step)) {
      test(`the probe, ${point.step}`, (t) => killsChild(t, point, "probe"));
    }
  }

  for (const victim of ["worker", "supervisor"] as const) {
    test(`the ${victim}, drain: an old stream goes on`, async (t) => {
      const { server, admin } = await start(t);
      const stream = await Connection.open(server);
      t.after(() => stream.close());
      await stream.send("GET /slow?ms=60000 HTTP/1.1\r\nHost: app.test\r\n\r\n");
      await stream.readSome();
      const { status, json } = await change(admin);
      assert.equal(status, 202);
      if (victim === "supervisor") {
        const workers = server.workers();
        process.kill(server.pid, "SIGKILL");
        await until("the workers' end", () => !workers.some(alive));
        const next = await serve(t, made.dist, { config: made.config, workers: 2 });
        assert.equal(await served(next), "new");
        checkKept("new");
        return;
      }
      const { workers } = (await admin.get("/admin/status")).json;
      const holder = workers.find((each: any) => each.versions.some((it: any) => it.draining));
      process.kill(holder.pid, "SIGKILL");
      await until("the drain's end", async () => {
        return (await admin.get(json.operation)).json.state === "done";
      });
      assert.equal(await served(server), "new");
      checkKept("new");
    });
  }
});
