// Under a service manager: what it is told, the sockets that it gives, and the unit that is installed.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { build, buildApps, workspace, writeConfig } from "./lib/apps.ts";
import { curl } from "./lib/curl.ts";
import { Installation } from "./lib/installation.ts";
import { run } from "./lib/program.ts";
import { childrenOf, serve, Server } from "./lib/server.ts";
import { temporaryFolder, type Scope } from "./lib/temporary.ts";
import { Connection, request, requestBytes } from "../../tools/harness/http.ts";
import { buildDirectory, nano } from "../../tools/harness/paths.ts";
import { until, within } from "../../tools/harness/wait.ts";

const HELLO = `export default { fetch: () => new Response("hello") };`;
/** Needs more than a mebibyte of buffers. */
const LARGE = `const kept = new Uint8Array(3e6);
export default { fetch: () => new Response("shop " + kept[0]) };`;
const script = join(import.meta.dirname, "lib/service-manager.pl");

/** What arrives at a service manager's socket. */
class Manager {
  readonly address: string;
  lines: string[] = [];

  private constructor(scope: Scope, address: string) {
    this.address = address;
    const child = spawn("perl", [script, address], { stdio: ["ignore", "pipe", "inherit"] });
    scope.after(() => void child.kill("SIGKILL"));
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (more: string) => {
      text += more;
      this.lines = text.split("\n").slice(0, -1);
    });
  }

  static async start(scope: Scope, abstract = false): Promise<Manager> {
    const path = join(temporaryFolder(scope), "notify");
    const manager = new Manager(scope, abstract ? `@${path}` : path);
    await until("the service manager", () => manager.lines.includes("listening"));
    return manager;
  }

  /** Waits for a message of those that came after the first `skip`; returns it. */
  message(pattern: RegExp, skip = 0): Promise<string> {
    return until(`a message like ${pattern} among:\n${this.lines.join("\n")}`, () =>
      this.lines.slice(skip).find((line) => pattern.test(line)),
    );
  }
}

for (const abstract of [false, true]) {
  test(`it is told over ${abstract ? "an abstract" : "a"} socket what becomes of the server`, async (t) => {
    const made = await buildApps(t, { app: HELLO });
    const manager = await Manager.start(t, abstract);
    const server = await serve(t, made.dist, {
      config: made.config,
      workers: 2,
      env: { ...process.env, NOTIFY_SOCKET: manager.address },
    });
    const ready = await manager.message(/READY=1/);
    assert.equal(ready, "READY=1 | STATUS=Serving release 1: 1 app with 2 workers");
    assert.equal(manager.lines[1], ready, "nothing is said before");

    // A reload that changes nothing, one that does, and one that fails.
    let skip = manager.lines.length;
    server.signal("SIGHUP");
    await manager.message(/^RELOADING=1 \| MONOTONIC_USEC=\d+$/, skip);
    await manager.message(/^READY=1 \| STATUS=Serving release 1: /, skip);
    writeFileSync(join(made.directory, "app/index.ts"), HELLO.replace("hello", "again"));
    await build(made);
    skip = manager.lines.length;
    server.signal("SIGHUP");
    await manager.message(/^READY=1 \| STATUS=Serving release 2: 1 app with 2 workers$/, skip);
    assert.equal((await request(server, "app.test", "/")).text, "again");
    writeFileSync(join(made.dist, "manifest.json"), "{");
    skip = manager.lines.length;
    server.signal("SIGHUP");
    await manager.message(
      /^READY=1 \| .*release 2: .*; the last reload failed \(see the log\)$/,
      skip,
    );

    assert.deepEqual(await server.stop(), { status: 0, signal: null });
    await manager.message(/^STOPPING=1 \| STATUS=/);
  });
}

