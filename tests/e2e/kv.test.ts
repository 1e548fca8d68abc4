// KV: what namespaces do for apps, where it is kept, and who can reach what.

import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { until } from "../../tools/harness/wait.ts";
import { build, workspace } from "./lib/apps.ts";
import { INSIDE, runAs, type Action } from "./lib/inside.ts";
import { serve, type Server } from "./lib/server.ts";
import { redisProgram, startRedis, type Redis } from "./lib/redis.ts";
import { suiteScope, type Scope } from "./lib/temporary.ts";

/** As an app sees a namespace. */
interface Kv {
  get(key: unknown, type?: unknown): Promise<any>;
  getWithMetadata(key: unknown, type?: unknown): Promise<any>;
  put(key: unknown, value: unknown, options?: object): Promise<void>;
  delete(key: string): Promise<void>;
  list(options?: object): Promise<any>;
}
type Env = { KV: Kv; OTHER: Kv };

async function serveKv(scope: Scope, options: { workers?: number; kv?: string } = {}) {
  const apps = {
    app: { files: INSIDE, kv: { KV: "space", OTHER: "other" }, limits: { subrequests: 3000 } },
    same: { files: INSIDE, kv: { KV: "space" } },
    apart: { files: INSIDE, kv: { KV: "space", OTHER: "third" }, isolation: "process" },
    few: { files: INSIDE, kv: { KV: "few" }, limits: { subrequests: 2 } },
  } as const;
  const made = workspace(scope, apps, options.kv === undefined ? {} : { kv: options.kv });
  await build(made);
  const start = (workers = options.workers ?? 1) =>
    serve(scope, made.dist, { config: made.config, workers });
  return { made, server: await start(), start, folder: join(made.directory, ".storage", "kv") };
}

