// What attacks of one app cost another, which two workers serve beside it under load: nothing, but for what was under
// way in a worker that had to end. NANO_HOSTILE_ROUNDS=100 (`make hostile`) runs each so often, and tells how long the
// other app's clients waited meanwhile.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { buildApps, type App } from "../lib/apps.ts";
import { Connection, request, requestBytes, type Response } from "../../../tools/harness/http.ts";
import { serve, type Server } from "../lib/server.ts";
import { until } from "../../../tools/harness/wait.ts";

const ROUNDS = Number(process.env.NANO_HOSTILE_ROUNDS ?? 1);
const CLIENTS = 8;

/** The worker ends: V8 does not look whether it is to stop. */
const WORKER = "worker";
/** From so many on, lately, the app is refused: those rounds attack nothing, and are not counted. */
const TOLERATED = 5;

interface Attack {
  /** Statements of a request's handler; `keep` is a list that the isolate keeps. */
  code: string;
  /** What the client gets, any of them: the reason of a stop, a status of the app's own, or WORKER. */
  expect: (string | number)[];
  body?: Buffer;
}

const WASM = `[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0,
  10, 9, 1, 7, 0, 3, 64, 12, 0, 11, 11]`; // (func (export "f") (loop (br 0)))

const ATTACKS: Record<string, Attack> = {
  "endless loop": { code: `for (;;);`, expect: ["cpu-limit"] },
  "endless awaits": { code: `for (;;) await 0;`, expect: ["cpu-limit"] },
  "endless microtasks": {
    code: `const f = () => queueMicrotask(f); f(); await new Promise(() => {});`,
    expect: ["cpu-limit"],
  },
  "chain of promises": {
    code: `const f = () => Promise.resolve().then(f); await f();`,
    expect: ["cpu-limit", "memory-limit"],
  },
  "loop in a timer": {
    code: `await new Promise(() => setTimeout(() => { for (;;); }, 1));`,
    expect: ["cpu-limit"],
  },
  "regular expression": {
    code: `/(a+)+$/.test("a".repeat(40) + "b");`,
    expect: ["cpu-limit"],
  },
  "WebAssembly loop": {
    code: `new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(${WASM}))).exports.f();`,
    expect: ["cpu-limit"],
  },
  "endless comparison": { code: `[2, 1].sort(() => { for (;;); });`, expect: ["cpu-limit"] },
  generator: {
    code: `for (const _ of (function* () { for (;;) yield; })());`,
    expect: ["cpu-limit"],
  },
  "iterator helper": {
    code: `(function* () { for (;;) yield; })().drop(Infinity).next();`,
    expect: ["cpu-limit"],
  },
  "set of an endless iterator": {
    code: `new Set((function* () { for (let i = 0; ; i++) yield i; })());`,
    expect: ["cpu-limit", "memory-limit"],
  },
  getter: { code: `({ get x() { for (;;); } }).x;`, expect: ["cpu-limit"] },
  proxy: {
    code: `Object.keys(new Proxy({}, { ownKeys() { for (;;); } }));`,
    expect: ["cpu-limit"],
  },
  "replacer of JSON": {
    code: `JSON.stringify({ a: 1 }, () => { for (;;); });`,
    expect: ["cpu-limit"],
  },
  "nested JSON": { code: `JSON.parse("[".repeat(1e6));`, expect: [500] },
  "clone of what is deep": {
    code: `let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; structuredClone(o);`,
    expect: [500, 200],
  },
  recursion: { code: `const f = () => f() + 1; f();`, expect: [500] },
  "heap bomb": { code: `for (;;) keep.push({ a: [1] });`, expect: ["memory-limit"] },
  "text bomb": {
    code: `for (let i = 0; ; i++) { const s = "x".repeat(1e6) + i; s.charCodeAt(5); keep.push(s); }`,
    expect: ["memory-limit"],
  },
  "buffer bomb": {
    code: `for (;;) keep.push(new Uint8Array(1e6).fill(1));`,
    expect: ["external-memory-limit"],
  },
  "WebAssembly bomb": {
    code: `for (;;) keep.push(new WebAssembly.Memory({ initial: 16 }));`,
    expect: ["external-memory-limit"],
  },
  "decompression bomb": {
    code: `keep.push(await new Response(request.body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());`,
    expect: ["external-memory-limit", "cpu-limit"],
    body: gzipSync(Buffer.alloc(300e6)),
  },
  "endless source": {
    code: `new ReadableStream({ start(c) { for (;;) c.enqueue(new Uint8Array(1e5)); } });`,
    expect: ["external-memory-limit"],
  },
  "a promise that nobody resolves": {
    code: `await new Promise(() => {});`,
    expect: ["first-byte-limit"],
  },
  "a million timers": {
    code: `for (let i = 0; i < 1e6; i++) setTimeout(() => {}, 1e6);`,
    expect: [500, "cpu-limit"],
  },
  "flood of lines": {
    code: `for (let i = 0; i < 1e5; i++) console.log("x".repeat(100));`,
    expect: [200, "cpu-limit"],
  },
  "flood of fields": {
    code: `const headers = new Headers();
      for (let i = 0; i < 2e4; i++) headers.append("x-" + i, "v".repeat(100));
      return new Response("", { headers });`,
    expect: [200, 500, "cpu-limit"],
  },
  "flood of keys": {
    code: `for (let i = 0; i < 20; i++) {
        const rsa = { name: "RSA-OAEP", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
        crypto.subtle.generateKey({ ...rsa, hash: "SHA-256" }, true, ["encrypt", "decrypt"]);
      }`,
    expect: [200],
  },
  "waiting for memory": {
    code: `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`,
    expect: [500],
  },
  // What follows breaks its own isolate for good, or its worker: an app each.
  "polluted prototypes": {
    code: `Object.prototype.then = 1;
      Array.prototype[Symbol.iterator] = Promise.prototype.then = Object.prototype.get = null;
      Map.prototype.get = Function.prototype.call = Function.prototype.apply = () => { for (;;); };`,
    expect: [200, 500, "cpu-limit", "first-byte-limit"],
  },
  "large sort": {
    code: `Array.from({ length: 4e6 }, Math.random).sort();`,
    expect: [WORKER, "cpu-limit", "memory-limit"],
  },
  "copyWithin over an absurd length": {
    code: `[].copyWithin.call({ length: 2 ** 53 - 1 }, 1, 0);`,
    expect: [WORKER],
  },
  "split of a large text": {
    code: `keep.push("x".repeat(2 ** 28).split(""));`,
    expect: [WORKER],
  },
  "fill of the longest list": {
    code: `new Array(2 ** 32 - 1).fill(0);`,
    expect: [WORKER, "cpu-limit", "memory-limit"],
  },
};