test("an app that is found not to boot is none of those that are served", async (t) => {
  const apps = { app: HELLO, shop: { files: LARGE } };
  const made = await buildApps(t, apps);
  const hosts = {
    app: { files: HELLO, hosts: "app.test" },
    shop: { files: LARGE, hosts: "shop.test" },
  };
  writeConfig(made.directory, {
    ...hosts,
    shop: { ...hosts.shop, limits: { external_memory: "1MiB" } },
  });
  const manager = await Manager.start(t);
  const server = await serve(t, made.dist, {
    config: made.config,
    cwd: made.directory,
    workers: 1,
    env: { ...process.env, NOTIFY_SOCKET: manager.address },
  });
  await manager.message(
    /STATUS=Serving release 1: 1 app with 1 worker; 1 app cannot be served \(see the log\)$/,
  );
  writeConfig(made.directory, hosts);
  const skip = manager.lines.length;
  server.signal("SIGHUP");
  await manager.message(/^READY=1 \| STATUS=Serving release 2: 2 apps with 1 worker$/, skip);
});

// As systemd's Type=notify-reload waits for it: a message from after the signal says that the reload has begun,
// and one behind that, that it is over. Its clock is the kernel's, from the machine's start.
test("each SIGHUP is answered by one reload that has begun since, and by its end", async (t) => {
  const made = await buildApps(t, { app: HELLO });
  const manager = await Manager.start(t);
  const server = await serve(t, made.dist, {
    config: made.config,
    env: { ...process.env, NOTIFY_SOCKET: manager.address },
  });
  await manager.message(/^READY=1/);
  const now = () => process.hrtime.bigint() / 1000n;
  for (const word of ["one", "two"]) {
    writeFileSync(join(made.directory, "app/index.ts"), HELLO.replace("hello", word));
    await build(made);
    const skip = manager.lines.length;
    const signalled = now();
    server.signal("SIGHUP");
    await manager.message(/^READY=1/, skip);
    assert.equal((await request(server, "app.test", "/")).text, word);
    const told = manager.lines.slice(skip);
    const [begun, over, ...more] = told.filter((line) => !line.startsWith("STATUS="));
    const time = BigInt(/^RELOADING=1 \| MONOTONIC_USEC=(\d+)$/.exec(begun!)![1]!);
    assert.ok(signalled <= time && time <= now(), `${signalled} ${time} ${now()}`);
    assert.match(over!, /^READY=1 \| STATUS=Serving release /);
    assert.deepEqual(more, []);
  }
});

test("its watchdog hears of a server that is alive, and of none whose supervisor hangs", async (t) => {
  const made = await buildApps(t, { app: HELLO });
  const manager = await Manager.start(t);
  const env = { ...process.env, NOTIFY_SOCKET: manager.address, WATCHDOG_USEC: "100000" };
  const server = await serve(t, made.dist, { env });
  const beats = () => manager.lines.filter((line) => line === "WATCHDOG=1").length;
  await until("beats", () => beats() >= 5);
  server.signal("SIGSTOP");
  await until("its stop", () =>
    /^State:\s+T/m.test(readFileSync(`/proc/${server.pid}/status`, "utf8")),
  );
  const before = beats();
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.ok(beats() <= before + 1);
  server.signal("SIGCONT");
  await until("more", () => beats() > before + 1);
});

test("a watchdog that means another process hears nothing", async (t) => {
  const made = await buildApps(t, { app: HELLO });
  const manager = await Manager.start(t);
  const watchdog = { WATCHDOG_USEC: "20000", WATCHDOG_PID: String(process.pid) };
  const server = await serve(t, made.dist, {
    env: { ...process.env, NOTIFY_SOCKET: manager.address, ...watchdog },
  });
  await manager.message(/READY=1/);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await server.stop();
  await manager.message(/^STOPPING=1/);
  assert.ok(!manager.lines.includes("WATCHDOG=1"));
});

