// Variables at the top level of apps: `env` of "cloudflare:workers", `process.env`, `import.meta.env`. They have
// values when the app is served, and none of them is in what a build writes.

import assert from "node:assert/strict";
import { cpSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, before, test } from "node:test";
import { request } from "../../tools/harness/http.ts";
import { root } from "../../tools/harness/paths.ts";
import { build, linkPackages, nanocBuild, workspace, writeConfig, type App } from "./lib/apps.ts";
import { started } from "./lib/controlled.ts";
import { serve, type Server } from "./lib/server.ts";
import { suiteScope, temporaryFolder } from "./lib/temporary.ts";

/** What no build may have seen: the first in nano.yaml, the others in environments. */
const CANARIES = ["canary-of-the-file-7f3a", "canary-of-the-server-91c4", "canary-of-nanoc-b02e"];
const env = { KEY: CANARIES[0], SECRET: "${NANO_TEST_SECRET}", LATE: "${NANO_TEST_LATE:-late}" };
const environment = {
  ...process.env,
  NANO_TEST_SECRET: CANARIES[1],
  KEY: CANARIES[2],
  NANO_TEST_OTHER: CANARIES[2],
};

/** Of all files below a folder: none has one of the canaries, in one byte a letter or two. */
function assertNoCanary(folder: string): void {
  let files = 0;
  for (const name of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue;
    files++;
    const bytes = readFileSync(join(name.parentPath, name.name));
    for (const canary of CANARIES) {
      for (const encoding of ["latin1", "utf16le"] as const) {
        assert.ok(!bytes.includes(Buffer.from(canary, encoding)), `${name.name} has ${canary}`);
      }
    }
  }
  assert.ok(files > 1, "nothing was looked at");
}

/** By what they show; each answers with what it has. */
const APPS: Record<string, string> = {
  module: `
    import { env } from "cloudflare:workers";
    const { KEY } = env;
    export default { fetch: (request, own) => Response.json({
      top: KEY ?? null, late: env.KEY, same: env === own, names: Object.keys(env).sort() }) };`,
  passed: `
    import { env } from "cloudflare:workers";
    const settings = {};
    const init = (given) => Object.assign(settings, given);
    init({ env });
    export default { fetch: () => Response.json({ late: settings.env.KEY }) };`,
  client: `
    class Client { constructor(key) { this.key = key; } }
    const client = new Client(process.env.KEY);
    export default { fetch: () => Response.json({
      top: client.key ?? null, late: process.env.KEY, node: process.env.NODE_ENV,
      names: Object.keys(process.env).sort(), process: typeof process }) };`,
  vite: `
    const key = import.meta.env.KEY;
    export default { fetch: () => Response.json({
      top: key ?? null, late: import.meta.env.KEY, prod: import.meta.env.PROD, mode: import.meta.env.MODE,
      same: import.meta.env === process.env, url: import.meta.url }) };`,
  spread: `
    import { env } from "cloudflare:workers";
    const copy = { ...env, ...process.env };
    const has = "KEY" in env || Object.hasOwn(env, "KEY");
    const names = Object.keys(env);
    const text = JSON.stringify(env);
    export default { fetch: () => Response.json({ top: copy.KEY ?? null, has, names, text, late: env.KEY }) };`,
  required: `
    const { env } = require("cloudflare:workers");
    const optional = globalThis.process?.env?.KEY;
    module.exports = { async fetch() {
      const late = await import("cloudflare:workers");
      return Response.json({ top: optional ?? null, late: env.KEY, same: late.env === env });
    } };`,
  sloppy: `
    import { env } from "cloudflare:workers";
    import { withKey } from "./sloppy.cjs";
    export default { fetch: () => Response.json({ late: withKey({}), env: env.KEY }) };`,
  deferred: `
    import { env } from "cloudflare:workers";
    const format = new Intl.NumberFormat("en");
    const { KEY } = env;
    const key = process.env.KEY;
    export default { fetch: () => Response.json({ top: KEY, key, late: env.KEY, one: format.format(1) }) };`,
  listening: `
    import { env } from "cloudflare:workers";
    addEventListener("fetch", (event) => event.respondWith(Response.json({ late: env.KEY, global: KEY })));`,
  shadowed: `
    const process = { env: { KEY: "its own" } };
    export default { fetch: () => Response.json({ late: process.env.KEY }) };`,
};

