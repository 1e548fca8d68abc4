// As process 1 of a container, whose kernel gives it no default actions and everybody's orphans; and in the
// image that packaging/oci/build makes. Needs the right to make namespaces.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { buildApps } from "./lib/apps.ts";
import { run } from "./lib/program.ts";
import { childrenOf, serve, Server } from "./lib/server.ts";
import { suiteScope, temporaryFolder, type Scope } from "./lib/temporary.ts";
import { request } from "../../tools/harness/http.ts";
import { buildDirectory, nano, root } from "../../tools/harness/paths.ts";
import { until, within } from "../../tools/harness/wait.ts";

const SLOW = `
  export default {
    async fetch(request) {
      const ms = Number(new URL(request.url).searchParams.get("ms"));
      await new Promise((resolve) => setTimeout(resolve, ms));
      return new Response("done");
    },
  };`;

// --kill-child: whatever ends unshare ends the container.
const CONTAINER = ["--pid", "--fork", "--kill-child", "--mount"];
const mayUnshare =
  (await run("unshare", [...CONTAINER, "true"]).catch(() => ({ status: 1 }))).status === 0;
const skip = mayUnshare ? false : "namespaces may not be made here (unshare --pid --mount)";

/** The first process of the container that a server's `unshare` has made. */
async function processOne(server: Server): Promise<number> {
  return await until("process 1", () => childrenOf(server.pid)[0]);
}

/** A server that is process 1 of a container. */
async function serveAsProcess1(
  scope: Scope,
  dist: string,
  before = "",
): Promise<{ server: Server; pid: number }> {
  let server: Server | undefined;
  // Its end is the container's; unshare heeds no signals meanwhile.
  scope.after(async () => {
    if (server?.running) process.kill(await processOne(server), "SIGTERM");
  });
  server = await serve(scope, dist, {
    program: "unshare",
    // The shell becomes the server, and so leaves it its children.
    prefix: [...CONTAINER, "--mount-proc", "sh", "-c", `${before} exec "$0" "$@"`, nano],
    workers: 2,
  });
  return { server, pid: await processOne(server) };
}

