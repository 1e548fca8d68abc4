// Variables that are looked for before they are there, or cannot come: in requests of `warmup`, by a clone of all, into an
// object that was frozen.

import assert from "node:assert/strict";
import { test } from "node:test";
import { nanocBuild, workspace } from "./lib/apps.ts";

test("variables that a warm-up request looks for are told with their places", async (t) => {
  const { directory } = workspace(t, {
    handler: {
      files: {
        "index.ts": `
          let client;
          export default { fetch(request, env) {
            client ??= { key: env.API_KEY };
            return new Response(String(client.key));
          } };`,
      },
      warmup: ["/"],
      env: { API_KEY: "key" },
    },
    class: {
      files: {
        "index.ts": `
          import { WorkerEntrypoint } from "cloudflare:workers";
          export default class extends WorkerEntrypoint {
            fetch() { return new Response((globalThis.all ??= String(this.env.API_KEY) + process.env.OTHER)); }
          }`,
      },
      warmup: ["/"],
    },
    again: {
      files: {
        "index.ts": `
          let first;
          export default { async fetch(request, env) {
            first ??= 1;
            await null;
            return new Response(env.API_KEY + process.env.OTHER);
          } };`,
      },
      warmup: ["/", { path: "/two" }],
    },
    clone: {
      files: {
        "index.ts": `
          const all = structuredClone(process.env);
          export default { fetch: () => new Response(String(all.KEY)) };`,
      },
    },
  });
  const built = await nanocBuild(["--json"], { cwd: directory });
  assert.equal(built.status, 0, built.stderr);
  const { apps } = JSON.parse(built.stdout) as {
    apps: { name: string; notes: { message: string; where: string; hint: string }[] }[];
  };
  const notes = (name: string) => apps.find((app) => app.name === name)!.notes;
  assert.match(notes("handler")[0]!.message, /^env\.API_KEY is read while a request of `warmup`/);
  assert.match(notes("handler")[0]!.where, /index\.ts:4:/);
  assert.match(notes("class")[0]!.message, /^env\.API_KEY is read while a request of `warmup`/);
  assert.match(notes("class")[0]!.hint, /Also process\.env\.OTHER at .*index\.ts:4:/);
  // What is looked for with every request, nothing has kept.
  assert.deepEqual(notes("again"), []);
  assert.match(notes("clone")[0]!.message, /^all of process\.env is read at the top level/);
});

test("who gives variables to a package is told, and what an error says that makes its message late", async (t) => {
  const { directory } = workspace(t, {
    app: {
      files: {
        "index.ts": `
          import { parse } from "checks";
          parse(process.env);
          export default { fetch: () => new Response("never") };`,
        "node_modules/checks/package.json": `{ "name": "checks", "main": "index.js" }`,
        "node_modules/checks/index.js": `
          exports.parse = function (values) {
            if (values.KEY !== undefined) return values;
            const error = new Error();
            Object.defineProperty(error, "name", { value: "CheckError" });
            Object.defineProperty(error, "message", { get: () => "KEY is required" });
            throw error;
          };`,
      },
      env: { KEY: "key" },
    },
  });
  const built = await nanocBuild([], { cwd: directory });
  assert.equal(built.status, 1);
  assert.match(built.stderr, /CheckError: KEY is required/);
  assert.match(built.stderr, /app\/index\.ts:3:\d+[^]*process\.env\.KEY is read at the top level/);
});

for (const [code, what] of [
  [`Object.freeze(env)`, "env"],
  [`Object.preventExtensions(process.env)`, "process\\.env"],
  [`Object.defineProperty(env, "SECRET", { value: "x" })`, "env\\.SECRET"],
] as const) {
  test(`an app that cannot get its variables is not built: ${code}`, async (t) => {
    const files = {
      "index.ts": `import { env } from "cloudflare:workers";
        ${code};
        export default { fetch: () => new Response(String(env.SECRET)) };`,
    };
    const { directory } = workspace(t, { app: { files, env: { SECRET: "s" } } });
    const built = await nanocBuild([], { cwd: directory });
    assert.equal(built.status, 1);
    assert.match(built.stderr, new RegExp(`  ${what} is fixed before the app has its variables`));
    assert.match(built.stderr, /index\.ts:2:/);
    assert.match(built.stderr, /freeze a copy/);
  });
}
