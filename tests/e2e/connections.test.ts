// Connections that the server cannot take now, and clients that read slowly: all get what is theirs.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { buildApps } from "./lib/apps.ts";
import { Connection, requestBytes } from "../../tools/harness/http.ts";
import { serve } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";

const PARTS = 400;
const PART_SIZE = 50_000;

const SOURCE = `
  export default {
    fetch(request) {
      if (new URL(request.url).pathname === "/") return new Response("hello");
      let number = 0;
      return new Response(new ReadableStream({
        pull(controller) {
          if (number === ${PARTS}) return controller.close();
          controller.enqueue(new Uint8Array(${PART_SIZE}).fill(number++ % 251));
        },
      }));
    },
  };`;

const hello = requestBytes("app.test", "/");

async function openMany(port: number, count: number): Promise<Connection[]> {
  const connections: Connection[] = [];
  for (let i = 0; i < count; i++) {
    const connection = await Connection.open({ port });
    await connection.send(hello);
    connections.push(connection);
  }
  return connections;
}

/** How many of the connections have an answer, once that number stands still. */
async function answered(connections: Connection[]): Promise<number> {
  let before = -1;
  for (;;) {
    const now = connections.filter(({ buffered }) => buffered > 0).length;
    if (now === before && now > 0) return now;
    before = now;
    await sleep(300);
  }
}

/** The limit of descriptors that leaves a process so many. The limit is one of their numbers. */
function limitLeaving(pid: number, count: number): number {
  const used = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let limit = 0;
  for (let free = 0; free < count; limit++) if (!used.has(limit)) free++;
  return limit;
}

describe("connections", () => {
  const scope = suiteScope();

  test("beyond the limit wait until others close", async () => {
    const { dist, config } = await buildApps(
      scope,
      { app: SOURCE },
      { limits: { connections: 3 } },
    );
    const server = await serve(scope, dist, { config });
    const connections = await openMany(server.port, 5);
    assert.equal(await answered(connections), 3);
    for (const connection of connections) {
      assert.equal((await connection.read()).text, "hello");
      connection.close();
    }
  });

  test("wait when the process has no descriptors left", async () => {
    const { dist } = await buildApps(scope, { app: SOURCE });
    const server = await serve(scope, dist);
    const first = await openMany(server.port, 1); // Whatever the first request opens is open then.
    await answered(first);
    const [worker] = server.workers();
    execFileSync("prlimit", ["--pid", String(worker), `--nofile=${limitLeaving(worker, 4)}:4096`]);
    const connections = await openMany(server.port, 10);
    const served = await answered(connections);
    assert.ok(served < 10, `${served} of 10 connections were served with 4 descriptors`);
    for (const connection of connections) {
      assert.equal((await connection.read()).text, "hello");
      connection.close();
    }
  });

  test("are accepted again as soon as descriptors are free", async () => {
    const { dist } = await buildApps(scope, { app: SOURCE });
    const server = await serve(scope, dist);
    await answered(await openMany(server.port, 1));
    const [worker] = server.workers();
    execFileSync("prlimit", ["--pid", String(worker), `--nofile=${limitLeaving(worker, 20)}:4096`]);
    for (let round = 0; round < 3; round++) {
      const connections = await openMany(server.port, 60);
      const served = await answered(connections);
      assert.ok(served < 60, `${served} of 60 connections were served with 20 descriptors`);
      for (const connection of connections) connection.close();
      // However many had waited, a new one is answered.
      const [last] = await openMany(server.port, 1);
      assert.equal((await last.read()).text, "hello");
      last.close();
    }
    // Descriptors that are freed by something else than a connection's end: a higher limit.
    const waiting = await openMany(server.port, 40);
    await answered(waiting);
    execFileSync("prlimit", ["--pid", String(worker), "--nofile=4096:4096"]);
    for (const connection of waiting) {
      assert.equal((await connection.read()).text, "hello");
      connection.close();
    }
  });

  test("a client that reads slowly gets a long stream whole and in order", async () => {
    const { dist } = await buildApps(scope, { app: SOURCE });
    const server = await serve(scope, dist);
    const connection = await Connection.open(server);
    connection.socket.pause();
    await connection.send(requestBytes("app.test", "/stream"));
    await sleep(200);
    connection.socket.resume();
    // Stops now and then, so that the server's queue fills, drains in part, and fills again.
    const stops = setInterval(() => {
      connection.socket.pause();
      setTimeout(() => connection.socket.resume(), 3);
    }, 5);
    const { body } = await connection.read();
    clearInterval(stops);
    assert.equal(body.length, PARTS * PART_SIZE);
    for (let part = 0; part < PARTS; part++) {
      const bytes = body.subarray(part * PART_SIZE, (part + 1) * PART_SIZE);
      assert.ok(
        bytes.every((byte) => byte === part % 251),
        `part ${part} is not what was sent`,
      );
    }
    connection.close();
  });
});
