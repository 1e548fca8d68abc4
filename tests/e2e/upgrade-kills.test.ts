// Either server is killed (SIGKILL) at each step of an upgrade by SIGUSR2. Of the new one, nobody notices until it has
// been let serve; of the old one, the new one serves as soon as there is one.
//
// They are held at system calls (lib/held.ts), by which the steps are known: the sockets are copied and sent, the new
// program is forked, runs and takes them, forks its workers, says that it could serve, and hears that it is to.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, test, type TestContext } from "node:test";
import { request } from "../../tools/harness/http.ts";
import { until } from "../../tools/harness/wait.ts";
import { Admin } from "./lib/admin-client.ts";
import { buildApps, type Workspace } from "./lib/apps.ts";
import { cannotHold, Held } from "./lib/held.ts";
import type { Installation } from "./lib/installation.ts";
import { childrenOf, serve, type Server } from "./lib/server.ts";
import { suiteScope, temporaryFolder } from "./lib/temporary.ts";
import { alive, APP, ask, failure, serveToUpgrade, upgrade } from "./lib/upgrades.ts";

/** Where a server is held: its call, and how many of these came before and with it. */
interface Point {
  step: string;
  call: string;
  count: number;
}

interface OldPoint extends Point {
  /** Whether there is a new server that takes over by then; "maybe": it is being made. */
  next: boolean | "maybe";
}

const OLD: OldPoint[] = [
  { step: "the sockets are being copied", call: "fcntl", count: 1, next: false },
  { step: "the state is let go", call: "memfd_create", count: 1, next: false },
  { step: "the sockets are sent", call: "sendmsg", count: 1, next: false },
  { step: "the new program is forked", call: "rt_sigprocmask", count: 2, next: "maybe" },
  { step: "its process is known", call: "pidfd_open", count: 1, next: "maybe" },
  { step: "it could serve", call: "recvfrom", count: 2, next: true },
  { step: "it is let go", call: "wait4", count: 1, next: true },
  { step: "it is let serve", call: "sendto", count: 2, next: true },
  { step: "one worker is told", call: "sendmsg", count: 2, next: true },
  { step: "all workers are told", call: "sendmsg", count: 3, next: true },
];

interface NewPoint extends Point {
  /** Whether the old one has stopped accepting by then. */
  replaced: boolean;
}

const NEW: NewPoint[] = [
  { step: "it begins", call: "execve", count: 1, replaced: false },
  { step: "it has the sockets", call: "recvmsg", count: 1, replaced: false },
  { step: "one worker is forked", call: "clone", count: 1, replaced: false },
  { step: "all workers are forked", call: "clone", count: 2, replaced: false },
  { step: "it is let serve", call: "recvfrom", count: 1, replaced: true },
  { step: "one worker accepts", call: "sendmsg", count: 1, replaced: true },
  { step: "all workers accept", call: "sendmsg", count: 2, replaced: true },
];

