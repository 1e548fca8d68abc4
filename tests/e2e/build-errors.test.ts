// What nanoc says when an app cannot be built: where, a code frame of the original source, what is
// wrong and what to do; exit status 1; dist as it was.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { build, nanocBuild, workspace, writeFiles, type Workspace } from "./lib/apps.ts";
import type { Finished } from "./lib/program.ts";
import { treeOf } from "./lib/tree.ts";

const GOOD = `export default { fetch: () => new Response("good") };`;

interface Case {
  name: string;
  /** The entry, index.ts, and other files. \`▼\` stands before the place that is reported. */
  files: Record<string, string>;
  /** The file with the mark, if it is not index.ts. */
  at?: string;
  message: RegExp;
  hint: RegExp;
  args?: string[];
}

const cases: Case[] = [
  {
    name: "a syntax error",
    files: {
      "index.ts": `export default {\n  fetch() {\n    return new Response("a"▼;\n  },\n};\n`,
    },
    message: /expected "\)" but found ";"/,
    hint: /^ *Write "\)" at the mark, or correct what is just before it\.$/m,
  },
  {
    name: "a type-stripping error",
    files: { "index.ts": `interface Env {\n  name: string ▼number;\n}\n${GOOD}\n` },
    message: /unexpected "number"/,
    hint: /^ *What is at the mark cannot stand there: correct it, or what is just before it\.$/m,
  },
  {
    name: "a string without an end",
    files: { "index.ts": `const text = "abc;▼\n${GOOD}\n` },
    message: /unterminated string literal/,
    hint: /^ *Close the string on its line; text over several lines goes between backticks\.$/m,
  },
  {
    name: "a name declared twice",
    files: { "index.ts": `const x = 1;\nconst ▼x = 2;\n${GOOD}\n` },
    message: /"x" has already been declared/,
    hint: /Rename or remove one of the two declarations\.\n[^]*originally declared here[^]*:1:7/,
  },
  {
    name: "a name that nothing declares",
    files: { "index.ts": `console.log(▼missing);\n${GOOD}\n` },
    message: /ReferenceError: missing is not defined/,
    hint: /import or declare "missing", or correct its spelling/,
  },
  {
    name: "a regular expression that V8 refuses",
    files: { "index.ts": `const r = ▼new RegExp("(?<a>x)(?<a>y)");\nr.test("");\n${GOOD}\n` },
    message: /SyntaxError: Invalid regular expression/,
    hint: /The top level of an app runs once, when it is built/,
  },
  {
    name: "an unresolved package",
    files: { "index.ts": `import { x } from ▼"no-such-package";\nconsole.log(x);\n${GOOD}\n` },
    message: /no-such-package/,
    hint: /npm install no-such-package/,
  },
  {
    name: "an unresolved file, in a module",
    files: {
      "index.ts": `import "./lib/a.ts";\n${GOOD}\n`,
      "lib/a.ts": `// A comment.\nimport { b } from ▼"./bb.ts";\nconsole.log(b);\n`,
      "lib/b.ts": `export const b = 1;\n`,
    },
    at: "lib/a.ts",
    message: /\.\/bb\.ts/,
    hint: /Did you mean "\.\/b\.ts"\?/,
  },
  {
    name: "a module of Node.js",
    files: {
      "index.ts": `import { readFileSync } from ▼"node:fs";\nreadFileSync("a");\n${GOOD}\n`,
    },
    message: /"node:fs" is a module of Node\.js/,
    hint: /Apps run on the Web APIs, without those of Node\.js\. Import the file instead/,
  },
  {
    name: "a throw at the top level",
    files: {
      "index.ts": `import { limit } from "./limit.ts";\nconsole.log(limit);\n${GOOD}\n`,
      "limit.ts": `type Limit = number;\n\nfunction read(): Limit {\n  throw ▼new RangeError("limit is missing");\n}\n\nexport const limit: Limit = read();\n`,
    },
    at: "limit.ts",
    message: /RangeError: limit is missing/,
    hint: /without `env`, the network and random values\. What needs them belongs into fetch\./,
  },
  {
    name: "a call of what is no function at the top level",
    files: { "index.ts": `interface A { b?: any }\nconst a: A = {};\na.▼b();\n${GOOD}\n` },
    message: /TypeError: a\.b is not a function/,
    hint: /Look at where the value at the mark comes from\./,
  },
  {
    name: "a rejected top-level await",
    files: {
      "index.ts": `const config: string = await Promise.reject(▼new Error("no configuration"));\nconsole.log(config);\n${GOOD}\n`,
    },
    message: /Error: no configuration/,
    hint: /without `env`, the network and random values\. What needs them belongs into fetch\./,
  },
];

