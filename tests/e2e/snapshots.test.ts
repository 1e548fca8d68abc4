// Snapshots that fail their checks: refused with a clear message, while the other apps are served.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { before, describe, test, type TestContext } from "node:test";
import { buildApps } from "./lib/apps.ts";
import { request } from "../../tools/harness/http.ts";
import { serve, serveAndFail } from "./lib/server.ts";
import { suiteScope, temporaryFolder } from "./lib/temporary.ts";
import { snapshotsOf } from "./lib/tree.ts";

interface Manifest {
  apps: { name: string; snapshot: string; digest: string; bytes: number }[];
}

const manifestOf = (dist: string) =>
  JSON.parse(readFileSync(join(dist, "manifest.json"), "utf8")) as Manifest;

const snapshotOf = (dist: string, app: string) =>
  join(dist, manifestOf(dist).apps.find(({ name }) => name === app)!.snapshot);

describe("a damaged snapshot", () => {
  const scope = suiteScope();
  let good: string;

  before(async () => {
    const made = await buildApps(scope, {
      victim: `export default { fetch: () => new Response("victim") };`,
      other: `export default { fetch: () => new Response("other") };`,
    });
    good = made.dist;
  });

  /** A copy of the good dist, to be damaged. */
  function copy(t: TestContext): string {
    const dist = join(temporaryFolder(t), "dist");
    cpSync(good, dist, { recursive: true });
    return dist;
  }

  /** Serves a dist whose victim must be refused; gives the message. */
  async function refused(t: TestContext, dist: string): Promise<string> {
    const server = await serve(t, dist);
    assert.equal((await request(server, "other.test", "/")).text, "other");
    const answer = await request(server, "victim.test", "/");
    assert.equal(answer.status, 503);
    assert.doesNotMatch(answer.text, /snapshots\/|\.snap|sha/i);
    assert.equal((await request(server, "other.test", "/")).text, "other");
    const line = await server.waitForLog(
      "an error about the victim",
      ({ level, app }) => level === "error" && app === "victim",
    );
    await server.stop();
    return line.msg + " " + JSON.stringify(line);
  }

  test("undamaged, it is served", async (t) => {
    const server = await serve(t, copy(t));
    assert.equal((await request(server, "victim.test", "/")).text, "victim");
  });

  test("a flipped bit at sampled offsets", async (t) => {
    const size = readFileSync(snapshotOf(good, "victim")).length;
    // The header's fields one by one, then everywhere, to the digest at the end.
    const offsets = [0, 7, 8, 11, 12, 16, 23, 24, 28, 30, 64, 100, 150, 200, 4095, 4096, 4097];
    for (let i = 1; i < 16; i++) offsets.push(Math.floor((size * i) / 16));
    offsets.push(size - 33, size - 32, size - 1);
    // A server for each would take long, so that the apps are many: one for each offset.
    const dist = join(temporaryFolder(t), "dist");
    mkdirSync(join(dist, "snapshots"), { recursive: true });
    const manifest = manifestOf(good);
    const template = manifest.apps.find(({ name }) => name === "victim")!;
    const apps = [manifest.apps.find(({ name }) => name === "other")!];
    cpSync(snapshotOf(good, "other"), snapshotOf(good, "other").replace(good, dist));
    const bytes = readFileSync(snapshotOf(good, "victim"));
    offsets.forEach((offset, index) => {
      const damaged = Buffer.from(bytes);
      damaged[offset] ^= 1 << (index % 8);
      // Names need not be true: the manifest must not be what is trusted.
      const digest = offset.toString(16).padStart(64, "0");
      writeFileSync(join(dist, `snapshots/${digest}.snap`), damaged);
      apps.push({
        ...template,
        name: `at-${offset}`,
        hosts: [`at-${offset}.test`],
        digest,
        snapshot: `snapshots/${digest}.snap`,
      } as typeof template);
    });
    apps.sort((a, b) => (a.name < b.name ? -1 : 1));
    writeFileSync(join(dist, "manifest.json"), JSON.stringify({ ...manifest, apps }));
    const server = await serve(t, dist);
    for (const offset of offsets) {
      const { status } = await request(server, `at-${offset}.test`, "/");
      assert.equal(status, 503, `a flipped bit at ${offset}`);
      await server.waitForLog(
        `an error about ${offset}`,
        ({ level, app }) => level === "error" && app === `at-${offset}`,
      );
    }
    assert.equal((await request(server, "other.test", "/")).text, "other");
    assert.equal(server.workers().length, 1);
  });

  test("a flipped bit under its own name", async (t) => {
    const dist = copy(t);
    const file = snapshotOf(dist, "victim");
    const bytes = readFileSync(file);
    bytes[Math.floor(bytes.length / 2)] ^= 1;
    writeFileSync(file, bytes);
    const message = await refused(t, dist);
    assert.match(message, /damaged|corrupt|digest|SHA-256/i);
    assert.ok(message.includes(basename(file)), message);
    assert.match(message, /build it again/i);
  });

  test("truncated", async (t) => {
    const size = readFileSync(snapshotOf(good, "victim")).length;
    for (const left of [0, 1, 24, 4096, Math.floor(size / 2), size - 1]) {
      const dist = copy(t);
      truncateSync(snapshotOf(dist, "victim"), left);
      assert.match(await refused(t, dist), /truncated|short|length|bytes|empty|not a snapshot/i);
    }
  });

  test("missing", async (t) => {
    const dist = copy(t);
    rmSync(snapshotOf(dist, "victim"));
    assert.match(await refused(t, dist), /no such file|missing|does not exist/i);
  });

  test("another app's snapshot under its name", async (t) => {
    const dist = copy(t);
    cpSync(snapshotOf(dist, "other"), snapshotOf(dist, "victim"));
    await refused(t, dist);
  });

  /** Replaces a text of the identity by one of the same length and makes all digests right again. */
  function forge(dist: string, index: number): string {
    const file = snapshotOf(dist, "victim");
    const bytes = readFileSync(file);
    let offset = 24;
    for (let i = 0; i < index; i++) offset += 4 + bytes.readUInt32LE(offset);
    const text = bytes.toString("latin1", offset + 4, offset + 4 + bytes.readUInt32LE(offset));
    const last = offset + 3 + text.length;
    bytes[last] = bytes[last] === 0x31 ? 0x32 : 0x31;
    const digest = createHash("sha256").update(bytes.subarray(0, -32)).digest();
    digest.copy(bytes, bytes.length - 32);
    const name = `snapshots/${digest.toString("hex")}.snap`;
    writeFileSync(file, bytes);
    renameSync(file, join(dist, name));
    const manifest = manifestOf(dist);
    const app = manifest.apps.find(({ name }) => name === "victim")!;
    app.snapshot = name;
    app.digest = digest.toString("hex");
    writeFileSync(join(dist, "manifest.json"), JSON.stringify(manifest));
    return text;
  }

  const identity: [name: string, index: number, message: RegExp][] = [
    ["another V8", 0, /V8/],
    ["another engine", 1, /engine/],
    ["another reference table", 2, /NANO|native|references/],
    ["another base script", 3, /NANO|Web API|base/],
  ];
  for (const [name, index, message] of identity) {
    test(`made with ${name}`, async (t) => {
      const dist = copy(t);
      forge(dist, index);
      const said = await refused(t, dist);
      assert.match(said, message);
      assert.match(said, /build it again/i);
    });
  }

  test("all of them: the server says so and does not start", async (t) => {
    const dist = copy(t);
    for (const file of snapshotsOf(dist)) truncateSync(file, 100);
    const failed = await serveAndFail(dist);
    assert.equal(failed.status, 1);
    for (const name of ["other", "victim"])
      assert.match(failed.output, new RegExp(`${name}: .*truncated`));
  });

  test("damaged while it is served, nothing changes", async (t) => {
    const dist = copy(t);
    const server = await serve(t, dist);
    for (const damage of [
      (file: string) => writeFileSync(file, readFileSync(file).fill(0x2a), { flag: "r+" }),
      (file: string) => truncateSync(file, 0),
    ]) {
      for (const file of snapshotsOf(dist)) damage(file);
      for (const name of ["other", "victim"]) {
        assert.equal((await request(server, `${name}.test`, "/")).text, name);
      }
    }
    // A worker that starts later has the same copy.
    const [worker] = server.workers();
    process.kill(worker, "SIGKILL");
    assert.equal((await request(server, "victim.test", "/")).text, "victim");
    assert.equal(server.log.filter(({ msg }) => /SIGBUS/.test(msg)).length, 0);
  });

  test("a named pipe or an endless device in its place is refused", async (t) => {
    for (const kind of ["pipe", "device"]) {
      const dist = copy(t);
      const put = (path: string) => {
        rmSync(path);
        if (kind === "pipe") execFileSync("mkfifo", [path]);
        else symlinkSync("/dev/zero", path);
      };
      put(snapshotOf(dist, "victim"));
      assert.match(await refused(t, dist), /not a regular file/);
      put(join(dist, "manifest.json"));
      const failed = await serveAndFail(dist);
      assert.equal(failed.status, 1);
      assert.match(failed.output, /not a regular file/);
      const config = join(dist, "manifest.json");
      assert.match((await serveAndFail(good, { config })).output, /not a regular file/);
    }
  });

  test("a damaged manifest", async (t) => {
    const dist = copy(t);
    writeFileSync(join(dist, "manifest.json"), `{ "format": 1, "apps": [ }`);
    const failed = await serveAndFail(dist);
    assert.equal(failed.status, 1);
    assert.match(failed.output, /manifest\.json/);
  });

  test("a manifest that leads out of dist", async (t) => {
    const dist = copy(t);
    const manifest = manifestOf(dist);
    manifest.apps[0].snapshot = "../../etc/passwd";
    writeFileSync(join(dist, "manifest.json"), JSON.stringify(manifest));
    const failed = await serveAndFail(dist);
    assert.equal(failed.status, 1);
    assert.match(failed.output, /manifest\.json/);
  });
});
