// What people have in their projects: README's first example, entries of all names, files and exports
// of Workers that NANO does nothing with yet, decorators' metadata.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { nanocBuild, writeFiles } from "./lib/apps.ts";
import { root } from "../../tools/harness/paths.ts";
import { request } from "../../tools/harness/http.ts";
import { serve } from "./lib/server.ts";
import { temporaryFolder } from "./lib/temporary.ts";

const GOOD = `export default { fetch: () => new Response("good") };`;

/** Builds an app by its folder's name, as README does; what nanoc said, and where dist/ is. */
async function buildFolder(t: TestContext, files: Record<string, string>) {
  const directory = temporaryFolder(t);
  writeFiles(join(directory, "my-app"), files);
  const result = await nanocBuild(["my-app"], { cwd: directory });
  const output = result.stdout + result.stderr;
  assert.equal(result.status, 0, output);
  return { output, dist: join(directory, "dist") };
}

describe("projects", () => {
  test("README's example answers what README says", async (t) => {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    const source = /```ts\n(.*?)```/s.exec(readme)![1]!;
    const [, path, answer] =
      /curl http:\/\/127\.0\.0\.1:8080(\/\w+)\n```\n\nanswers `([^`]*)`/.exec(readme)!;
    const { dist } = await buildFolder(t, { "index.ts": source });
    const server = await serve(t, dist);
    const response = await request(server, `127.0.0.1:${server.port}`, path!);
    assert.equal(response.text, `${answer}\n`);
  });

  for (const [name, files] of Object.entries<Record<string, string>>({
    "index.jsx": { "index.jsx": GOOD },
    "src/index.tsx": { "src/index.tsx": GOOD },
    "index.cjs": { "index.cjs": `module.exports = { fetch: () => new Response("good") };` },
    "main of package.json": { "package.json": `{ "main": "lib/server" }`, "lib/server.jsx": GOOD },
  })) {
    test(`an entry: ${name}`, async (t) => {
      const { dist } = await buildFolder(t, files);
      const server = await serve(t, dist);
      assert.equal((await request(server, "localhost", "/")).text, "good");
    });
  }

  test("exports that nothing calls are named", async (t) => {
    const { output } = await buildFolder(t, {
      "index.ts": `export class Counter { fetch() {} }\nexport class Plain {}\nexport const n = 1;
        export default { fetch: () => new Response(""), scheduled() {}, queue() {} };`,
    });
    assert.match(output, /`scheduled` is never called: the app has no `triggers.crons`/);
    assert.match(output, /`queue` is never called: NANO has no queues yet/);
    assert.match(
      output,
      /The exported class `Counter` gets no requests if it is meant as a Durable Object/,
    );
    assert.doesNotMatch(output, /Plain|email/);
  });

  test("a default export that answers for any name is not warned about", async (t) => {
    const { output } = await buildFolder(t, {
      "index.ts": `export default new Proxy({}, { get: () => () => new Response("any") });`,
    });
    assert.doesNotMatch(output, /never called/);
  });

  test("decorators without their metadata are named where it was asked for", async (t) => {
    const files = {
      "index.ts": `const d = (): any => () => {};\n@d()\nclass A {}\nconsole.log(A.name);\n${GOOD}`,
      "tsconfig.json": `{ "extends": "./tsconfig.base" }`,
      "tsconfig.base.json": `{\n  "compilerOptions": {\n    "experimentalDecorators": true,\n    "emitDecoratorMetadata": true\n  }\n}`,
    };
    const { output } = await buildFolder(t, files);
    assert.match(output, /tsconfig\.base\.json:4[^]*emitDecoratorMetadata has no effect/);
    const plain = await buildFolder(t, { ...files, "index.ts": GOOD });
    assert.doesNotMatch(plain.output, /emitDecoratorMetadata/);
  });
});