/** What holds wherever the entries are. */
function behaves(scope: Scope, kv?: () => Promise<string>) {
  let server: Server;
  let folder: string;
  let start: () => Promise<Server>;

  before(async () => {
    ({ server, folder, start } = await serveKv(scope, { kv: await kv?.() }));
  });

  const run = <A extends unknown[], T>(action: Action<A, T>, ...args: A) =>
    runAs(server, "app", {}, action, ...args);

  test("values of each kind, and what they are got as", async () => {
    const got = await run(async ({ env }) => {
      const { KV } = env as never as Env;
      await KV.put("text", "ä €");
      await KV.put("json", JSON.stringify({ a: [1] }));
      await KV.put("bytes", new Uint8Array([0, 255, 1]).subarray(1));
      await KV.put("buffer", new Uint8Array([7]).buffer);
      await KV.put("stream", new Response("streamed").body);
      await KV.put("empty", "");
      return [
        await KV.get("text"),
        await KV.get("json", "json"),
        [...new Uint8Array(await KV.get("bytes", "arrayBuffer"))],
        [...new Uint8Array(await KV.get("buffer", { type: "arrayBuffer", cacheTtl: 60 }))],
        await new Response(await KV.get("stream", "stream")).text(),
        await KV.get("empty"),
        await KV.get("absent"),
        await KV.get("absent", "json"),
        await KV.get("absent", "stream"),
        Object.prototype.toString.call(KV),
      ];
    });
    assert.deepEqual(got, [
      "ä €",
      { a: [1] },
      [255, 1],
      [7],
      "streamed",
      "",
      null,
      null,
      null,
      "[object KvNamespace]",
    ]);
  });

  test("a cursor that no list has given is refused, instead of passing what is left for all", async () => {
    const told = await run(async ({ env }) => {
      const { OTHER: KV } = env as never as Env;
      for (const key of ["c/1", "c/2", "c/3"]) await KV.put(key, "v");
      const { cursor } = await KV.list({ prefix: "c/", limit: 1 });
      const results: unknown[] = [];
      for (const options of [
        { prefix: "c/", cursor },
        { prefix: "c/", cursor: "garbage" },
        { prefix: "c/", cursor: cursor + "=" },
        { prefix: "c/", cursor: "/w==" },
        { prefix: "c/1", cursor: "ZC8x" },
      ]) {
        try {
          results.push((await KV.list(options)).keys.length);
        } catch (error) {
          results.push((error as Error).message);
        }
      }
      for (const key of ["c/1", "c/2", "c/3"]) await KV.delete(key);
      return results;
    });
    const refused =
      "KV GET failed: 400 Invalid cursor. Please specify one that a list with the same prefix has given.";
    assert.deepEqual(told, [2, refused, refused, refused, refused]);
  });

  test("metadata, expirations and lists", async () => {
    const got = await run(async ({ env }) => {
      const { OTHER: KV } = env as never as Env;
      const later = Math.floor(Date.now() / 1000) + 3600;
      await KV.put("l/1", "1", { metadata: { n: 1 }, expiration: later });
      await KV.put("l/2", "2");
      await KV.put("l/3", "3", { expirationTtl: 7200 });
      await KV.put("m", "4");
      const first = await KV.list({ prefix: "l/", limit: 2 });
      const rest = await KV.list({ prefix: "l/", limit: 2, cursor: first.cursor });
      await KV.delete("l/1");
      await KV.delete("absent");
      return {
        names: [first, rest].map(({ keys, list_complete }) => [
          ...keys.map(({ name }: { name: string }) => name),
          list_complete,
        ]),
        first: { ...first.keys[0], expiration: first.keys[0].expiration - later },
        third: Math.abs(rest.keys[0].expiration - later - 3600) < 60,
        metadata: await KV.getWithMetadata("l/2", "text"),
        gone: await KV.getWithMetadata("l/1"),
        many: [...(await KV.get(["m", "l/1"]))],
        manyWith: [...(await KV.getWithMetadata(["l/2"], "json"))],
      };
    });
    assert.deepEqual(got, {
      names: [
        ["l/1", "l/2", false],
        ["l/3", true],
      ],
      first: { name: "l/1", expiration: 0, metadata: { n: 1 } },
      third: true,
      metadata: { value: "2", metadata: null, cacheStatus: null },
      gone: { value: null, metadata: null, cacheStatus: null },
      many: [
        ["m", "4"],
        ["l/1", null],
      ],
      manyWith: [["l/2", { value: 2, metadata: null, cacheStatus: null }]],
    });
  });

  test("what is wrong is said in Cloudflare's words", async () => {
    const told = await run(async ({ env }) => {
      const { KV } = env as never as Env;
      const big = new Uint8Array(25 * 1024 * 1024 + 1);
      const all = [
        KV.get(""),
        KV.put("..", "v"),
        KV.get("k".repeat(513)),
        KV.get("k", "blob"),
        KV.get("k", { cacheTtl: 10 }),
        KV.get(["k"], "stream"),
        KV.get(Array(101).fill("k")),
        KV.put("k", 1),
        KV.put("k", big),
        KV.put("k", "v", { metadata: "m".repeat(1025) }),
        KV.put("k", "v", { expirationTtl: 59 }),
        KV.put("k", "v", { expiration: 1000 }),
        KV.put("k", "v", { expirationTtl: "soon" }),
        KV.list({ limit: 1001 }),
        KV.list({ limit: 0 }),
        KV.get.call({}, "k"),
      ];
      return (await Promise.all(all.map((each) => tell(each)))).map(
        ({ name, message }) => `${name}: ${message}`,
      );
    });
    assert.deepEqual(told.slice(0, 15), [
      "TypeError: Key name cannot be empty.",
      'TypeError: ".." is not allowed as a key name.',
      "Error: KV GET failed: 414 UTF-8 encoded length of 513 exceeds key length limit of 512.",
      'TypeError: Unknown response type. Possible types are "text", "arrayBuffer", "json", and "stream".',
      "Error: KV GET failed: 400 Invalid cache_ttl of 10. Cache TTL must be at least 30.",
      'Error: KV GET_BULK failed: 400 "stream" is not a valid type. Use "json" or "text"',
      "Error: KV GET_BULK failed: 400 You can request a maximum of 100 keys",
      "TypeError: KV put() accepts only strings, ArrayBuffers, ArrayBufferViews, and ReadableStreams as values.",
      "Error: KV PUT failed: 413 Value length of 26214401 exceeds limit of 26214400.",
      "Error: KV PUT failed: 413 Metadata length of 1027 exceeds limit of 1024.",
      "Error: KV PUT failed: 400 Invalid expiration_ttl of 59. Expiration TTL must be at least 60.",
      "Error: KV PUT failed: 400 Invalid expiration of 1000. Expiration times must be at least 60 seconds in the future.",
      "Error: KV PUT failed: 400 Invalid expiration_ttl of NaN. Please specify integer greater than 0.",
      "Error: KV GET failed: 400 Invalid key_count_limit of 1001. Please specify an integer less than 1000.",
      "Error: KV GET failed: 400 Invalid key_count_limit of 0. Please specify an integer greater than 0.",
    ]);
    assert.match(told[15]!, /^TypeError: /);
  });

  test("large values pass, several at once, and short ones beside them", async () => {
    const got = await run(async ({ env }) => {
      const { KV } = env as never as Env;
      const bytes = 25 * 1024 * 1024;
      const value = new Uint8Array(bytes);
      for (let i = 0; i < bytes; i += 4096) value[i] = i / 4096;
      await Promise.all([KV.put("large/1", value), KV.put("short", "s"), KV.put("large/2", value)]);
      const [one, short, two] = await Promise.all([
        KV.get("large/1", "arrayBuffer"),
        KV.get("short"),
        KV.get("large/2", "arrayBuffer"),
      ]);
      const isSame = (got: ArrayBuffer) => {
        const view = new Uint8Array(got);
        return view.length === bytes && view.every((byte, at) => byte === value[at]);
      };
      return [isSame(one), short, isSame(two)];
    });
    assert.deepEqual(got, [true, "s", true]);
  });

  test("keys and metadata that are longer than any message are refused, and cost nobody the worker", async () => {
    const workers = server.workers();
    const told = await run(async ({ env }) => {
      const { KV } = env as never as Env;
      await KV.put("beside", "kept");
      const long = "x".repeat(34_000_000);
      const all = [
        KV.get(long),
        KV.get(Array(100).fill("k".repeat(400_000))),
        KV.put("k", "v", { metadata: long }),
        KV.list({ prefix: long }),
        KV.delete(long),
      ];
      const messages = (await Promise.all(all.map((each) => tell(each)))).map(
        ({ name, message }) => `${name}: ${message}`,
      );
      return [...messages, await KV.get("beside")];
    });
    for (const message of told.slice(0, 5)) {
      assert.match(message, /^Error: KV [A-Z_]+ failed: 41[34] .* exceeds .*limit of \d+\.$/);
    }
    assert.equal(told[5], "kept");
    assert.deepEqual(server.workers(), workers);
  });

  test("each operation counts as a call of the request's", async () => {
    const told = await runAs(server, "few", {}, async ({ env }) => {
      const { KV } = env as never as Env;
      await KV.get("a");
      await KV.put("a", "b");
      return tell(KV.get("a"));
    });
    assert.match(told.message, /^Too many API requests .* 2 calls.*limits\.subrequests/);
  });

  test("apps that name the same namespace share it, in whatever process", async () => {
    const read: Action<[string], string> = async ({ env }, key) => {
      const { KV } = env as never as Env;
      return KV.get(key);
    };
    await run(async ({ env }) => (env as never as Env).KV.put("shared", "by app"));
    assert.equal(await runAs(server, "same", {}, read, "shared"), "by app");
    assert.equal(await runAs(server, "apart", {}, read, "shared"), "by app");
    await runAs(server, "apart", {}, async ({ env }) =>
      (env as never as Env).KV.put("shared", "by apart"),
    );
    assert.equal(await run(read, "shared"), "by apart");
    const other = await runAs(server, "apart", {}, async ({ env }) =>
      (env as never as Env).OTHER.get("l/2"),
    );
    assert.equal(other, null); // Of `third`, not `other`.
  });

  test("it is in files that are the server's alone, or in none", () => {
    if (kv !== undefined) return assert.ok(!existsSync(join(folder, "space.sqlite")));
    for (const name of ["space", "other", "third", "few"]) {
      const file = join(folder, `${name}.sqlite`);
      assert.equal(statSync(file).mode & 0o777, 0o600, name);
    }
    assert.equal(statSync(folder).mode & 0o777, 0o700);
  });

  test("it outlives the server, and the store ends after the workers", async () => {
    await run(async ({ env }) => (env as never as Env).KV.put("lasting", "yes"));
    const exit = await server.stop();
    assert.equal(exit.status, 0, server.output);
    server = await start();
    const read = await run(async ({ env }) => (env as never as Env).KV.get("lasting"));
    assert.equal(read, "yes");
  });
}