test("an upgrade tells the new main process, which goes on with the watchdog", async (t) => {
  const made = await buildApps(t, { app: HELLO });
  const manager = await Manager.start(t);
  const installation = new Installation(t);
  // exec keeps the process, as the service manager's own start does.
  installation.replace('export WATCHDOG_PID=${WATCHDOG_PID:-$$}; exec "$real" "$@"');
  const env = { ...process.env, NOTIFY_SOCKET: manager.address, WATCHDOG_USEC: "100000" };
  const server = await serve(t, made.dist, { env, program: installation.nano });
  await manager.message(/READY=1/);
  let pid = 0;
  t.after(() => pid !== 0 && process.kill(pid, "SIGTERM"));
  const skip = manager.lines.length;
  server.signal("SIGUSR2");
  const main = await manager.message(/^MAINPID=\d+ \| STATUS=/, skip);
  pid = Number(/\d+/.exec(main)![0]);
  await manager.message(/^READY=1 \| STATUS=Serving release 1/, skip);
  const order = manager.lines.slice(skip).filter((line) => /^(MAINPID|READY)/.test(line));
  assert.match(order[0]!, /^MAINPID/, "systemd heeds its main process only");
  await until("the old one's end", () => server.process.exitCode === 0);
  const after = manager.lines.length;
  await manager.message(/^WATCHDOG=1$/, after);
  assert.equal((await request(server, "app.test", "/")).text, "hello");
  const [worker] = childrenOf(pid);
  assert.ok(worker);
  process.kill(pid, "SIGTERM");
  pid = 0;
  await manager.message(/^STOPPING=1/, skip);
});

test("a service manager that is gone is said once, and the server serves", async (t) => {
  const { dist, config } = await buildApps(t, { app: HELLO });
  const env = { ...process.env, NOTIFY_SOCKET: "/nowhere/notify" };
  const server = await serve(t, dist, { config, env });
  await server.waitForLog("a warning", ({ msg }) => /NOTIFY_SOCKET/.test(msg));
  assert.equal((await request(server, "app.test", "/")).text, "hello");
  await server.stop();
  assert.equal(server.log.filter(({ level }) => level === "warn").length, 1);
});

/** A port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await within(new Promise((resolve) => server.once("listening", resolve)), "a port");
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A server whose ports were opened for it. */
function given(dist: string, names: string, ports: (number | string)[], program = nano): Server {
  const folder = ports.map(String);
  return new Server(dist, {
    program: "/usr/bin/perl",
    workers: 3,
    // `serve DIST --listen …` of the class comes after the program's name.
    prefix: [script, "--give", names, ...folder, "--", program],
  });
}

for (const [names, what] of [
  ["http", "by their name"],
  ["nano.socket", "by their unit's"],
  ["", "without one"],
] as const) {
  test(`sockets that are given ${what} are served by all workers, in place of server.listen`, async (t) => {
    const { dist } = await buildApps(t, { app: HELLO });
    const port = await freePort();
    const server = given(dist, names, [port]);
    t.after(async () => void (await server.stop()));
    const line = await server.waitForLog("listening", ({ msg }) => msg === "listening");
    assert.equal(line.address, `127.0.0.1:${port}`);
    server.port = port;
    await until("the workers", () => server.workers().length === 3);

    // One after the other dies, and what is asked meanwhile is answered by those that live.
    const killed = server.workers();
    for (const worker of killed) {
      process.kill(worker, "SIGKILL");
      for (let i = 0; i < 10; i++) {
        assert.equal((await request(server, "app.test", "/")).text, "hello");
      }
    }
    // Workers that are all stopped accept nothing: what waits is accepted by those that follow.
    const stopped = await until("the workers in their place", () => {
      const now = server.workers().filter((worker) => !killed.includes(worker));
      return now.length === 3 && now;
    });
    for (const worker of stopped) process.kill(worker, "SIGSTOP");
    const waiting = await Promise.all(Array.from({ length: 20 }, () => Connection.open(server)));
    for (const connection of waiting) await connection.send(requestBytes("app.test", "/"));
    for (const worker of stopped) process.kill(worker, "SIGKILL");
    for (const connection of waiting) {
      assert.equal((await connection.read()).text, "hello");
      connection.close();
    }
  });
}

