// A server that closes its connections at random moments, while they wait and while they are used again: no
// call fails that could have been made, and the worker's descriptors and memory stay what they were.
//
//   NANO_SOAK_CALLS=1000000    so many calls; otherwise 10,000
//   NANO_SOAK_SEED=1     the server's moments

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { run, serveInside } from "../lib/inside.ts";
import { originOf, response, type Peer } from "../lib/origin.ts";
import { suiteScope } from "../lib/temporary.ts";
import { until } from "../../../tools/harness/wait.ts";

const { NANO_SOAK_CALLS = "10000", NANO_SOAK_SEED = "1" } = process.env;
const BATCH = 500;
const PARALLEL = 20;

/** Numbers from 0 to 1, always the same ones. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("a server that closes", () => {
  const scope = suiteScope();

  test("costs no call", { timeout: 60_000 + Number(NANO_SOAK_CALLS) * 10 }, async (t) => {
    const random = randomFrom(Number(NANO_SOAK_SEED));
    const server = await serveInside(scope, { outbound: { connections: 16 } });
    let connections = 0;

    const answer = async (peer: Peer): Promise<void> => {
      connections++;
      for (let count = 0; ; count++) {
        const request = await peer.connection.readRequest().catch(() => null);
        if (request === null) return void peer.socket.end();
        const dice = random();
        // Somebody who is new here gets an answer.
        if (count > 0 && dice < 0.02) return void peer.socket.end();
        if (count > 0 && dice < 0.04) return void peer.socket.resetAndDestroy();
        const closes = dice < 0.06;
        const fields = closes ? { Connection: "close" } : undefined;
        const { method, target, text } = request;
        await peer.send(response(200, fields, `${method} ${target} ${text}`));
        if (closes || dice < 0.1) return void peer.socket.end();
        // While it waits, or just when it does not any more.
        if (dice < 0.2) setTimeout(() => peer.socket.end(), random() * 3);
      }
    };
    const origin = await originOf(scope, answer);

    const batch = (from: number) =>
      run(
        server,
        async (_, url: string, from: number, BATCH: number, PARALLEL: number) => {
          const wrong: string[] = [];
          let next = from;
          const worker = async () => {
            while (next < from + BATCH) {
              const index = next++;
              const init = index % 3 === 0 ? { method: "PUT", body: `content ${index}` } : {};
              const sent = index % 3 === 0 ? `PUT /${index} content ${index}` : `GET /${index} `;
              const text = await fetch(`${url}/${index}`, init).then(
                (response) => response.text(),
                (error) => `${error.cause?.code}: ${error.message}`,
              );
              if (text !== sent) wrong.push(`${index}: ${text}`);
            }
          };
          await Promise.all(Array.from({ length: PARALLEL }, worker));
          return wrong;
        },
        origin.url,
        from,
        BATCH,
        PARALLEL,
      );

    const worker = server.workers()[0];
    const descriptors = () => readdirSync(`/proc/${worker}/fd`).length;
    const resident = () => {
      const text = readFileSync(`/proc/${worker}/status`, "latin1");
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(text)![1]) / 1024;
    };
    const wrong = [...(await batch(0))];
    origin.peers.length = 0;
    const memory = resident();
    for (let done = BATCH; done < Number(NANO_SOAK_CALLS); done += BATCH) {
      wrong.push(...(await batch(done)));
      // The test is not to keep what the worker does not.
      origin.peers.splice(
        0,
        origin.peers.length,
        ...origin.peers.filter(({ socket }) => !socket.destroyed),
      );
    }
    const grown = resident() - memory;
    t.diagnostic(
      `${NANO_SOAK_CALLS} calls, ${connections} connections, ${grown.toFixed(1)} MiB more`,
    );
    assert.deepEqual(wrong, []);
    assert.ok(connections > Number(NANO_SOAK_CALLS) / 50, `${connections} connections`);
    // What the app's heap grows to before it is collected.
    assert.ok(grown < 48, `${grown.toFixed(1)} MiB more`);
    const open = descriptors();
    for (const { socket } of origin.peers) socket.end();
    // All of the server's are closed; no more than 16 could be open.
    await until("the descriptors to be closed", () => descriptors() <= open);
    const calm = descriptors();
    await batch(0);
    assert.ok(descriptors() <= calm + 16, `${descriptors()} descriptors, ${calm} before`);
  });
});
