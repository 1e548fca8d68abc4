// What imports of files give by `rules`, and how much a file may say.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { asker, built, COMMON, project, SHOW_ENV } from "./lib.ts";

describe("modules and sizes of wrangler projects", () => {
  test("rules for text, data and WebAssembly", async (t) => {
    const directory = project(
      t,
      {
        "index.js": `import text from "./a.tpl"; import data from "./b.dat"; import bin from "./c.bin";
          import html from "./d.html"; import wasm from "./e.wasm"; const required = require("./b.dat");
          const read = (bytes) => new TextDecoder().decode(bytes);
          export default { fetch: () => Response.json({ text, html, data: read(data), bin: read(bin),
            buffers: [data, bin, required].map((bytes) => bytes instanceof ArrayBuffer),
            literal: Uint8Array.fromBase64("aGk=").length,
            wasm: wasm instanceof WebAssembly.Module }) };`,
        "a.tpl": "Hello {{name}}",
        "b.dat": "some data",
        "c.bin": "some bytes",
        "d.html": "<p>",
      },
      {
        ...COMMON,
        main: "index.js",
        rules: [
          { type: "Text", globs: ["**/*.tpl"], fallthrough: true },
          { type: "Data", globs: ["**/*.dat"] },
          { type: "CompiledWasm", globs: ["**/*.wasm"] },
          { type: "ESModule", globs: ["**/*.js"] },
        ],
      },
    );
    writeFileSync(join(directory, "e.wasm"), Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
    const ask = await asker(t, await built(directory));
    assert.deepEqual((await ask("/")).json, {
      text: "Hello {{name}}",
      html: "<p>",
      data: "some data",
      bin: "some bytes",
      buffers: [true, true, true],
      literal: 2,
      wasm: true,
    });
  });

  test("an app that imports bytes is in its snapshot, with them", async (t) => {
    const directory = project(
      t,
      {
        "index.js": `import data from "./b.dat"; import bin from "./c.bin"; import font from "./d.otf";
          const read = (bytes) => new TextDecoder().decode(bytes);
          const loaded = read(data) + read(bin) + read(font);
          export default { fetch: () => new Response(loaded) };`,
        "b.dat": "some data,",
        "c.bin": "some bytes,",
        "d.otf": "a font",
      },
      {
        ...COMMON,
        main: "index.js",
        rules: [{ type: "Data", globs: ["**/*.dat", "**/*.{ttf,otf}"] }],
      },
    );
    const bundled = await built(directory);
    assert.doesNotMatch(bundled.output, /loaded when its first request arrives/);
    const ask = await asker(t, bundled);
    assert.equal(String((await ask("/")).body), "some data,some bytes,a font");
  });

  test("as many variables as a file may have, and as deep ones", async (t) => {
    let deep: unknown = "end";
    for (let i = 0; i < 60; ++i) deep = { x: deep };
    const vars: Record<string, unknown> = { DEEP: deep };
    for (let i = 0; i < 5000; ++i) vars[`V${i}`] = `${i}`;
    const directory = project(t, { "index.js": SHOW_ENV }, { ...COMMON, main: "index.js", vars });
    const ask = await asker(t, await built(directory));
    assert.deepEqual((await ask("/")).json, { ...vars, assets: "undefined" });
  });
});
