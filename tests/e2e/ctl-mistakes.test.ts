// The mistakes that people make with `nano ctl`, and what it and the server say of them: what is
// wrong, where, and what to do about it.

import assert from "node:assert/strict";
import { readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Admin } from "./lib/admin-client.ts";
import { build, buildApps } from "./lib/apps.ts";
import { Authority } from "./lib/certificates.ts";
import { app, controlled, started } from "./lib/controlled.ts";
import { samplesOf } from "./lib/metrics.ts";
import { serveAndFail } from "./lib/server.ts";

interface Manifest {
  apps: { name: string; snapshot: string }[];
}

const snapshotOf = (dist: string, name: string): string => {
  const manifest = JSON.parse(readFileSync(join(dist, "manifest.json"), "utf8")) as Manifest;
  return join(dist, manifest.apps.find((built) => built.name === name)!.snapshot);
};

test("an app that nobody has built is told by diff and reload", async (t) => {
  const { made, done, get } = await started(t, { shop: app("one"), blog: app("blog") });
  const admin = new Admin(made.directory);
  rmSync(join(made.dist, "generations"), { recursive: true, force: true });
  const manifest = join(made.dist, "manifest.json");
  const { apps, ...rest } = JSON.parse(readFileSync(manifest, "utf8")) as Manifest;
  const left = apps.filter(({ name }) => name !== "blog");
  writeFileSync(manifest, JSON.stringify({ ...rest, apps: left }));
  const said =
    /^· the app 'blog' of .*nano\.yaml is not served, for nobody has built it.*; build it with `nanoc build`$/m;
  await done(["diff"], said);
  await done(["reload"], said);

  // And for as long as it is so.
  const whatToDo =
    /✘ blog\n {2}nano\.yaml has it, and dist\/ has not: run `nanoc build`, then `nano ctl reload`$/m;
  for (const command of ["status", "apps"]) {
    await done([command], /^blog \(missing\) |^blog .* missing$/m);
    await done([command], whatToDo);
  }
  const ready = await admin.get("/ready");
  assert.deepEqual([ready.status, ready.json.notes], [200, ["app blog is missing"]]);
  assert.equal(samplesOf((await admin.get("/metrics")).body).get('nano_apps{state="missing"}'), 1);

  await build(made);
  await done(["reload"], /^blog  added/m);
  assert.deepEqual((await admin.get("/ready")).json.notes, []);
  assert.equal(await get("blog"), "blog - -");
});

test("limits that make no sense are told as what they are, once", async (t) => {
  const { ctl } = await started(t, { shop: app("one") });
  const wrong = async (...pairs: string[]) => {
    const { status, stderr } = await ctl(["limits", "shop", ...pairs]);
    assert.equal(status, 2, stderr);
    return stderr;
  };
  assert.match(
    await wrong("server.memory=1GB"),
    /`server\.memory` is a setting of the server, for/,
  );
  assert.match(await wrong("limits.cpu=1s"), /without `limits\.` here: cpu=1s/);
  assert.match(await wrong("cpu=1s", "cpu=2s"), /'cpu' is given twice/);
  const env = await ctl(["env", "set", "shop", "A=1", "A=2"]);
  assert.deepEqual([env.status, env.stdout], [2, ""]);
  assert.match(env.stderr, /'A' is given twice/);
});

test("what a reload cannot apply is told by diff and reload, each time", async (t) => {
  const { made, done, server } = await started(t, { shop: app("one"), blog: app("blog") });
  const config = JSON.parse(readFileSync(made.config, "utf8"));
  writeFileSync(
    made.config,
    JSON.stringify({ ...config, server: { limits: { header_count: 7 } } }),
  );
  const said = /^· changed, but for the next start or upgrade .*: server\.limits\.header_count$/m;
  await done(["diff"], said);
  await done(["reload"], said);
  await done(["reload"], said);
  const logged = server.log.filter(({ msg }) => msg.startsWith("changed, but for the next start"));
  assert.equal(logged.length, 1, server.output);
});