test("sockets that were given stay through an upgrade", async (t) => {
  const { dist } = await buildApps(t, { app: HELLO });
  const port = await freePort();
  const installation = new Installation(t);
  const server = given(dist, "http", [port], installation.nano);
  let pid = 0;
  t.after(async () => {
    if (pid !== 0) process.kill(pid, "SIGTERM");
    await server.stop();
  });
  await server.waitForLog("listening", ({ msg }) => msg === "listening");
  server.port = port;
  await until("the workers", () => server.workers().length === 3);
  server.signal("SIGUSR2");
  await server.waitForLog("the new server", ({ msg }) => /^took over/.test(msg));
  pid = Number(server.log.find(({ msg }) => /^upgrading/.test(msg))!.pid);
  await until("the old one's end", () => server.process.exitCode === 0);
  for (let i = 0; i < 10; i++) {
    assert.equal((await request(server, "app.test", "/")).text, "hello");
  }
});

test("the admin API's socket may be given as well", async (t) => {
  const { dist } = await buildApps(t, { app: HELLO });
  const path = join(temporaryFolder(t), "given.sock");
  const server = given(dist, "admin:http", [path, await freePort()]);
  t.after(async () => void (await server.stop()));
  await server.waitForLog("listening", ({ msg }) => msg === "listening");
  const { stdout } = await curl(["--unix-socket", path, "http://nano/admin/status"]);
  assert.equal(JSON.parse(stdout).release, 1);
  assert.ok(!existsSync(join(dist, "../nano.sock")), "it is in place of the usual one");
});

for (const [names, ports, why] of [
  ["http", ["udp"], /descriptor 3 \(http\) is no stream socket/],
  ["amdin", [0], /descriptor 3 \(amdin\) has a name that means nothing/],
  ["http:admin", [0], /2 names for 1 descriptors/],
] as const) {
  test(`what cannot be served is refused: ${names}, ${ports}`, async (t) => {
    const { dist } = await buildApps(t, { app: HELLO });
    const server = given(dist, names, [...ports]);
    t.after(async () => void (await server.stop()));
    assert.equal((await within(server.exited, "its end")).status, 1);
    assert.match(server.output, why);
  });
}

test("the unit that is installed", async (t) => {
  const prefix = temporaryFolder(t);
  const installed = await run("cmake", ["--install", buildDirectory, "--prefix", prefix]);
  assert.equal(installed.status, 0, installed.stderr);
  const units = join(prefix, "lib/systemd/system");
  const service = readFileSync(join(units, "nano.service"), "utf8");
  assert.ok(service.includes(`\nExecStart=${prefix}/bin/nano serve\n`));
  assert.doesNotMatch(service, /@[A-Z_]+@/);
  const verified = await run("systemd-analyze", [
    "verify",
    "--man=no",
    join(units, "nano.service"),
    join(units, "nano.socket"),
  ]).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    return undefined;
  });
  if (verified === undefined) return t.skip("no systemd-analyze (Debian: systemd)");
  assert.deepEqual([verified.status, verified.stderr, verified.stdout], [0, "", ""]);
});

test("keys of server that a reload does not change are named", async (t) => {
  const made = workspace(t, { app: HELLO }, { workers: 1 });
  await build(made);
  const server = await serve(t, made.dist, { config: made.config });
  const settings = JSON.parse(readFileSync(made.config, "utf8"));
  settings.server = { workers: 2, listen: "127.0.0.1:1", limits: { body_bytes: "1MiB" } };
  writeFileSync(made.config, JSON.stringify(settings));
  server.signal("SIGHUP");
  const line = await server.waitForLog("a warning", ({ level }) => level === "warn");
  assert.match(line.msg, /server\.listen, server\.workers, server\.limits\.body_bytes/);
  assert.match(line.msg, /SIGUSR2/);
});
