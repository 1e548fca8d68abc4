// What the hook of git looks at (tools/hooks/pre-commit): the files of the commit that is being made, however
// it is made. In a repository of its own, with linters that only tell what they are given.

import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { root } from "../../tools/harness/paths.ts";
import { run } from "./lib/program.ts";
import { temporaryFolder } from "./lib/temporary.ts";

/** A repository with a.ts and b.ts, and the hook; `git` runs git there. */
async function repository(t: TestContext) {
  const folder = temporaryFolder(t);
  const { PATH } = process.env;
  const env = { PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: "1", EMAIL: "a@example.org" };
  const git = (...args: string[]) =>
    run("git", ["-c", "user.name=A", ...args], { cwd: folder, env });
  const script = (path: string, text: string) => {
    fs.writeFileSync(join(folder, path), `#!/bin/sh\n${text}\n`);
    fs.chmodSync(join(folder, path), 0o755);
  };
  for (const path of ["tools/lint", "node_modules/.bin"]) {
    fs.mkdirSync(join(folder, path), { recursive: true });
  }
  script("tools/lint/run", 'echo "$FILES" >.git/linted; ! grep -q wrong $FILES');
  script("node_modules/.bin/prettier", "exit 0");
  for (const file of ["a.ts", "b.ts"]) fs.writeFileSync(join(folder, file), "1;\n");
  assert.equal((await git("init", "-q")).status, 0);
  await git("add", "a.ts", "b.ts");
  assert.equal((await git("commit", "-qm", "both")).status, 0);
  fs.copyFileSync(join(root, "tools/hooks/pre-commit"), join(folder, ".git/hooks/pre-commit"));
  const linted = join(folder, ".git/linted");
  return {
    git,
    change: (file: string, text = "2;") => fs.appendFileSync(join(folder, file), `${text}\n`),
    /** The files that the linter got, once. */
    linted() {
      if (!fs.existsSync(linted)) return "";
      const files = fs.readFileSync(linted, "utf8").trim();
      fs.rmSync(linted);
      return files;
    },
  };
}

describe("the hook before a commit", () => {
  for (const [how, ...args] of [["add and commit"], ["commit -a", "-a"], ["commit FILE", "a.ts"]]) {
    test(how!, async (t) => {
      const { git, change, linted } = await repository(t);
      const commit = async (text: string) => {
        change("a.ts", text);
        if (args.length === 0) await git("add", "a.ts");
        return await git("commit", "-qm", "one", ...args);
      };
      const made = await commit("2;");
      assert.equal(made.status, 0, made.stderr);
      assert.equal(linted(), "a.ts");
      const refused = await commit("wrong");
      assert.equal(refused.status, 1);
      assert.match(refused.stderr, /nothing was committed/);
    });
  }

  test("of two changed files, the one that is committed", async (t) => {
    const { git, change, linted } = await repository(t);
    change("a.ts", "wrong");
    change("b.ts");
    const { status, stderr } = await git("commit", "-qm", "one", "b.ts");
    assert.equal(status, 0, stderr);
    assert.equal(linted(), "b.ts");
  });
});
