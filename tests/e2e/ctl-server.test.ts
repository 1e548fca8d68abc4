// `nano ctl` and a server that is running: each command, and what the clients of the apps see of it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, writeFileSync } from "node:fs";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { buildApps, type App } from "./lib/apps.ts";
import { app, started } from "./lib/controlled.ts";
import { request } from "../../tools/harness/http.ts";
import { nano } from "../../tools/harness/paths.ts";
import { until } from "../../tools/harness/wait.ts";

test("reloads, rollbacks and canaries of one app leave the other alone", async (t) => {
  const { done, get, change, ctl } = await started(t, { shop: app("one"), blog: app("blog") });
  await done(["status"], /^nano .*\nrelease 1 for[^]*blog[^]*shop[^]*worker/);
  await get("shop");
  await done(["status"], /\nshop +[0-9a-f]{12} +1 +0 +[0-9.]+ m?s /);
  await done(["status", "shop"], /^app +shop\nrequests +1: 2xx 1\n[^]*\n *version +since +state/);
  const json = await done(["status", "shop", "--json"], /^\{/);
  const { apps, totals } = JSON.parse(json);
  assert.deepEqual([apps.length, totals.length, totals[0].requests["2xx"]], [1, 1, 1]);
  assert.equal((await ctl(["status", "shpo"])).status, 4);
  await done(["diff"], /blog  unchanged\nshop  unchanged\nA reload would change nothing\./);
  await done(["reload"], /Nothing has changed/);

  await change("shop", app("two").files as string);
  await done(["diff"], /blog  unchanged\nshop  code changed: [0-9a-f]{12} → [0-9a-f]{12}/);
  assert.equal(await get("shop"), "one - -");
  await done(["reload"], /^shop  code changed: .*\n✔ release 2 serves\n$/);
  assert.equal(await get("shop"), "two - -");

  const versions = (await done(["versions", "shop", "--names"], /^([0-9a-f]{64}\n){2}$/)).split(
    "\n",
  );
  await done(["rollback", "shop"], /✔ release 3 serves\n· Only the code was rolled back/);
  assert.equal(await get("shop"), "one - -");
  await done(["rollback", "shop"], /current already/);
  await done(["rollback", "shop", versions[0]!.slice(0, 10)], /release 4 serves/);
  assert.equal(await get("shop"), "two - -");

  await done(["canary", "shop", versions[1]!.slice(0, 10), "0"], /release 5 serves/);
  await done(["status"], /canary 0 %/);
  await done(["canary", "shop", versions[1]!, "100%"], /release 6 serves/);
  assert.equal(await get("shop"), "one - -");
  await done(["canary", "shop", "--end"], /release 7 serves/);
  assert.equal(await get("shop"), "two - -");

  await done(["releases"], /^release 7, [^]*release 1, .* by start/);
  const missing = await ctl(["rollback", "shop", "ffffffffff"]);
  assert.equal(missing.status, 4, missing.stderr);
  assert.match(missing.stderr, /nano ctl versions/);
});

test("env and secrets change without a build, and the files win when they are asked to", async (t) => {
  const { done, get } = await started(t, {
    shop: app("one", { env: { GREETING: "hello" } }),
    blog: app("blog"),
  });
  await done(["env", "set", "shop", "GREETING=hi", "LOG=debug"], /env\.GREETING, env\.LOG/);
  assert.equal(await get("shop"), "one hi -");
  const set = await done(["secret", "set", "shop", "TOKEN"], /release 3 serves/, "s3cret\n");
  assert.doesNotMatch(set, /s3cret/);
  assert.equal(await get("shop"), "one hi s3cret");
  const shown = await done(["apps", "shop"], /env\.GREETING +hi\n[^]*env\.TOKEN +\(secret\)/);
  assert.doesNotMatch(shown, /s3cret/);
  await done(["secret", "unset", "shop", "TOKEN"], /release 4 serves/);
  await done(["env", "unset", "shop", "LOG"], /release 5 serves/);
  assert.equal(await get("shop"), "one hi -");
  await done(["diff"], /set by `nano ctl`, and not as the files have it: env\.GREETING/);
  await done(["reload", "--files"], /env\.GREETING/);
  assert.equal(await get("shop"), "one hello -");
});

test("a dist of another place is deployed, app by app, and an app is removed", async (t) => {
  const { done, get, ctl, server } = await started(t, { shop: app("one"), blog: app("blog") });
  const other = await buildApps(t, {
    shop: app("two"),
    blog: app("blog"),
    news: app("news"),
  });
  await done(
    ["deploy", other.dist, "--dry-run"],
    /^blog  unchanged\nnews  new: .*\nshop  code changed: /,
  );
  assert.equal(await get("shop"), "one - -");
  await done(["deploy", other.dist], /news  added: [^]*shop  code changed: [^]*1 app unchanged\n$/);
  assert.equal(await get("shop"), "two - -");
  assert.equal(await get("news"), "news - -");
  await done(["deploy", other.dist], /^3 apps unchanged\n$/);

  await done(["remove", "news"], /^news  removed\n/);
  await until("news to be gone", async () => {
    const { status } = await request(server, "news.test", "/");
    return status === 404 ? true : undefined;
  });
  assert.equal((await ctl(["remove", "news"])).status, 4);
});

test("a new app gets what nano.yaml says of it, and one that is there if that is asked for", async (t) => {
  const { done, get, ctl, made } = await started(t, { shop: app("one"), blog: app("blog") });
  const other = await buildApps(t, {
    shop: app("one", { env: { GREETING: "hello" } }),
    news: app("news", {
      hosts: ["news.test", "neues.test"],
      env: { GREETING: "hi", TOKEN: "${HOME}" },
      limits: { memory: "48MiB" },
    }),
  });
  await done(
    ["deploy", other.dist, "--dry-run"],
    /^news  new: .*; hosts news\.test, neues\.test; env GREETING, TOKEN; limits memory\nshop  unchanged\n$/,
  );
  await done(["deploy", other.dist], /^news  added: [^]*\n1 app unchanged\n$/);
  // The server's own variable, and nothing of whoever deploys.
  assert.equal(await get("neues"), `news hi ${process.env.HOME}`);
  await done(["apps", "news"], /env\.TOKEN +\(secret\)\n[^]*limits\.memory +48MiB/);
  assert.equal(await get("shop"), "one - -");
  await done(
    ["deploy", other.dist, "shop", "--settings", "--dry-run"],
    /^shop  code unchanged; .*env GREETING\n$/,
  );
  await done(
    ["deploy", other.dist, "shop", "--settings"],
    /^shop  configuration changed: env\.GREETING/,
  );
  assert.equal(await get("shop"), "one hello -");

  // A build that needs what nobody gives it is told before it is sent.
  const moved = join(made.directory, "moved");
  cpSync(other.dist, join(moved, "dist"), { recursive: true });
  await done(["remove", "news"], /removed/);
  const lacking = await ctl(["deploy", join(moved, "dist"), "news"]);
  assert.equal(lacking.status, 1);
  assert.match(
    lacking.stderr,
    /✘ news\n.*built with env\.TOKEN, and there is no nano\.yaml beside/,
  );
  await done(["deploy", join(moved, "dist"), "news", "--config", other.config], /news  added/);
  assert.equal(await get("neues"), `news hi ${process.env.HOME}`);
  await done(["remove", "shop"], /removed/);
  const bare = await ctl(["deploy", join(moved, "dist"), "shop"]);
  assert.equal(bare.status, 0, bare.stderr);
  assert.match(bare.stderr, /^· shop goes without env\.GREETING, .*there is no nano\.yaml here/);
  writeFileSync(join(moved, "nano.yaml"), "apps:\n  - path: blog\n");
  await done(["remove", "news"], /removed/);
  const unnamed = await ctl(["deploy", join(moved, "dist") + "/", "news"]);
  assert.equal(unnamed.status, 1);
  assert.match(unnamed.stderr, /moved\/nano\.yaml names no app 'news'/);
});

test("an app that is removed can be deployed again at once", async (t) => {
  const { done, get, made } = await started(t, { shop: app("one"), blog: app("blog") });
  await done(["remove", "shop", "--no-wait"], /removed/);
  await done(["deploy", made.dist], /shop  added/);
  assert.equal(await get("shop"), "one - -");
});

test("the log is followed over an upgrade, and to the end of the server", async (t) => {
  const { get, change, env, made, server, done } = await started(t, { shop: app("one") });
  const logs = spawn(nano, ["ctl", "logs", "-f", "-n", "0"], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => logs.kill());
  let seen = "";
  let status: number | null | undefined;
  logs.stdout.setEncoding("utf8").on("data", (part: string) => (seen += part));
  logs.on("close", (code) => (status = code));
  await until("the log", async () => {
    await done(["reload"], /Nothing has changed/);
    return /nothing has changed/.test(seen) || undefined;
  });
  server.signal("SIGUSR2");
  await until("the successor's lines", () => /took over/.test(seen) || undefined);
  await change("shop", app("two").files as string);
  await done(["reload"], /shop  code changed/);
  assert.equal(await get("shop"), "two - -");
  await until("what it logs later", () => /code changed/.test(seen) || undefined);
  const taken = /"msg":"upgrading[^\n]*"pid":(\d+)/.exec(seen);
  assert.ok(taken, seen);
  assert.equal(seen.match(/"msg":"upgrading/g)!.length, 1, "nothing is shown twice");
  process.kill(Number(taken[1]), "SIGTERM");
  await until("the end", () => (status === undefined ? undefined : true));
  assert.match(seen, /stopping on SIGTERM/);
  assert.equal(status, 3);
  void made;
});

test("what an old version has begun is waited for, and told", async (t) => {
  const { done, get, change, server } = await started(t, { shop: app("one"), blog: app("blog") });
  await change("shop", app("two").files as string);
  // A request whose body has not ended yet.
  const headers = { host: "shop.test" };
  const upload = httpRequest({ port: server.port, method: "POST", headers });
  const answered = once(upload, "response") as Promise<[IncomingMessage]>;
  upload.write("a part of it");
  await until("the request to be there", async () =>
    /shop .*1 request/.test(await done(["status"], /./)) ? true : undefined,
  );
  await done(["reload", "--no-wait"], /release 2 serves; what was replaced finishes/);
  await done(["status"], /draining {2}shop [0-9a-f]{12}: 1 request \(worker [12]\)/);
  assert.equal(await get("shop"), "two - -");

  // A change of the draining version's app waits for it, until it has finished.
  await change("shop", app("three").files as string);
  const waiting = done(["reload"], /release 3 serves/);
  await until("the third", async () => (/^three/.test(await get("shop")) ? true : undefined));
  upload.end();
  const [response] = await answered;
  assert.equal(await text(response), "one - -");
  await waiting;
  const status = await done(["status"], /./);
  assert.doesNotMatch(status, /draining/);
});

test("a version that is not fit leaves the old one, and its log lines are shown", async (t) => {
  const { get, change, ctl, done, env, made } = await started(t, {
    shop: app("one", { health: "/health" } as Partial<App>),
    blog: app("blog"),
  });
  const events = spawn(nano, ["ctl", "events"], { env, stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => events.kill());
  let seen = "";
  events.stdout.setEncoding("utf8").on("data", (part: string) => (seen += part));
  // What comes before it follows is not told: until then there is something to tell.
  await until("events", async () => {
    await done(["reload"], /Nothing has changed/);
    return seen.includes("swap") ? true : undefined;
  });

  await change("shop", `export default { fetch() { throw new Error("no database"); } };`);
  const failed = await ctl(["reload"]);
  assert.equal(failed.status, 1);
  assert.match(failed.stderr, /^✘ shop: .*\(step: health\)\n/);
  assert.match(failed.stderr, /shop │ .*no database/);
  assert.match(failed.stderr, /what was served goes on being served/);
  assert.equal(await get("shop"), "one - -");
  await done(["status"], /last swap: .*failed \(step: health\)/);
  await until("the event", () => (/outcome=failed {2}step=health/.test(seen) ? true : undefined));

  writeFileSync(made.config, "servr: {}\n");
  const unreadable = await ctl(["reload"]);
  assert.equal(unreadable.status, 1);
  assert.match(unreadable.stderr, /step: read[^]*unknown key 'servr'/);
  assert.equal(unreadable.stderr.match(/unknown key/g)?.length, 1, "it is said once");
});
