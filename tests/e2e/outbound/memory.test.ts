// Bodies of any size pass through an app in constant memory, however fast or slowly either side goes: what the
// worker has resident stays within 64 MiB of what it had, and where JavaScript sees each part, within what the
// engine lets become garbage besides.
//
//   NANO_THROUGH_BYTES=4294967296    the size of each body; otherwise 256 MiB

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Socket } from "node:net";
import { begin, serveInside, type Action } from "../lib/inside.ts";
import { originOf, response } from "../lib/origin.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";
import { until } from "../../../tools/harness/wait.ts";

const SIZE = Number(process.env.NANO_THROUGH_BYTES ?? 256 * 1024 * 1024);
const UNSEEN = 64 * 1024 * 1024;
/** The engine looks for young garbage when 64 MiB of buffers may be it. */
const SEEN = 128 * 1024 * 1024;
const PART = Buffer.alloc(256 * 1024, "content ");
/** Slower than 1 MiB/s nobody is. */
const TIMEOUT = 60_000 + SIZE / 1024;

type Pace = "fast" | "slow";

/** Writes so many bytes, as the other side takes them. */
async function write(socket: Socket, size: number): Promise<void> {
  for (let sent = 0; sent < size && !socket.destroyed;) {
    const part = PART.subarray(0, Math.min(PART.length, size - sent));
    sent += part.length;
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.write(part, () => resolve());
    await promise;
  }
}

/** Counts what comes; the slow one takes a rest after each MiB. */
function count(socket: Socket, pace: Pace): { received: number } {
  const counter = { received: 0 };
  let rest = 1024 * 1024;
  socket.on("data", (part) => {
    counter.received += part.length;
    rest -= part.length;
    if (pace === "fast" || rest > 0) return;
    rest = 1024 * 1024;
    socket.pause();
    setTimeout(() => socket.resume(), 4);
  });
  return counter;
}

describe("memory", () => {
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    server = await serveInside(scope, {}, {}, { limits: { body_bytes: 0 } });
  });

  const status = (field: string) => {
    const text = readFileSync(`/proc/${server.workers()[0]}/status`, "latin1");
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)![1]) * 1024;
  };

  /** By how much the worker had more resident while something ran than before. */
  async function growth(action: () => Promise<void>): Promise<number> {
    await sleep(100);
    const before = status("VmRSS");
    // The kernel counts the peak from now on (proc(5)).
    writeFileSync(`/proc/${server.workers()[0]}/clear_refs`, "5");
    await action();
    return status("VmHWM") - before;
  }

  const show = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

  const DOWN: [string, number, Action<[string], Response>][] = [
    ["return fetch(url)", UNSEEN, async (_, url) => fetch(url) as Promise<Response>],
    [
      "through a transform",
      SEEN,
      async (_, url) => {
        const upstream = await fetch(url);
        const through = upstream.body!.pipeThrough(new TransformStream());
        return new Response(through, upstream);
      },
    ],
  ];

  for (const [way, bound, action] of DOWN) {
    for (const pace of ["fast", "slow"] as const) {
      test(`a response, ${way}, to a ${pace} client`, { timeout: TIMEOUT }, async (t) => {
        const origin = await originOf(scope, async (peer) => {
          await peer.request();
          await peer.send(response(200, { "Content-Length": String(SIZE) }));
          await write(peer.socket, SIZE);
        });
        const grown = await growth(async () => {
          const client = await begin(server, {}, action, origin.url);
          await client.readHead();
          const ahead = client.buffered;
          // From here on nothing is kept.
          client.socket.removeAllListeners("data");
          const counter = count(client.socket, pace);
          await until("all of it", () => ahead + counter.received >= SIZE, TIMEOUT);
          client.close();
        });
        t.diagnostic(`${show(SIZE)}: ${show(grown)} more`);
        assert.ok(grown < bound, `${show(grown)} more`);
      });
    }
  }

  const UP: [string, number, Action<[string], Response>][] = [
    [
      "fetch(new Request(url, request))",
      UNSEEN,
      async ({ request }, url) => fetch(new Request(url, request)) as Promise<Response>,
    ],
    [
      "through a transform",
      SEEN,
      async ({ request }, url) => {
        const body = request.body!.pipeThrough(new TransformStream() as never);
        const init = { method: "POST", body, duplex: "half" } as RequestInit;
        return fetch(url, init) as Promise<Response>;
      },
    ],
  ];

  for (const [way, bound, action] of UP) {
    for (const pace of ["fast", "slow"] as const) {
      test(`a request, ${way}, to a ${pace} server`, { timeout: TIMEOUT }, async (t) => {
        const origin = await originOf(scope, async (peer) => {
          await peer.connection.readRequestHead();
          const ahead = peer.connection.buffered;
          peer.socket.removeAllListeners("data");
          const counter = count(peer.socket, pace);
          // Chunks have some bytes more.
          await until("all of it", () => ahead + counter.received >= SIZE, TIMEOUT);
          await peer.send(response(200, { Connection: "close" }, "all"));
        });
        const grown = await growth(async () => {
          const headers = { "Content-Length": String(SIZE) };
          const client = await begin(server, { method: "POST", headers }, action, origin.url);
          await write(client.socket, SIZE);
          assert.equal((await client.read("POST", TIMEOUT)).text, "all");
          client.close();
        });
        t.diagnostic(`${show(SIZE)}: ${show(grown)} more`);
        assert.ok(grown < bound, `${show(grown)} more`);
      });
    }
  }
});
