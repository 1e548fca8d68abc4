// Apps whose top level uses what V8 lacks while it makes a snapshot: they are loaded when their first
// request arrives, and nanoc says where and what to do about it.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { nanocBuild, workspace } from "./lib/apps.ts";
import { request } from "../../tools/harness/http.ts";
import { serve } from "./lib/server.ts";

/** What uses a feature, `value`, the place that is reported, and what the app answers with. */
const features = [
  {
    feature: "WebAssembly",
    source: "const value = WebAssembly.validate(new Uint8Array(8));",
    column: 15,
    answer: "false",
  },
  {
    feature: "Temporal",
    source: 'const value = Temporal.PlainDate.from("2024-02-28").add({ days: 2 });',
    column: 15,
    answer: "2024-03-01",
  },
  {
    feature: "DisposableStack",
    source: "const value = new DisposableStack().disposed;",
    column: 15,
    answer: "false",
  },
  {
    feature: "WebAssembly",
    source: "const value = typeof globalThis.WebAssembly.compile;",
    column: 33,
    answer: "function",
  },
  {
    feature: "Promise.try",
    source: "const value = await Promise.try(() => 5);",
    column: 29,
    answer: "5",
  },
  {
    feature: "Uint8Array.prototype.toBase64",
    source: "const value = new Uint8Array(3).toBase64();",
    column: 33,
    answer: "AAAA",
  },
];

const app = (source: string) => `// @ts-nocheck
${source}
let requests = 0;
export default {
  mark: "m",
  async fetch(request, env, ctx) {
    requests++;
    const { pathname } = new URL(request.url);
    return new Response([value, pathname, env.NAME, this.mark, requests].join(" "));
  },
};
`;

