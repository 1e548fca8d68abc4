// The programs as processes: they run in the engine's executable, by a preloaded library, and neither
// may show: `ps` says nano and nanoc, and no child inherits the preload.

import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { buildApps, workspace } from "./lib/apps.ts";
import { request } from "../../tools/harness/http.ts";
import { buildDirectory, nano, nanoc as nanocProgram } from "../../tools/harness/paths.ts";
import { run } from "./lib/program.ts";
import { serve } from "./lib/server.ts";
import { temporaryFolder, type Scope } from "./lib/temporary.ts";
import { until } from "../../tools/harness/wait.ts";

const HELLO = `export default { fetch: () => new Response("hello") };`;

/** What `ps -o comm` shows. */
const commOf = (pid: number) => readFileSync(`/proc/${pid}/comm`, "utf8").trim();

/** An installation whose esbuild notes how it was started, and then is the real one. */
function spyingInstallation(scope: Scope): { nanoc: string; notes: string } {
  const prefix = temporaryFolder(scope);
  const notes = join(prefix, "notes");
  const from = join(buildDirectory, "lib/nano");
  const to = join(prefix, "lib/nano");
  for (const folder of [join(prefix, "bin"), to, notes]) mkdirSync(folder, { recursive: true });
  const nanoc = join(prefix, "bin/nanoc");
  // The launcher finds the rest by where it lies itself.
  copyFileSync(join(buildDirectory, "bin/nanoc"), nanoc);
  for (const name of ["engine", "libnanoc.so", "base.snapshot"]) {
    symlinkSync(join(from, name), join(to, name));
  }
  writeFileSync(
    join(to, "esbuild"),
    `#!/bin/sh
cat /proc/$$/environ > '${notes}/environ'
cat /proc/$$/maps > '${notes}/maps'
cat /proc/$PPID/comm > '${notes}/parent'
exec '${join(from, "esbuild")}' "$@"
`,
    { mode: 0o755 },
  );
  return { nanoc, notes };
}

for (const [what, own] of [
  ["nothing", undefined],
  ["what the user preloads", "libdl.so.2"],
] as const) {
  test(`esbuild inherits ${what}`, async (t) => {
    const { nanoc, notes } = spyingInstallation(t);
    const made = workspace(t, { app: HELLO });
    const env: NodeJS.ProcessEnv = { ...process.env, LD_PRELOAD: own };
    if (own === undefined) delete env.LD_PRELOAD;
    const built = await run(nanoc, ["build", made.directory, "-o", made.dist], { env });
    assert.equal(built.status, 0, built.stderr);

    const variables = readFileSync(join(notes, "environ"), "utf8").split("\0");
    assert.ok(variables.some((variable) => variable.startsWith("PATH=")));
    const preload = variables.find((variable) => variable.startsWith("LD_PRELOAD="));
    assert.equal(preload, own === undefined ? undefined : `LD_PRELOAD=${own}`);
    assert.doesNotMatch(readFileSync(join(notes, "maps"), "utf8"), /libnano|\/engine|node-linux/);
    assert.equal(readFileSync(join(notes, "parent"), "utf8"), "nanoc\n");
  });
}

test("ps shows nano, for the supervisor and its workers", async (t) => {
  const { dist } = await buildApps(t, { app: HELLO });
  const server = await serve(t, dist, { workers: 2 });
  assert.equal((await request(server, "app.test", "/")).text, "hello");
  const processes = [server.pid, ...server.workers()];
  assert.equal(processes.length, 3);
  assert.deepEqual(new Set(processes.map(commOf)), new Set(["nano"]));
});

test("a log that nobody reads stops neither requests nor SIGTERM", async (t) => {
  const { dist } = await buildApps(t, {
    app: `export default { fetch() { console.log("x".repeat(50_000)); return new Response("ok"); } };`,
  });
  const server = await serve(t, dist, { workers: 2 });
  server.process.stdout.pause();
  // Far more than the pipe, the reader's buffers and the server's take.
  for (let i = 0; i < 60; i++) assert.equal((await request(server, "app.test", "/")).text, "ok");
  server.signal("SIGTERM");
  await until("the server's end", () => !server.running);
  server.process.stdout.resume();
  assert.equal((await server.exited).status, 0);
});

for (const [name, program, args] of [
  ["nano", nano, ["serve", "nowhere"]],
  ["nanoc", nanocProgram, ["--version"]],
] as const) {
  for (const [option, what, sizes] of [
    ["v", "address space", [8_000, 100_000, 400_000, 1_999_999]],
    ["s", "the stack", [64, 1000]],
  ] as const) {
    test(`too little of ${what} is an error of ${name}, with what it needs`, async () => {
      for (const size of sizes) {
        const command = ["-c", `ulimit -${option} ${size}; exec "$0" "$@"`, program, ...args];
        const { status, stderr } = await run("sh", command);
        const message = `${name}: the limit on ${what} (ulimit -${option}) is ${size} KiB, and`;
        assert.ok(stderr.startsWith(message), `${size}: ${stderr}`);
        assert.match(stderr, /the engine needs \d+ KiB\n/);
        assert.equal(status, 1);
      }
    });
  }
}