const VALUES: Record<string, object> = {
  module: { top: null, late: CANARIES[0], same: true, names: ["KEY", "LATE", "SECRET"] },
  passed: { late: CANARIES[0] },
  client: {
    top: null,
    late: CANARIES[0],
    node: "production",
    names: ["KEY", "LATE", "NODE_ENV", "SECRET"],
    process: "undefined",
  },
  vite: {
    top: null,
    late: CANARIES[0],
    prod: true,
    mode: "production",
    same: true,
    url: "file:///index.ts",
  },
  spread: { top: null, has: false, names: [], text: "{}", late: CANARIES[0] },
  required: { top: null, late: CANARIES[0], same: true },
  sloppy: { late: CANARIES[0], env: CANARIES[0] },
  deferred: { top: CANARIES[0], key: CANARIES[0], late: CANARIES[0], one: "1" },
  listening: { late: CANARIES[0], global: CANARIES[0] },
  shadowed: { late: "its own" },
};

describe("variables at the top level", () => {
  const scope = suiteScope();
  const apps: Record<string, App> = {};
  for (const [name, source] of Object.entries(APPS)) {
    apps[name] = { files: { "index.ts": source }, env, warmup: name === "passed" ? ["/"] : [] };
  }
  apps.sloppy.files = {
    "index.ts": APPS.sloppy,
    "sloppy.cjs": `exports.withKey = function (o) { var key = process.env.KEY; with (o) { return key; } };`,
  };
  const made = workspace(scope, apps);
  let report: {
    apps: { name: string; notes: { message: string; where: string; hint: string }[] }[];
  };
  let server: Server;

  before(async () => {
    const built = await nanocBuild([made.directory, "-o", made.dist, "--json"], {
      env: environment,
    });
    assert.equal(built.status, 0, built.stderr);
    report = JSON.parse(built.stdout);
    server = await serve(scope, made.dist, { config: made.config, env: environment });
  });

  const notesOf = (name: string) => report.apps.find((app) => app.name === name)!.notes;

  test("nothing of them is in dist", () => {
    assertNoCanary(made.dist);
  });

  for (const name of Object.keys(APPS)) {
    test(`${name}: values come when the app is served`, async () => {
      assert.deepEqual((await request(server, `${name}.test`, "/")).json, VALUES[name]);
    });
  }

  test("what is read at the top level is told with its place", () => {
    const told = (name: string) =>
      notesOf(name).map(({ message, where, hint }) => ({ message, where, hint }));
    const [module] = told("module");
    assert.match(module.message, /^env\.KEY is read at the top level/);
    assert.match(module.where, /module\/index\.ts:3:13$/);
    assert.match(module.hint, /pass.*init\(\{ env \}\).*build_env/s);
    assert.match(told("client")[0].message, /^process\.env\.KEY is read at the top level/);
    assert.match(told("client")[0].where, /client\/index\.ts:3:\d+$/);
    assert.match(told("vite")[0].message, /^import\.meta\.env\.KEY is read/);
    assert.match(told("required")[0].where, /required\/index\.ts:3:\d+$/);
    const [spread] = told("spread");
    assert.match(spread.message, /^all of env is read at the top level/);
    assert.match(spread.hint, /Also all of process\.env at .*:3:/);
    assert.match(spread.hint, /Also env\.KEY at .*:4:/);
    assert.match(spread.hint, /Also all of env at .*:5:/);
  });

  test("passing the object on, and what is read in handlers for clients, is nothing to tell", () => {
    for (const name of ["passed", "sloppy", "listening", "shadowed", "deferred"]) {
      const told = notesOf(name).filter(({ message }) => !/ a request of `warmup`/.test(message));
      assert.deepEqual(told, [], name);
    }
  });
});

