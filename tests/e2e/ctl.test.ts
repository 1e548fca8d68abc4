// `nano ctl` as scripts and people use it: where it finds the server, what it prints, how it ends.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { nano } from "../../tools/harness/paths.ts";
import { until } from "../../tools/harness/wait.ts";
import { adminApi, problem } from "./lib/admin.ts";
import { buildApps } from "./lib/apps.ts";
import { Authority } from "./lib/certificates.ts";
import { run, type RunOptions } from "./lib/program.ts";
import { temporaryFolder } from "./lib/temporary.ts";

const APPS = { release: 1, apps: [{ name: "shop", state: "serving", hosts: [], version: null }] };
const DONE = { outcome: "done", release: 2, message: "", operation: null, changes: [], notes: [] };

/** Nothing of the caller's environment, which may name a server of its own. */
const BARE = { PATH: "/usr/bin:/bin" };

const ctl = (args: string[], options: RunOptions = {}) =>
  run(nano, ["ctl", ...args], { cwd: "/", env: BARE, ...options });

test("the server is found by a flag, a variable, nano.yaml, or beside dist/", async (t) => {
  const api = await adminApi(t, { "GET /admin/apps": APPS });
  const elsewhere = temporaryFolder(t);
  writeFileSync(join(elsewhere, "nano.yaml"), `server: { admin: "unix:${api.socket}" }\n`);
  const ways: [string, string[], RunOptions][] = [
    ["--admin unix:", ["--admin", `unix:${api.socket}`], {}],
    ["--admin with a path", ["--admin", api.socket], {}],
    ["NANO_ADMIN", [], { env: { ...BARE, NANO_ADMIN: `unix:${api.socket}` } }],
    ["nano.yaml", [], { cwd: elsewhere }],
    ["--config", ["--config", join(elsewhere, "nano.yaml")], {}],
    ["beside dist/", [], { cwd: api.folder }],
  ];
  for (const [way, args, options] of ways) {
    const found = await ctl(["apps", "--names", ...args], options);
    assert.deepEqual([found.status, found.stdout, found.stderr], [0, "shop\n", ""], way);
  }
});

test("no server, no way in, and what is no NANO end with status 3 and say what to do", async (t) => {
  const folder = temporaryFolder(t);
  const none = await ctl(["status"], { cwd: folder });
  assert.equal(none.status, 3);
  assert.match(none.stderr, /no server is listening at unix:.*nano\.sock: there is no such socket/);
  assert.match(none.stderr, /Is `nano serve` running\?.*--admin or NANO_ADMIN/);

  writeFileSync(join(folder, "nano.yaml"), "serverr: {}\n");
  const broken = await ctl(["status"], { cwd: folder });
  assert.equal(broken.status, 3);
  assert.match(
    broken.stderr,
    /nano\.yaml, which may name another place, cannot be used: .*serverr/,
  );

  writeFileSync(join(folder, "nano.yaml"), "server: { admin: off }\n");
  const off = await ctl(["status"], { cwd: folder });
  assert.equal(off.status, 3);
  assert.match(off.stderr, /the admin API is off/);

  const api = await adminApi(t, {
    "GET /admin/apps": (_, response) => void response.end("<h1>It works!</h1>"),
    "GET /admin/status": (_, response) => problem(response, 401, "unauthorized"),
  });
  const web = await ctl(["apps", "--admin", api.socket]);
  assert.equal(web.status, 3);
  assert.match(web.stderr, /is not the admin API of a NANO/);
  const stranger = await ctl(["status", "--admin", api.socket]);
  assert.equal(stranger.status, 3);
  assert.match(stranger.stderr, /NANO_TOKEN/);
});

test(
  "a socket of another user's says who may use it",
  { skip: process.getuid?.() !== 0 },
  async (t) => {
    const api = await adminApi(t, {});
    chmodSync(api.folder, 0o755);
    chmodSync(api.socket, 0o600);
    const args = ["--reuid=65534", "--clear-groups", nano, "ctl", "status", "--admin", api.socket];
    const refused = await run("setpriv", args, { cwd: "/", env: BARE });
    if (/setpriv|launcher|cannot execute|Permission denied.*bin\/nano/.test(refused.stderr)) {
      return t.skip("the build is not readable for other users");
    }
    assert.equal(refused.status, 3, refused.stderr);
    assert.match(refused.stderr, /you may not use unix:/);
    assert.match(refused.stderr, /Only the user that the server runs as may, and root/);
  },
);

