// JavaScript as packages have it: sloppy CommonJS beside strict ES modules, `require` of what may not
// be there, text beyond ASCII.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { build, buildApps, workspace } from "./lib/apps.ts";
import { request } from "../../tools/harness/http.ts";
import { serve, type Server } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";

const SLOPPY = `
total = 0;
for (i = 0; i < 3; i++) total += i;
exports.total = total;
exports.self = this === module.exports && this === exports;
exports.root = (function () { return this === globalThis; })();
exports.boxed = (function () { return typeof this; }).call("text");
exports.callee = (function (n) { return n < 2 ? 1 : n * arguments.callee(n - 1); })(4);
exports.aliased = (function (a) { arguments[0] = 2; return a; })(1);
exports.frozen = (function () { var o = Object.freeze({ a: 1 }); o.a = 2; return o.a; })();
exports.strict = (function () { "use strict"; return this === undefined; })();
exports.hoisted = (function () { { function inner() { return 1; } } return inner(); })();
exports.evaluated = (function () { eval("var e = 5"); return e; })();
exports.fromEsm = require("./esm.mjs").answer();
exports.names = Object.keys(require("./data.json"));
exports.late = () => import("./late.mjs").then((m) => m.default);
`;

/** What strict mode's grammar has not. */
const LEGACY = `
with ({ inside: "with" }) { exports.inside = inside; }
exports.octal = [010, "\\101"];
exports.doubled = (function (p, p) { return p; })(1, 2);
var removable; exports.removed = delete removable;
`;

const ENTRY = `
import sloppy from "./sloppy.cjs";
import "./script.js";

const attempt = async (run) => {
  try { return await run(); } catch (e) { return { name: e.name, code: e.code, message: e.message, stack: e.requireStack }; }
};
const variable = ["node", "fs"].join(":");

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/throw") require("node:fs");
    if (pathname === "/strict") {
      return Response.json([
        (function () { return this === undefined; })(),
        await attempt(() => { undeclaredHere = 1; }),
        scriptGlobal,
      ]);
    }
    if (pathname === "/missing-files") {
      const results = [];
      try { require("./not-there"); } catch (e) { results.push(e.code, e.message); }
      try { await import("./not-there.mjs"); } catch (e) { results.push(e.code, e.message); }
      results.push(await import("../nowhere.js").catch((e) => e.message));
      try { require.resolve("./not-there.cjs"); } catch (e) { results.push(e.message); }
      return Response.json(results);
    }
    if (pathname === "/missing") {
      return Response.json([
        await attempt(() => require("node:fs")),
        await attempt(() => import("node:os")),
        await attempt(() => require(variable)),
        await attempt(() => import(variable)),
        await attempt(() => require.resolve("not-there")),
        typeof require,
      ]);
    }
    return Response.json({ ...sloppy, late: await sloppy.late() });
  },
};
`;

const FILES = {
  "index.js": ENTRY,
  "sloppy.cjs": SLOPPY,
  "script.js": "scriptGlobal = (function () { return this === globalThis; })();\n",
  "esm.mjs":
    "export const answer = () => [(function () { return this === undefined; })(), helper()];\n" +
    "function helper() { return 42; }\n",
  "late.mjs": 'export default "late";\n',
  "data.json": '{ "a": 1 }',
};

const TEXTS = `
const raw = String.raw\`日本\\n😀\`;
export default {
  fetch() {
    if (globalThis.fails) throw new Error("x");
    return Response.json([raw, /[à-ÿ]+日/.source, /[😀-🙏]/u.test("😂"), "é\\ud800".length, (() => {
      try { null.x; } catch (e) { return e.stack.split("\\n")[1].replace(/^.*?(:\\d+)/, "$1"); }
    })().length > 2]);
  },
};
`;

describe("language", () => {
  const scope = suiteScope();
  let server: Server;
  before(async () => {
    const made = await buildApps(scope, {
      app: { files: FILES, default: true },
      legacy: {
        files: {
          "index.js": `import legacy from "./legacy.cjs";\nexport default { fetch: () => Response.json(legacy) };\n`,
          "legacy.cjs": LEGACY,
        },
      },
      texts: { files: { "index.js": TEXTS } },
      latin: { files: { "index.js": "export default { fetch: () => new Response(/ü/.source) };" } },
    });
    server = await serve(scope, made.dist);
  });
  const ask = async (path: string, host = "app.test") => {
    const response = await request(server, host, path);
    assert.equal(response.status, 200, response.text);
    return response.json;
  };

  test("a sloppy CommonJS module runs as in Node.js", async () => {
    assert.deepEqual(await ask("/"), {
      total: 3,
      self: true,
      root: true,
      boxed: "object",
      callee: 24,
      aliased: 2,
      frozen: 1,
      strict: true,
      hoisted: 1,
      evaluated: 5,
      fromEsm: [true, 42],
      names: ["a"],
      late: "late",
    });
  });

  test("ES modules beside it are strict, and a script that is neither is sloppy", async () => {
    const [unbound, assignment, script] = (await ask("/strict")) as [boolean, object, boolean];
    assert.equal(unbound, true);
    assert.equal((assignment as { name: string }).name, "ReferenceError");
    assert.equal(script, true);
  });

  test("syntax that strict mode forbids", async () => {
    assert.deepEqual(await ask("/", "legacy.test"), {
      inside: "with",
      octal: [8, "A"],
      doubled: 2,
      removed: false,
    });
  });

  test("what is not there throws where it is asked for, as in Node.js", async () => {
    const missing = (name: string, stack: string[]) => ({
      name: "Error",
      code: "MODULE_NOT_FOUND",
      message:
        `Cannot find module '${name}'` +
        (stack.length > 0 ? "\nRequire stack:" + stack.map((file) => `\n- ${file}`).join("") : ""),
      stack,
    });
    assert.deepEqual(await ask("/missing"), [
      missing("node:fs", ["index.js"]),
      missing("node:os", ["index.js"]),
      missing("node:fs", ["index.js"]),
      missing("node:fs", ["index.js"]),
      missing("not-there", []),
      "function",
    ]);
    const response = await request(server, "app.test", "/throw");
    assert.equal(response.status, 500);
    const line = await server.waitForLog("the exception", ({ level }) => level === "error");
    assert.match(line.msg, /Cannot find module 'node:fs'[^]*index\.js:13:32/);
  });

  test("files that are not there throw where code is ready for that", async () => {
    const none = (name: string) => `Cannot find module '${name}'\nRequire stack:\n- index.js`;
    assert.deepEqual(await ask("/missing-files"), [
      "MODULE_NOT_FOUND",
      none("./not-there"),
      "MODULE_NOT_FOUND",
      none("./not-there.mjs"),
      none("../nowhere.js"),
      "Cannot find module './not-there.cjs'",
    ]);
  });

  test("text beyond ASCII is as it was written", async () => {
    assert.deepEqual(await ask("/", "texts.test"), ["日本\\n😀", "[à-ÿ]+日", true, 2, true]);
    const response = await request(server, "latin.test", "/");
    assert.equal(response.text, "ü");
  });

  test("what the app's own code asks for in vain is told when it is built", async (t) => {
    const made = workspace(t, {
      app: {
        files: { "index.js": `const f = () => import("left-pad");\nexport default { fetch: f };` },
      },
    });
    const { stdout, stderr } = await build(made);
    assert.match(stdout + stderr, /index\.js:1:24[^]*"left-pad" is not installed; it throws where/);
  });
});