test("apps that read a missing variable fail the build with the place where it was read", async (t) => {
  const made = workspace(t, {
    app: `const url = new URL(process.env.API_URL);
      export default { fetch: () => new Response(url.href) };`,
  });
  const { status, stderr } = await nanocBuild([made.directory, "-o", made.dist]);
  assert.equal(status, 1);
  assert.match(stderr, /index\.ts:1:\d+[^]*process\.env\.API_URL is read at the top level/);
});

test("public variables are there while an app is built, and the server's win", async (t) => {
  const made = workspace(t, {
    app: {
      files: `
        import { env } from "cloudflare:workers";
        const top = [env.REGION, process.env.VERSION, import.meta.env.OTHER ?? null];
        export default { fetch: () => Response.json([...top, env.REGION, process.env.VERSION, env.KEY]) };`,
      build_env: { REGION: "eu", VERSION: "${NANO_TEST_VERSION}" },
      env: { REGION: "us", KEY: "k" },
    },
  });
  const built = await nanocBuild([made.directory, "-o", made.dist, "--json"], {
    env: { ...process.env, NANO_TEST_VERSION: "1.2" },
  });
  assert.equal(built.status, 0, built.stderr);
  const [{ notes }] = JSON.parse(built.stdout).apps;
  assert.equal(notes.length, 1);
  assert.match(notes[0].message, /^import\.meta\.env\.OTHER/);
  const server = await serve(t, made.dist, { config: made.config });
  const expected = ["eu", "1.2", null, "us", "1.2", "k"];
  assert.deepEqual((await request(server, "app.test", "/")).json, expected);
  await server.stop();

  // The same value gives what is kept, another one is another build, and without one there is none.
  const NANO_CACHE_DIR = join(temporaryFolder(t), "cache");
  const cached = async (version: string) => {
    const { stdout } = await nanocBuild([made.directory, "-o", made.dist, "--json"], {
      env: { ...process.env, NANO_CACHE_DIR, NANO_TEST_VERSION: version },
    });
    return JSON.parse(stdout).apps[0].cached as boolean;
  };
  assert.deepEqual(
    [await cached("1.2"), await cached("1.2"), await cached("1.3"), await cached("1.3")],
    [false, true, false, true],
  );
  const without = await nanocBuild([made.directory, "-o", made.dist]);
  assert.equal(without.status, 1);
  assert.match(without.stderr, /app 'app', build_env\.VERSION: .*NANO_TEST_VERSION is not set/);
});

test("the app's assets are in the module's env when it is served, and are no variable", async (t) => {
  const code = (top: string) => `
    import { env } from "cloudflare:workers";
    const variables = process.env;
    ${top}
    const early = [typeof env.ASSETS, Object.keys(process.env).sort()];
    export default { async fetch(request, own) {
      const { ASSETS } = env;
      return Response.json({
        early, text: await (await ASSETS.fetch("http://any.example/a.txt")).text(), same: own.ASSETS === ASSETS,
        names: Object.keys(env).sort(), variables: Object.keys(variables).sort(), none: variables.ASSETS ?? null });
    } };`;
  const app = (source: string): App => ({
    files: { "index.ts": source, "public/a.txt": "a file" },
    assets: "public",
    env: { KEY: "k" },
  });
  const made = workspace(t, {
    app: app(code("")),
    deferred: app(code(`globalThis.format = new Intl.NumberFormat("en");`)),
  });
  const built = await nanocBuild([made.directory, "-o", made.dist, "--json"]);
  assert.equal(built.status, 0, built.stderr);
  const { apps } = JSON.parse(built.stdout) as {
    apps: { name: string; notes: { message: string }[] }[];
  };
  const [{ notes }] = apps.filter(({ name }) => name === "app");
  assert.match(notes[0]!.message, /^env\.ASSETS is read at the top level/);
  const server = await serve(t, made.dist, { config: made.config });
  const served = {
    text: "a file",
    same: true,
    names: ["ASSETS", "KEY"],
    variables: ["KEY", "NODE_ENV"],
    none: null,
  };
  assert.deepEqual((await request(server, "app.test", "/")).json, {
    early: ["undefined", ["NODE_ENV"]],
    ...served,
  });
  assert.deepEqual((await request(server, "deferred.test", "/")).json, {
    early: ["object", ["KEY", "NODE_ENV"]],
    ...served,
  });
});

