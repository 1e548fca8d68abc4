// How the Web APIs' sources become scripts (tools/generators/web_bundle.mjs), on a small tree of its own: what
// the core shares with lazy groups, the globals that they give, and what the bundler says of sources that
// cannot be bundled so.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { runInThisContext } from "node:vm";
import { root } from "../../tools/harness/paths.ts";
import { run } from "./lib/program.ts";
import { temporaryFolder, type Scope } from "./lib/temporary.ts";

const group = (name: string) =>
  `declare global {\n  interface LazyGroups {\n    ${name}: typeof import("./index.ts");\n  }\n}\n`;

/** A core with one class, and two groups: one derives from the class, the other makes instances. */
const tree: Record<string, string> = {
  "main.ts": `
    import { lazyGlobals, shared } from "nano:bundle";
    import { Animal } from "./zoo/animal.ts";
    export { Animal, lazyGlobals, shared as values };
    export { hidden as found } from "./zoo/hidden.ts";
  `,
  "host/ops.ts": `export const enum Legs { Four = 4 }`,
  "zoo/animal.ts": `export class Animal { legs = 0; }\nexport const unused = "unused";`,
  "zoo/hidden.ts": `export const hidden = "hidden";`,
  "zoo/lazy/index.ts": `export { Dog } from "./dog.ts";\nexport { isDog } from "./dog.ts";\n${group("zoo")}`,
  "zoo/lazy/dog.ts": `
    import { Legs } from "../../host/ops.ts";
    import { Animal } from "../animal.ts";
    export class Dog extends Animal { legs = Legs.Four; }
    export const isDog = (value: Animal) => value instanceof Dog;
  `,
  "farm/lazy/index.ts": `export { breed, type Kind } from "./breed.ts";\n${group("farm")}`,
  "farm/lazy/breed.ts": `
    import { Animal } from "../../zoo/animal.ts";
    import { hidden } from "../../zoo/hidden.ts";
    import type { Dog } from "../../zoo/lazy/dog.ts";
    export type Kind = Dog;
    export const breed = () => [new Animal(), hidden];
  `,
};

interface Core {
  Animal: new () => object;
  found: string;
  lazyGlobals: string[];
  values: unknown[];
}

/** Bundles the tree with some files changed. */
async function bundle(scope: Scope, changes: Record<string, string> = {}) {
  const folder = temporaryFolder(scope);
  const output = join(folder, "output");
  mkdirSync(output);
  for (const [path, text] of Object.entries({ ...tree, ...changes })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const script = join(root, "tools/generators/web_bundle.mjs");
  const groups = [join(folder, "farm"), join(folder, "zoo")];
  const { status, stderr } = await run(process.execPath, [script, folder, output, ...groups]);
  const load = (name: string) =>
    runInThisContext(readFileSync(join(output, `${name}.js`), "utf8")) as (
      ...args: unknown[]
    ) => Record<string, unknown>;
  return { status, stderr, load };
}

describe("the bundles of the Web APIs", () => {
  test("a group has the core's own values, and no more of them than groups ask for", async (t) => {
    const { status, stderr, load } = await bundle(t);
    assert.equal(status, 0, stderr);
    const core = load("core")({}) as unknown as Core;
    assert.equal(core.found, "hidden");
    assert.deepEqual(core.values, [core.Animal, "hidden"]);
    const { Dog, isDog } = load("zoo")({}, core.values) as {
      Dog: new () => { legs: number };
      isDog(value: object): boolean;
    };
    assert.ok(new Dog() instanceof core.Animal);
    assert.equal(new Dog().legs, 4);
    assert.equal(isDog(new Dog()), true);
    const [animal, hidden] = (load("farm")({}, core.values).breed as () => unknown[])();
    assert.ok(animal instanceof core.Animal);
    assert.equal(hidden, "hidden");
  });

  test("capitalised exports are globals; types are not", async (t) => {
    const { load } = await bundle(t);
    assert.deepEqual((load("core")({}) as unknown as Core).lazyGlobals, ["Dog", "zoo"]);
  });

  const refused: [what: string, changes: Record<string, string>, message: RegExp][] = [
    [
      "a group that does not say what it is called",
      { "zoo/lazy/index.ts": `export { Dog } from "./dog.ts";` },
      /zoo\/lazy\/index\.ts does not say what the group is called\. Add:[^]*zoo: typeof import/,
    ],
    [
      "a group that imports values from another",
      {
        "farm/lazy/breed.ts": `import { Dog } from "../../zoo/lazy/dog.ts";\nexport const breed = Dog;`,
      },
      /a group takes values of another one by load/,
    ],
    [
      "a core that imports values from a group",
      { "zoo/hidden.ts": `import { Dog } from "./lazy/dog.ts";\nexport const hidden = Dog;` },
      /".\/lazy\/dog.ts" is lazy: use it by load/,
    ],
    [
      "two shared values of the same name",
      {
        "farm/animal.ts": `export const Animal = 1;`,
        "farm/lazy/breed.ts": `import { Animal } from "../animal.ts";\nexport const breed = Animal;`,
      },
      /import two things called Animal, of farm\/animal\.ts and, in zoo, of zoo\/animal\.ts/,
    ],
    [
      "two interfaces of the same name",
      {
        "farm/lazy/breed.ts": "export class Dog {}\nexport { Dog as breed };",
        "farm/lazy/index.ts": `export { Dog } from "./breed.ts";\n${group("farm")}`,
      },
      /two lazy groups export an interface Dog/,
    ],
    [
      "a group that imports a module as a whole",
      {
        "farm/lazy/breed.ts": `import * as zoo from "../../zoo/animal.ts";\nexport const breed = zoo;`,
      },
      /farm\/lazy\/index\.ts: import values by their names/,
    ],
    [
      "a value that is not there",
      {
        "zoo/lazy/dog.ts": `import { Cat } from "../animal.ts";\nexport const isDog = Cat, Dog = Cat;`,
      },
      /No matching export in "[^"]*zoo\/animal\.ts" for import "Cat"/,
    ],
  ];
  for (const [what, changes, message] of refused) {
    test(`refused: ${what}`, async (t) => {
      const { status, stderr } = await bundle(t, changes);
      assert.equal(status, 1);
      assert.match(stderr, message);
    });
  }
});
