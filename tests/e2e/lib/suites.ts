// Folders of tests that run inside NANO (tests/web/harness.ts): each file as an app of its own, built
// into a snapshot, served, and asked for its report.
//
//   NANO_SUITE=headers    only files with that in their name
//   NANO_TEST=iterat      of these, only tests with that in theirs

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { buildApps, type App } from "./apps.ts";
import { request } from "../../../tools/harness/http.ts";
import { root } from "../../../tools/harness/paths.ts";
import { serve, type Server } from "./server.ts";
import { suiteScope } from "./temporary.ts";

const { NANO_SUITE: onlyFiles = "", NANO_TEST: onlyTests = "" } = process.env;

/** What tests/web/harness.ts answers with. */
interface Report {
  passed: number;
  failed: { name: string; error: string }[];
}

const appName = (file: string) => file.replace(/\.test\.ts$/, "").replaceAll(/[^a-z0-9-]/gi, "-");

/** Declares a suite of all *.test.ts of a folder, which is relative to the repository. */
export function describeSuites(title: string, path: string): void {
  const folder = join(root, path);
  const files = readdirSync(folder).filter(
    (name) => name.endsWith(".test.ts") && name.includes(onlyFiles),
  );

  describe(title, () => {
    const scope = suiteScope();
    let server: Server;

    before(async () => {
      const apps: Record<string, App> = {};
      for (const file of files) {
        const entry = [
          `import ${JSON.stringify(join(folder, file))};`,
          `export { default } from ${JSON.stringify(join(root, "tests/web/harness.ts"))};`,
        ];
        apps[appName(file)] = { files: entry.join("\n") };
      }
      const { dist } = await buildApps(scope, apps);
      server = await serve(scope, dist);
    });

    test("there are tests", () => {
      assert.ok(files.length > 0, `no *.test.ts in ${folder}`);
    });

    for (const file of files) {
      test(file, async (t) => {
        const path = `/?filter=${encodeURIComponent(onlyTests)}`;
        const { status, text } = await request(server, `${appName(file)}.test`, path, {
          timeout: 120_000,
        });
        assert.equal(status, 200, `${text}\n${server.output}`);
        const report = JSON.parse(text) as Report;
        const failures = report.failed.map(({ name, error }) => `✖ ${name}\n${error}`);
        assert.equal(failures.length, 0, `${failures.length} failed:\n${failures.join("\n")}`);
        assert.ok(report.passed > 0, "no test ran");
        t.diagnostic(`${report.passed} passed`);
      });
    }
  });
}
