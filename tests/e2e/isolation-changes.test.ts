// Groups of workers that come, go and die: what that costs the apps in them, and nobody else.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { groupWorkers, sharedWorkers, teller, type Told } from "./lib/groups.ts";
import { ask, Swapping } from "./lib/swapping.ts";
import { Connection, request, requestBytes } from "../../tools/harness/http.ts";
import { until } from "../../tools/harness/wait.ts";
import type { App } from "./lib/apps.ts";

const LOST = /ended|ECONNRESET|EPIPE/;

function alive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** Clients that ask apps in turn on connections that they keep, until told to stop. */
class Load {
  answered = 0;
  closed = 0;
  readonly #apps: string[];
  #running = true;
  readonly #all: Promise<unknown>;

  constructor(port: number, apps: string[], clients: number) {
    this.#apps = apps;
    this.#all = Promise.all(Array.from({ length: clients }, (_, i) => this.#client(port, i)));
    this.#all.catch(() => (this.#running = false));
  }

  async #client(port: number, index: number): Promise<void> {
    while (this.#running) {
      const connection = await Connection.open({ port });
      for (let i = index; this.#running; i++) {
        const app = this.#apps[i % this.#apps.length];
        const body = "x".repeat((i * 7919) % 50_000);
        await connection.send(requestBytes(`${app}.test`, "/", { method: "POST", body }));
        const answer = await connection.read();
        assert.equal(answer.status, 200, answer.text);
        const told = answer.json as Told;
        assert.deepEqual([told.app, told.length], [app, body.length]);
        this.answered += 1;
        if (answer.header("connection") === "close") {
          this.closed += 1;
          break;
        }
      }
      connection.close();
    }
  }

  async more(count: number): Promise<void> {
    const enough = this.answered + count;
    await until("more answers", () => this.answered >= enough || !this.#running);
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#all;
  }
}

test("an app moves between workers under load, and no request is lost", async (t) => {
  const swapping = await Swapping.start(
    t,
    {
      moving: { files: teller("moving") } as App,
      grouped: { files: teller("grouped"), isolation: "worker", group: "blue" },
      plain: { files: teller("plain") },
    },
    { workers: 2 },
  );
  const { server, apps } = swapping;
  await until(
    "the workers",
    () => sharedWorkers(server).length === 2 && groupWorkers(server, "blue").length === 1,
  );
  const shared = sharedWorkers(server);
  const load = new Load(server.port, ["moving", "plain", "grouped"], 12);
  await load.more(100);
  const settings: Partial<App>[] = [
    { isolation: "process" },
    { isolation: "shared", group: "default" },
    { isolation: "worker", group: "blue" },
    { isolation: "worker", group: "green" },
    { isolation: "process", group: "default" },
    { isolation: "worker" },
    { isolation: "shared", group: "default" },
  ];
  for (let round = 0; round < 3; round++) {
    for (const setting of settings) {
      Object.assign(apps.moving, setting);
      swapping.configure();
      await swapping.swap();
      await load.more(60);
    }
  }
  await load.stop();
  t.diagnostic(`${load.answered} answers`);
  assert.equal(load.closed, 0, "no connection was ended");
  // Groups without apps have ended, and by themselves.
  await until("their end", () => server.workers().length === 3);
  assert.deepEqual(sharedWorkers(server), shared);
  assert.equal(groupWorkers(server, "blue").length, 1);
  for (const line of server.log) {
    assert.ok(line.level !== "error" && line.level !== "warn", JSON.stringify(line));
  }
});

test("requests wait for a group's worker that died, and nobody else notices", async (t) => {
  const swapping = await Swapping.start(
    t,
    {
      own: { files: teller("own"), isolation: "process" },
      plain: { files: teller("plain") },
    },
    { workers: 2 },
  );
  const { server } = swapping;
  const [first] = await until("the worker", () => {
    const found = groupWorkers(server, "app:own");
    return found.length === 1 && sharedWorkers(server).length === 2 ? found : undefined;
  });
  const shared = sharedWorkers(server);
  assert.equal((await request(server, "own.test", "/")).status, 200);
  const stream = await Connection.open(server);
  await stream.send(requestBytes("plain.test", "/stream"));
  assert.equal((await stream.readHead()).status, 200);
  const load = new Load(server.port, ["plain"], 4);

  // Stopped, it takes nothing; what is sent to it meanwhile waits for the next one.
  process.kill(first, "SIGSTOP");
  const waiting = await Promise.all(
    Array.from({ length: 40 }, async (_, i) => {
      const connection = await Connection.open(server);
      const body = "y".repeat(i * 3000);
      await connection.send(requestBytes("own.test", `/${i}`, { method: "POST", body }));
      return { connection, length: body.length };
    }),
  );
  await load.more(50);
  await sleep(50);
  process.kill(first, "SIGKILL");
  for (const { connection, length } of waiting) {
    const told = (await connection.read()).json as Told;
    assert.deepEqual([told.app, told.length], ["own", length]);
    connection.close();
  }
  const [second] = groupWorkers(server, "app:own");
  assert.notEqual(second, first);

  // One that dies again and again: what it has in hand is lost, the rest waits.
  let lost = 0;
  for (let i = 0; i < 6; i++) {
    const [pid] = await until("the worker", () => {
      const found = groupWorkers(server, "app:own").filter(alive);
      return found.length === 1 ? found : undefined;
    });
    process.kill(pid, "SIGKILL");
    const answers = await Promise.all(
      Array.from({ length: 5 }, () =>
        request(server, "own.test", "/").catch((error: unknown) => {
          assert.match(String(error), LOST);
          lost += 1;
        }),
      ),
    );
    for (const answer of answers) if (answer) assert.equal(answer.status, 200);
  }
  t.diagnostic(`${lost} lost with their worker`);
  await load.more(50);
  await load.stop();
  let streamed = "";
  while (!streamed.includes("0\r\n\r\n")) streamed += (await stream.readSome()).toString();
  assert.match(streamed, /9;/);
  assert.deepEqual(sharedWorkers(server), shared);
  stream.close();
});

