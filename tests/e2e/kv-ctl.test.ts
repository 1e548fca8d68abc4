// `nano ctl kv`: looking into namespaces that apps use, and loading them.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { nano } from "../../tools/harness/paths.ts";
import { build, workspace } from "./lib/apps.ts";
import { INSIDE, runAs } from "./lib/inside.ts";
import { run } from "./lib/program.ts";
import { serve, type Server } from "./lib/server.ts";
import { suiteScope, temporaryFolder } from "./lib/temporary.ts";

interface Kv {
  get(key: string, type?: string): Promise<any>;
  put(key: string, value: unknown, options?: object): Promise<void>;
  getWithMetadata(key: string): Promise<any>;
}
type Env = { KV: Kv };

describe("nano ctl kv", () => {
  const scope = suiteScope();
  let server: Server;
  let directory: string;

  before(async () => {
    const made = workspace(scope, { app: { files: INSIDE, kv: { KV: "space" } } });
    await build(made);
    ({ directory } = made);
    server = await serve(scope, made.dist, { config: made.config });
  });

  const ctl = async (args: string[], status = 0) => {
    const admin = `unix:${join(directory, "nano.sock")}`;
    const done = await run(nano, ["ctl", "kv", ...args, "--admin", admin]);
    assert.equal(done.status, status, done.stderr + done.stdout);
    return done;
  };
  const file = (text: string | Uint8Array) => {
    const path = join(temporaryFolder(scope), "file");
    writeFileSync(path, text);
    return path;
  };

  test("what an app has put is seen, and what is put here the app gets", async () => {
    await runAs(server, "app", {}, async ({ env }) => {
      const { KV } = env as never as Env;
      await KV.put("by/app", "ä\n", { metadata: { from: "app" } });
    });
    assert.match((await ctl(["namespaces"])).stdout, /^space$/m);
    assert.equal((await ctl(["get", "space", "by/app"])).stdout, "ä\n");
    const metadata = await ctl(["get", "space", "by/app", "--metadata"]);
    assert.deepEqual(JSON.parse(metadata.stdout), { from: "app" });
    await ctl(["put", "space", "by/ctl", "v", "--ttl", "3600", "--metadata", '{"a":1}']);
    const read = await runAs(server, "app", {}, async ({ env }) =>
      (env as never as Env).KV.getWithMetadata("by/ctl"),
    );
    assert.deepEqual([read.value, read.metadata], ["v", { a: 1 }]);
    assert.equal((await ctl(["list", "space", "--prefix", "by/"])).stdout, "by/app\nby/ctl\n");
    assert.equal((await ctl(["list", "space", "--limit", "1"])).stdout, "by/app\n");
    const [line] = (await ctl(["list", "space", "--json"])).stdout.trim().split("\n").slice(-1);
    assert.ok(JSON.parse(line!).expiration > Date.now() / 1000 + 3500);
    await ctl(["delete", "space", "by/app", "by/ctl"]);
    assert.equal((await ctl(["list", "space", "--prefix", "by/"])).stdout, "");
    assert.match((await ctl(["get", "space", "by/app"], 4)).stderr, /there is no key 'by\/app'/);
  });

  test("bytes and large values pass as they are", async () => {
    const bytes = new Uint8Array(3 * 1024 * 1024 + 1);
    bytes.fill(0xff);
    await ctl(["put", "space", "bytes", "--file", file(bytes)]);
    const read = await runAs(server, "app", {}, async ({ env }) => {
      const value = await (env as never as Env).KV.get("bytes", "arrayBuffer");
      return [value.byteLength, new Uint8Array(value)[value.byteLength - 1]];
    });
    assert.deepEqual(read, [bytes.length, 0xff]);
    await ctl(["delete", "space", "bytes"]);
  });

  test("what wrangler writes in bulk is loaded, and dumped again", async () => {
    const entries = Array.from({ length: 1200 }, (_, i) => ({
      key: `bulk/${String(i).padStart(4, "0")}`,
      value: `value ${i}`,
    }));
    const special = [
      { key: "bulk/b", value: Buffer.from([0, 1, 255]).toString("base64"), base64: true },
      { key: "bulk/e", value: "x", expiration: 4102444800, metadata: { m: [1] } },
      { key: "bulk/t", value: "y", expiration_ttl: 600 },
    ];
    await ctl(["load", "space", file(JSON.stringify([...entries, ...special]))]);
    const listed = await ctl(["list", "space", "--prefix", "bulk/"]);
    assert.equal(listed.stdout.trim().split("\n").length, 1203);
    const dumped = await ctl(["dump", "space", "--prefix", "bulk/0000"]);
    assert.deepEqual(JSON.parse(dumped.stdout), [entries[0]]);
    const both = JSON.parse((await ctl(["dump", "space", "--prefix", "bulk/e"])).stdout);
    assert.deepEqual(both, [special[1]]);
    const binary = JSON.parse((await ctl(["dump", "space", "--prefix", "bulk/b"])).stdout);
    assert.deepEqual(binary, [special[0]]);
  });

  test("what is dumped can be loaded, values of control characters and the largest ones too", async () => {
    await runAs(server, "app", {}, async ({ env }) => {
      const { KV } = env as never as Env;
      await KV.put("round/large", new Uint8Array(25 * 1024 * 1024).fill(7));
      await KV.put("round/lines", "a\nb\n");
    });
    const dumped = await ctl(["dump", "space", "--prefix", "round/"]);
    assert.match(dumped.stdout, /"value":"a\\nb\\n"/);
    await ctl(["delete", "space", "round/large", "round/lines"]);
    assert.match(
      (await ctl(["load", "space", file(dumped.stdout)])).stderr,
      /^Wrote 2 entries\.$/m,
    );
    const read = await runAs(server, "app", {}, async ({ env }) => {
      const { KV } = env as never as Env;
      const bytes = new Uint8Array(await KV.get("round/large", "arrayBuffer"));
      return [bytes.length, bytes.every((byte) => byte === 7), await KV.get("round/lines")];
    });
    assert.deepEqual(read, [25 * 1024 * 1024, true, "a\nb\n"]);
    await ctl(["delete", "space", "round/large", "round/lines"]);
  });

  test("a load leaves out what is about to expire, and tells what was not written", async () => {
    const soon = Math.floor(Date.now() / 1000) + 30;
    const entries = [
      { key: "soon/gone", value: "v", expiration: 1000 },
      { key: "soon/going", value: "v", expiration: soon },
      { key: "soon/stays", value: "v", expiration: soon + 3600 },
    ];
    const { stderr } = await ctl(["load", "space", file(JSON.stringify(entries))]);
    assert.match(stderr, /^Wrote 1 entry\.\nLeft out 2 entries /);
    assert.equal((await ctl(["list", "space", "--prefix", "soon/"])).stdout, "soon/stays\n");
    const refused = [...entries.slice(2), { key: "soon/short", value: "v", expiration_ttl: 1 }];
    const failed = await ctl(["load", "space", file(JSON.stringify(refused))], 1);
    assert.match(failed.stderr, /^Wrote 0 entries\.\nOf the next 2 some may have been written/m);
    await ctl(["delete", "space", "soon/stays"]);
  });

  test("mistakes are told", async () => {
    assert.match((await ctl(["put", "space", "k", "v", "--ttl", "1"], 1)).stderr, /expiration_ttl/);
    assert.match((await ctl(["put", "a/b", "k", "v"], 1)).stderr, /no name of a namespace/);
    assert.match((await ctl(["load", "space", file("{}")], 1)).stderr, /expected a list/);
    const wrong = file('[{"key":"k","values":"v"}]');
    assert.match((await ctl(["load", "space", wrong], 1)).stderr, /no such member as `values`/);
  });
});
