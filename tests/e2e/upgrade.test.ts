// SIGUSR2: the program as it is on disk now takes the server's place, and nobody notices.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { build, buildApps, workspace, type Workspace } from "./lib/apps.ts";
import { curl } from "./lib/curl.ts";
import { Installation } from "./lib/installation.ts";
import { childrenOf, serve, type LogLine, type ServeOptions, type Server } from "./lib/server.ts";
import { temporaryFolder } from "./lib/temporary.ts";
import { Connection, request, requestBytes } from "../../tools/harness/http.ts";
import { until, within } from "../../tools/harness/wait.ts";

const APP = `
  const pieces = 20;
  export default {
    async fetch(request) {
      const url = new URL(request.url);
      if (url.pathname === "/stream") {
        return new Response(new ReadableStream({
          async start(controller) {
            for (let i = 0; i < pieces; i++) {
              controller.enqueue(new TextEncoder().encode(String(i) + ";"));
              await new Promise((resolve) => setTimeout(resolve, 100));
            }
            controller.close();
          },
        }));
      }
      const ms = Number(url.searchParams.get("ms"));
      if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
      return new Response("one");
    },
  };`;
const WHOLE_STREAM = Array.from({ length: 20 }, (_, i) => `${i};`).join("");

const alive = (pid: number) => {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

/** A server whose successors end with it. */
async function serveToUpgrade(
  t: TestContext,
  made: Workspace,
  options: ServeOptions = {},
  starter = (nano: string) => nano,
): Promise<{ server: Server; installation: Installation }> {
  const installation = new Installation(t);
  // Before the server's own end, which comes with that of the last one that writes to its output.
  t.after(async () => {
    const pids = server.log.flatMap(({ msg, pid }) =>
      /^upgrading/.test(msg) ? [Number(pid)] : [],
    );
    for (const pid of pids.filter(alive)) process.kill(pid, "SIGTERM");
    await until("the successors' end", () => !pids.some(alive));
  });
  const server = await serve(t, made.dist, {
    workers: 2,
    config: made.config,
    program: starter(installation.nano),
    ...options,
  });
  await until("two workers", () => server.workers().length === (options.workers ?? 2));
  return { server, installation };
}

const count = (server: Server, pattern: RegExp) =>
  server.log.filter(({ msg }) => pattern.test(msg)).length;

/** Sends SIGUSR2 to the server's present main process; returns the new one once it serves. */
async function upgrade(server: Server, pid: number): Promise<number> {
  const before = count(server, /serves from now on/);
  process.kill(pid, "SIGUSR2");
  await until(
    "the new server",
    () => count(server, /serves from now on/) > before && count(server, /^took over/) > before,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}; it wrote:\n${server.output}`);
  });
  return Number(server.log.findLast(({ msg }) => /^upgrading/.test(msg))!.pid);
}

const failure = (server: Server): Promise<LogLine> =>
  server.waitForLog("the upgrade's failure", ({ msg }) => /upgrade failed/.test(msg));

const ask = async (server: Server) => (await request(server, "app.test", "/")).text;

test("upgrades under load: no request fails, no stream is cut", async (t) => {
  const made = await buildApps(t, { app: APP });
  const { server } = await serveToUpgrade(t, made);
  let running = true;
  let answered = 0;
  let closings = 0;
  const keepAlive = async () => {
    while (running) {
      const connection = await Connection.open(server);
      for (let last = false; running && !last; answered++) {
        await connection.send(requestBytes("app.test", "/?ms=1"));
        const answer = await connection.read();
        assert.deepEqual([answer.status, answer.text], [200, "one"]);
        last = answer.header("connection") === "close";
        if (last) closings++;
      }
      connection.close();
    }
  };
  const connecting = async () => {
    for (; running; answered++) assert.equal(await ask(server), "one");
  };
  const clients = [
    ...Array.from({ length: 16 }, keepAlive),
    ...Array.from({ length: 4 }, connecting),
  ];
  const all = Promise.all(clients);
  all.catch(() => (running = false));

  let pid = server.pid;
  let inherited = 0;
  for (let round = 0; round < 3; round++) {
    const streams = [];
    for (let i = 0; i < 6; i++) {
      const connection = await Connection.open(server);
      await connection.send(requestBytes("app.test", "/stream"));
      assert.equal((await connection.readHead()).status, 200);
      streams.push(connection);
    }
    const next = await upgrade(server, pid);
    assert.notEqual(next, pid);
    for (const stream of streams) {
      const text = (await stream.readAll()).toString("latin1");
      // Chunked: without the sizes.
      assert.equal(text.replaceAll(/^[0-9a-f]+\r\n|\r\n/gm, ""), WHOLE_STREAM);
      stream.close();
    }
    const old = pid;
    await until("the old server's end", () => !alive(old));
    assert.equal(childrenOf(next).length, 2);
    // It inherits nothing that it does not know of.
    const descriptors = readdirSync(`/proc/${next}/fd`).length;
    if (round > 0) assert.equal(descriptors, inherited);
    inherited = descriptors;
    pid = next;
  }
  running = false;
  await all;
  t.diagnostic(`${answered} requests; ${closings} connections were told to close`);
  assert.ok(closings >= 16, "clients were told to go over");
  for (const line of server.log) assert.notEqual(line.level, "error", JSON.stringify(line));
});

test("an idle connection is ended, not reset, and may be asked once more before", async (t) => {
  const made = await buildApps(t, { app: APP });
  const { server } = await serveToUpgrade(t, made);
  const [idle, asking, fresh] = await Promise.all([1, 2, 3].map(() => Connection.open(server)));
  for (const connection of [idle, asking]) {
    await connection.send(requestBytes("app.test", "/"));
    assert.equal((await connection.read()).header("connection"), undefined);
  }
  // Each is with a worker of the old server by then.
  for (let i = 0; i < 20; i++) await ask(server);
  await upgrade(server, server.pid);
  for (const connection of [asking, fresh]) {
    await connection.send(requestBytes("app.test", "/"));
    const answer = await connection.read();
    assert.deepEqual([answer.text, answer.header("connection")], ["one", "close"]);
    await connection.expectClosed();
  }
  await idle.expectClosed();
  // What was on its way meanwhile is thrown away without a reset.
  await idle.send(requestBytes("app.test", "/"));
  await idle.expectClosed();
  idle.close();
  await until("the old server's end", () => !alive(server.pid));
});

test("connections that wait to be accepted wait for the new server", async (t) => {
  const made = await buildApps(t, { app: APP });
  const { server } = await serveToUpgrade(t, made);
  const stopped = server.workers();
  for (const pid of stopped) process.kill(pid, "SIGSTOP");
  const waiting = await Promise.all(Array.from({ length: 32 }, () => Connection.open(server)));
  for (const connection of waiting) await connection.send(requestBytes("app.test", "/"));
  await upgrade(server, server.pid);
  for (const connection of waiting) {
    assert.equal((await connection.read()).text, "one");
    connection.close();
  }
  for (const pid of stopped) process.kill(pid, "SIGCONT");
  await until("the old server's end", () => !alive(server.pid));
});

test("another number of workers", async (t) => {
  const made = workspace(t, { app: APP }, { listen: "127.0.0.1:0", workers: 3 });
  await build(made);
  const installation = new Installation(t);
  let { pid, server } = { pid: 0, server: undefined as unknown as Server };
  t.after(async () => {
    if (alive(pid)) process.kill(pid, "SIGTERM");
    await until("the last one's end", () => !alive(pid));
  });
  // By a shell, since serve() of the tests names the workers itself.
  installation.replace(`exec "$real" serve "$2" --config '${made.config}'`);
  server = await serve(t, made.dist, { program: installation.nano });
  pid = server.pid;
  assert.equal(server.workers().length, 3);
  const settings = JSON.parse(readFileSync(made.config, "utf8"));
  for (const workers of [1, 4]) {
    settings.server.workers = workers;
    writeFileSync(made.config, JSON.stringify(settings));
    pid = await upgrade(server, pid);
    assert.equal(childrenOf(pid).length, workers);
    // Of a port that the system chose, by every socket of it.
    for (let i = 0; i < 40; i++) assert.equal(await ask(server), "one");
  }
});

for (const [what, script, why] of [
  ["exits", "exit 3", /exited with status 3/],
  ["crashes", "kill -SEGV $$", /SIGSEGV/],
  ["says why", 'exec "$real" serve /nowhere', /nowhere/],
  ["is of another kind", 'exec "$real" --version >&2', /exited with status 0/],
] as const) {
  test(`a new program that ${what} leaves the old one serving`, async (t) => {
    const made = await buildApps(t, { app: APP });
    const { server, installation } = await serveToUpgrade(t, made);
    const kept = await Connection.open(server);
    installation.replace(script);
    server.signal("SIGUSR2");
    const line = await failure(server);
    assert.equal(line.level, "error");
    assert.match(line.msg, why);
    await kept.send(requestBytes("app.test", "/"));
    assert.equal((await kept.read()).header("connection"), undefined);
    kept.close();
    // It may be tried again.
    installation.restore();
    await upgrade(server, server.pid);
    assert.equal(await ask(server), "one");
  });
}

test("a program whose name leads nowhere is looked for where this one is installed", async (t) => {
  const made = await buildApps(t, { app: APP });
  const starter = join(temporaryFolder(t), "starter");
  const { server } = await serveToUpgrade(t, made, {}, (nano) => {
    writeFileSync(starter, `#!/bin/bash\nexec -a gone '${nano}' "$@"\n`, { mode: 0o755 });
    return starter;
  });
  await upgrade(server, server.pid);
  assert.equal(await ask(server), "one");
});