const LIMITS = { cpu: "300ms", memory: "48MiB", external_memory: "64MiB", first_byte: "1s" };
const APART = Object.keys(ATTACKS).slice(Object.keys(ATTACKS).indexOf("polluted prototypes"));

function attacker(attacks: string[]): App {
  const routes = attacks.map(
    (name) => `${JSON.stringify(name)}: async (request) => { ${ATTACKS[name]!.code} },`,
  );
  return {
    files: `// @ts-nocheck
const keep = [];
const ATTACKS = { ${routes.join("\n")} };
export default {
  async fetch(request) {
    const name = decodeURIComponent(new URL(request.url).pathname.slice(1));
    return (await ATTACKS[name]?.(request)) ?? new Response("survived");
  },
};`,
    limits: LIMITS,
  };
}

const hostOf = (name: string) =>
  APART.includes(name) ? name.replaceAll(/\W+/g, "-").toLowerCase() : "attacker";

/** Clients of the app beside, each with one request after the other on a connection that it keeps. */
class Load {
  answers = 0;
  lost = 0;
  #times: number[] = [];
  #running = true;
  readonly #clients: Promise<void>[];

  constructor(server: Server) {
    this.#clients = Array.from({ length: CLIENTS }, () => this.#ask(server));
  }

  async #ask(server: Server): Promise<void> {
    let connection: Connection | undefined;
    while (this.#running) {
      const start = performance.now();
      try {
        connection ??= await Connection.open(server);
        await connection.send(requestBytes("healthy.test", "/"));
        const { status, text } = await connection.read();
        assert.deepEqual([status, text], [200, "healthy"]);
        this.answers += 1;
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        this.lost += 1;
        connection?.close();
        connection = undefined;
      }
      this.#times.push(performance.now() - start);
      await new Promise((done) => setTimeout(done, 2));
    }
    connection?.close();
  }

  /**
   * How long clients waited since the last time. Each asks again when it has its answer, so that a stop that holds all
   * of them up is one slow answer for each among many: the longest wait tells of it, the 99th of 100 may not.
   */
  takeWaits(): string {
    const times = this.#times.sort((a, b) => a - b);
    this.#times = [];
    const p99 = times[Math.floor(times.length * 0.99)] ?? 0;
    return `the other app's answers took ${(times.at(-1) ?? 0).toFixed(1)} ms at most, 99 of 100 ${p99.toFixed(1)} ms`;
  }

  async end(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#clients);
  }
}

