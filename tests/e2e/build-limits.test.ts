// What a build and a start say where there is too little of something: memory for an app, while it is built or
// in its snapshot, or disk.

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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

  test("is told of a deferred app by the limit that it reaches", async (t) => {
    const made = workspace(t, {
      app: {
        files: `new DisposableStack(); const all = new Uint8Array(64 << 20);
          export default { fetch: () => new Response(String(all.length)) };`,
        limits: { external_memory: "16MiB" },
      },
    });
    const { status, stderr } = await nanocBuild([made.directory, "-o", made.dist]);
    assert.equal(status, 1);
    assert.match(stderr, /reached its `limits\.external_memory` of 16MiB before it was/);
    assert.match(stderr, /Raise `limits\.external_memory`/);
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

describe("buffers of a snapshot that do not fit into the app's limit", () => {
  const BUFFERS = `const table = new Uint8Array(24 << 20).fill(7);
    export default { fetch: () => new Response(String(table.at(-1))) };`;
  const SAID =
    /snapshot alone holds 2\d MiB of buffers, more than its `limits\.external_memory` of 16 MiB/;

  test("fail the build", async (t) => {
    const made = workspace(t, { app: { files: BUFFERS, limits: { external_memory: "16MiB" } } });
    const { status, stderr } = await nanocBuild([made.directory, "-o", made.dist]);
    assert.equal(status, 1);
    assert.match(stderr, SAID);
    assert.match(stderr, /Set `limits\.external_memory` to \d\dMiB or more/);
    assert.doesNotMatch(stderr, /first request arrives|crashes|bug in NANO/);
    assert.ok(!existsSync(made.dist));
  });

  test("keep only that app from being served, and end no worker", async (t) => {
    const apps = { large: { files: BUFFERS }, small: { files: SMALL } };
    const made = workspace(t, apps);
    await build(made);
    const limits = { external_memory: "16MiB" };
    writeConfig(made.directory, {
      large: { ...apps.large, hosts: "large.test", limits },
      small: { ...apps.small, hosts: "small.test", limits },
    });
    const server = await serve(t, made.dist, { config: made.config, workers: 1 });
    assert.equal((await request(server, "large.test", "/")).status, 503);
    assert.equal((await request(server, "small.test", "/")).text, "small");
    await server.waitForLog("why it is not served", ({ msg }) => SAID.test(msg));
    assert.doesNotMatch(server.output, /starting it again/);
  });
});

describe("an app that takes more memory while it is built than it may", () => {
  /** `build.memory` and `build.external_memory` of these. */
  const BOUND = "64MiB";
  const HEAP =
    /index\.ts:\d+:\d+\n.*more than 128MiB of V8 heap while it was loaded \(`limits\.memory`\)/;
  const OUTSIDE =
    /index\.ts:\d+:\d+\n.*more than 64MiB of buffers [^\n]* while it was loaded \(`build\.external_memory`\)/;

  const bombs: [string, string, RegExp][] = [
    ["objects", "for (let i = 0; ; i++) keep.push({ i, list: [i, i + 1] });", HEAP],
    [
      "objects in timers",
      "const more = () => { for (let i = 0; i < 1e5; i++) keep.push([i]); setTimeout(more, 1); }; more(); await new Promise(() => {});",
      HEAP,
    ],
    [
      "one large list",
      "keep.push(new Array(3e7).fill(1.5)); for (const each of keep) String(each);",
      HEAP,
    ],
    ["buffers", "for (;;) keep.push(new Uint8Array(1 << 20).fill(7));", OUTSIDE],
    ["one buffer", "keep.push(new ArrayBuffer(3 * 2 ** 30));", OUTSIDE],
    [
      "failures that it catches",
      "for (;;) try { keep.push(new Uint8Array(1 << 20)); } catch {}",
      OUTSIDE,
    ],
    [
      "a resizable buffer",
      "new ArrayBuffer(8, { maxByteLength: 2 ** 30 }).resize(2 ** 29);",
      OUTSIDE,
    ],
    [
      "WebAssembly memories",
      "for (;;) keep.push(new WebAssembly.Memory({ initial: 64 }));",
      OUTSIDE,
    ],
  ];

  for (const [what, code, said] of bombs) {
    test(`${what}: fails its build alone, with the place`, async (t) => {
      const made = workspace(t, {
        app: {
          files: `const keep: unknown[] = [];\n${code}\n${SMALL}`,
          limits: { external_memory: "64MiB" },
        },
        small: { files: SMALL, limits: { external_memory: "64MiB" } },
      });
      const config = {
        build: { memory: BOUND, external_memory: BOUND },
        defaults: { limits: { external_memory: BOUND } },
        apps: [
          { path: "app", hosts: "app.test" },
          { path: "small", hosts: "small.test" },
        ],
      };
      writeFileSync(made.config, JSON.stringify(config));
      const { status, stdout, stderr } = await nanocBuild([
        made.directory,
        "--keep-going",
        "-o",
        made.dist,
      ]);
      assert.equal(status, 1);
      assert.match(stderr, said);
      assert.match(stderr, /(build|limits)\.(memory|external_memory)` in nano\.yaml/);
      assert.match(stdout, /small\s+index\.ts\s+\d/);
      assert.ok(existsSync(made.dist));
    });
  }

  test("may have more if that is what the bound says, and its snapshot is the same", async (t) => {
    const code = `let seen = 0; { const pass: number[][] = [];
      for (let i = 0; i < 3e6; i++) pass.push([i, i]); seen = pass.length; }
      export default { fetch: () => new Response(String(seen)) };`;
    const digests = [];
    for (const memory of ["64MiB", "1GiB", "2GiB"]) {
      const made = workspace(t, { app: code });
      writeFileSync(made.config, JSON.stringify({ build: { memory }, apps: [{ path: "app" }] }));
      const { status, stderr } = await nanocBuild([made.directory, "-o", made.dist], {
        env: { ...process.env, NANO_CACHE_DIR: "" },
      });
      assert.equal(status, memory === "64MiB" ? 1 : 0, stderr);
      if (status === 0) digests.push(readFileSync(join(made.dist, "manifest.json"), "utf8"));
    }
    assert.equal(digests[0], digests[1]);
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
