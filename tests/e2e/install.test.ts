// The installed tree works wherever it is moved to, with an environment that is all but empty.

import assert from "node:assert/strict";
import { cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { workspace, writeFiles } from "./lib/apps.ts";
import { curl } from "./lib/curl.ts";
import { request } from "../../tools/harness/http.ts";
import { buildDirectory, root } from "../../tools/harness/paths.ts";
import { run } from "./lib/program.ts";
import { serve } from "./lib/server.ts";
import { temporaryFolder } from "./lib/temporary.ts";

const BARE = { PATH: "/usr/bin:/bin" };

test("an installation that has been moved", async (t) => {
  const folder = temporaryFolder(t);
  const first = join(folder, "first");
  const installed = await run("cmake", ["--install", buildDirectory, "--prefix", first]);
  assert.equal(installed.status, 0, installed.stderr);
  const moved = join(folder, "somewhere else");
  renameSync(first, moved);
  const completions = ["nano", "nanoc"].flatMap((program) => [
    `share/bash-completion/completions/${program}`,
    `share/zsh/site-functions/_${program}`,
    `share/fish/vendor_completions.d/${program}.fish`,
  ]);
  for (const path of ["bin/nano", "bin/nanoc", "lib/nano", ...completions]) {
    assert.ok(existsSync(join(moved, path)), `no ${path}`);
  }

  const made = workspace(t, {
    app: {
      files: {
        "index.tsx": `
          import { h } from "preact";
          import { renderToString } from "preact-render-to-string";
          /** @jsx h */
          export default { fetch: () => new Response(renderToString(<b>moved</b>)) };`,
      },
      hosts: "app.localhost",
    },
  });
  // Packages as npm would have installed them: nothing leads to the repository.
  for (const name of ["preact", "preact-render-to-string"]) {
    const to = join(made.directory, "node_modules", name);
    cpSync(join(root, "node_modules", name), to, { recursive: true, dereference: true });
  }
  const built = await run(join(moved, "bin/nanoc"), ["build", ".", "-o", "dist"], {
    cwd: made.directory,
    env: BARE,
  });
  assert.equal(built.status, 0, built.stderr);

  const server = await serve(t, made.dist, {
    program: join(moved, "bin/nano"),
    env: BARE,
    workers: 2,
    cwd: made.directory,
  });
  assert.equal((await request(server, "app.localhost", "/")).text, "<b>moved</b>");
  const { stdout } = await curl([`http://app.localhost:${server.port}/`]);
  assert.equal(stdout, "<b>moved</b>");
  assert.deepEqual(await server.stop(), { status: 0, signal: null });
});

test("by a link, and by a name in PATH", async (t) => {
  const folder = temporaryFolder(t);
  const tree = join(folder, "tree");
  const installed = await run("cmake", ["--install", buildDirectory, "--prefix", tree]);
  assert.equal(installed.status, 0, installed.stderr);
  writeFiles(folder, { "app/index.js": `export default { fetch: () => new Response("a") };` });
  const path = `${tree}/bin:/usr/bin:/bin`;
  const found = await run(
    "/bin/sh",
    ["-c", "nanoc build app && ln -s tree/bin/nano n && ./n --version"],
    {
      cwd: folder,
      env: { PATH: path },
    },
  );
  assert.equal(found.status, 0, found.stderr);
  assert.match(found.stdout, /nano \d/);
  rmSync(tree, { recursive: true });
});

test("a damaged installation says what is missing", async (t) => {
  const folder = temporaryFolder(t);
  const installed = await run("cmake", ["--install", buildDirectory, "--prefix", folder]);
  assert.equal(installed.status, 0, installed.stderr);
  rmSync(join(folder, "lib/nano/engine"));
  const failed = await run(join(folder, "bin/nano"), ["--version"], { env: BARE });
  assert.notEqual(failed.status, 0);
  assert.match(failed.stderr, /lib\/nano\/engine/);
});

test("nanoc refuses a base snapshot that is damaged or missing", async (t) => {
  const folder = temporaryFolder(t);
  const installed = await run("cmake", ["--install", buildDirectory, "--prefix", folder]);
  assert.equal(installed.status, 0, installed.stderr);
  const made = workspace(t, { app: `export default { fetch: () => new Response("a") };` });
  const base = join(folder, "lib/nano/base.snapshot");
  const bytes = readFileSync(base);
  bytes[bytes.length >> 1] ^= 1;
  const broken: [what: RegExp, spoil: () => void][] = [
    [/base snapshot cannot be used: the snapshot is damaged/, () => writeFileSync(base, bytes)],
    [/base snapshot is missing/, () => rmSync(base)],
  ];
  for (const [what, spoil] of broken) {
    spoil();
    const failed = await run(join(folder, "bin/nanoc"), ["build", made.directory], { env: BARE });
    assert.equal(failed.status, 1, failed.stderr);
    assert.ok(failed.stderr.includes("lib/nano/base.snapshot"), failed.stderr);
    assert.match(failed.stderr, what);
    assert.match(failed.stderr, /Install NANO again/);
    assert.doesNotMatch(failed.stderr, /signal/);
  }
});