describe("as process 1", { skip }, () => {
  test("orphans are reaped", async (t) => {
    const { dist } = await buildApps(t, { app: SLOW });
    // A child of the shell, which is the server's then, and one whose parent ends.
    const orphans = "(sleep 0.3 & sleep 0.2) & sleep 0.1 &";
    const { server, pid } = await serveAsProcess1(t, dist, orphans);
    await until("the workers alone", () => childrenOf(pid).length === 2);
    await until("no other process", () => {
      const states = childrenOf(pid).map((child) => readFileSync(`/proc/${child}/stat`, "utf8"));
      return states.every((stat) => stat.includes("(nano)"));
    });
    assert.equal((await request(server, "app.test", "/")).text, "done");
    for (const { level, msg } of server.log) assert.notEqual(level, "error", msg);
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    test(`${signal} lets requests finish, and is the container's end`, async (t) => {
      const { dist } = await buildApps(t, { app: SLOW });
      const { server, pid } = await serveAsProcess1(t, dist);
      const slow = request(server, "app.test", "/?ms=400");
      await request(server, "app.test", "/?ms=100");
      process.kill(pid, signal);
      assert.equal((await slow).text, "done");
      assert.equal((await within(server.exited, "the end")).status, 0);
    });
  }

  test("SIGHUP reloads, SIGUSR2 is refused, and neither ends it", async (t) => {
    const { dist } = await buildApps(t, { app: SLOW });
    const { server, pid } = await serveAsProcess1(t, dist);
    process.kill(pid, "SIGHUP");
    await server.waitForLog("a reload", ({ msg }) => /nothing has changed/.test(msg));
    process.kill(pid, "SIGUSR2");
    const line = await server.waitForLog("a refusal", ({ msg }) => /no upgrade/.test(msg));
    assert.match(line.msg, /process 1/);
    assert.equal((await request(server, "app.test", "/")).text, "done");
    process.kill(pid, "SIGTERM");
    await within(server.exited, "the end");
  });

  test("a stop while it starts is heeded", async (t) => {
    // It waits for what a server that it is to replace never hands over.
    const wait = `
      use Socket;
      $^F = 100;
      socketpair(my $own, my $other, AF_UNIX, SOCK_SEQPACKET, 0) or die;
      $ENV{NANO_TAKES_OVER} = fileno($own);
      exec @ARGV`;
    const server = new Server("dist", {
      program: "unshare",
      prefix: [...CONTAINER, "perl", "-e", wait, nano],
    });
    t.after(() => void server.process.kill("SIGKILL"));
    const pid = await processOne(server);
    await until("its end", () => {
      if (server.running) process.kill(pid, "SIGTERM");
      return !server.running;
    });
    assert.equal((await server.exited).status, 128 + 15);
  });
});

describe("the image", { skip }, () => {
  const scope = suiteScope();
  let installed = "";
  let layout = "";
  let tree = "";

  const json = (path: string) => JSON.parse(readFileSync(join(layout, path), "utf8"));
  const blob = (digest: string) => `blobs/sha256/${digest.replace("sha256:", "")}`;

  before(async () => {
    const folder = temporaryFolder(scope);
    installed = join(folder, "installed");
    layout = join(folder, "image");
    tree = join(folder, "tree");
    const { status, stderr } = await run("cmake", [
      "--install",
      buildDirectory,
      "--prefix",
      installed,
      "--strip",
    ]);
    assert.equal(status, 0, stderr);
    const made = await run(join(root, "packaging/oci/build"), [installed, layout], {
      timeout: 240_000,
    });
    assert.equal(made.status, 0, made.stderr);
    mkdirSync(tree);
    const manifest = json(blob(json("index.json").manifests[0].digest));
    const layer = join(layout, blob(manifest.layers[0].digest));
    assert.equal((await run("tar", ["-xzf", layer, "-C", tree])).status, 0);
  });

  test("is a layout of the OCI specification, whose digests are right", () => {
    assert.deepEqual(json("oci-layout"), { imageLayoutVersion: "1.0.0" });
    for (const name of readdirSync(join(layout, "blobs/sha256"))) {
      const bytes = readFileSync(join(layout, "blobs/sha256", name));
      assert.equal(createHash("sha256").update(bytes).digest("hex"), name);
    }
    const [entry] = json("index.json").manifests;
    const manifest = json(blob(entry.digest));
    assert.equal(manifest.mediaType, entry.mediaType);
    const { config, rootfs } = json(blob(manifest.config.digest));
    assert.deepEqual(config.Entrypoint, ["/usr/bin/nano", "serve"]);
    assert.notEqual(Number(config.User.split(":")[0]), 0);
    assert.equal(rootfs.diff_ids.length, manifest.layers.length);
    for (const { digest, size } of [manifest.config, ...manifest.layers]) {
      assert.equal(readFileSync(join(layout, blob(digest))).length, size);
    }
  });

  test("has what it needs, and serves as process 1 without being root", async (t) => {
    const made = await buildApps(t, { app: SLOW });
    const manifest = json(blob(json("index.json").manifests[0].digest));
    const { config } = json(blob(manifest.config.digest));
    const [uid, gid] = config.User.split(":");
    await run("cp", ["-r", made.dist, join(tree, "srv/dist")]);
    t.after(() => rmSync(join(tree, "srv/dist"), { recursive: true }));
    writeFileSync(join(tree, "srv/nano.yaml"), readFileSync(made.config));
    const enter = `
      mount -t proc proc "${tree}/proc"
      cd "${tree}"
      exec env -i ${config.Env.join(" ")} "$(command -v chroot)" --userspec=${uid}:${gid} --groups= "${tree}" \\
        /usr/bin/nano serve --listen 127.0.0.1:0 --config /srv/nano.yaml /srv/dist`;
    const server = await serve(t, "unused", {
      program: "unshare",
      prefix: [...CONTAINER, "sh", "-ec", enter],
    });
    assert.equal((await request(server, "app.test", "/")).text, "done");
    const pid = await processOne(server);
    for (const each of [pid, ...childrenOf(pid)]) {
      const status = readFileSync(`/proc/${each}/status`, "utf8");
      assert.match(status, new RegExp(`^Uid:\\t${uid}\\t${uid}\\t`, "m"));
    }
    process.kill(pid, "SIGTERM");
    assert.equal((await within(server.exited, "the end")).status, 0);
  });

  test("is the same however often it is made, and refuses what is no installation", async (t) => {
    const folder = temporaryFolder(t);
    const again = join(folder, "again");
    const made = await run(join(root, "packaging/oci/build"), [installed, again], {
      timeout: 240_000,
    });
    assert.equal(made.status, 0, made.stderr);
    assert.deepEqual(
      readFileSync(join(again, "index.json")),
      readFileSync(join(layout, "index.json")),
    );
    assert.deepEqual(readFileSync(`${again}.tar`), readFileSync(`${layout}.tar`));
    const refused = await run(join(root, "packaging/oci/build"), [folder, join(folder, "x")]);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /make install/);
  });
});