/** Splits a marked source into the source and the mark's place. */
function unmark(text: string): { text: string; line: number; column: number } {
  const at = text.indexOf("▼");
  assert.notEqual(at, -1);
  const before = text.slice(0, at).split("\n");
  return {
    text: before.join("\n") + text.slice(at + 1),
    line: before.length,
    column: before.at(-1)!.length + 1,
  };
}

/** A workspace with a good dist, whose sources are then replaced. */
async function spoil(t: TestContext, files: Record<string, string>): Promise<Workspace> {
  const made = workspace(t, { app: GOOD, bystander: GOOD });
  await build(made);
  writeFiles(join(made.directory, "app"), files);
  return made;
}

/** Builds; whatever comes, dist must be as it was. */
async function buildInVain(made: Workspace, args: string[] = []): Promise<Finished> {
  const before = treeOf(made.dist);
  const result = await nanocBuild([".", "-o", "dist", ...args], { cwd: made.directory });
  assert.equal(result.status, 1, `status of:\n${result.stderr}${result.stdout}`);
  assert.deepEqual(treeOf(made.dist), before);
  return result;
}

describe("errors of apps", () => {
  for (const { name, files, at = "index.ts", message, hint, args } of cases) {
    test(name, async (t) => {
      const { text, line, column } = unmark(files[at]);
      const made = await spoil(t, { ...files, [at]: text });
      const { stderr } = await buildInVain(made, args);
      const source = text.split("\n")[line - 1];

      const place = `app/${at}:${line}:${column}`;
      assert.ok(stderr.includes(place), `no ${place} in:\n${stderr}`);
      const lines = stderr.split("\n");
      const framed = lines.findIndex((l) => /^ *> +\d+ \| /.test(l) && l.endsWith(source));
      assert.notEqual(framed, -1, `no frame in:\n${stderr}`);
      // The caret stands under the column.
      const offset = lines[framed].lastIndexOf(source);
      assert.equal(lines[framed + 1].indexOf("^"), offset + column - 1, stderr);
      assert.match(stderr, message);
      // What to do comes after the frame.
      const rest = lines.slice(framed + 2).filter((l) => !/^ +\d+ \|/.test(l));
      assert.match(rest.join("\n"), hint, `no hint in:\n${stderr}`);
      // The child's crash and the bundle are none of the user's business.
      assert.doesNotMatch(stderr, /# Fatal error|app\.js:|\/tmp\/nano/);
    });
  }

  for (const [name, source] of Object.entries({
    "no default export": `export const fetch = () => new Response("a");\n`,
    "a default export without fetch": `export default { get: () => new Response("a") };\n`,
    "fetch is no function": `export default { fetch: "GET" };\n`,
    "an empty module": "",
  })) {
    test(name, async (t) => {
      const { stderr } = await buildInVain(await spoil(t, { "index.ts": source }));
      assert.match(stderr, /app\/index\.ts:\d+:\d+/);
      assert.match(stderr, /default export|`fetch`|fetch/);
      assert.match(stderr, /export default \{/);
    });
  }

  test("a top-level await that never settles", async (t) => {
    const made = await spoil(t, {
      "index.ts": `await new Promise(() => {});\n${GOOD}\n`,
    });
    const { stderr } = await buildInVain(made, ["--timeout", "20s"]);
    assert.match(stderr, /app\/index\.ts:1:1/);
    assert.match(stderr, /a top-level await waits for something that never happens/);
    assert.match(
      stderr,
      /While an app is built there is no network and no request\. Do this inside/,
    );
  });

  test("a build that never ends", async (t) => {
    const made = await spoil(t, {
      "index.ts": `let n = 0;\nfor (;;) n++;\n${GOOD}\n`,
    });
    const { stderr } = await buildInVain(made, ["--timeout", "2s"]);
    assert.match(stderr, /app/);
    assert.match(stderr, /still being loaded after 2s and was stopped/);
    assert.match(stderr, /Look for a loop that does not end[^]*--timeout/);
  });

  test("a warm-up request that never ends", async (t) => {
    const made = workspace(t, {
      app: { files: `export default { fetch() { for (;;); } };`, warmup: ["/endless"] },
    });
    const { stderr } = await buildInVain(made, ["--timeout", "2s"]);
    assert.match(stderr, /--timeout/);
  });

  test("all errors of a build are reported, not only the first", async (t) => {
    const made = workspace(t, {
      one: `import "./missing-a.ts";\nimport "./missing-b.ts";\n${GOOD}`,
      two: `throw new Error("second app");`,
    });
    const { stderr } = await buildInVain(made);
    for (const text of ["missing-a", "missing-b", "second app"]) {
      assert.ok(stderr.includes(text), `no ${text} in:\n${stderr}`);
    }
  });

  test("no entry", async (t) => {
    const made = workspace(t, { app: { files: { "readme.txt": "" } } });
    const { stderr } = await buildInVain(made);
    assert.match(stderr, /index\./);
  });

  test("a failing build makes no dist", async (t) => {
    const made = workspace(t, { app: "(" });
    await buildInVain(made);
    assert.deepEqual(treeOf(made.dist), {});
  });
});

describe("errors of nano.yaml", () => {
  const yaml: [name: string, text: string, place: string, message: RegExp][] = [
    ["an unknown key", "apps:\n  - path: app\n    hostz: a.test\n", "3:5", /hostz[^]*hosts/],
    ["an unknown key at the top", "serer:\n  workers: 2\n", "1:1", /serer[^]*server/],
    ["a text for a list", "apps: app\n", "1:7", /apps/],
    ["a text for a number", "server:\n  workers: many\n", "2:12", /many|workers/],
    ["a list for a text", "apps:\n  - path: [a]\n", "2:11", /path/],
    ["malformed YAML", "apps:\n  - path: 'app\n", "", /nano\.yaml:\d+:\d+/],
    ["a warm-up without a slash", "warmup:\n  - users\n", "2:5", /users/],
    ["a host with a port", "hosts: [a.test, 'b.test:80']\n", "1:17", /b\.test:80/],
    ["a key twice", "name: a\nname: b\n", "2:1", /name/],
  ];
  for (const [name, text, place, message] of yaml) {
    test(name, async (t) => {
      const made = await spoil(t, {});
      writeFiles(made.directory, { "nano.yaml": text, "index.ts": GOOD });
      const { stderr } = await buildInVain(made);
      assert.ok(stderr.includes(`nano.yaml:${place}`), `no ${place} in:\n${stderr}`);
      assert.match(stderr, message);
      if (place !== "") {
        const source = text.split("\n")[Number(place.split(":")[0]) - 1];
        assert.ok(stderr.includes(`| ${source}`), `no frame in:\n${stderr}`);
      }
    });
  }

  test("a directory that does not exist", async (t) => {
    const made = await spoil(t, {});
    const before = readFileSync(join(made.dist, "manifest.json"), "utf8");
    const { status, stderr } = await nanocBuild(["nowhere", "-o", made.dist], {
      cwd: made.directory,
    });
    assert.equal(status, 1);
    assert.match(stderr, /nowhere/);
    assert.equal(readFileSync(join(made.dist, "manifest.json"), "utf8"), before);
  });
});
