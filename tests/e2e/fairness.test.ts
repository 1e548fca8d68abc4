// Apps that share a worker: one that computes for many clients lets the others have their turn in between.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection } from "../../tools/harness/http.ts";
import { buildApps } from "./lib/apps.ts";
import { serve } from "./lib/server.ts";

/** Computes for some tens of milliseconds, in ticks of which CPU time is counted; or for ten times that. */
const BUSY = `
export default {
  async fetch(request: Request): Promise<Response> {
    const body = await request.text();
    let sum = 0;
    const rounds = request.url.endsWith("/long") ? 1e9 : 1e8;
    for (let i = 0; i < rounds; i++) sum = (sum + i) | 0;
    return new Response(body || String(sum !== 0.5));
  },
};`;
const CLIENTS = 10;

const message = (host: string, path: string, body = "") =>
  `${body ? "POST" : "GET"} ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

for (const body of ["", "with a body"]) {
  test(`an app with ${CLIENTS} clients that compute holds up others for a request or two ${body}`, async (t) => {
    const made = await buildApps(t, {
      busy: { files: BUSY, limits: { cpu: "0s" } },
      quiet: `export default { fetch: () => new Response("quiet") };`,
    });
    const server = await serve(t, made.dist, { config: made.config, workers: 1 });
    const connect = () => Connection.open(server);
    const busy = await Promise.all(Array.from({ length: CLIENTS }, connect));
    const first = await connect();
    const quiet = await connect();
    // Booted, and compiled.
    for (const [connection, host] of [
      [quiet, "quiet.test"],
      [first, "busy.test"],
    ] as const) {
      await connection.send(message(host, "/"));
      assert.equal((await connection.read()).status, 200);
    }

    // While this one computes, all others arrive: the loop finds them together, the quiet app's the last.
    await first.send(message("busy.test", "/long"));
    let answered = 0;
    const answers = [];
    for (const connection of busy) {
      await connection.send(message("busy.test", "/", body));
      answers.push(
        connection.read().then(({ status, text }) => {
          answered++;
          return { status, text };
        }),
      );
    }
    await quiet.send(message("quiet.test", "/"));
    assert.equal((await quiet.read()).text, "quiet");
    assert.ok(answered <= 3, `${answered} of ${CLIENTS} requests to the busy app went first`);
    for (const { status, text } of await Promise.all(answers)) {
      assert.equal(status, 200);
      assert.equal(text, body || "true");
    }
    assert.equal((await first.read()).status, 200);
  });
}
