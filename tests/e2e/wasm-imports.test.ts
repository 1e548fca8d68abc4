// Apps that import .wasm files: the import is a WebAssembly.Module when requests are served.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { build, nanocBuild, workspace, type App } from "./lib/apps.ts";
import { request } from "../../tools/harness/http.ts";
import { serve } from "./lib/server.ts";
import { treeOf } from "./lib/tree.ts";

/** A module that imports env.base (a number) and exports add(i32): i32, padded by a custom section. */
function makeModule(padding = 0): Buffer {
  const leb = (value: number): number[] =>
    value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
  const custom = [1, 0x70, ...new Array<number>(padding).fill(7)];
  return Buffer.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...[0x01, 0x06, 0x01, 0x60, 0x01, 0x7f, 0x01, 0x7f],
    ...[0x02, 0x0d, 0x01, 0x03, 0x65, 0x6e, 0x76, 0x04, 0x62, 0x61, 0x73, 0x65, 0x03, 0x7f, 0x00],
    ...[0x03, 0x02, 0x01, 0x00],
    ...[0x07, 0x07, 0x01, 0x03, 0x61, 0x64, 0x64, 0x00, 0x00],
    ...[0x0a, 0x09, 0x01, 0x07, 0x00, 0x20, 0x00, 0x23, 0x00, 0x6a, 0x0b],
    ...[0x00, ...leb(custom.length), ...custom],
  ]);
}

const kinds = `
  import plain from "./add.wasm";
  import suffixed from "./add.wasm?module";
  import { fromModule, fromRequire } from "./other.mjs";

  const kept = { module: plain };
  const imports = { env: { base: 100 } };

  async function attempt(run) {
    try {
      return await run();
    } catch (error) {
      return String(error);
    }
  }

  const cases = {
    one: () => [suffixed, fromModule, fromRequire, kept.module].every((each) => each === plain),
    instanceOf: () => plain instanceof WebAssembly.Module,
    text: () => String(plain),
    construct: () => new WebAssembly.Instance(kept.module, imports).exports.add(1),
    instance: () => {
      const instance = new WebAssembly.Instance(plain, imports);
      return [
        instance instanceof WebAssembly.Instance,
        instance.constructor === WebAssembly.Instance,
        Object.getPrototypeOf(instance) === WebAssembly.Instance.prototype,
      ];
    },
    subclass: () => {
      class Mine extends WebAssembly.Instance {}
      const mine = new Mine(plain, imports);
      return [mine instanceof Mine, mine.exports.add(2)];
    },
    instantiate: async () => {
      const instance = await WebAssembly.instantiate(suffixed, imports);
      return [instance instanceof WebAssembly.Instance, instance.exports.add(3)];
    },
    dynamic: async () => {
      const { default: module } = await import("./add.wasm");
      return new WebAssembly.Instance(module, imports).exports.add(4);
    },
    describe: () => [
      WebAssembly.Module.exports(plain),
      WebAssembly.Module.imports(plain),
      WebAssembly.Module.customSections(plain, "p").length,
    ],
    clone: () => {
      const { module } = structuredClone({ module: plain });
      return [module instanceof WebAssembly.Module, WebAssembly.Module.exports(module).length];
    },
    bytes: async () => {
      const empty = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
      const { module } = await WebAssembly.instantiate(empty);
      return [module instanceof WebAssembly.Module, WebAssembly.Module.exports(module)];
    },
    missingImport: () => new WebAssembly.Instance(plain),
    noModule: () => WebAssembly.instantiate({}),
    noArguments: () => WebAssembly.instantiate(),
    noNew: () => WebAssembly.Instance(plain),
    lengths: () => [
      WebAssembly.Instance.length,
      WebAssembly.Instance.name,
      WebAssembly.instantiate.length,
      WebAssembly.instantiate.name,
      WebAssembly.Module.customSections.length,
    ],
    shared: () => new Int32Array(new SharedArrayBuffer(8)).length,
  };

  export default {
    async fetch() {
      const results = {};
      for (const [name, run] of Object.entries(cases)) results[name] = await attempt(run);
      return Response.json(results);
    },
  };
`;