test("a program that is nowhere is no upgrade", async (t) => {
  const made = await buildApps(t, { app: APP });
  const { server, installation } = await serveToUpgrade(t, made);
  rmSync(installation.nano);
  server.signal("SIGUSR2");
  assert.match((await failure(server)).msg, /cannot run .*bin\/nano: No such file or directory/);
  assert.equal(await ask(server), "one");
});

test("a new program that hangs is given up; a second signal meanwhile is refused", async (t) => {
  const made = await buildApps(t, { app: APP }, { upgrade_timeout: "1s" });
  const { server, installation } = await serveToUpgrade(t, made);
  installation.replace("exec sleep 600");
  server.signal("SIGUSR2");
  const { pid } = await server.waitForLog("the upgrade", ({ msg }) => /^upgrading/.test(msg));
  server.signal("SIGUSR2");
  const refused = await server.waitForLog("a refusal", ({ msg }) => /no upgrade/.test(msg));
  assert.equal(refused.level, "warn");
  assert.match(refused.msg, new RegExp(`under way already, by process ${String(pid)}`));
  assert.match((await failure(server)).msg, /upgrade_timeout \(1000 ms\)/);
  await until("its end", () => !alive(Number(pid)));
  assert.equal(await ask(server), "one");
});

test("a dist that is broken by then leaves the old server serving", async (t) => {
  const made = await buildApps(t, {
    app: APP,
    other: `export default { fetch: () => new Response("other") };`,
  });
  const { server } = await serveToUpgrade(t, made);
  const manifest = join(made.dist, "manifest.json");
  const good = readFileSync(manifest);
  writeFileSync(manifest, "{");
  server.signal("SIGUSR2");
  assert.match((await failure(server)).msg, /manifest\.json/);
  assert.equal(await ask(server), "one");
  writeFileSync(manifest, good);

  // One of the two apps; a server that starts would serve the other.
  const name = /[0-9a-f]{64}/.exec(good.toString())![0];
  const snapshot = join(made.dist, "snapshots", `${name}.snap`);
  const bytes = readFileSync(snapshot);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(snapshot, bytes);
  server.signal("SIGUSR2");
  const line = await server.waitForLog("its failure", ({ msg }) =>
    /upgrade failed.*app (app|other), which is served now, could not be/s.test(msg),
  );
  assert.match(line.msg, /damaged/);
  assert.equal(await ask(server), "one");
});