/** What came of it, in the words of Attack.expect. */
async function attack(server: Server, name: string): Promise<string | number> {
  const { body } = ATTACKS[name]!;
  let response: Response;
  try {
    response = await request(server, `${hostOf(name)}.test`, "/" + encodeURIComponent(name), {
      ...(body && { method: "POST", body }),
      timeout: 20_000,
    });
  } catch (error) {
    assert.match(String(error), /ended|ECONNRESET|EPIPE/);
    return WORKER;
  }
  return response.header("nano-error") ?? response.status;
}

/** Whether the attack was made: false if the app is refused by now. */
async function round(server: Server, load: Load, name: string): Promise<boolean> {
  const lost = load.lost;
  const deaths = () => server.log.filter(({ msg }) => /^worker \d+ .*starting it again/.test(msg));
  const before = deaths().length;
  const outcome = await attack(server, name);
  if (outcome === "circuit-open") {
    const ended = deaths().filter(({ app }) => app === hostOf(name));
    assert.ok(ended.length >= TOLERATED, `${name}: refused after ${ended.length} deaths`);
    return false;
  }
  assert.ok(ATTACKS[name]!.expect.includes(outcome), `${name}: ${outcome}\n${server.output}`);
  const answers = load.answers;
  await until("the app beside is served", () => load.answers >= answers + 3 * CLIENTS);
  const died = deaths().slice(before);
  for (const death of died) assert.equal(death.app, hostOf(name), death.msg);
  // Each client has one request under way at most.
  assert.ok(load.lost - lost <= died.length * CLIENTS, `${name}: ${load.lost - lost} lost`);
  return true;
}

test("attacks of an app cost the app beside nothing", { timeout: 3_600_000 }, async (t) => {
  const together = Object.keys(ATTACKS).filter((name) => !APART.includes(name));
  const { dist } = await buildApps(t, {
    healthy: `export default { fetch: () => new Response("healthy") };`,
    attacker: attacker(together),
    ...Object.fromEntries(APART.map((name) => [hostOf(name), attacker([name])])),
  });
  const server = await serve(t, dist, { workers: 2 });
  await until("two workers", () => server.workers().length === 2);
  const load = new Load(server);
  try {
    await until("the app beside is served", () => load.answers > 100);
    t.diagnostic(`without an attack: ${load.takeWaits()}`);
    for (const name of Object.keys(ATTACKS)) {
      await t.test(name, async () => {
        let made = 0;
        for (let i = 0; i < ROUNDS; i++) if (await round(server, load, name)) made += 1;
        const waits = load.takeWaits();
        if (ROUNDS > 1) t.diagnostic(`${name}: ${made} times, ${waits}`);
      });
    }
  } finally {
    await load.end();
  }
  t.diagnostic(`${load.answers} answers, ${load.lost} lost with a worker`);
});
