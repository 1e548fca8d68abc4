// Kills at random moments, of workers, of the store and of Redis, and upgrades meanwhile: what was acknowledged is
// there.

import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { until } from "../../tools/harness/wait.ts";
import { buildApps } from "./lib/apps.ts";
import { random, Writes, WRITING_APP } from "./lib/kv-writes.ts";
import { redisProgram, startRedis } from "./lib/redis.ts";
import { childrenOf, serve, type Server } from "./lib/server.ts";
import { serveToUpgrade, upgrade } from "./lib/upgrades.ts";

const KILLS = Number(process.env.NANO_KV_KILLS ?? 100);
const UPGRADES = 4;

const built = (t: TestContext, kv?: string) =>
  buildApps(
    t,
    { app: { files: WRITING_APP, default: true, kv: { KV: "kills" } } },
    kv === undefined ? {} : { kv },
  );

/** Kills workers and stores of a server, and what else there is, at random moments while anybody writes. */
async function killAtRandom(
  server: Server,
  writes: Writes,
  kills: number,
  other?: () => Promise<void>,
): Promise<void> {
  const next = random(7);
  for (let kill = 0; kill < kills; kill++) {
    await writes.more();
    await new Promise((resolve) => setTimeout(resolve, next() * 30));
    if (other !== undefined && kill % 5 === 0) {
      await other();
      continue;
    }
    const store = server.store();
    const victims = kill % 4 !== 0 && store !== undefined ? [store] : server.workers();
    const victim = victims[Math.floor(next() * victims.length)];
    if (victim !== undefined) process.kill(victim, "SIGKILL");
  }
}

/** What both keep, and by whom it is written. */
function survives(kv: (t: TestContext) => Promise<string | undefined>) {
  test(`two workers and ${KILLS} kills at random moments lose no acknowledged write`, async (t) => {
    const made = await built(t, await kv(t));
    const server = await serve(t, made.dist, { config: made.config, workers: 2 });
    const writes = new Writes(server);
    await killAtRandom(server, writes, KILLS);
    await writes.check();
    assert.ok(writes.count > KILLS, `${writes.count} writes, ${writes.failures} failed`);
    t.diagnostic(`${writes.count} writes were acknowledged, ${writes.failures} were not`);
  });

  test("upgrades lose none either, with two stores at a time", async (t) => {
    const made = await built(t, await kv(t));
    const { server } = await serveToUpgrade(t, made);
    const writes = new Writes(server);
    const next = random(11);
    for (let pid = server.pid, i = 0; i < UPGRADES; i++) {
      await writes.more(20);
      pid = await upgrade(server, pid);
      await writes.more();
      const children = childrenOf(pid);
      process.kill(children[Math.floor(next() * children.length)]!, "SIGKILL");
    }
    await writes.check();
    t.diagnostic(`${writes.count} writes were acknowledged, ${writes.failures} were not`);
  });
}

describe("kv in files", () => survives(async () => undefined));

describe("kv on redis", { skip: redisProgram ? false : "there is no redis-server" }, () => {
  const start = async (t: TestContext) => {
    const redis = await startRedis(t, "word", { lasting: true });
    return { redis, url: `redis://:word@127.0.0.1:${redis.port}` };
  };
  survives(async (t) => (await start(t)).url);

  test("nor does it when redis hangs for longer than anybody waits, and goes on", async (t) => {
    const { redis, url } = await start(t);
    const made = await built(t, url);
    const server = await serve(t, made.dist, { config: made.config, workers: 2 });
    const writes = new Writes(server);
    await writes.more(50);
    redis.signal("SIGSTOP");
    const before = writes.failures;
    await until("writes to fail", () => writes.failures > before);
    redis.signal("SIGCONT");
    await writes.more(100);
    await writes.check();
  });

  test("nor does it when redis, which writes through, is killed as well", async (t) => {
    const { redis, url } = await start(t);
    const made = await built(t, url);
    const server = await serve(t, made.dist, { config: made.config, workers: 2 });
    const writes = new Writes(server);
    await killAtRandom(server, writes, Math.ceil(KILLS / 2), async () => {
      await redis.kill();
      await redis.start();
    });
    await writes.check();
    t.diagnostic(`${writes.count} writes were acknowledged, ${writes.failures} were not`);
  });
});
