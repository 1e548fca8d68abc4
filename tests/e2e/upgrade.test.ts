// SIGUSR2: the program as it is on disk now takes the server's place, and nobody notices.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { build, buildApps, workspace } from "./lib/apps.ts";
import { curl } from "./lib/curl.ts";
import { Installation } from "./lib/installation.ts";
import { childrenOf, serve, type Server } from "./lib/server.ts";
import { temporaryFolder } from "./lib/temporary.ts";
import { alive, APP, ask, failure, serveToUpgrade, upgrade } from "./lib/upgrades.ts";
import { Connection, requestBytes } from "../../tools/harness/http.ts";
import { until, within } from "../../tools/harness/wait.ts";

const WHOLE_STREAM = Array.from({ length: 20 }, (_, i) => `${i};`).join("");

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
  const upgraded = upgrade(server, server.pid);
  // All the while, since both are ended soon after.
  for (const connection of [asking, fresh]) {
    for (let isLast = false; !isLast;) {
      await connection.send(requestBytes("app.test", "/"));
      const answer = await connection.read();
      assert.equal(answer.text, "one");
      isLast = answer.header("connection") === "close";
    }
  }
  for (const connection of [asking, fresh]) await connection.expectClosed();
  await upgraded;
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

test("a port that the system chose for the admin API stays what it is", async (t) => {
  const token = "0123456789abcdef-of-a-test";
  const admin = { listen: "127.0.0.1:0", token: "${ADMIN_TOKEN}" };
  const made = await buildApps(t, { app: APP }, { admin });
  const { server } = await serveToUpgrade(t, made, {
    env: { ...process.env, ADMIN_TOKEN: token },
  });
  const places = () =>
    server.log.flatMap(({ msg, address }) => (/admin API listens/.test(msg) ? [address] : []));
  await server.waitForLog("its place", ({ msg }) => /admin API listens/.test(msg));
  const [place] = places();
  assert.match(String(place), /^127\.0\.0\.1:[1-9]\d*$/);
  const status = async () => {
    const header = `Authorization: Bearer ${token}`;
    const { stdout } = await curl(["-sS", "-H", header, `http://${place}/admin/status`]);
    return JSON.parse(stdout) as { started: string };
  };
  const { started } = await status();
  await upgrade(server, server.pid);
  await until("the old server's end", () => !alive(server.pid));
  assert.notEqual((await status()).started, started, "another server answers");
  await until("the new server's word of it", () => places().length === 2);
  assert.deepEqual(places(), [place, place]);
});