test("over TLS both sides show certificates, if they have to", async (t) => {
  const authority = await Authority.make(t);
  const server = await authority.certify();
  const client = await authority.certify();
  const answers = { "GET /admin/apps": APPS };
  const tls = { key: server.key, cert: server.cert };
  const open = await adminApi(t, answers, tls);
  const closed = await adminApi(t, answers, {
    ...tls,
    ca: readFileSync(authority.file),
    requestCert: true,
  });
  const mine = ["--ca", authority.file, "--cert", client.certFile, "--key", client.keyFile];
  const apps = (url: string, ...args: string[]) =>
    ctl(["apps", "--names", "--admin", url, ...args]);
  assert.equal((await apps(open.url, "--ca", authority.file)).stdout, "shop\n");
  assert.equal((await apps(closed.url, ...mine)).stdout, "shop\n");

  const refused: [string[], RegExp][] = [
    [[open.url], /cannot be secured: .*\n.*--ca FILE/],
    [[closed.url, "--ca", authority.file], /--cert and --key/],
    [[open.url.replace("https:", "http:")], /closed before the answer|is no NANO/],
    [[open.url, "--ca", "/nowhere"], /nowhere/],
    [[closed.url, ...mine.slice(0, 4), "--key", server.keyFile], /key of another certificate/],
  ];
  for (const [[url, ...args], why] of refused) {
    const { status, stderr } = await apps(url!, ...args);
    assert.equal(status, 3, stderr);
    assert.match(stderr, why);
  }
  assert.equal((await apps(open.url, "--cert", client.certFile)).status, 2);
});

test("tokens come from the environment or a file, and are in no output", async (t) => {
  const api = await adminApi(t, { "GET /admin/apps": APPS });
  const token = "0123456789abcdef-secret";
  const file = join(api.folder, "token");
  writeFileSync(file, `${token}\n`);
  const ways: [string[], RunOptions][] = [
    [[], { env: { ...BARE, NANO_TOKEN: token } }],
    [["--token-file", file], {}],
    [["--token-file", "-"], { input: `${token}\n` }],
  ];
  for (const [args, options] of ways) {
    const { status, stdout, stderr } = await ctl(["apps", "--admin", api.socket, ...args], options);
    assert.equal(status, 0, stderr);
    assert.equal(api.asked.at(-1)!.headers.authorization, `Bearer ${token}`);
    assert.doesNotMatch(stdout + stderr, /secret/);
  }
});

