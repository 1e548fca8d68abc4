// As process 1 of a container, whose kernel gives it no default actions and everybody's orphans; and in the
// image that packaging/oci/build makes, in a root of its own and under podman. Needs the right to make namespaces.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { buildApps, type Workspace } from "./lib/apps.ts";
import { freePort } from "./lib/foreign.ts";
import { Podman, withoutPodman } from "./lib/podman.ts";
import { run } from "./lib/program.ts";
import { childrenOf, serve, Server } from "./lib/server.ts";
import { suiteScope, temporaryFolder, type Scope } from "./lib/temporary.ts";
import { alive } from "./lib/upgrades.ts";
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

// More than the container may have.
const HUNGRY = SLOW.replace(
  "const ms",
  `if (request.url.endsWith("/eat")) {
        const eaten = Array.from({ length: 64 }, (_, i) => new Uint8Array(8 << 20).fill(i + 1));
        return new Response(String(eaten.length));
      }
      const ms`,
);

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
      // unshare, which may be gone as well, has no child any more by then.
      if (server.running && alive(pid)) process.kill(pid, "SIGTERM");
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

  describe("under podman", { skip: withoutPodman() }, () => {
    const inside = suiteScope();
    let podman: Podman;
    let image = "";
    let made: Workspace;

    before(async () => {
      podman = new Podman(inside);
      image = await podman.load(`${layout}.tar`);
      assert.match(image, /^localhost\/nano:\d+\.\d+\.\d+$/);
      made = await buildApps(
        inside,
        { app: { files: HUNGRY, default: true, limits: { memory: "1GiB" } } },
        { workers: 2 },
      );
      // Readable by the user of the image.
      await run("chmod", ["-R", "a+rX", made.directory]);
    });

    /** A container that has nothing that it does not need. */
    async function start(scope: Scope, ...options: string[]) {
      const port = await freePort();
      const container = await podman.start(
        scope,
        image,
        [
          ...["--volume", `${made.directory}:/srv:ro`, "--read-only", "--cap-drop=all"],
          ...["--security-opt", "no-new-privileges", ...options],
        ],
        ["--listen", `127.0.0.1:${port}`],
      );
      await until("the server", async () => (await container.logs()).includes('"listening"'));
      const ask = async (path: string) => (await request({ port }, "app.test", path)).text;
      return { container, ask };
    }

    test("it serves from a read-only root, without being root, and ends in order", async (t) => {
      const { container, ask } = await start(t);
      assert.equal(await ask("/"), "done");
      const processes = await container.processes();
      assert.equal(processes.length, 3);
      assert.match(processes[0]!, /^1 +65532 +\/usr\/bin\/nano serve /);
      for (const each of processes) assert.match(each, /^\d+ +65532 /);
      await container.signal("HUP");
      await until("a reload", async () => (await container.logs()).includes("nothing has changed"));
      const slow = ask("/?ms=1000");
      await ask("/?ms=100");
      assert.equal(await container.stop(20), "0");
      assert.equal(await slow, "done");
    });

    test("an app that takes more memory than the container has costs its worker only", async (t) => {
      const { container, ask } = await start(t, "--memory=128m", "--memory-swap=128m");
      assert.equal(await ask("/"), "done");
      await assert.rejects(ask("/eat"));
      await until("a death", async () => (await container.logs()).includes("out of memory"));
      assert.equal(await ask("/"), "done");
      assert.equal(await container.inspect("{{.State.Running}}"), "true");
      assert.equal(await container.stop(20), "0");
    });
  });
});