describe("kills at the steps of an upgrade", { skip: cannotHold }, () => {
  const scope = suiteScope();
  let made: Workspace;

  before(async () => {
    made = await buildApps(scope, { app: APP });
  });

  /** A server whose next program waits until it is let go. */
  async function startWaiting(t: TestContext) {
    const { server, installation } = await serveToUpgrade(t, made);
    const gate = join(temporaryFolder(t), "gate");
    execFileSync("mkfifo", [gate]);
    installation.replace(`read -r _ < '${gate}'; exec "$real" "$@"`);
    await ask(server);
    const upgrading = async () => {
      server.signal("SIGUSR2");
      const { pid } = await server.waitForLog("the upgrade", ({ msg }) => /^upgrading/.test(msg));
      return Number(pid);
    };
    const letGo = () => writeFile(gate, "\n");
    return { server, installation, upgrading, letGo };
  }

  /** Asks all the time, until it is ended; no request may fail. */
  function asking(t: TestContext, server: Server): () => Promise<void> {
    let running = true;
    const client = async () => {
      while (running) assert.equal(await ask(server), "one");
    };
    const all = Promise.all([client(), client(), client()]);
    all.catch(() => (running = false));
    const end = async () => {
      running = false;
      await all;
    };
    t.after(() => end().catch(() => {}));
    return end;
  }

  /** The old server serves as if nothing had been: changes can be kept, and an upgrade made. */
  async function checkGoesOn(server: Server, installation: Installation): Promise<void> {
    const admin = new Admin(made.directory);
    const changed = await admin.patch("app", { env: { X: String(Math.random()) } });
    assert.ok(changed.status < 300, `${changed.body}${server.output}`);
    await until("two workers", () => server.workers().length === 2); // A probe may be ending.
    installation.restore();
    await upgrade(server, server.pid);
    assert.equal(await ask(server), "one");
  }

  /** Nobody serves; the next start does. */
  async function checkNextStart(t: TestContext, server: Server): Promise<void> {
    const listen = `127.0.0.1:${server.port}`;
    const next = await serve(t, made.dist, { config: made.config, workers: 2, listen });
    assert.equal(await ask(next), "one");
    const changed = await new Admin(made.directory).patch("app", { env: { X: "again" } });
    assert.ok(changed.status < 300, `${changed.body}${next.output}`);
    await next.stop();
  }

  for (const { step, call, count, next } of OLD) {
    test(`the old one, ${step}`, async (t) => {
      const { server } = await serveToUpgrade(t, made);
      await ask(server);
      const workers = server.workers();
      const held = await Held.at(t, server.pid, call, count);
      server.signal("SIGUSR2");
      await held.reached();
      const others = () => childrenOf(server.pid).filter((pid) => !workers.includes(pid));
      const made_ = others().flatMap((pid) => [pid, ...childrenOf(pid)]);
      server.signal("SIGKILL");
      await held.release();
      await until("its workers' end", () => !workers.some(alive));
      const serves = async () =>
        (await request(server, "app.test", "/").catch(() => undefined))?.text;
      if (next === true) {
        await until("the new server", async () => (await serves()) === "one");
      } else {
        // There is one whole server, or none.
        await until(
          "what comes of it",
          async () => !made_.some(alive) || (await serves()) === "one",
        );
      }
      const successor = server.log.findLast(({ msg }) => /^took over/.test(msg));
      assert.ok(next !== true || successor !== undefined, server.output);
      const answer = await serves();
      assert.equal(answer, successor === undefined ? undefined : "one");
      if (answer === undefined) return checkNextStart(t, server);
      const admin = new Admin(made.directory);
      await until(
        "the admin API",
        async () => (await admin.get("/ready").catch(() => undefined))?.status === 200,
      );
      const changed = await admin.patch("app", { env: { X: step } });
      assert.ok(changed.status < 300, `${changed.body}${server.output}`);
      const { workers: told } = (await admin.get("/admin/status")).json;
      assert.equal(told.length, 2);
      const main = Number(
        /PPid:\s+(\d+)/.exec(readFileSync(`/proc/${told[0].pid}/status`, "utf8"))![1],
      );
      process.kill(main, "SIGTERM");
      await until("the new server's end", () => !alive(main));
    });
  }

  for (const { step, call, count, replaced } of NEW) {
    test(`the new one, ${step}`, async (t) => {
      const { server, installation, upgrading, letGo } = await startWaiting(t);
      const end = asking(t, server);
      const pid = await upgrading();
      const held = await Held.at(t, pid, call, count);
      if (replaced) await end(); // Those who ask meanwhile ask the new one.
      await letGo();
      await held.reached();
      const workers = childrenOf(pid);
      process.kill(pid, "SIGKILL");
      await held.release();
      await until("its workers' end", () => !workers.some(alive));
      if (replaced) {
        await until("the old server's end", () => !alive(server.pid));
        return checkNextStart(t, server);
      }
      assert.match((await failure(server)).msg, /SIGKILL/);
      await end();
      await checkGoesOn(server, installation);
    });
  }

  test("the new one, it has said that it could serve, and the old one comes to it late", async (t) => {
    const { server, installation, upgrading, letGo } = await startWaiting(t);
    const end = asking(t, server);
    const pid = await upgrading();
    const held = await Held.at(t, server.pid, "recvfrom", 1);
    await letGo();
    await held.reached();
    process.kill(pid, "SIGKILL");
    await until("its end", () => !alive(pid));
    await held.release();
    assert.match((await failure(server)).msg, /SIGKILL/);
    await end();
    await checkGoesOn(server, installation);
  });

  test("a worker of the new one that could not serve yet", async (t) => {
    const { server, installation, upgrading, letGo } = await startWaiting(t);
    const end = asking(t, server);
    const pid = await upgrading();
    const held = await Held.at(t, pid, "clone", 2);
    await letGo();
    await held.reached();
    process.kill(childrenOf(pid)[0], "SIGKILL");
    await held.release();
    assert.match((await failure(server)).msg, /worker 1 was killed by SIGKILL/);
    await end();
    await checkGoesOn(server, installation);
  });

  test("a worker of the old one, in the middle", async (t) => {
    const { server, upgrading, letGo } = await startWaiting(t);
    await upgrading();
    const [victim] = server.workers();
    process.kill(victim, "SIGKILL");
    await until(
      "another worker",
      () => !alive(victim) && server.workers().filter((each) => each !== victim).length === 3,
    );
    await letGo();
    await server.waitForLog("the new server", ({ msg }) => /^took over/.test(msg));
    await until("the old server's end", () => !alive(server.pid));
    assert.equal(await ask(server), "one");
  });
});