describe("kv in files", () => {
  const scope = suiteScope();
  behaves(scope);

  test("a file that is damaged costs its namespace alone, and stays as it is", async () => {
    const second = await serveKv(scope);
    await second.server.stop();
    const file = join(second.folder, "few.sqlite");
    const damaged = "no database".repeat(1000);
    if (!existsSync(second.folder)) await (await second.start()).stop();
    writeFileSync(file, damaged);
    const server = await second.start();
    const told = await runAs(server, "few", {}, async ({ env }) =>
      tell((env as never as Env).KV.get("a")),
    );
    assert.match(told.message, /^KV GET failed: 500 SQLite: file is not a database/);
    const line = await server.waitForLog("the damage", ({ msg }) => msg.includes("few.sqlite"));
    assert.equal(line.level, "error");
    assert.match(line.msg, /nothing was deleted/);
    const works = await runAs(server, "app", {}, async ({ env }) => {
      await (env as never as Env).KV.put("a", "b");
      return (env as never as Env).KV.get("a");
    });
    assert.equal(works, "b");
    assert.equal(readFileSync(file, "utf8"), damaged);
  });
});

describe("kv on redis", { skip: redisProgram ? false : "there is no redis-server" }, () => {
  const scope = suiteScope();
  let redis: Redis;
  behaves(scope, async () => {
    redis = await startRedis(scope, "pass:word");
    return `redis://:pass%3Aword@127.0.0.1:${redis.port}/3`;
  });

  test("while the server is away, calls fail and say so, and afterwards they do not", async () => {
    const { server } = await serveKv(scope, {
      kv: `redis://:pass%3Aword@127.0.0.1:${redis.port}`,
    });
    const put = () =>
      runAs(server, "app", {}, async ({ env }) =>
        (env as never as Env).KV.put("k", "v").then(
          () => "done",
          (error: Error) => error.message,
        ),
      );
    assert.equal(await put(), "done");
    await redis.kill();
    assert.match(await put(), /^KV PUT failed: 500 (cannot connect|the connection is lost)/);
    const told = await put();
    assert.match(told, /^KV PUT failed: 500 cannot connect/);
    const lines = server.log.filter(({ msg }) => msg.startsWith("the store: "));
    assert.equal(lines.length, 1, server.output);
    assert.ok(!server.output.includes("pass"), server.output);
    await redis.start();
    await until("redis to be used again", async () => (await put()) === "done");
  });

  test("a wrong password is said", async () => {
    const { server } = await serveKv(scope, { kv: `redis://:wrong@127.0.0.1:${redis.port}` });
    const told = await runAs(server, "app", {}, async ({ env }) =>
      tell((env as never as Env).KV.get("k")),
    );
    assert.match(told.message, /does not let us in/);
  });
});

test("apps without a namespace start no store", async (t) => {
  const made = workspace(t, { app: INSIDE });
  await build(made);
  const server = await serve(t, made.dist, { config: made.config });
  assert.equal(await runAs(server, "app", {}, () => 1), 1);
  assert.equal(server.store(), undefined);
  assert.ok(!existsSync(join(made.directory, ".storage")));
});

test("without nano.yaml, namespaces are those that were built", async (t) => {
  const made = workspace(t, { app: { files: INSIDE, kv: { KV: "built" } } });
  await build(made);
  const server = await serve(t, made.dist);
  const read = await runAs(server, "app", {}, async ({ env }) => {
    await (env as never as Env).KV.put("a", "b");
    return (env as never as Env).KV.get("a");
  });
  assert.equal(read, "b");
  assert.ok(existsSync(join(made.directory, ".storage", "kv", "built.sqlite")));
  await until("the store", () => server.store());
});
