// A server of Redis that hangs, or has in it what KV has not written: whoever asks is told, and nobody else notices.

import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { connect } from "node:net";
import { once } from "node:events";
import { buildApps } from "./lib/apps.ts";
import { INSIDE, runAs } from "./lib/inside.ts";
import { redisProgram, startRedis } from "./lib/redis.ts";
import { serve, serveAndFail } from "./lib/server.ts";

interface Kv {
  get(key: string): Promise<string | null>;
  put(key: string, value: string, options?: object): Promise<void>;
  delete(key: string): Promise<void>;
  list(options?: object): Promise<{ keys: { name: string }[]; list_complete: boolean }>;
}
type Env = { KV: Kv };

async function serveTwo(t: TestContext, user = "") {
  const redis = await startRedis(t, "word");
  const url = `redis://${user}:word@127.0.0.1:${redis.port}`;
  const made = await buildApps(t, {
    far: {
      files: INSIDE,
      kv: { KV: { namespace: "far", url } },
      limits: { subrequests: 30_000, memory: "512MiB" },
    },
    near: { files: INSIDE, kv: { KV: "near" } },
  });
  return { redis, server: await serve(t, made.dist, { config: made.config, workers: 1 }) };
}

/** Sends commands, each a line; the replies to them, as they come. */
async function command(port: number, ...lines: string[]): Promise<string[]> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.end(["AUTH word", ...lines, "QUIT", ""].join("\r\n"));
  let text = "";
  socket.setEncoding("utf8").on("data", (part: string) => (text += part));
  await once(socket, "close");
  return text.split("\r\n").slice(1, -2);
}

