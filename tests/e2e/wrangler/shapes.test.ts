// Projects of the shapes that Cloudflare's templates have, without a changed line: they build, and answer as they
// do there.

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { nanocBuild, writeFiles } from "../lib/apps.ts";
import { Admin } from "../lib/admin-client.ts";
import { run } from "../lib/program.ts";
import { serve } from "../lib/server.ts";
import { temporaryFolder } from "../lib/temporary.ts";
import { request } from "../../../tools/harness/http.ts";
import { nano } from "../../../tools/harness/paths.ts";
import { asker, attempt, built, COMMON, project, SHOW_ENV } from "./lib.ts";

describe("shapes of wrangler projects", () => {
  test("fetch with vars, of which those that are no text stay what they are", async (t) => {
    const vars = {
      GREETING: "hi ${NAME} $ {x}",
      LIMITS: { max: 5, kinds: ["a", null] },
      PORT: 8080,
      DEBUG: false,
      LIST: [1, { two: 2 }],
      DIGITS: "0123",
      EMPTY: "",
    };
    const directory = project(
      t,
      {
        "src/index.ts": `import { env } from "cloudflare:workers";
          export default { fetch: (request: Request, given: object) =>
            Response.json({ given, same: env === given, node: process.env.LIMITS, port: process.env.PORT }) };`,
      },
      { ...COMMON, main: "src/index.ts", vars },
    );
    const ask = await asker(t, await built(directory));
    assert.deepEqual((await ask("/")).json, {
      given: vars,
      same: true,
      node: JSON.stringify(vars.LIMITS),
      port: "8080",
    });
  });

  test("services between two projects, by name and by entry point with props", async (t) => {
    const directory = temporaryFolder(t);
    writeFiles(directory, {
      "web/wrangler.jsonc": JSON.stringify({
        ...COMMON,
        name: "web",
        main: "index.ts",
        services: [
          { binding: "AUTH", service: "auth-worker" },
          {
            binding: "ADMIN",
            service: "auth-worker",
            entrypoint: "Admin",
            props: { role: "root" },
          },
        ],
      }),
      "web/index.ts": `export default { async fetch(request, env) {
        return Response.json([await (await env.AUTH.fetch(request)).text(), await env.ADMIN.who("ada")]); } };`,
      "auth/wrangler.toml": `name = "auth-worker"\nmain = "src/index.ts"\n[vars]\nWHO = "auth"\n`,
      "auth/src/index.ts": `import { WorkerEntrypoint } from "cloudflare:workers";
        export class Admin extends WorkerEntrypoint { who(name) { return name + " " + this.ctx.props.role; } }
        export default { fetch: (request, env) => new Response(env.WHO + new URL(request.url).pathname) };`,
    });
    const result = await nanocBuild(["web", "auth"], { cwd: directory });
    assert.equal(result.status, 0, result.stderr);
    const ask = await asker(t, { dist: join(directory, "dist") });
    assert.deepEqual((await ask("/x", { host: "web.localhost" })).json, ["auth/x", "ada root"]);
  });

  test("several environments", async (t) => {
    const fields = {
      ...COMMON,
      name: "shop",
      main: "index.js",
      vars: { STAGE: "top" },
      routes: ["shop.example/*"],
      env: {
        staging: {
          vars: { STAGE: "staging" },
          routes: [{ pattern: "staging.shop.example", custom_domain: true }],
        },
        production: { name: "store" },
      },
    };
    const directory = project(t, { "index.js": SHOW_ENV }, fields);
    const top = await asker(t, await built(directory));
    assert.deepEqual((await top("/", { host: "shop.example" })).json, {
      STAGE: "top",
      assets: "undefined",
    });
    assert.notEqual((await top("/", { host: "other.example" })).status, 200);

    const staging = await built(directory, ["--env", "staging", "-o", "staging"]);
    assert.match(staging.output, /shop-staging/);
    const ask = await asker(t, { dist: join(directory, "staging") });
    assert.deepEqual((await ask("/", { host: "staging.shop.example" })).json, {
      STAGE: "staging",
      assets: "undefined",
    });

    const production = await built(directory, ["-o", "production"], {
      env: { ...process.env, CLOUDFLARE_ENV: "production" },
    });
    assert.match(
      production.output,
      /wrangler\.jsonc:\d+: vars is not inherited by env\.production/,
    );
    const store = await asker(t, { dist: join(directory, "production") });
    assert.deepEqual((await store("/", { host: "shop.example" })).json, { assets: "undefined" });

    const unknown = await attempt(directory, ["--env", "stagin"]);
    assert.equal(unknown.status, 1);
    assert.match(unknown.output, /there is no environment 'stagin'[^]*staging, production/);
  });

  test("TOML and JSONC say the same", async (t) => {
    const files = { "src/index.js": SHOW_ENV, "public/a.txt": "a" };
    const toml = project(t, {
      ...files,
      "wrangler.toml": `# a comment
name = "same"
main = "src/index.js"
compatibility_date = 2026-04-01
vars = { A = "1", N = 2, O = { deep = [true] } }
[assets]
directory = "./public"
binding = "ASSETS"
[observability]
enabled = true
[[routes]]
pattern = "same.example/*"
zone_name = "same.example"
`,
    });
    const jsonc = project(t, {
      ...files,
      "wrangler.jsonc": `/** a comment */
{
	"name": "same", // another
	"main": "src/index.js",
	"compatibility_date": "2026-04-01",
	"vars": { "A": "1", "N": 2, "O": { "deep": [true], }, },
	"assets": { "directory": "./public", "binding": "ASSETS" },
	"observability": { "enabled": true },
	"routes": [{ "pattern": "same.example/*", "zone_name": "same.example" }],
}
`,
    });
    const answers = [];
    for (const directory of [toml, jsonc]) {
      const ask = await asker(t, await built(directory));
      answers.push((await ask("/", { host: "same.example" })).json);
      assert.equal((await ask("/a.txt", { host: "same.example" })).text, "a");
    }
    assert.deepEqual(answers[0], { A: "1", N: 2, O: { deep: [true] }, assets: "object" });
    assert.deepEqual(answers[1], answers[0]);
  });

  test("define, alias, tsconfig and JSX", async (t) => {
    const directory = project(
      t,
      {
        "src/index.tsx": `import { name } from "old-package"; import { value } from "@lib/value";
          declare const VERSION: string; declare const FLAGS: { a: number };
          const h = (tag: string, _: unknown, ...children: unknown[]) => "<" + tag + ">" + children.join("");
          export default { fetch: () => Response.json([VERSION, FLAGS.a, name, value, <b>x</b>]) };`,
        "src/new.ts": `export const name = "new";`,
        "lib/value.ts": `export const value = "by paths";`,
        "tsconfig.worker.json": `{ "compilerOptions": { "paths": { "@lib/*": ["./lib/*"] } } }`,
      },
      {
        ...COMMON,
        main: "src/index.tsx",
        define: { VERSION: `"1.2"`, FLAGS: `{"a":1}` },
        alias: { "old-package": "./src/new.ts" },
        tsconfig: "./tsconfig.worker.json",
        jsx_factory: "h",
      },
    );
    const ask = await asker(t, await built(directory));
    assert.deepEqual((await ask("/")).json, ["1.2", 1, "new", "by paths", "<b>x"]);
  });

  test("a build command makes what is built, and is shown", async (t) => {
    const directory = project(
      t,
      { "web/page.txt": "made page" },
      {
        ...COMMON,
        main: "out/worker.js",
        assets: { directory: "out/public" },
        build: {
          command: `mkdir -p ../out/public && cp page.txt ../out/public/page.txt && echo making >&2 &&
            echo 'export default { fetch: () => new Response("made") };' > ../out/worker.js`,
          cwd: "web",
          watch_dir: "src",
        },
      },
    );
    const result = await built(directory);
    assert.match(result.output, /│ making/);
    assert.match(result.output, /took [\d.]+ m?s/);
    const ask = await asker(t, result);
    assert.equal((await ask("/")).text, "made");
    assert.equal((await ask("/page.txt")).text, "made page");
  });

  test("a framework's output, which a file of its own describes", async (t) => {
    const directory = project(
      t,
      {
        ".wrangler/deploy/config.json": `{"configPath":"../../dist/app/wrangler.json","auxiliaryWorkers":[]}`,
        "dist/app/wrangler.json": JSON.stringify({
          topLevelName: "framework",
          name: "framework",
          main: "index.js",
          configPath: "x",
          userConfigPath: "y",
          definedEnvironments: [],
          legacy_env: true,
          no_bundle: true,
          rules: [{ type: "ESModule", globs: ["**/*.js", "**/*.mjs"] }],
          assets: { directory: "../client", not_found_handling: "single-page-application" },
          vars: { A: "framework" },
          durable_objects: { bindings: [] },
          d1_databases: [],
          queues: { producers: [], consumers: [] },
          unsafe: {},
          dev: { ip: "localhost", enable_containers: true },
        }),
        "dist/app/index.js": `import { env } from "./chunk.js"; export default { fetch: (r, e) => env(e) };`,
        "dist/app/chunk.js": `export const env = (e) => Response.json(e);`,
        "dist/client/index.html": "client",
        "dist/client/.assetsignore": "secret.txt\n",
        "dist/client/secret.txt": "secret",
      },
      {
        ...COMMON,
        main: "./src/server.ts",
        assets: { not_found_handling: "single-page-application" },
      },
    );
    const result = await built(directory, ["-o", "out"]);
    assert.match(result.output, /dist\/app\/wrangler\.json is read instead/);
    assert.doesNotMatch(result.output, /legacy_env|topLevelName|dev is/);
    const ask = await asker(t, { dist: join(directory, "out") });
    assert.deepEqual((await ask("/api")).json, { A: "framework" });
    assert.equal((await ask("/")).text, "client");
    assert.notEqual((await ask("/secret.txt")).text, "secret");
  });

  test("KV namespaces, by their ids, which several projects may share", async (t) => {
    const files = {
      "index.js": `export default { async fetch(request, { STORE }) {
        const key = new URL(request.url).pathname.slice(1);
        if (request.method === "PUT") await STORE.put(key, "kept", { metadata: { by: "PUT" } });
        return Response.json(await STORE.getWithMetadata(key)); } };`,
    };
    const kv_namespaces = [{ binding: "STORE", id: "0123456789abcdef0123456789abcdef" }];
    const main = "index.js";
    const folder = temporaryFolder(t);
    for (const name of ["one", "two"]) {
      const fields = JSON.stringify({ ...COMMON, name, main, kv_namespaces });
      writeFiles(join(folder, name), { ...files, "wrangler.json": fields });
    }
    const result = await built(folder, ["one", "two"]);
    const ask = await asker(t, result);
    const kept = { value: "kept", metadata: { by: "PUT" }, cacheStatus: null };
    const put = await ask("/key", { host: "one.localhost", method: "PUT" });
    assert.deepEqual(put.json, kept, put.text);
    assert.deepEqual((await ask("/key", { host: "two.localhost" })).json, kept);
  });

  test("cron triggers", async (t) => {
    const directory = project(
      t,
      {
        "index.js": `let seen = null;
          export default {
            scheduled(controller, env) { seen = [controller.cron, env.WORD]; },
            fetch: () => Response.json(seen) };`,
      },
      {
        ...COMMON,
        main: "index.js",
        vars: { WORD: "hi" },
        triggers: { crons: ["0 3 * * MON", "*/30 * * * *"] },
      },
    );
    const { dist } = await built(directory);
    const server = await serve(t, dist);
    const called = await run(nano, [
      ...["ctl", "cron", "run", "shape", "--cron", "0 3 * * MON"],
      ...["--admin", `unix:${new Admin(directory).socket}`],
    ]);
    assert.equal(called.status, 0, called.stderr);
    assert.deepEqual((await request(server, "localhost", "/")).json, ["0 3 * * MON", "hi"]);
  });

  test("limits, version metadata and routes", async (t) => {
    const directory = project(
      t,
      {
        "index.js": `export default { fetch(request, env) {
          if (new URL(request.url).pathname === "/busy") for (;;);
          return Response.json(env); } };`,
      },
      {
        ...COMMON,
        main: "index.js",
        limits: { cpu_ms: 60 },
        version_metadata: { binding: "VERSION" },
        routes: ["*one.example/*", { pattern: "two.example/path/*", zone_name: "two.example" }],
      },
    );
    const result = await built(directory);
    assert.match(result.output, /the path of the route two\.example\/path\/\* is ignored/);
    const ask = await asker(t, result);
    for (const host of ["one.example", "a.one.example", "two.example"]) {
      assert.deepEqual(
        (await ask("/", { host })).json,
        { VERSION: { id: "", tag: "", timestamp: "" } },
        host,
      );
    }
    assert.equal((await ask("/busy", { host: "two.example" })).status, 503);
  });
});