describe("apps that are loaded with their first request", () => {
  for (const { feature, source, column, answer } of features) {
    test(source, async (t) => {
      const made = workspace(t, {
        app: { files: app(source), env: { NAME: "n" }, warmup: [{ path: "/" }] },
      });
      const { status, stderr } = await nanocBuild([".", "-o", "dist"], { cwd: made.directory });
      assert.equal(status, 0, stderr);
      assert.ok(stderr.includes(`app/index.ts:2:${column}`), stderr);
      assert.ok(stderr.includes(`${feature} is used at the top level`), stderr);
      assert.match(stderr, /when it is first needed, inside fetch/);
      const server = await serve(t, made.dist, { config: made.config, workers: 1 });
      for (const count of [1, 2]) {
        const { status: code, text } = await request(server, "app.test", "/p");
        assert.equal(text, `${answer} /p n m ${count}`);
        assert.equal(code, 200);
      }
    });
  }

  test("imported modules, in a file of their own, and first requests side by side", async (t) => {
    const made = workspace(t, {
      app: {
        files: {
          "index.ts": `
            import { instance, module, evaluations } from "./start.mjs";
            export default {
              fetch: () => Response.json([
                instance instanceof WebAssembly.Instance,
                module instanceof WebAssembly.Module,
                WebAssembly.Module.exports(module).length,
                evaluations(),
              ]),
            };
          `,
          "start.mjs": `
            import module from "./empty.wasm";
            globalThis.evaluations = (globalThis.evaluations ?? 0) + 1;
            await null;
            export const instance = await WebAssembly.instantiate(module);
            export const evaluations = () => globalThis.evaluations;
            export { module };
          `,
        },
      },
    });
    const bytes = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    writeFileSync(join(made.directory, "app/empty.wasm"), bytes);
    const { status, stderr } = await nanocBuild([".", "-o", "dist"], { cwd: made.directory });
    assert.equal(status, 0, stderr);
    assert.match(stderr, /app\/start\.mjs:5:\d+[^]*WebAssembly is used at the top level/);
    const server = await serve(t, made.dist, { workers: 1 });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => request(server, "app.test", "/")),
    );
    for (const { text } of answers) assert.equal(text, "[true,true,0,1]");
  });

  test("what fails after that fails the build, with its place", async (t) => {
    const made = workspace(t, {
      app: `new SharedArrayBuffer(8);\nconst list: any = null;\nlist.push(1);\n${app("")}`,
    });
    const { status, stderr } = await nanocBuild([".", "-o", "dist"], { cwd: made.directory });
    assert.equal(status, 1);
    assert.match(
      stderr,
      /✘ app: app\/index\.ts:3:6\n[^]*TypeError: Cannot read properties of null/,
    );
  });

  test("what fails only once fails the build as well, though the next request loads it", async (t) => {
    const made = workspace(t, {
      app: `new SharedArrayBuffer(8);
const { tries = 1 } = globalThis as { tries?: number };
Object.assign(globalThis, { tries: tries + 1 });
if (tries === 1) throw new Error("the network was away");
const value = "loaded at the try " + tries;
${app("")}`,
    });
    const { status, stderr } = await nanocBuild([".", "-o", "dist"], { cwd: made.directory });
    assert.equal(status, 1, stderr);
    assert.match(stderr, /✘ app: app\/index\.ts:4:\d+\n[^]*Error: the network was away/);
    assert.doesNotMatch(stderr, /signal|bug in NANO/);
  });

  test("an app without a handler fails the build as ever", async (t) => {
    const made = workspace(t, { app: `new SharedArrayBuffer(8);\nexport default { x: 1 };\n` });
    const { status, stderr } = await nanocBuild([".", "-o", "dist"], { cwd: made.directory });
    assert.equal(status, 1);
    assert.match(stderr, /✘ app: app\/index\.ts:2:1\n[^]*there is no usable default export/);
  });

  test("a handler that fails is none of the build's business", async (t) => {
    const made = workspace(t, {
      app: `const shared = new SharedArrayBuffer(8);\nexport default { fetch() { throw new Error(String(shared)); } };\n`,
    });
    const { status, stderr } = await nanocBuild([".", "-o", "dist"], { cwd: made.directory });
    assert.equal(status, 0, stderr);
    const server = await serve(t, made.dist);
    assert.equal((await request(server, "app.test", "/")).status, 500);
    assert.match(server.output, /Error: \[object SharedArrayBuffer\]/);
  });

  test("a warm-up request that needs such a feature says so", async (t) => {
    const made = workspace(t, {
      app: {
        files: `export default { fetch: () => new Response(String(new DisposableStack().disposed)) };`,
        warmup: [{ path: "/" }],
      },
    });
    const { status, stderr } = await nanocBuild([".", "-o", "dist"], { cwd: made.directory });
    assert.equal(status, 0, stderr);
    assert.match(
      stderr,
      /warm-up request GET \/ is left out: it uses DisposableStack, which V8 lacks/,
    );
    assert.match(stderr, /Take the request out of `warmup`/);
    const server = await serve(t, made.dist);
    assert.equal((await request(server, "app.test", "/")).text, "false");
  });

  /** What the top level does, where that is told, and what the app answers with. */
  const kept = [
    {
      name: "a feature test",
      source: 'const value = typeof WebAssembly + ("try" in Promise);',
      told: /WebAssembly is used at the top level/,
      answer: "objecttrue",
    },
    {
      name: "a polyfill",
      source:
        'Object.defineProperty(Map.prototype, "getOrInsert", { value: () => 7 }); const value = new Map().getOrInsert();',
      told: /Map\.prototype\.getOrInsert is used at the top level/,
      answer: "7",
    },
    {
      name: "a frozen built-in",
      source: "Object.freeze(Promise); const value = Object.isFrozen(Promise);",
      told: /Promise\.try is used at the top level/,
      answer: "true",
    },
    {
      name: "an Intl object",
      source:
        'const format = new Intl.NumberFormat("de"); const value = { toString: () => format.format(0.5) };',
      told: /Intl\.NumberFormat is alive when the app has been loaded/,
      answer: "0,5",
    },
    {
      name: "a promise that nobody awaits",
      source:
        "const started = (async () => { await null; throw new Error('no network'); })(); const value = typeof started;",
      told: /a promise that the top level made was rejected, and nothing handles it: Error: no network/,
      answer: "object",
    },
  ];
  for (const { name, source, told, answer } of kept) {
    test(`what no snapshot can hold right: ${name}`, async (t) => {
      const made = workspace(t, { app: { files: app(source), env: { NAME: "n" } } });
      const { status, stderr } = await nanocBuild([".", "-o", "dist"], { cwd: made.directory });
      assert.equal(status, 0, stderr);
      assert.match(stderr, told);
      assert.match(stderr, /loaded when its first request arrives/);
      const server = await serve(t, made.dist, { config: made.config, workers: 1 });
      const { text } = await request(server, "app.test", "/p");
      assert.equal(text, `${answer} /p n m 1`);
    });
  }

  test("a top level that never ends fails the build", async (t) => {
    const made = workspace(t, {
      app: `new DisposableStack();\nawait new Promise(() => {});\n${app("")}`,
    });
    const { status, stderr } = await nanocBuild([".", "-o", "dist"], { cwd: made.directory });
    assert.equal(status, 1, stderr);
    assert.match(stderr, /app\/index\.ts[^]*waits for something that never happens/);
  });

  /** How long the build waits for a top level; it ends by itself in none of these. */
  const endless = [
    ["an await", "await new Promise((resolve) => setTimeout(resolve, 1e9));"],
    ["a loop", "while (performance.now() > 0);"],
  ];
  for (const [what, statement] of endless) {
    test(`a top level that ends only while it is built fails the build: ${what}`, async (t) => {
      const made = workspace(t, {
        app: `new DisposableStack();\n${statement}\n${app("const value = 1;")}`,
      });
      const { status, stderr } = await nanocBuild([".", "-o", "dist", "--timeout", "8s"], {
        cwd: made.directory,
      });
      assert.equal(status, 1, stderr);
      assert.match(stderr, /loaded when its first request arrives, and was still being loaded/);
      assert.match(stderr, /--timeout/);
    });
  }

  /** Handlers whose answer is not there in time, of an app that is loaded at once. */
  const slow = [
    ["a timer", "await new Promise((resolve) => setTimeout(resolve, 1e9));"],
    ["a loop", "for (;;);"],
  ];
  for (const [what, statement] of slow) {
    test(`a first request that takes long does not: ${what}`, async (t) => {
      const made = workspace(t, {
        app: `new DisposableStack();\nexport default { async fetch() { ${statement} return new Response(); } };`,
      });
      const { status, stdout, stderr } = await nanocBuild([".", "-o", "dist"], {
        cwd: made.directory,
      });
      assert.equal(status, 0, stderr);
      assert.match(stdout, /no answer/);
    });
  }

  test("a warm-up request that keeps an Intl object is left out, and named", async (t) => {
    const made = workspace(t, {
      app: {
        files: `let kept: unknown; export default { fetch(request: Request) {
          if (request.url.endsWith("/intl")) kept = new Intl.NumberFormat("de");
          return new Response(String(typeof kept));
        } };`,
        warmup: [{ path: "/" }, { path: "/intl" }],
      },
    });
    const { status, stderr } = await nanocBuild([".", "-o", "dist"], { cwd: made.directory });
    assert.equal(status, 0, stderr);
    assert.match(
      stderr,
      /warm-up request GET \/intl is left out: it makes[^]*: Intl\.NumberFormat/,
    );
    const server = await serve(t, made.dist);
    assert.equal((await request(server, "app.test", "/")).text, "undefined");
    assert.equal((await request(server, "app.test", "/intl")).text, "object");
  });

  test("values that are frozen are told with their places, and do not stop the build", async (t) => {
    const made = workspace(t, {
      app: `const id = Math.random();\nconst at = Date.now();\nconst made = new Date();\n${app("const value = [id, at, made];")}`,
    });
    const { status, stderr } = await nanocBuild([".", "-o", "dist"], { cwd: made.directory });
    assert.equal(status, 0, stderr);
    assert.match(stderr, /app\/index\.ts:1:\d+\n  Math\.random\(\) at the top level/);
    assert.match(stderr, /app\/index\.ts:2:\d+\n  Date\.now\(\) at the top level/);
    assert.match(stderr, /Also new Date\(\) at app\/index\.ts:3:\d+/);
    assert.doesNotMatch(stderr, /loaded when its first request arrives/);
  });
});