test("the new server takes over from one that is killed meanwhile", async (t) => {
  const made = await buildApps(t, { app: APP });
  const { server, installation } = await serveToUpgrade(t, made);
  installation.replace('sleep 0.5; exec "$real" "$@"');
  server.signal("SIGUSR2");
  await server.waitForLog("the upgrade", ({ msg }) => /^upgrading/.test(msg));
  server.signal("SIGKILL");
  const waiting = await Connection.open(server);
  await waiting.send(requestBytes("app.test", "/"));
  assert.equal((await waiting.read()).text, "one");
  waiting.close();
});

test("a stop while a new server starts ends both", async (t) => {
  const made = await buildApps(t, { app: APP });
  const { server, installation } = await serveToUpgrade(t, made);
  installation.replace("exec sleep 600");
  server.signal("SIGUSR2");
  const { pid } = await server.waitForLog("the upgrade", ({ msg }) => /^upgrading/.test(msg));
  server.signal("SIGTERM");
  assert.deepEqual(await within(server.exited, "the end"), { status: 0, signal: null });
  assert.ok(!alive(Number(pid)));
});

for (const [what, hangup, said] of [
  ["nothing has changed", false, "serve"],
  ["files were read again", true, "serve and reload"],
] as const) {
  test(`the new server is told whether ${what} since it was started`, async (t) => {
    const made = await buildApps(t, { app: APP });
    const { server, installation } = await serveToUpgrade(t, made);
    const go = join(installation.prefix, "go");
    const heard = join(installation.prefix, "heard");
    // In the new server's place: says that it is ready when it is told to, and notes the answer.
    installation.replace(`exec perl -e '
      open(my $old, "+<&=", $ENV{NANO_TAKES_OVER}) or die;
      select(undef, undef, undef, 0.01) until -e "${go}";
      syswrite($old, "ready");
      my $text = "";
      while ($text !~ /serve/) { sysread($old, $text, 1000) or die; }
      open(my $file, ">", "${heard}.part"); print $file $text; close $file;
      rename("${heard}.part", "${heard}");
    '`);
    server.signal("SIGUSR2");
    await server.waitForLog("the upgrade", ({ msg }) => /^upgrading/.test(msg));
    if (hangup) {
      server.signal("SIGHUP");
      await server.waitForLog("the reload", ({ msg }) => /nothing has changed/.test(msg));
    }
    writeFileSync(go, "");
    const text = await until("an answer", () => existsSync(heard) && readFileSync(heard, "utf8"));
    assert.equal(text, said);
    assert.deepEqual(await within(server.exited, "the end"), { status: 0, signal: null });
  });
}