test("values follow changes of a running server", async (t) => {
  const source = `
    import { env } from "cloudflare:workers";
    const kept = { env, variables: process.env };
    export default { fetch: () => Response.json([kept.env.KEY, kept.variables.KEY, import.meta.env.KEY]) };`;
  const { made, get, done, change } = await started(t, {
    app: { files: source, env: { KEY: "1" } },
  });
  const shown = async () => JSON.parse(await get("app")) as string[];
  assert.deepEqual(await shown(), ["1", "1", "1"]);
  await done(["env", "set", "app", "KEY=2"], /serves/);
  assert.deepEqual(await shown(), ["2", "2", "2"]);
  await done(["env", "unset", "app", "KEY"], /serves/);
  // Another version of the app, with other values; then the first code again.
  writeConfig(made.directory, { app: { files: {}, hosts: "app.test", env: { KEY: "3" } } });
  await change("app", source.replace("[kept", `["new", kept`));
  await done(["reload"], /serves/);
  assert.deepEqual(await shown(), ["new", "3", "3", "3"]);
  await done(["rollback", "app"], /serves/);
  assert.deepEqual(await shown(), ["3", "3", "3"]);
});

test("no example has a variable of the server's in what is built of it", async (t) => {
  const directory = temporaryFolder(t);
  cpSync(join(root, "examples"), join(directory, "examples"), { recursive: true });
  linkPackages(directory);
  const config = join(directory, "examples/nano.yaml");
  const yaml = readFileSync(config, "utf8");
  const [upstream, news] = CANARIES;
  writeFileSync(
    config,
    yaml.replace("${PROXY_UPSTREAM:-}", upstream).replace("${AGGREGATE_NEWS:-}", news),
  );
  assert.notEqual(readFileSync(config, "utf8"), yaml);
  const dist = join(directory, "built");
  const built = await nanocBuild(["examples", "-o", dist], { cwd: directory, env: environment });
  assert.equal(built.status, 0, built.stderr);
  assertNoCanary(dist);
});

test("modules of the platform that are not there can be imported, and say so when they are used", async (t) => {
  const made = workspace(t, {
    app: `
      import { connect } from "cloudflare:sockets";
      import { EmailMessage } from "cloudflare:email";
      const told = async (steps) => {
        try { return String(await steps()); } catch (error) { return error.name + ": " + error.message; }
      };
      export default { fetch: async () => Response.json([
        await told(() => connect("a:1")),
        await told(() => new EmailMessage("a", "b", "c")),
        await told(async () => (await import("cloudflare:sockets")).connect("b:1")),
        await told(async () => (await import("cloudflare:nothing")).anything()),
        typeof globalThis.__NANO_PLATFORM__, Object.keys(globalThis).filter((key) => /nano/i.test(key)),
      ]) };`,
  });
  const { status, stderr } = await build(made);
  assert.equal(status, 0);
  assert.match(
    stderr,
    /index\.ts:2:\d+[^]*"cloudflare:sockets" is a module that NANO does not have/,
  );
  assert.match(stderr, /"cloudflare:email" is a module that NANO does not have/);
  const server = await serve(t, made.dist);
  const absent = (name: string, module: string) =>
    `Error: ${name} of "cloudflare:${module}" was used: NANO does not have this module (docs/workers.md)`;
  assert.deepEqual((await request(server, "app.test", "/")).json, [
    absent("connect", "sockets"),
    absent("EmailMessage", "email"),
    absent("connect", "sockets"),
    absent("anything", "nothing"),
    "undefined",
    [],
  ]);
});

test("a name that cloudflare:workers does not have stops the build where it is imported", async (t) => {
  const made = workspace(t, {
    app: `import { evn } from "cloudflare:workers";
      export default { fetch: () => new Response(String(evn)) };`,
  });
  const { status, stderr } = await nanocBuild([made.directory, "-o", made.dist]);
  assert.equal(status, 1);
  assert.match(stderr, /index\.ts:1:10[^]*evn/);
});
