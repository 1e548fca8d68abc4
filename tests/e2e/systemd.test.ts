// The installed units under a real systemd, which is the first process of a machine of its own (lib/machine.ts):
// hardening, reloads, upgrades, the watchdog, stops, and sockets.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, beforeEach, describe, test } from "node:test";
import { build, workspace, type Workspace } from "./lib/apps.ts";
import { Machine, withoutMachine } from "./lib/machine.ts";
import { suiteScope } from "./lib/temporary.ts";
import { until } from "../../tools/harness/wait.ts";

const app = (word: string) => `
  export default {
    async fetch(request) {
      const url = new URL(request.url);
      // Long enough for the engine to make machine code of it, while it runs.
      if (url.pathname === "/hot") {
        let sum = 0;
        for (let i = 0; i < 2e7; i++) sum = (sum * 31 + i) | 0;
        return new Response(String(sum));
      }
      const ms = Number(url.searchParams.get("ms"));
      if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
      return new Response("${word}");
    },
  };`;

const MAIN = ["kill", "--kill-whom=main"];
const DROP_IN = "/run/systemd/system/nano.service.d";

const skip = await withoutMachine();

describe("under systemd", { skip }, () => {
  const scope = suiteScope();
  let machine: Machine;
  let made: Workspace;

  const property = (name: string) => machine.property("nano", name);
  const mainProcess = () => property("MainPID");
  const ask = (path = "/") =>
    machine.output("curl", "-sS", "--max-time", "20", `http://127.0.0.1:8080${path}`);
  const journal = () => machine.output("journalctl", "-u", "nano", "-o", "cat", "--no-pager");
  /** Fields of a process's status, by the kernel. */
  const statusOf = async (pid: string) =>
    new Map(
      (await machine.output("cat", `/proc/${pid}/status`))
        .split("\n")
        .map((line) => line.split(":\t", 2) as [string, string]),
    );

  /** Waits until the server has so many connections. */
  const connected = (count: number) =>
    until(`${count} connections`, async () => {
      const sockets = await machine.output("cat", "/proc/net/tcp");
      // Of port 8080, established.
      return sockets.match(/ 0100007F:1F90 [0-9A-F:]+ 01 /g)?.length === count;
    });

  async function deploy(word: string): Promise<void> {
    writeFileSync(join(made.directory, "app/index.ts"), app(word));
    await build(made);
    // As docs/running.md has it.
    await machine.output("mkdir", "-p", "/var/lib/nano");
    for (const path of ["dist", "nano.yaml"]) {
      machine.copy(join(made.directory, path), join("/var/lib/nano", path));
    }
  }

  /** Has the program replaced by itself; the new main process. */
  async function upgrade(): Promise<string> {
    const old = await mainProcess();
    await machine.systemctl(...MAIN, "-s", "USR2", "nano");
    return await until("another main process", async () => {
      const pid = await mainProcess();
      return pid !== old && pid !== "0" && pid;
    });
  }

  before(async () => {
    made = workspace(
      scope,
      { app: { files: app("one"), default: true } },
      { listen: "127.0.0.1:8080", workers: 2, shutdown_timeout: "2s" },
    );
    machine = await Machine.boot(scope);
  });

  beforeEach(async () => {
    await machine.run("systemctl", ["stop", "nano.service", "nano.socket"]);
    await machine.run("systemctl", ["reset-failed", "nano.service", "nano.socket"]);
    await machine.output("rm", "-rf", DROP_IN, "/var/lib/nano", "/var/lib/private/nano");
    await machine.systemctl("daemon-reload");
    await deploy("one");
  });

  /** Settings of the unit, beyond those that are installed, as `systemctl edit` would write them. */
  async function edit(...settings: string[]): Promise<void> {
    await machine.output("mkdir", "-p", DROP_IN);
    machine.write(`${DROP_IN}/test.conf`, ["[Service]", ...settings, ""].join("\n"));
    await machine.systemctl("daemon-reload");
  }

  test("it serves, hardened, and says what it serves", async () => {
    await machine.systemctl("start", "nano");
    assert.equal(await property("StatusText"), "Serving release 1: 1 app with 2 workers");
    assert.equal(await ask(), "one");
    assert.match(await ask("/hot"), /^-?\d+$/);
    const pid = await mainProcess();
    const workers = (await machine.output("cat", `/proc/${pid}/task/${pid}/children`)).trim();
    for (const each of [pid, ...workers.split(" ")]) {
      const status = await statusOf(each);
      assert.notEqual(status.get("Uid")!.split("\t")[0], "0");
      assert.equal(status.get("NoNewPrivs"), "1");
      assert.equal(status.get("Seccomp"), "2");
      // CAP_NET_BIND_SERVICE, of which workers have no need.
      const capabilities = each === pid ? "0000000000000400" : "0000000000000000";
      assert.equal(status.get("CapEff"), capabilities);
    }
    // The unit lets them have all of it.
    assert.match(await journal(), /"workers are in a sandbox"/);
    // In tenths; 2.0 is "OK", and what is left is needed.
    await machine.output("systemd-analyze", "security", "--no-pager", "--threshold=20", "nano");
    const status = await machine.output(
      ...("nano ctl --admin unix:/var/lib/nano/nano.sock status".split(" ") as [string]),
    );
    assert.match(status, /^release 1 /m);
    assert.doesNotMatch(await journal(), /"level":"(warn|error)"/);
  });

  test("a port below 1024 may be listened on", async () => {
    await edit("ExecStart=", "ExecStart=/usr/local/bin/nano serve --listen 127.0.0.1:80");
    await machine.systemctl("start", "nano");
    assert.equal(await machine.output("curl", "-sS", "http://127.0.0.1/"), "one");
  });

  test("a reload is told, and is over when the new release is served", async () => {
    await machine.systemctl("start", "nano");
    await deploy("two");
    await machine.systemctl("reload", "nano");
    await until("release 2", async () => (await property("StatusText")).includes("release 2"));
    assert.equal(await property("ActiveState"), "active");
    assert.equal(await ask(), "two");
  });

  test("an upgrade makes another process the main one, which systemd watches over as its own", async () => {
    await machine.systemctl("start", "nano");
    const old = await mainProcess();
    const slow = ask("/?ms=1500");
    await connected(1);
    const pid = await upgrade();
    assert.equal((await statusOf(pid)).get("PPid"), "1");
    assert.equal(await slow, "one");
    await until("the old one's end", async () => {
      const { status } = await machine.run("test", ["-d", `/proc/${old}`]);
      return status !== 0;
    });
    assert.equal(await property("ActiveState"), "active");
    assert.equal(await property("NRestarts"), "0");
    await machine.systemctl("reload", "nano");
    assert.equal(await ask(), "one");
    const all = await machine.output("journalctl", "_PID=1", "-o", "cat", "--no-pager");
    assert.doesNotMatch(all, /not our child/);
  });
  test("after an upgrade a stop waits for what is under way, in both servers", async () => {
    await machine.systemctl("start", "nano");
    const ofOld = ask("/?ms=1500");
    await connected(1);
    await upgrade();
    const ofNew = ask("/?ms=1000");
    await connected(2);
    await machine.systemctl("stop", "nano");
    assert.equal(await property("Result"), "success");
    assert.equal(await ofNew, "one");
    assert.equal(await ofOld, "one");
  });

  test("a server that dies soon after it took over is started again", async () => {
    await machine.systemctl("start", "nano");
    const slow = ask("/?ms=3000").catch(() => "");
    await connected(1);
    const pid = await upgrade();
    await machine.output("kill", "-KILL", pid);
    await until("a restart", async () => (await property("NRestarts")) === "1");
    await until("it to serve", async () => (await property("ActiveState")) === "active");
    assert.equal(await ask(), "one");
    await slow;
  });

  test("a supervisor that hangs is replaced: the watchdog", async () => {
    await edit("WatchdogSec=1", "RestartSec=0");
    await machine.systemctl("start", "nano");
    const pid = await upgrade();
    await machine.systemctl(...MAIN, "-s", "STOP", "nano");
    await until("a restart", async () => (await property("NRestarts")) === "1");
    await until("it to serve", async () => (await property("ActiveState")) === "active");
    assert.notEqual(await mainProcess(), pid);
    assert.equal(await ask(), "one");
    assert.match(
      await machine.output("journalctl", "_PID=1", "-o", "cat", "--no-pager"),
      /Watchdog timeout/,
    );
  });

  test("a stop waits for requests for server.shutdown_timeout, and no longer", async () => {
    await machine.systemctl("start", "nano");
    let slow = ask("/?ms=1000");
    await connected(1);
    await machine.systemctl("stop", "nano");
    assert.equal(await slow, "one");
    assert.equal(await property("Result"), "success");

    await machine.systemctl("start", "nano");
    slow = ask("/?ms=15000").catch(() => "cut");
    await connected(1);
    await machine.systemctl("stop", "nano");
    assert.equal(await slow, "cut");
    // It ended by itself, and said that something was cut.
    assert.equal(await property("Result"), "exit-code");
    assert.equal(await property("ExecMainStatus"), "1");
  });

  test("systemd's sockets start it, outlive it, and go through an upgrade", async () => {
    await machine.systemctl("start", "nano.socket");
    assert.equal(await property("ActiveState"), "inactive");
    assert.equal(await ask(), "one");
    assert.equal(await property("ActiveState"), "active");
    await upgrade();
    assert.equal(await ask(), "one");
    await machine.systemctl("stop", "nano.service");
    const waiting = await Promise.all(Array.from({ length: 20 }, () => ask("/?ms=20")));
    assert.deepEqual(new Set(waiting), new Set(["one"]));
  });
});
