// What nanoc makes: language features, the same bytes every time, a whole dist whatever happens.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { build, buildApps, linkPackages, nanocBuild, workspace, writeFiles } from "./lib/apps.ts";
import { request } from "../../tools/harness/http.ts";
import { nano, nanoc } from "../../tools/harness/paths.ts";
import { run } from "./lib/program.ts";
import { serve } from "./lib/server.ts";
import { temporaryFolder } from "./lib/temporary.ts";
import { treeOf } from "./lib/tree.ts";
import { DEADLINE, within } from "../../tools/harness/wait.ts";

test("TypeScript, JSX, JSON, npm packages and top-level await", async (t) => {
  const made = workspace(t, {
    app: {
      files: {
        "src/index.tsx": `
          import { h } from "preact";
          import { renderToString } from "preact-render-to-string";
          import { z } from "zod";
          import data from "./data.json";
          /** @jsx h */
          enum Color { Red, Green }
          namespace Names { export const own = "namespace"; }
          class Point { constructor(private readonly x: number) {} get double() { return this.x * 2; } }
          const late = await new Promise<string>((resolve) => queueMicrotask(() => resolve("awaited")));
          const later = await import("./lazy.ts");
          const schema = z.object({ n: z.number() });
          export default {
            async fetch(request: Request): Promise<Response> {
              return Response.json({
                color: Color[Color.Green], name: Names.own, double: new Point(21).double,
                late, lazy: later.default satisfies string, data: data.list,
                html: renderToString(<b class="x">{"<"}</b>),
                valid: schema.safeParse({ n: 1 }).success,
              });
            },
          };`,
        "src/lazy.ts": `export default "lazy" as const;`,
        "src/data.json": `{ "list": [1, 2] }`,
      },
    },
  });
  linkPackages(made.directory);
  await build(made);
  const server = await serve(t, made.dist);
  assert.deepEqual((await request(server, "app.test", "/")).json, {
    color: "Green",
    name: "namespace",
    double: 42,
    late: "awaited",
    lazy: "lazy",
    data: [1, 2],
    html: '<b class="x">&lt;</b>',
    valid: true,
  });
});

test("each way to name the entry", async (t) => {
  const source = (name: string) =>
    `export default { fetch: () => new Response(${JSON.stringify(name)}) };`;
  const { dist } = await buildApps(t, {
    yaml: { files: { "src/index.ts": "!", "app/start.ts": source("yaml") }, entry: "app/start.ts" },
    module: {
      files: {
        "package.json": `{ "module": "m.mjs", "main": "m.js" }`,
        "m.mjs": source("module"),
        "index.js": "!",
      },
    },
    main: { files: { "package.json": `{ "main": "lib/m.js" }`, "lib/m.js": source("main") } },
    mts: { files: { "index.mts": source("mts") } },
    src: { files: { "src/index.js": source("src") } },
  });
  const server = await serve(t, dist);
  for (const name of ["yaml", "module", "main", "mts", "src"]) {
    assert.equal((await request(server, `${name}.test`, "/")).text, name);
  }
});

test("one app without hosts answers for every host", async (t) => {
  const directory = temporaryFolder(t);
  writeFiles(directory, {
    "shop/index.js": `export default { fetch: () => new Response("any") };`,
  });
  const result = await nanocBuild(["shop"], { cwd: directory });
  assert.equal(result.status, 0, result.stderr);
  const server = await serve(t, "dist", { cwd: directory });
  for (const host of ["a.example", "localhost", "[::1]"]) {
    assert.equal((await request(server, host, "/")).text, "any");
  }
});

test("the bytes of dist depend on nothing but the sources", async (t) => {
  const app = {
    files: {
      "index.ts": `
        import { Hono } from "hono";
        import { z } from "zod";
        const app = new Hono();
        const made = { at: Date.now(), by: Math.random(), id: new Map([["k", {}]]) };
        const schema = z.object({ id: z.string() });
        app.get("/:id", (c) => c.json([schema.parse(c.req.param()), made]));
        export default app;`,
    },
    warmup: ["/a", "/b"],
  };
  const trees = [];
  for (const timezone of ["UTC", "Asia/Tokyo"]) {
    const made = workspace(t, { first: app, second: app });
    linkPackages(made.directory);
    const { status, stderr } = await nanocBuild([made.directory, "-o", made.dist], {
      env: { ...process.env, TZ: timezone, LC_ALL: "C" },
    });
    assert.equal(status, 0, stderr);
    trees.push(treeOf(made.dist));
    await sleep(1100); // Clocks differ by more than a second, too.
  }
  assert.ok(Object.keys(trees[0]).includes("manifest.json"));
  assert.deepEqual(trees[0], trees[1]);
});

