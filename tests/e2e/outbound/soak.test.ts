// Many calls to a server that closes its idle connections when it likes, also in the moment in which the
// next request is on its way: none may fail, and nothing may pile up. NANO_SOAK_CALLS says how many.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { before, describe, test } from "node:test";
import { run, serveInside } from "../lib/inside.ts";
import { childrenOf, type Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";

const CALLS = Number(process.env.NANO_SOAK_CALLS ?? 20_000);
/** By one request to the app, below the limit of subrequests. */
const AT_ONCE = 20;
const ROUNDS = 40;
const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** Runs in the app. */
async function calls(_: unknown, url: string, rounds: number, atOnce: number): Promise<string[]> {
  const failed: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const all = Array.from({ length: atOnce }, async (_, i) => {
      const init = i % 4 === 0 ? { method: "POST", body: "x".repeat(i * 50) } : {};
      const response = await fetch(url, init);
      if ((await response.text()) !== "ok") throw new Error("another answer");
    });
    for (const result of await Promise.allSettled(all)) {
      if (result.status === "rejected") failed.push(String(result.reason));
    }
  }
  return failed;
}

describe("a server that closes idle connections", () => {
  const scope = suiteScope();
  let server: Server;
  let url = "";
  let connections = 0;
  let closed = 0;

  /** Closes after an answer: at once, soon, or later; or not at all. */
  function leave(socket: Socket): void {
    const chance = Math.random();
    if (chance > 0.05) return;
    closed++;
    if (chance < 0.01) socket.end();
    else if (chance < 0.02) setImmediate(() => socket.destroy());
    else setTimeout(() => (chance < 0.03 ? socket.destroy() : socket.end()), Math.random() * 4);
  }

  before(async () => {
    server = await serveInside(scope);
    const origin = createServer({ noDelay: true }, (socket) => {
      connections++;
      let input = "";
      socket.on("error", () => {});
      socket.setEncoding("latin1").on("data", (text: string) => {
        // What comes after it has said goodbye, nobody answers.
        if (socket.writableEnded || socket.destroyed) return;
        input += text;
        for (;;) {
          const head = input.indexOf("\r\n\r\n");
          if (head === -1) return;
          const length = Number(/content-length: (\d+)/i.exec(input.slice(0, head))?.[1] ?? 0);
          if (input.length < head + 4 + length) return;
          input = input.slice(head + 4 + length);
          socket.write(ANSWER);
          leave(socket);
        }
      });
    });
    await new Promise<void>((done) => origin.listen(0, "127.0.0.1", done));
    scope.after(() => void origin.close());
    url = `http://127.0.0.1:${(origin.address() as AddressInfo).port}/`;
  });

  const worker = () => childrenOf(server.process.pid!)[0]!;
  const descriptors = () => readdirSync(`/proc/${worker()}/fd`).length;
  const resident = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${worker()}/status`, "utf8"))![1]) / 1024;

  test(`answers all of ${CALLS} calls`, { timeout: 600_000 }, async () => {
    const failures: string[] = [];
    const perRequest = AT_ONCE * ROUNDS;
    let warm = 0;
    let most = 0;
    for (let made = 0; made < CALLS; made += perRequest) {
      failures.push(...(await run(server, calls, url, ROUNDS, AT_ONCE)));
      most = Math.max(most, descriptors());
      if (made === 10 * perRequest) warm = resident();
    }
    assert.deepEqual(failures.slice(0, 5), [], `${failures.length} of ${CALLS} failed`);
    assert.ok(closed > CALLS / 40, `the server closed ${closed} connections only`);
    assert.ok(connections > closed / 2);
    assert.ok(most < 40 + 2 * AT_ONCE, `${most} descriptors`);
    const grown = resident() - warm;
    console.log(`${connections} connections, ${most} descriptors, ${grown.toFixed(1)} MiB more`);
    assert.ok(grown < 32, `the worker has grown by ${grown} MiB`);
  });
});