const other = `
  import fromModule from "./add.wasm";
  const fromRequire = require("./add.wasm");
  export { fromModule, fromRequire };
`;

/** Makes a workspace with one app and a module beside its entry. */
function withModule(t: Parameters<typeof workspace>[0], app: App, bytes: Uint8Array) {
  const made = workspace(t, { app });
  writeFileSync(join(made.directory, "app/add.wasm"), bytes);
  return made;
}

describe("imports of .wasm files", () => {
  test("every way to import, every way to use", async (t) => {
    const made = withModule(t, { files: { "index.js": kinds, "other.mjs": other } }, makeModule());
    await build(made);
    const server = await serve(t, made.dist);
    for (let i = 0; i < 2; i++) {
      const { status, text } = await request(server, "app.test", "/");
      assert.equal(status, 200, text);
      const { missingImport, noModule, noArguments, noNew, ...results } = JSON.parse(
        text,
      ) as Record<string, unknown>;
      assert.match(String(missingImport), /^TypeError: .*Import/);
      assert.match(String(noModule), /^TypeError: /);
      assert.match(String(noArguments), /^TypeError: /);
      assert.match(String(noNew), /^TypeError: /);
      assert.deepEqual(results, {
        one: true,
        instanceOf: true,
        text: "[object WebAssembly.Module]",
        construct: 101,
        instance: [true, true, true],
        subclass: [true, 102],
        instantiate: [true, 103],
        dynamic: 104,
        describe: [
          [{ name: "add", kind: "function" }],
          [{ module: "env", name: "base", kind: "global" }],
          1,
        ],
        clone: [true, 1],
        bytes: [true, []],
        lengths: [1, "Instance", 1, "instantiate", 2],
        shared: 2,
      });
    }
  });

  test("a module of megabytes costs its snapshot no heap", async (t) => {
    const app = {
      files: {
        "index.js": `
          import module from "./add.wasm";
          export default {
            fetch() {
              const { add } = new WebAssembly.Instance(module, { env: { base: 1 } }).exports;
              const [section] = WebAssembly.Module.customSections(module, "p");
              return new Response(add(1) + " " + section.byteLength);
            },
          };
        `,
      },
    };
    const size = 3_000_000;
    const made = withModule(t, app, makeModule(size));
    const { stdout } = await nanocBuild([".", "-o", "dist", "--json"], { cwd: made.directory });
    const { apps } = JSON.parse(stdout) as { apps: { snapshot_bytes: number }[] };
    // The bundle holds it once, in base64; the heap not at all.
    assert.ok(apps[0].snapshot_bytes < (size * 4) / 3 + 1_000_000, stdout);
    const server = await serve(t, made.dist);
    const { text } = await request(server, "app.test", "/");
    assert.equal(text, `2 ${size}`);
  });

  test("builds stay reproducible", async (t) => {
    const made = withModule(t, { files: { "index.js": kinds, "other.mjs": other } }, makeModule());
    const trees = [];
    for (const out of ["one", "two"]) {
      const result = await nanocBuild([".", "-o", out], { cwd: made.directory });
      assert.equal(result.status, 0, result.stderr);
      trees.push(treeOf(join(made.directory, out)));
    }
    assert.deepEqual(trees[0], trees[1]);
  });

  test("a file that is no module", async (t) => {
    const app = {
      files: { "index.js": `import m from "./add.wasm"; export default { fetch: () => m };` },
    };
    const made = withModule(t, app, Buffer.from("(module)"));
    const { status, stderr } = await nanocBuild([".", "-o", "dist"], { cwd: made.directory });
    assert.equal(status, 1);
    assert.match(stderr, /"add\.wasm" is imported as a WebAssembly module, and is none/);
    assert.match(stderr, /\.wat/);
  });
});