test("warm-up requests do not leak into answers", async (t) => {
  const { dist } = await buildApps(t, {
    app: {
      files: `
        let seen = [];
        export default {
          fetch(request) {
            seen.push(Math.random());
            return Response.json({ now: Date.now(), random: Math.random(), id: crypto.randomUUID() });
          },
        };`,
      warmup: ["/", { path: "/", method: "POST", headers: { "x-a": "1" }, body: "text" }],
    },
  });
  const answers = [];
  for (let i = 0; i < 2; i++) {
    const server = await serve(t, dist);
    answers.push((await request(server, "app.test", "/")).json);
    await server.stop();
  }
  const [a, b] = answers as { now: number; random: number; id: string }[];
  assert.ok(Math.abs(a.now - Date.now()) < DEADLINE && b.now >= a.now);
  assert.notEqual(a.random, b.random);
  assert.notEqual(a.id, b.id);
});

test("of env only the names of its variables are in dist, and those only in the manifest", async (t) => {
  const secret = "s3cret-" + "5ca1ab1e".repeat(3);
  const { dist } = await buildApps(t, {
    app: {
      files: `export default { fetch: (request, env) => new Response(env.TOKEN) };`,
      env: {
        TOKEN: secret,
        NAME_OF_TOKEN: "${UNSET_" + "VARIABLE}",
        REGION: "${UNSET_VARIABLE:-eu}",
      },
      warmup: ["/"],
    },
  });
  const files = readdirSync(dist, { recursive: true, encoding: "utf8", withFileTypes: true });
  assert.ok(files.length >= 2);
  for (const file of files) {
    if (!file.isFile()) continue;
    const bytes = readFileSync(join(file.parentPath, file.name));
    const names = file.name === "manifest.json" ? [] : ["NAME_OF_TOKEN"];
    for (const text of [secret, "UNSET_" + "VARIABLE", ...names]) {
      assert.ok(!bytes.includes(text), `${file.name} holds ${text}`);
      assert.ok(!bytes.includes(Buffer.from(text, "utf16le")), `${file.name} holds ${text}`);
    }
  }
  const manifest = JSON.parse(readFileSync(join(dist, "manifest.json"), "utf8"));
  assert.deepEqual(manifest.apps[0].env, {
    required: ["NAME_OF_TOKEN"],
    optional: ["TOKEN", "REGION"],
  });
});

test("an app that is gone leaves dist, and what did not change keeps its file", async (t) => {
  const made = workspace(t, {
    stays: `export default { fetch: () => new Response("stays") };`,
    goes: `export default { fetch: () => new Response("goes") };`,
  });
  await build(made);
  const before = treeOf(made.dist);
  const apps = [{ path: "stays", hosts: "stays.test" }];
  writeFileSync(made.config, JSON.stringify({ apps, build: { keep: 1 } }));
  await build(made);
  const after = treeOf(made.dist);
  assert.equal(Object.keys(after).length, Object.keys(before).length - 1);
  for (const [path, digest] of Object.entries(after)) {
    if (path !== "manifest.json") assert.equal(digest, before[path]);
  }
});

