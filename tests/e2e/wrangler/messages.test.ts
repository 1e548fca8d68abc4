// What is told of a wrangler file: one line for what has no effect, an error for what the code would miss; whose
// word counts beside nano.yaml; and that no value of any environment is in a snapshot.

import assert from "node:assert/strict";
import { cpSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { request } from "../../../tools/harness/http.ts";
import { nano, root } from "../../../tools/harness/paths.ts";
import { linkPackages, nanocBuild } from "../lib/apps.ts";
import { run } from "../lib/program.ts";
import { serve, serveAndFail } from "../lib/server.ts";
import { temporaryFolder } from "../lib/temporary.ts";
import { asker, attempt, built, project } from "./lib.ts";

const ENV = `export default { fetch: (request, env) => Response.json(env) };`;

/** The lines of nanoc's notes. */
const notes = (output: string) => output.split("\n").filter((line) => line.startsWith("· "));

describe("what is told of a wrangler file", () => {
  test("fields without effect have one line each, with their place", async (t) => {
    const directory = project(t, {
      "index.js": ENV,
      "wrangler.jsonc": `{
  "name": "app",
  "main": "index.js",
  "observability": { "enabled": true },
  "placement": { "mode": "smart" },
  "workers_dev": true,
  "migrations": [],
  "compatibility_flags": ["nodejs_compat", "not_a_flag"],
  "colour": "red"
}`,
      ".dev.vars": "SECRET=x",
    });
    const { output } = await built(directory);
    assert.match(
      output,
      /^· app: wrangler\.jsonc:4: observability is ignored: nano serve has metrics and logs of its own \(docs\/metrics\.md\)$/m,
    );
    assert.match(output, /^· app: wrangler\.jsonc:5: placement is ignored: .+$/m);
    assert.match(output, /^· app: wrangler\.jsonc:6: workers_dev is ignored: .+$/m);
    assert.match(
      output,
      /^· app: wrangler\.jsonc:8: the compatibility flag nodejs_compat changes nothing: .+$/m,
    );
    assert.match(
      output,
      /^· app: wrangler\.jsonc:8: the compatibility flag not_a_flag is ignored: .+$/m,
    );
    assert.match(output, /^· app: wrangler\.jsonc:9: colour is ignored: .+$/m);
    assert.match(output, /^· app: \.dev\.vars is for development and is not read: .+$/m);
    assert.equal(notes(output).length, 7, output);
    assert.doesNotMatch((await built(directory, ["-q"])).output, /ignored/);
  });

  test("a binding that NANO lacks stops the build at its line, unless it may be missing", async (t) => {
    const directory = project(t, {
      "index.js": `export default { fetch: (request, env) => new Response(typeof env.DB) };`,
      "wrangler.jsonc": `{
  "name": "app",
  "main": "index.js",
  "d1_databases": [{ "binding": "DB", "database_id": "1" }],
  "ai": { "binding": "AI" }
}`,
    });
    const { status, output } = await attempt(directory);
    assert.equal(status, 1);
    assert.match(
      output,
      /wrangler\.jsonc:4:3[^]*d1_databases \(DB\) is a binding that NANO does not have/,
    );
    assert.match(output, /wrangler\.jsonc:5:3[^]*ai \(AI\) is a binding/);
    assert.match(output, /take the binding out/);
    const allowed = await built(directory, ["--allow-missing-bindings"]);
    assert.match(allowed.output, /wrangler\.jsonc:4: d1_databases \(DB\) is missing from `env`/);
    const ask = await asker(t, allowed);
    assert.equal((await ask("/")).text, "undefined");
  });

  test("a mistake has its line, in TOML too", async (t) => {
    const jsonc = project(t, {
      "index.js": ENV,
      "wrangler.jsonc": `{\n  "name": "a"\n  "main": 1\n}`,
    });
    assert.match(
      (await attempt(jsonc)).output,
      /wrangler\.jsonc:3:3[^]*this is not JSON: expected ','/,
    );
    const toml = project(t, { "index.js": ENV, "wrangler.toml": `name = "a"\nmain = = 1\n` });
    assert.match((await attempt(toml)).output, /wrangler\.toml:2:\d+[^]*this is not TOML/);
    const kind = project(t, {
      "index.js": ENV,
      "wrangler.toml": `name = "a"\nmain = "index.js"\n[assets]\ndirectory = "."\nhtml_handling = "x"\n`,
    });
    assert.match((await attempt(kind)).output, /wrangler\.toml:5:\d+[^]*'x' is none of its values/);
  });

  test("code and files that a framework has yet to make", async (t) => {
    const main = project(t, {}, { name: "app", main: "dist/_worker.js" });
    assert.match(
      (await attempt(main)).output,
      /wrangler\.jsonc:3:\d+[^]*there is no file dist\/_worker\.js[^]*npm run build/,
    );
    const assets = project(
      t,
      { "index.js": ENV },
      { name: "app", main: "index.js", assets: { binding: "A" } },
    );
    assert.match((await attempt(assets)).output, /assets: no `directory`[^]*npm run build/);
  });

  test("a folder of several projects: the error has the command that builds them", async (t) => {
    const file = (name: string) => JSON.stringify({ name, main: "index.js" });
    const directory = project(t, {
      "package.json": `{"private": true}`,
      "apps/web/wrangler.jsonc": file("web"),
      "apps/web/index.js": ENV,
      "apps/web/node_modules/x/wrangler.json": file("x"),
      "services/auth/wrangler.toml": `name = "auth"\nmain = "index.js"\n`,
      "services/auth/index.js": ENV,
      "node_modules/y/wrangler.json": file("y"),
    });
    const refused = await attempt(directory);
    assert.equal(refused.status, 1);
    const command = /into one dist: nanoc build (.*)/.exec(refused.output)?.[1]?.split(" ");
    assert.deepEqual(command, ["apps/web", "services/auth"], refused.output);
    const { output } = await built(directory, command);
    assert.match(output, /web\.localhost/);
    assert.match((await attempt(directory, ["apps"])).output, /nanoc build apps\/web\n/);
  });

  test("a service that is not in the dist is told by the build, with its place, and by the server", async (t) => {
    const directory = project(t, {
      "web/wrangler.jsonc": JSON.stringify({
        name: "web",
        main: "index.js",
        services: [{ binding: "AUTH", service: "auth" }],
      }),
      "web/index.js": ENV,
      "auth/wrangler.jsonc": JSON.stringify({ name: "auth", main: "index.js" }),
      "auth/index.js": ENV,
    });
    const alone = await built(directory, ["web"]);
    assert.match(
      alone.output,
      /▲ web: web\/wrangler\.jsonc:1:\d+\n {2}services\.AUTH: there is no app 'auth' in dist/,
    );
    const refused = await serveAndFail(alone.dist);
    assert.match(refused.output, /manifest\.json, `config` of 'web'[^]*there is no app 'auth'/);
    const both = await built(directory, ["auth"]);
    assert.doesNotMatch(both.output, /services/);
    assert.equal((await (await asker(t, both))("/", { host: "auth.localhost" })).status, 200);
  });

  test("a build command that fails fails the build, with what it wrote", async (t) => {
    const directory = project(
      t,
      { "index.js": ENV },
      {
        name: "app",
        main: "index.js",
        build: { command: "echo broken here; exit 3" },
      },
    );
    const { status, output } = await attempt(directory);
    assert.equal(status, 1);
    assert.match(output, /the build command failed with status 3: echo broken here; exit 3/);
    assert.match(output, /broken here/);
  });

  test("of several files the first is read", async (t) => {
    const directory = project(t, {
      "index.js": ENV,
      "wrangler.json": `{"name": "one", "main": "index.js", "vars": {"A": "json"}}`,
      "wrangler.toml": `name = "two"`,
    });
    const result = await built(directory);
    assert.match(result.output, /wrangler\.toml is not read: wrangler\.json is there/);
    assert.deepEqual((await (await asker(t, result))("/")).json, { A: "json" });
  });
});

describe("a wrangler file beside nano.yaml", () => {
  const fields = {
    name: "worker",
    main: "index.js",
    vars: { A: "wrangler", B: "wrangler" },
    d1_databases: [{ binding: "DB" }],
  };

  test("nano.yaml in the same folder wins, key by key", async (t) => {
    const directory = project(t, {
      "app/index.js": ENV,
      "app/wrangler.jsonc": JSON.stringify(fields),
    });
    writeFileSync(join(directory, "app/nano.yaml"), `env: { B: nano.yaml, C: "\${FROM_SERVER}" }`);
    const { status, output } = await attempt(join(directory, "app"));
    assert.equal(status, 0, output);
    assert.match(output, /d1_databases \(DB\) is missing/);
    assert.match(output, /name is ignored: nano\.yaml, or the folder, names the app/);
    const ask = await asker(
      t,
      { dist: join(directory, "app/dist") },
      { cwd: join(directory, "app"), env: { ...process.env, FROM_SERVER: "server" } },
    );
    assert.deepEqual((await ask("/")).json, { A: "wrangler", B: "nano.yaml", C: "server" });
  });

  test("an entry of a list has what it does not say from its folder's file, served alone too", async (t) => {
    const { d1_databases: _, ...clean } = fields;
    const directory = project(t, {
      "app/index.js": ENV,
      "app/wrangler.jsonc": JSON.stringify({ ...clean, route: "worker.example" }),
      "nano.yaml": `apps: [{ path: app, env: { B: list } }]`,
    });
    await built(directory);
    const other = temporaryFolder(t);
    cpSync(join(directory, "dist"), join(other, "dist"), { recursive: true });
    cpSync(join(directory, "nano.yaml"), join(other, "nano.yaml"));
    for (const cwd of [directory, other]) {
      const ask = await asker(t, { dist: join(cwd, "dist") }, { cwd });
      assert.deepEqual((await ask("/", { host: "worker.example" })).json, {
        A: "wrangler",
        B: "list",
      });
    }
  });

  test("a nano.yaml that says nothing of the app leaves it to the wrangler file", async (t) => {
    const { d1_databases: _, ...clean } = fields;
    const directory = project(t, { "index.js": ENV, "nano.yaml": "server: { workers: 1 }" }, clean);
    assert.match((await built(directory)).output, /^worker /m);
    const ask = await asker(t, { dist: join(directory, "dist") }, { cwd: directory });
    assert.deepEqual((await ask("/")).json, { A: "wrangler", B: "wrangler" });
  });
});

describe("secrets of wrangler projects", () => {
  const VALUE = "canary-of-a-var-5d21";
  const SECRET = "canary-of-a-secret-e0c9";

  /** Of all snapshots below a folder. */
  function snapshots(folder: string): [string, Buffer][] {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile() && file.name.endsWith(".snap"))
      .map((file) => [file.name, readFileSync(join(file.parentPath, file.name))]);
  }

  function assertAbsent(dist: string, values: string[]): void {
    const all = snapshots(dist);
    assert.ok(all.length > 0, "nothing was looked at");
    for (const [name, bytes] of all) {
      for (const value of values) {
        for (const encoding of ["latin1", "utf16le"] as const) {
          assert.ok(!bytes.includes(Buffer.from(value, encoding)), `${name} has ${value}`);
        }
      }
    }
  }

  test("required ones come from the server's environment, and the server says what is missing", async (t) => {
    const directory = project(
      t,
      { "index.js": ENV },
      {
        name: "app",
        main: "index.js",
        vars: { A: VALUE },
        secrets: { required: ["API_KEY"] },
      },
    );
    const { dist } = await built(directory, [], { env: { ...process.env, API_KEY: SECRET } });
    const refused = await serveAndFail(dist);
    assert.notEqual(refused.status, 0);
    assert.match(refused.output, /API_KEY/);
    const server = await serve(t, dist, { env: { ...process.env, API_KEY: SECRET } });
    assert.ok(server.port > 0);
    const ask = await asker(t, { dist }, { env: { ...process.env, API_KEY: SECRET } });
    assert.deepEqual((await ask("/")).json, { A: VALUE, API_KEY: SECRET });
    assertAbsent(dist, [VALUE, SECRET]);
  });

  test("a required one that the admin API has set counts, also for a server without the variable", async (t) => {
    const directory = project(
      t,
      { "index.js": ENV },
      { name: "app", main: "index.js", secrets: { required: ["API_KEY"] } },
    );
    const { dist } = await built(directory);
    const socket = join(directory, "nano.sock");
    const first = await serve(t, dist, {
      cwd: directory,
      env: { ...process.env, API_KEY: "of the server" },
    });
    const set = await run(
      nano,
      ["ctl", "--admin", `unix:${socket}`, "secret", "set", "app", "API_KEY"],
      {
        input: SECRET,
      },
    );
    assert.equal(set.status, 0, set.stderr);
    assert.deepEqual((await request(first, "localhost", "/")).json, { API_KEY: SECRET });
    await first.stop();
    assertAbsent(dist, [SECRET]);
    const second = await serve(t, dist, { cwd: directory });
    assert.deepEqual((await request(second, "localhost", "/")).json, { API_KEY: SECRET });
  });

  test("no value of vars, .dev.vars, .env or an environment is in a snapshot", async (t) => {
    const values = {
      vars: VALUE,
      json: `${VALUE}-json`,
      staging: `${VALUE}-staging`,
      dev: SECRET,
      dotenv: `${SECRET}-env`,
      process: `${SECRET}-process`,
    };
    const directory = project(
      t,
      {
        "index.js": `import { env } from "cloudflare:workers";
          const kept = [env.A, process.env.A, process.env.SECRET, { ...env }, import.meta.env.O];
          export default { fetch: (request, own) => Response.json({ kept, own }) };`,
        "public/index.html": "home",
        ".dev.vars": `SECRET=${values.dev}\n`,
        ".dev.vars.staging": `SECRET=${values.dev}\n`,
        ".env": `SECRET=${values.dotenv}\n`,
      },
      {
        name: "app",
        main: "index.js",
        vars: { A: values.vars, O: { deep: [values.json] } },
        assets: { directory: "./public" },
        env: { staging: { vars: { A: values.staging } } },
      },
    );
    const env = { ...process.env, A: values.process, SECRET: values.process };
    for (const args of [[], ["--env", "staging", "-o", "staging"]])
      await built(directory, args, { env });
    for (const dist of ["dist", "staging"])
      assertAbsent(join(directory, dist), Object.values(values));
    const manifest = readFileSync(join(directory, "dist/manifest.json"), "utf8");
    assert.ok(manifest.includes(values.vars) && manifest.includes(values.json));
    for (const value of [values.dev, values.dotenv, values.process, values.staging]) {
      assert.ok(!manifest.includes(value), value);
    }
  });

  test("no value of an environment of any example is in a snapshot", async (t) => {
    const directory = temporaryFolder(t);
    cpSync(join(root, "examples"), directory, {
      recursive: true,
      filter: (path) => !path.includes("node_modules"),
    });
    // Every value that a file of the examples gives a variable, changed to one that nothing else has.
    const canaries: string[] = [];
    const canary = () => canaries[canaries.push(`canary-${canaries.length}-b7f2`) - 1]!;
    const yaml = readFileSync(join(directory, "nano.yaml"), "utf8");
    writeFileSync(
      join(directory, "nano.yaml"),
      yaml.replace(
        /^( +env:\n)((?:\1? +\w+: .+\n)+)/gm,
        (_, head: string, body: string) =>
          head + body.replace(/(\w+): .+/g, (_line, name: string) => `${name}: ${canary()}`),
      ),
    );
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      for (const file of readdirSync(join(directory, entry.name))) {
        if (file !== "wrangler.jsonc") continue;
        const path = join(directory, entry.name, file);
        writeFileSync(
          path,
          readFileSync(path, "utf8").replace(
            /("vars": \{)([^}]*)/g,
            (_, head: string, body: string) =>
              head +
              body.replace(/("\w+": )"[^"]*"/g, (_value, name: string) => `${name}"${canary()}"`),
          ),
        );
      }
    }
    assert.ok(canaries.length >= 3, `${canaries.length} variables were found`);
    linkPackages(directory);
    const secrets = { ...process.env, API_KEY: SECRET, SESSION_SECRET: SECRET };
    const result = await nanocBuild(["-o", "dist"], { cwd: directory, env: secrets });
    assert.equal(result.status, 0, result.stderr);
    assertAbsent(join(directory, "dist"), [...canaries, SECRET]);
    assert.ok(readFileSync(join(directory, "dist/manifest.json"), "utf8").includes("canary-"));
  });
});