test("--json prints the server's answer, byte for byte; colour is for terminals", async (t) => {
  const api = await adminApi(t, { "GET /admin/apps": APPS });
  const json = await ctl(["apps", "--json", "--admin", api.socket]);
  assert.equal(json.stdout, JSON.stringify(APPS));
  const plain = await ctl(["apps", "--admin", api.socket]);
  assert.doesNotMatch(plain.stdout, /\x1b/);
  const env = { ...BARE, FORCE_COLOR: "1" };
  assert.match((await ctl(["apps", "--admin", api.socket], { env })).stdout, /\x1b\[1m/);
});

test("a change is based on what the app is, and a drain is waited for", async (t) => {
  let polls = 0;
  const draining = { ...DONE, outcome: "draining", operation: "/admin/operations/7" };
  const api = await adminApi(t, {
    "GET /admin/apps/shop": APPS.apps[0]!,
    "PATCH /admin/apps/shop": draining,
    "GET /admin/operations/7": (_, response) => {
      const state = ++polls < 3 ? "running" : "done";
      response.end(JSON.stringify({ state, app: "shop", holding: [{ streams: 1 }] }));
    },
  });
  const set = await ctl(["env", "set", "shop", "A=1", "--admin", api.socket]);
  assert.equal(set.status, 0, set.stderr);
  assert.equal(polls, 3);
  assert.match(set.stdout, /release 2 serves/);
  assert.equal(set.stderr, "", "progress is for terminals");
  const patch = api.asked.find(({ method }) => method === "PATCH")!;
  assert.equal(patch.headers["if-match"], '"now"');
  assert.deepEqual(JSON.parse(patch.body.toString()), { env: { A: "1" } });

  const atOnce = await ctl(["env", "set", "shop", "A=1", "--no-wait", "--admin", api.socket]);
  assert.equal(atOnce.status, 0);
  assert.equal(polls, 3);

  // Long gone is done as well.
  delete api.answers["GET /admin/operations/7"];
  assert.equal((await ctl(["env", "unset", "shop", "A", "--admin", api.socket])).status, 0);
});

test("a swap that fails shows the step and the app's lines, and ends with status 1", async (t) => {
  const api = await adminApi(t, {
    "POST /admin/reload": (_, response) =>
      problem(response, 422, "swap-refused", {
        step: "health",
        app: "shop",
        log: ["starting", "no database"],
      }),
    "POST /admin/apps/shop/rollback": (_, response) => problem(response, 404, "no-such-version"),
    "DELETE /admin/apps/shop/canary": (_, response) => problem(response, 412, "stale"),
  });
  const failed = await ctl(["reload", "--admin", api.socket]);
  assert.equal(failed.status, 1);
  assert.equal(failed.stdout, "");
  assert.match(failed.stderr, /step: health/);
  assert.match(failed.stderr, /shop │ no database/);
  const missing = await ctl(["rollback", "shop", "3f", "--admin", api.socket]);
  assert.equal(missing.status, 4);
  assert.match(missing.stderr, /nano ctl versions/);
  assert.equal((await ctl(["canary", "shop", "--end", "--admin", api.socket])).status, 4);
  assert.equal((await ctl(["rollback"])).status, 2);
});

test("a secret is read from standard input, or from a terminal that does not show it", async (t) => {
  const api = await adminApi(t, {
    "GET /admin/apps/shop": APPS.apps[0]!,
    "PATCH /admin/apps/shop": DONE,
  });
  const secretSent = () => JSON.parse(api.asked.at(-1)!.body.toString()).secrets.TOKEN as string;
  const args = ["secret", "set", "shop", "TOKEN", "--admin", api.socket];
  const piped = await ctl(args, { input: "two\nlines\n" });
  assert.equal(piped.status, 0, piped.stderr);
  assert.equal(secretSent(), "two\nlines");
  assert.equal(piped.stderr, "", "nobody is asked");

  // A terminal, by Python's pty: what is typed comes back only if it is echoed.
  const script = `
import os, pty, sys, time
pid, fd = pty.fork()
if pid == 0: os.execv(sys.argv[1], sys.argv[1:])
out = b""
while b"not shown" not in out: out += os.read(fd, 1000)
os.write(fd, b"typed-secret\\n")
try:
  while True:
    part = os.read(fd, 1000)
    if not part: break
    out += part
except OSError: pass
sys.stdout.buffer.write(out)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))`;
  const typed = await run("python3", ["-c", script, nano, "ctl", ...args], { env: BARE, cwd: "/" });
  assert.equal(typed.status, 0, typed.stdout + typed.stderr);
  assert.match(typed.stdout, /shop's TOKEN \(not shown\): /);
  assert.doesNotMatch(typed.stdout, /typed-secret/);
  assert.equal(secretSent(), "typed-secret");
});

test("the log is followed until its reader has enough", async (t) => {
  const api = await adminApi(t, {
    "GET /admin/logs?lines=5&app=shop": (_, response) => {
      response.write("id: 1\nevent: log\ndata: one\n\n");
      const timer = setInterval(() => response.write("id: 2\nevent: log\ndata: more\n\n"), 10);
      response.on("close", () => clearInterval(timer));
    },
  });
  const child = spawn(nano, ["ctl", "logs", "-f", "-n", "5", "shop", "--admin", api.socket], {
    stdio: ["ignore", "pipe", "pipe"],
    env: BARE,
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
  let status: number | null | undefined;
  child.on("close", (code) => (status = code));
  await until("lines", () => text.includes("one\nmore\n") || undefined);
  child.stdout.destroy();
  await until("the end", () => (status === undefined ? undefined : true));
  assert.equal(status, 0);
});

test("the apps of a dist that differ are uploaded, byte for byte", async (t) => {
  const { dist } = await buildApps(t, {
    blog: {
      files: `export default { fetch: () => new Response("blog") };`,
      hosts: "blog.localhost",
    },
    shop: {
      files: `export default { fetch: () => new Response("shop") };`,
      hosts: "shop.localhost",
    },
  });
  const manifest = JSON.parse(readFileSync(join(dist, "manifest.json"), "utf8")) as {
    apps: { name: string; digest: string; snapshot: string }[];
  };
  const [blog, shop] = manifest.apps;
  const served = { name: "blog", state: "serving", version: { digest: blog!.digest } };
  const api = await adminApi(t, {
    "GET /admin/apps": { release: 1, apps: [served] },
    "PUT /admin/apps/shop": DONE,
  });
  const plan = await ctl(["deploy", dist, "--dry-run", "--admin", api.socket]);
  assert.match(plan.stdout, /^blog  unchanged\nshop  new: [0-9a-f]{12}, /);
  assert.ok(api.asked.every(({ method }) => method === "GET"));

  const deployed = await ctl(["deploy", dist, "--admin", api.socket]);
  assert.equal(deployed.status, 0, deployed.stderr);
  const puts = api.asked.filter(({ method }) => method === "PUT");
  assert.equal(puts.length, 1);
  assert.equal(puts[0]!.headers["if-none-match"], "*");
  const request = new Response(new Uint8Array(puts[0]!.body), {
    headers: { "content-type": puts[0]!.headers["content-type"]! },
  });
  const form = await request.formData();
  const snapshot = Buffer.from(await (form.get("snapshot") as File).arrayBuffer());
  assert.deepEqual(snapshot, readFileSync(join(dist, shop!.snapshot)));
  const config = JSON.parse(form.get("config") as string) as { hosts: string[] };
  assert.deepEqual(config.hosts, ["shop.localhost"]);
});

test("events are lines, of JSON if that is asked for, and go on where they broke off", async (t) => {
  let connections = 0;
  const api = await adminApi(t, {
    "GET /admin/events": ({ headers }, response) => {
      // Another server begins in between.
      if (++connections === 2) return void response.destroy();
      if (connections === 3) return problem(response, 503, "stopping");
      if (connections > 4) return problem(response, 401, "unauthorized");
      response.writeHead(200, { "content-type": "text/event-stream" });
      if (headers["last-event-id"] === undefined) {
        response.write(": following\n\nid: 1\nevent: swap\nda");
        response.end('ta: {"app":"shop","message":"done"}\n\n');
      } else {
        response.end('id: 2\nevent: stopping\ndata: {"app":null,"message":"the end"}\n\n');
      }
    },
  });
  const lines = await ctl(["events", "--admin", api.socket]);
  assert.deepEqual([lines.status, lines.stdout], [3, "swap  shop  done\nstopping  the end\n"]);
  assert.deepEqual(
    api.asked.map(({ headers }) => headers["last-event-id"]),
    [undefined, "1", "1", "1", "2"],
  );
  connections = 0;
  const json = await ctl(["events", "--json", "--admin", api.socket]);
  assert.deepEqual(JSON.parse(json.stdout.split("\n")[0]!), {
    id: "1",
    event: "swap",
    data: { app: "shop", message: "done" },
  });
});

test("a change whose answer is lost is asked for again, as the same one", async (t) => {
  let attempts = 0;
  const api = await adminApi(t, {
    "POST /admin/reload": (_, response) => {
      if (++attempts === 1) return void response.destroy();
      if (attempts === 2) return problem(response, 409, "in-progress");
      response.end(JSON.stringify(DONE));
    },
    "GET /admin/apps": (_, response) => void response.destroy(),
  });
  const done = await ctl(["reload", "--admin", api.socket]);
  assert.deepEqual([done.status, done.stderr], [0, ""]);
  assert.match(done.stdout, /release 2 serves/);
  const keys = api.asked.map(({ headers }) => headers["idempotency-key"]);
  assert.equal(keys.length, 3);
  assert.match(String(keys[0]), /^[0-9a-f]{32}$/);
  assert.equal(new Set(keys).size, 1);
  attempts = 3;
  await ctl(["reload", "--admin", api.socket]);
  const other = api.asked.at(-1)!.headers["idempotency-key"];
  assert.notEqual(other, keys[0], "another change has another one");
  // What changes nothing may be asked for by whoever asks again.
  const lost = await ctl(["apps", "--admin", api.socket]);
  assert.equal(lost.status, 3);
  assert.equal(api.asked.filter(({ path }) => path === "/admin/apps").length, 1);
});

test("who waits for what a change has left waits over a restart of the server", async (t) => {
  let looks = 0;
  const api = await adminApi(t, {
    "POST /admin/reload": { ...DONE, operation: "/admin/operations/op1" },
    "GET /admin/operations/op1": (_, response) => {
      if (++looks === 1) return void response.end(JSON.stringify({ id: "op1", state: "running" }));
      if (looks === 2) return void response.destroy();
      if (looks === 3) return problem(response, 503, "stopping");
      return problem(response, 404, "no-such-operation");
    },
  });
  const waited = await ctl(["reload", "--admin", api.socket]);
  assert.deepEqual([waited.status, waited.stderr], [0, ""]);
  assert.equal(looks, 4);
});