test("a build that is killed at any moment leaves dist whole", async (t) => {
  const source = (text: string) => `export default { fetch: () => new Response("${text}") };`;
  const made = workspace(t, { app: source("old"), other: source("other") });
  await build(made);
  const old = treeOf(made.dist);
  const start = performance.now();
  await build(made);
  const duration = performance.now() - start;

  writeFiles(made.directory, { "app/index.ts": source("new") });
  const fresh = { ...made, dist: join(made.directory, "fresh") };
  await build(fresh);
  const renewed = treeOf(fresh.dist);
  assert.notDeepEqual(old, renewed);

  const kills = 16;
  let killed = 0;
  for (let i = 1; i <= kills; i++) {
    const child = spawn(nanoc, ["build", made.directory, "-o", made.dist], { stdio: "ignore" });
    const { promise, resolve } = Promise.withResolvers<void>();
    child.on("close", (_, signal) => {
      if (signal === "SIGKILL") killed += 1;
      resolve();
    });
    await sleep((duration * i) / kills);
    child.kill("SIGKILL");
    await within(promise, "the compiler's end");
    // The manifest decides; what it names must be there, whatever else is.
    const now = treeOf(made.dist);
    const whole = now["manifest.json"] === old["manifest.json"] ? old : renewed;
    for (const [path, digest] of Object.entries(whole)) {
      assert.equal(now[path], digest, `${path} after kill ${i}`);
    }
    if (whole === renewed) assert.equal(now["generations/1.json"], old["manifest.json"]);
  }
  assert.ok(killed > 0, "no build was killed before its end");

  const server = await serve(t, made.dist);
  assert.match((await request(server, "app.test", "/")).text, /^(old|new)$/);
  await build(made);
  // And the build before, to go back to.
  const kept = { ...old, ...renewed, "generations/1.json": old["manifest.json"] };
  // What the server keeps there is none of the build's.
  const built = Object.entries(treeOf(made.dist)).filter(([path]) => !path.startsWith(".state/"));
  assert.deepEqual(Object.fromEntries(built), kept);
});

test("the manifest names the limits of each app, the defaults too", async (t) => {
  const { dist } = await buildApps(t, {
    plain: `export default { fetch: () => new Response("plain") };`,
    small: {
      files: `export default { fetch: () => new Response("small") };`,
      limits: { memory: "32MiB", cpu: "2s", first_byte: "0s" },
    },
  });
  const { apps } = JSON.parse(readFileSync(join(dist, "manifest.json"), "utf8")) as {
    apps: { name: string; limits: Record<string, number> }[];
  };
  assert.deepEqual(
    apps.map(({ name, limits: { memory, cpu, first_byte } }) => [name, memory, cpu, first_byte]),
    [
      ["plain", 128 * 1024 * 1024, 1000, 60_000],
      ["small", 32 * 1024 * 1024, 2000, undefined],
    ],
  );
});

test("usage", async () => {
  const help = await nanocBuild(["--help"]);
  assert.equal(help.status, 0);
  for (const word of ["--timeout", "-o"]) assert.ok(help.stdout.includes(word));
  const unknown = await nanocBuild(["--no-such-option"]);
  assert.equal(unknown.status, 2);
  assert.match(unknown.stderr, /no-such-option/);
});

test("an unknown subcommand is named, with what was meant; help has examples", async () => {
  const wrong: [string, string[], RegExp][] = [
    [nanoc, ["biuld", "app"], /unknown subcommand 'biuld'\nDid you mean `nanoc build`\?/],
    [nanoc, ["dev"], /'dev'\n.*`nano serve --watch`.*`nanoc build`/],
    [nanoc, ["build", "--tiemout", "3s"], /'--tiemout'\nDid you mean '--timeout'\?/],
    [nanoc, ["-o", "out", "build"], /'-o' stands before the subcommand/],
    [nanoc, ["--hlep"], /unknown option '--hlep'\nDid you mean '--help'\?/],
    [nanoc, ["-v"], /unknown option '-v'\nWrite `nanoc --version`/],
    [nano, ["sevre", "dist"], /unknown subcommand 'sevre'\nDid you mean `nano serve`\?/],
    [nano, ["start"], /'start'\n.*`nano serve`/],
    [nano, ["serve", "--lisen", ":1"], /'--lisen'\nDid you mean '--listen'\?/],
  ];
  for (const [program, args, message] of wrong) {
    const { status, stdout, stderr } = await run(program, args);
    assert.equal(status, 2, `${args}`);
    assert.match(stderr, message);
    assert.equal(stdout, "");
  }
  for (const program of [nano, nanoc]) {
    const { status, stdout } = await run(program, ["--help"]);
    assert.equal(status, 0);
    assert.match(stdout, /Examples:\n {2}nanoc? /);
  }
});