describe("kv on a redis", { skip: redisProgram ? false : "there is no redis-server" }, () => {
  test("that hangs: other namespaces of the worker go on, whatever waits for it", async (t) => {
    const { redis, server } = await serveTwo(t);
    const put = () =>
      runAs(server, "near", {}, async ({ env }) => {
        const { KV } = env as never as Env;
        await KV.put("k", "v");
        return KV.get("k");
      });
    await runAs(server, "far", {}, async ({ env }) => (env as never as Env).KV.put("k", "v"));
    redis.signal("SIGSTOP");
    t.after(() => redis.signal("SIGCONT"));
    const all = runAs(server, "far", {}, async ({ env }) => {
      const { KV } = env as never as Env;
      const calls = Array.from({ length: 25_000 }, () =>
        KV.get("k").then(
          () => "got",
          (error: Error) => error.message.replace(/of 127.*already/, "of …"),
        ),
      );
      return [...new Set(await Promise.all(calls))];
    });
    let isOver = false;
    const told = all.finally(() => (isOver = true));
    // Refused at once, as more than 10 000 wait, or after the time that Redis has.
    let puts = 0;
    while (!isOver) {
      assert.equal(await put(), "v");
      if (!isOver) puts++;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.ok(puts > 10, `${puts} writes while the others waited`);
    assert.deepEqual((await told).sort(), [
      "KV GET failed: 429 too much waits for the server of …",
      "KV GET failed: 500 no answer within 10 s",
    ]);
    redis.signal("SIGCONT");
  });

  test("that allows a user no more than is needed serves it", async (t) => {
    const { redis, server } = await serveTwo(t, "nano");
    const commands =
      "hset hmget del exists expireat zadd zrem zrangebylex zrangebyscore multi exec eval";
    const rights = commands.replaceAll(/\w+/g, "+$&");
    await command(redis.port, `ACL SETUSER nano on >word ~nano:kv:* -@all ${rights}`);
    await command(redis.port, "ZADD nano:kv:{far}:keys 0 stale", "ZADD nano:kv:{far}:keys 0 old");
    await command(redis.port, "ZADD nano:kv:{far}:expiring 1000 old");
    const told = await runAs(server, "far", {}, async ({ env }) => {
      const { KV } = env as never as Env;
      await KV.put("k", "v", { expirationTtl: 3600 });
      await KV.put("l", "v");
      await KV.delete("l");
      return [await KV.get("k"), (await KV.list()).keys.map(({ name }) => name)];
    });
    assert.deepEqual(told, ["v", ["k"]]);
    const left = await command(redis.port, "ZRANGE nano:kv:{far}:keys 0 -1");
    assert.deepEqual(left, ["*1", "$1", "k"]);
  });

  test("keeps no keys of entries that have expired, though nobody lists them", async (t) => {
    const { redis, server } = await serveTwo(t);
    const [keys, expiring] = ["nano:kv:{far}:keys", "nano:kv:{far}:expiring"];
    const stale = Array.from({ length: 500 }, (_, i) => `stale/${i}`);
    await command(
      redis.port,
      ...stale.flatMap((key) => [`ZADD ${keys} 0 ${key}`, `ZADD ${expiring} 1000 ${key}`]),
      // By the clock of Redis it is there still.
      `HSET nano:kv:{far}:e:there v v`,
      `ZADD ${keys} 0 there`,
      `ZADD ${expiring} 1000 there`,
    );
    await runAs(server, "far", {}, async ({ env }) => {
      const { KV } = env as never as Env;
      for (let i = 0; i < 5; i++) await KV.put(`k${i}`, "v", { expirationTtl: 3600 });
      await KV.put("k0", "v");
      await KV.delete("k1");
    });
    const told = await command(redis.port, `ZRANGE ${keys} 0 -1`, `ZRANGE ${expiring} 0 -1`);
    const names = told.filter((line) => !/^[*$]/.test(line));
    assert.deepEqual(names, ["k0", "k2", "k3", "k4", "there", "there", "k2", "k3", "k4"]);
  });

  test("that has more under a key than an entry can be: it is an error of the call's", async (t) => {
    const { redis, server } = await serveTwo(t);
    const entry = (key: string) => `nano:kv:{far}:e:${key}`;
    await command(
      redis.port,
      ...["a", "b", "c"].flatMap((key) => [
        `EVAL "redis.call('HSET', KEYS[1], 'v', 'v', 'm', string.rep('1', 13 * 2^20))" 1 ${entry(key)}`,
        `ZADD nano:kv:{far}:keys 0 ${key}`,
      ]),
      `EVAL "redis.call('HSET', KEYS[1], 'v', string.rep('v', 40 * 2^20))" 1 ${entry("long")}`,
    );
    const told = await runAs(server, "far", {}, async ({ env }) => {
      const { KV } = env as never as Env;
      const list = await KV.list();
      const error = await KV.get("long").then(String, (error: Error) => error.message);
      return [list.keys.map(({ name }) => name), list.list_complete, error];
    });
    assert.deepEqual(told, [
      ["a"],
      false,
      "KV GET failed: 413 Total size of request exceeds the limit of 25MB",
    ]);
    assert.ok(!server.log.some(({ msg }) => /the store .*(signal|exit)/.test(msg)), server.output);
  });
});

test("a URL that is none is told when the server starts, with its place", async (t) => {
  for (const [rest, why] of [
    ["/0", "it has no host"],
    ["127.0.0.1:99999", "its port is no number up to 65535"],
    ["127.0.0.1/main", "what is behind its `/` is no number of a database"],
    ["[::1", "its host has no `]`"],
  ] as const) {
    const { dist, config } = await buildApps(t, {
      app: {
        files: INSIDE,
        kv: { KV: { namespace: "far", url: `redis://user:secret@${rest}` } },
      },
    });
    const { output } = await serveAndFail(dist, { config });
    const [said] = output.split("\n");
    assert.match(said!, /nano\.yaml:\d+:\d+: /);
    assert.ok(said!.endsWith(`app 'app', kv.KV: this is no URL of a Redis server: ${why}`), output);
  }
});
