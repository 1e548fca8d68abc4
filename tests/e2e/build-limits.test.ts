// What a build and a start say where there is too little of something: heap for an app, or disk.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, test } from "node:test";
import { build, nanocBuild, workspace, writeConfig } from "./lib/apps.ts";
import { request } from "../../tools/harness/http.ts";
import { nanoc } from "../../tools/harness/paths.ts";
import { run } from "./lib/program.ts";
import { serve } from "./lib/server.ts";

/** Some 25 MiB of heap. */
const LARGE = `
const table: unknown[] = [];
for (let i = 0; i < 200000; i++) table.push({ i, list: [i, i + 1] });
export default { fetch: () => new Response(String(table.length)) };`;
const SMALL = `export default { fetch: () => new Response("small") };`;

/** What is said of a snapshot that takes more than 16 MiB. */
const TOO_SMALL =
  /snapshot alone takes 2\d MiB of V8 heap, more than its `limits\.memory` of 16 MiB/;
const REMEDY = /Set `limits\.memory` to \d\dMiB or more/;

describe("a memory limit that the app's snapshot does not fit into", () => {
  test("fails the build", async (t) => {
    const made = workspace(t, { app: { files: LARGE, limits: { memory: "16MiB" } } });
    const { status, stderr } = await nanocBuild([made.directory, "-o", made.dist]);
    assert.equal(status, 1);
    assert.match(stderr, TOO_SMALL);
    assert.match(stderr, REMEDY);
    assert.doesNotMatch(stderr, /first request arrives|bug in NANO/);
    assert.ok(!existsSync(made.dist));
  });

  test("is told of a deferred app that reaches it while it is loaded", async (t) => {
    const made = workspace(t, {
      app: { files: `new DisposableStack();${LARGE}`, limits: { memory: "16MiB" } },
    });
    const { status, stderr } = await nanocBuild([made.directory, "-o", made.dist]);
    assert.equal(status, 1);
    assert.match(stderr, /reached its `limits\.memory` of 16MiB before it was/);
  });

  test("keeps only that app from being served", async (t) => {
    const apps = { large: { files: LARGE }, small: { files: SMALL } };
    const made = workspace(t, apps);
    await build(made);
    const hosts = { large: { hosts: "large.test" }, small: { hosts: "small.test" } };
    writeConfig(made.directory, {
      large: { ...apps.large, ...hosts.large, limits: { memory: "16MiB" } },
      small: { ...apps.small, ...hosts.small, limits: { memory: "4MiB" } },
    });
    const server = await serve(t, made.dist, { config: made.config, workers: 1 });
    assert.equal((await request(server, "large.test", "/")).status, 503);
    assert.equal((await request(server, "small.test", "/")).text, "small");
    await server.waitForLog(
      "why it is not served",
      ({ msg }) => TOO_SMALL.test(msg) && REMEDY.test(msg),
    );
    assert.doesNotMatch(server.output, /starting it again/);
  });
});

test("a disk that takes no snapshot is named, and no reason to defer the app", async (t) => {
  const made = workspace(t, { app: LARGE });
  // As on a full disk, but for the error's name: no file may be larger than 4 MiB.
  const script = `trap '' XFSZ; ulimit -f 4096; exec "$0" "$@"`;
  const { status, stderr } = await run("/bin/bash", [
    "-c",
    script,
    nanoc,
    "build",
    made.directory,
    "-o",
    made.dist,
  ]);
  assert.equal(status, 1);
  assert.match(stderr, /\.snap[^]*File too large/);
  assert.doesNotMatch(stderr, /first request arrives/);
});