test("a new version whose snapshot is damaged is told before anybody reloads", async (t) => {
  const { made, change, done, ctl } = await started(t, { shop: app("one"), blog: app("blog") });
  await change("shop", app("two").files as string);
  truncateSync(snapshotOf(made.dist, "shop"), 4096);
  const diff = await done(["diff"], /^shop  code changed: \w+ → \w+, \d+ kB → \d+ kB$/m);
  assert.match(diff, /^ +.*the snapshot is truncated[^]*\n +Copy or build it again\.$/m);
  const reload = await ctl(["reload"]);
  assert.equal(reload.status, 1);
  assert.match(reload.stderr, /only 4096 bytes of it are there\. Copy or build it again\./);
});

test("nobody takes away what an app was built to require", async (t) => {
  const apps = { shop: app("one", { env: { TOKEN: "${PATH}", GREETING: "hi" } }) };
  const { ctl, done, get } = await started(t, apps);
  for (const kind of ["env", "secret"]) {
    const unset = await ctl([kind, "unset", "shop", "TOKEN"]);
    assert.equal(unset.status, 1, kind);
    assert.match(unset.stderr, /app 'shop'.*it was built with env\.TOKEN.*taken away from it/);
    assert.match(unset.stderr, /Give it another value instead/);
  }
  assert.match(await get("shop"), /^one hi \//);
  await done(["env", "unset", "shop", "GREETING"], /env\.GREETING/);
  assert.match(await get("shop"), /^one - \//);
});

test("a variable that nobody gives is not taken away, and what only nano ctl gave leaves no trace", async (t) => {
  const { done } = await started(t, { shop: app("one"), blog: app("blog") });
  await done(["env", "unset", "shop", "TPYO"], /Nothing has changed/);
  await done(["secret", "unset", "shop", "TPYO"], /Nothing has changed/);
  await done(["env", "set", "shop", "GREETING=hi"], /env\.GREETING/);
  await done(["env", "unset", "shop", "GREETING"], /env\.GREETING/);
  const shown = await done(["apps", "shop"], /state +serving/);
  assert.doesNotMatch(shown, /set by nano ctl/);
});

test("what is refused is no swap: neither counted nor told as one", async (t) => {
  const { ctl, done } = await started(t, { shop: app("one"), blog: app("blog") });
  assert.equal((await ctl(["rollback", "shop", "ffff"])).status, 4);
  assert.equal((await ctl(["canary", "shop", "--promote"])).status, 1);
  await done(["status"], /swaps: 0 done, 0 failed, 0 without a change/);
  await done(["reload"], /Nothing has changed/);
  await done(["status"], /swaps: 0 done, 0 failed, 1 without a change/);
});

test("a problem is JSON on standard output for who asks for JSON", async (t) => {
  const { ctl } = await started(t, { shop: app("one"), blog: app("blog") });
  const back = await ctl(["rollback", "shop", "ffff", "--json"]);
  assert.equal(back.status, 4);
  assert.equal(JSON.parse(back.stdout).type, "urn:nano:problem:no-such-version");
  assert.match(back.stderr, /There is no such version/);
  assert.equal((await ctl(["rollback", "shop", "ffff"])).stdout, "");
});

test("log lines of an app that is not there are told not to be there", async (t) => {
  const { ctl } = await started(t, { shop: app("one"), blog: app("blog") });
  const { status, stdout, stderr } = await ctl(["logs", "shpo"]);
  assert.deepEqual([status, stdout], [4, ""]);
  assert.match(stderr, /There is no app 'shpo' now; `nano ctl apps` lists those there are\./);
  assert.equal((await ctl(["logs", "shop"])).stderr, "");
});

test("a deploy that fails says what it did not come to", async (t) => {
  const apps = { a: app("a"), b: app("b"), c: app("c") };
  const { made, change, ctl, done } = await started(t, apps);
  for (const name of ["a", "b", "c"]) await change(name, app(`new ${name}`).files as string);
  const snapshot = snapshotOf(made.dist, "b");
  renameSync(snapshot, `${snapshot}.away`);
  writeFileSync(snapshot, "no snapshot");
  const { status, stdout, stderr } = await ctl(["deploy", made.dist]);
  assert.equal(status, 1);
  assert.match(stdout, /^a  code changed/);
  assert.match(stderr, /the snapshot of 'b' is damaged[^]*\n  Not tried: c\.\n$/);
  renameSync(`${snapshot}.away`, snapshot);
  await done(["deploy", made.dist], /^b  code changed[^]*c  code changed[^]*1 app unchanged\n$/);
});

test("a host that another app has is told with both", async (t) => {
  const { made, ctl } = await started(t, { shop: app("one"), blog: app("blog") });
  const other = await started(t, { news: app("news", { hosts: "blog.test" }), x: app("x") });
  const { status, stderr } = await ctl(["deploy", other.made.dist, "news"]);
  assert.equal(status, 1, made.directory);
  assert.match(stderr, /app 'blog' and app 'news' both claim host 'blog\.test'\. One app answers/);
});

test("the end of a canary is said as that, and its promotion as a change of code alone", async (t) => {
  const { change, done } = await started(t, { shop: app("one"), blog: app("blog") });
  await change("shop", app("two").files as string);
  await done(["reload"], /release 2 serves/);
  await done(["canary", "shop", "previous", "10"], /^shop  canary \w{12}: 10 % of the clients\n/);
  await done(["canary", "shop", "--end"], /^shop  canary ended\n✔ release 4 serves\n$/);
  await done(["canary", "shop", "previous", "10"], /^shop  canary/);
  await done(
    ["canary", "shop", "--promote"],
    /^shop  code changed: .* differ\n✔ release 6 serves\n$/,
  );
});

test("places that cannot be the admin API's are told as that", async (t) => {
  const { ctl } = await started(t, { shop: app("one"), blog: app("blog") });
  const ftp = await ctl(["status", "--admin", "ftp://localhost:21"]);
  assert.equal(ftp.status, 2);
  assert.match(ftp.stderr, /'ftp:\/\/localhost:21' is neither http:\/\/ nor https:\/\/\nWrite/);
});

test("certificates that a server cannot use are told by their files", async (t) => {
  const made = await buildApps(t, { shop: app("one"), blog: app("blog") });
  const authority = await Authority.make(t);
  const [mine, other] = [await authority.certify(), await authority.certify()];
  const refused = async (certificate: string, key: string) => {
    const admin = { listen: "127.0.0.1:0", token: "0123456789abcdef", certificate, key };
    const config = JSON.parse(readFileSync(made.config, "utf8"));
    const file = join(made.directory, "tls.yaml");
    writeFileSync(file, JSON.stringify({ ...config, server: { admin } }));
    const { status, output } = await serveAndFail(made.dist, { config: file });
    assert.equal(status, 1, output);
    return output;
  };
  assert.match(await refused("none.pem", mine.keyFile), /none\.pem: cannot open it: No such file/);
  assert.match(await refused(mine.certFile, "none.key"), /none\.key: cannot open it: No such file/);
  assert.match(
    await refused(mine.certFile, other.keyFile),
    /\.key: this is the key of another certificate than .*\.pem\nName the two that belong together/,
  );
  assert.match(
    await refused(made.config, mine.keyFile),
    /nano\.yaml: cannot use the certificate: [^]*It is to be a PEM file with the certificate\./,
  );
});

test("a snapshot that was damaged and is whole again is told by diff, reload and apps", async (t) => {
  const made = await buildApps(t, { shop: app("one"), blog: app("blog") });
  const file = snapshotOf(made.dist, "shop");
  const whole = readFileSync(file);
  truncateSync(file, 4096);
  const { done, get } = await controlled(t, made);
  await done(["apps", "shop"], /^refused because +.*are there\. Copy or build it again\.$/m);
  writeFileSync(file, whole);
  const said = /^shop  could not be served, and can be now: \w{12}$/m;
  await done(["diff"], said);
  await done(["reload"], said);
  assert.equal(await get("shop"), "one - -");
});