test("an app that ends its process costs its neighbours nothing, and is refused in the end", async (t) => {
  const swapping = await Swapping.start(
    t,
    {
      bomb: { files: teller("bomb"), isolation: "process", limits: { memory: "32MiB" } },
      plain: { files: teller("plain") },
    },
    { workers: 1 },
  );
  const { server } = swapping;
  await until("the workers", () => server.workers().length === 2);
  const load = new Load(server.port, ["plain"], 4);
  await load.more(20);
  let refusal;
  for (let i = 0; i < 12 && refusal === undefined; i++) {
    const answer = await request(server, "bomb.test", "/die").catch((error: unknown) => {
      assert.match(String(error), LOST);
    });
    if (answer) refusal = answer;
  }
  assert.equal(refusal?.status, 503);
  assert.equal(refusal?.header("nano-error"), "circuit-open");
  await load.more(50);
  await load.stop();
  assert.equal(load.closed, 0);
  const deaths = server.log.filter(({ app, msg }) => app === "bomb" && /^worker/.test(msg));
  assert.equal(deaths.length, 5, server.output);
  for (const death of deaths) {
    assert.match(death.msg, /^worker 3 \(app:bomb\) .*it was running this app/);
    assert.equal(death.lost_of_others, 0);
  }
});

test("what no worker takes is refused after a while, on a connection that stays", async (t) => {
  const swapping = await Swapping.start(
    t,
    {
      own: { files: teller("own"), isolation: "process", limits: { cpu: "1m", first_byte: "1m" } },
      plain: { files: teller("plain") },
    },
    { workers: 1 },
  );
  const { server } = swapping;
  await until("the worker", () => groupWorkers(server, "app:own").length === 1);
  // It takes nothing while it computes.
  const busy = await Connection.open(server);
  await busy.send(requestBytes("own.test", "/compute?ms=16000"));
  await sleep(300);
  // As many as fill the channel, and some that wait before it.
  const connections = await Promise.all(
    Array.from({ length: 700 }, async () => {
      const connection = await Connection.open(server);
      await connection.send(requestBytes("own.test", "/"));
      return connection;
    }),
  );
  const answers = await Promise.all(
    connections.map(async (connection) => {
      try {
        return { connection, answer: await connection.read("GET", 14_000) };
      } catch {
        return undefined; // It is in the channel still.
      }
    }),
  );
  const refused = answers.filter((answered) => answered !== undefined);
  t.diagnostic(`${refused.length} refused`);
  assert.ok(refused.length > 0);
  for (const { connection, answer } of refused) {
    assert.equal(answer.status, 503);
    assert.equal(answer.header("nano-error"), "group-unavailable");
    assert.equal(answer.header("retry-after"), "1");
    assert.equal(answer.header("content-type"), "application/problem+json");
    assert.equal((await ask(connection, "plain.test")).status, 200);
  }
  const line = await server.waitForLog("it", ({ reason }) => reason === "group-unavailable");
  assert.deepEqual([line.app, line.group, line.level], ["own", "app:own", "error"]);
  busy.close();
  for (const [i, connection] of connections.entries()) {
    if (answers[i] === undefined) assert.equal((await connection.read()).status, 200);
    connection.close();
  }
});

test("a server that stops answers what waits for its groups", async (t) => {
  const swapping = await Swapping.start(
    t,
    { own: { files: teller("own"), isolation: "process" }, plain: { files: teller("plain") } },
    { workers: 2 },
  );
  const { server } = swapping;
  await until("the workers", () => server.workers().length === 3);
  const connections = await Promise.all(Array.from({ length: 20 }, () => Connection.open(server)));
  await Promise.all(
    connections.map(async (connection, i) => {
      const host = i % 2 === 0 ? "own.test" : "plain.test";
      await connection.send(requestBytes(host, "/?ms=300"));
    }),
  );
  // Some have arrived, some are on their way.
  const late = await Connection.open(server);
  const exit = server.stop();
  await late.send(requestBytes("own.test", "/"));
  for (const connection of [...connections, late]) {
    const answer = await connection.read();
    assert.equal(answer.status, 200);
    connection.close();
  }
  assert.deepEqual(await exit, { status: 0, signal: null });
});