test("the admin API's socket and the state go over to the new server", async (t) => {
  const made = await buildApps(t, { app: APP });
  const socket = join(made.directory, "nano.sock");
  const { server, installation } = await serveToUpgrade(t, made);
  const admin = async (args: string[], path: string) => {
    const url = `http://nano${path}`;
    const { stdout, stderr } = await curl(["-sS", "--unix-socket", socket, ...args, url]);
    assert.equal(stderr, "");
    return JSON.parse(stdout) as Record<string, unknown>;
  };
  const change = async (value: string) => {
    const { stdout } = await curl(
      ["-sS", "-o", "/dev/null", "-w", "%{http_code}", "--unix-socket", socket]
        .concat(["-X", "PATCH", "-H", "If-Match: *", "-H", "Content-Type: application/json"])
        .concat(["-d", JSON.stringify({ env: { VALUE: value } })])
        .concat(["http://nano/admin/apps/app"]),
    );
    return stdout;
  };
  assert.equal(await change("1"), "200");

  // While another one starts, nothing can be changed; then it can again.
  installation.replace("sleep 1; exit 1");
  server.signal("SIGUSR2");
  await server.waitForLog("the upgrade", ({ msg }) => /^upgrading/.test(msg));
  assert.notEqual(await change("2"), "200");
  await failure(server);
  assert.equal(await change("3"), "200");

  installation.restore();
  const pid = await upgrade(server, server.pid);
  await until("the old server's end", () => !alive(server.pid));
  assert.ok(existsSync(socket));
  const app = (await admin([], "/admin/apps/app")) as { env: Record<string, { value: string }> };
  assert.equal(app.env.VALUE?.value, "3");
  assert.equal(await change("4"), "200");
  process.kill(pid, "SIGTERM");
  await until("its end", () => !alive(pid));
  assert.ok(!existsSync(socket), "its last owner has removed it");
});
