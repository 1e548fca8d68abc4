// Work that grows with its input grows no faster (tests/web/growth-cases.ts): what sixteen times as many items
// cost is compared with what one sixteenth costs. The cost is the time for which the kernel let the worker's
// thread run, which does not go on while other processes do, or while V8's own threads help. The bound is far
// from both linear and quadratic growth.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { request } from "../../tools/harness/http.ts";
import { root } from "../../tools/harness/paths.ts";
import { buildApps } from "./lib/apps.ts";
import { serve, type Server } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";

const FEW = 1000;
const MANY = 16 * FEW;
/** Linear work has 16, quadratic work 256. */
const MOST_GROWTH = 64;
/**
 * A measurement goes on for this long: the kernel brings a thread's time up to date when the thread stops or
 * the clock ticks, so that a single short answer may seem to cost nothing.
 */
const ENOUGH = 60_000_000;

const cases = JSON.stringify(join(root, "tests/web/growth-cases.ts"));

/** The works of the app, which has to be asked for them before the tests can be declared. */
const names = [
  ...readFileSync(join(root, "tests/web/growth-cases.ts"), "utf8").matchAll(
    /^works\.set\("(.*)",/gm,
  ),
].map(([, name = ""]) => name);

/** Nanoseconds for which a process's main thread has run (proc(5), schedstat). */
function runningTime(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]);
}

describe("growth", () => {
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    const { dist } = await buildApps(scope, {
      growth: { files: `export { default } from ${cases};` },
    });
    server = await serve(scope, dist);
  });

  async function cost(name: string, count: number): Promise<number> {
    const [worker] = server.workers();
    const path = `/?work=${encodeURIComponent(name)}&count=${count}`;
    const run = async () => {
      const { text } = await request(server, "growth.test", path, { timeout: 120_000 });
      assert.equal(text, "done", server.output);
    };
    await run(); // Compilations are not the work's.
    const begin = runningTime(worker);
    let runs = 0;
    let total = 0;
    while (total < ENOUGH) {
      await run();
      runs++;
      total = runningTime(worker) - begin;
    }
    return total / runs;
  }

  test("the works are those of the app", async () => {
    const { text } = await request(server, "growth.test", "/");
    assert.deepEqual(JSON.parse(text), names);
    assert.ok(names.length > 10, `${names.length} works`);
  });

  for (const name of names) {
    test(`${name}: linear`, async (t) => {
      const few = await cost(name, FEW);
      const many = await cost(name, MANY);
      const growth = many / few;
      t.diagnostic(`grows ${growth.toFixed(1)} times`);
      assert.ok(growth < MOST_GROWTH, `${FEW}: ${few} ns, ${MANY}: ${many} ns`);
    });
  }
});
