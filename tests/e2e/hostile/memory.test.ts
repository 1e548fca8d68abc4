// Apps that take all the memory they can get: their isolates end, and neither the worker nor an app beside them does.
// Where V8 cannot be stopped the worker ends, the app is named, and another worker serves the others at once.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { buildApps, type App } from "../lib/apps.ts";
import { request } from "../../../tools/harness/http.ts";
import { answeringCoded } from "../lib/origin.ts";
import { serve } from "../lib/server.ts";
import { until } from "../../../tools/harness/wait.ts";

/** Statements of a request each; `keep` is a list that the isolate keeps. */
type Bombs = Record<string, string>;

/** What V8's heap holds: stopped at `limits.memory`. */
const HEAP: Bombs = {
  "push of numbers": `for (;;) keep.push(1.5);`,
  "push of objects": `for (;;) keep.push({ a: 1, b: [2] });`,
  "split of texts": `for (;;) keep.push("x".repeat(2 ** 24).split(""));`,
  "fill of a list": `keep.push(new Array(2 ** 23).fill(1.5)); for (;;) keep.push({});`,
  "fill with objects": `for (;;) keep.push(new Array(3e6).fill({}));`,
  "Array.from of a typed array": `keep.push(Array.from(new Uint8Array(5e7)));`,
  "sort of numbers": `keep.push([...new Float64Array(6e6)].sort());`,
  "JSON.parse": `for (;;) keep.push(JSON.parse("[" + '{"a":1},'.repeat(5e5) + "0]"));`,
  "JSON.stringify": `const list = new Array(2e4).fill("y".repeat(1000)); for (;;) keep.push(JSON.stringify(list));`,
  "replace by a longer text": `for (;;) keep.push("x".repeat(2 ** 22).replace(/x/g, "yy"));`,
  "replace by a function": `for (;;) keep.push("x".repeat(2 ** 20).replace(/x/g, () => "yyyy"));`,
  concatenation: `for (let s = "x"; ; s += s.length) keep.push(s + "y".repeat(99));`,
  "flattened text": `for (let i = 0; ; i++) { const s = "x".repeat(1e6) + i; s.charCodeAt(5); keep.push(s); }`,
  "two-byte text": `for (let i = 0; ; i++) keep.push(("€".repeat(1e7) + i).normalize());`,
  join: `for (;;) keep.push(new Array(2 ** 20).fill("xxxxxxxxxx").join(","));`,
  "concat of lists": `let l = [1, 2, 3]; for (;;) l = l.concat(l);`,
  flat: `const l = new Array(1e3).fill(new Array(1e4).fill(7)); for (;;) keep.push(l.flat());`,
  spread: `let l = [1, 2, 3]; for (;;) l = [...l, ...l];`,
  Map: `const m = new Map(); for (let i = 0; ; i++) m.set(i, i);`,
  "Set of texts": `const s = new Set(); for (let i = 0; ; i++) s.add("k" + i);`,
  WeakMap: `const m = new WeakMap(); for (;;) { const k = {}; keep.push(k); m.set(k, k); }`,
  properties: `const o = {}; for (let i = 0; ; i++) o["k" + i] = i;`,
  "elements far apart": `const l = []; for (let i = 0; ; i += 5000) l[i] = i;`,
  structuredClone: `let l = [{}, {}]; for (;;) { l = [structuredClone(l), structuredClone(l)]; keep.push(l); }`,
  "captures of a pattern": `keep.push([..."ab".repeat(1e7).matchAll(/(a)(b)/g)]);`,
  "matches of a pattern": `for (;;) keep.push("ab".repeat(2e6).match(/[ab]/g));`,
  powers: `for (let i = 0; ; i++) keep.push(2n ** (2n ** 22n) + BigInt(i));`,
  "lists in an optimised loop": `for (let n = 0; ; n++) keep.push(new Array(1000).fill(n));`,
  closures: `let f = () => 0; for (;;) { const g = f; f = () => g; keep.push(f); }`,
  promises: `for (;;) keep.push(new Promise(() => {}));`,
  microtasks: `for (;;) { keep.push({}); await 0; }`,
  "apply of a list": `for (;;) keep.push(String.fromCharCode.apply(null, new Array(1e4).fill(8364)));`,
  errors: `for (;;) keep.push(new Error("x"));`,
  symbols: `for (let i = 0; ; i++) keep.push(Symbol(i));`,
  "a caught loop": `for (;;) { try { for (;;) keep.push({}); } catch {} finally { for (;;) keep.push([]); } }`,
  headers: `const h = new Headers(); for (let i = 0; ; i++) h.append("x-" + i, "v".repeat(1000));`,
  "search parameters": `const p = new URLSearchParams(); for (let i = 0; ; i++) p.append("k" + i, "v");`,
  btoa: `for (;;) keep.push(btoa("x".repeat(1e6)));`,
  timers: `for (;;) setTimeout(() => {}, 1e6);`,
  "unread branch": `const [a] = new ReadableStream({ pull: (c) => c.enqueue({ x: [1, 2, 3] }) }).tee();
    for await (const _ of a);`,
};

/** What is outside of it: stopped at `limits.external_memory`. */
const EXTERNAL: Bombs = {
  "one buffer": `keep.push(new ArrayBuffer(2 ** 32));`,
  buffers: `for (;;) keep.push(new Uint8Array(1e6).fill(1));`,
  "small buffers": `for (;;) keep.push(new Uint8Array(5000));`,
  "shared buffers": `for (;;) keep.push(new SharedArrayBuffer(1e6));`,
  "a failure that is caught": `for (;;) try { keep.push(new ArrayBuffer(2 ** 30)); } catch {}`,
  "encoded text": `for (;;) keep.push(new TextEncoder().encode("é".repeat(1e5)));`,
  formatters: `for (;;) keep.push(new Intl.DateTimeFormat("de"));`,
  Blob: `for (;;) keep.push(new Blob(["x".repeat(1e6)]));`,
  "clones of buffers": `const b = new Uint8Array(1e6); for (;;) keep.push(structuredClone(b));`,
  "response bodies": `for (;;) keep.push(await new Response("x".repeat(1e6)).arrayBuffer());`,
  "a resizable buffer": `const b = new ArrayBuffer(8, { maxByteLength: 2 ** 30 });
    for (let n = 1e6; n < 2 ** 30; n += 1e6) { b.resize(n); new Uint8Array(b, n - 1e6, 1e6).fill(1); }`,
  "a WebAssembly memory": `const m = new WebAssembly.Memory({ initial: 1 });
    for (;;) { m.grow(1); new Uint8Array(m.buffer).fill(1); }`,
  "WebAssembly memories": `for (;;) keep.push(new WebAssembly.Memory({ initial: 16 }));`,
  "empty WebAssembly memories": `for (;;) keep.push(new WebAssembly.Memory({ initial: 0, maximum: 1 }));`,
  "a growable shared buffer": `const b = new SharedArrayBuffer(8, { maxByteLength: 2 ** 30 });
    for (let n = 1e6; n < 2 ** 30; n += 1e6) { b.grow(n); new Uint8Array(b, n - 1e6, 1e6).fill(1); }`,
  "a stream that is never read": `keep.push(new ReadableStream({ start(c) {
    for (;;) c.enqueue(new Uint8Array(1e5)); } }));`,
};

/**
 * What may end without a place: between two microtasks there is no function, what a stream does by itself is none of the app's, and a single step of the engine may
 * take longer, on a busy machine, than a stop waits to be told where it was.
 */
const NOWHERE = new Set(["microtasks", "replace by a longer text", "unread branch"]);

/** What V8 cannot be stopped in: the worker ends. */
const WORKER: Bombs = {
  // A list of more than 2^27 elements at once is a fatal error of V8's, whatever its bound.
  "split of a large text": `keep.push("x".repeat(2 ** 28).split(""));`,
  // Loops of V8's own in C++, which never look whether they are to end.
  "fill of the longest list": `new Array(2 ** 32 - 1).fill(0);`,
  "keys of a typed array": `keep.push(Object.keys(new Uint8Array(1e8)));`,
  "Array.from of a length": `keep.push(Array.from({ length: 2 ** 28 }));`,
  "JSON.parse of a large text": `keep.push(JSON.parse("[" + '{"a":1},'.repeat(3e7) + "0]"));`,
};

const LOST = /ended|ECONNRESET|EPIPE/;
/** What a worker may keep of apps that are gone, in MiB: V8's pool of pages, which the next ones are made in. */
const KEPT = 256;

/** With the routes of `bombs`, by their names. */
function bomber(bombs: Bombs, external = "64MiB"): App {
  const routes = Object.entries(bombs).map(
    ([name, code]) => `${JSON.stringify(name)}: async () => { ${code} },`,
  );
  return {
    files: `const keep: any[] = [];
const BOMBS: any = { ${routes.join("\n")} };
export default {
  async fetch({ url }) {
    const answer = await BOMBS[decodeURIComponent(new URL(url).pathname.slice(1))]?.();
    return answer ?? new Response("survived");
  },
};`,
    // Nothing but memory stops them, timers included.
    limits: { memory: "48MiB", external_memory: external, cpu: "0s", timers: 0 },
  };
}

const HELLO = `export default { fetch: () => new Response("hello") };`;

/** Resident memory of a process, in MiB; also the most that it ever was. */
function resident(pid: number, field = "VmRSS"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)![1]) / 1024;
}

for (const [reason, limit, bombs] of [
  ["memory-limit", 48, HEAP],
  ["external-memory-limit", 64, EXTERNAL],
] as const) {
  test(
    `an app that fills its memory ends its isolate alone: ${reason}`,
    { timeout: 300_000 },
    async (t) => {
      const { dist } = await buildApps(t, { bomb: bomber(bombs), app: HELLO });
      const server = await serve(t, dist, { workers: 1 });
      const [worker] = await until("the worker", () => server.workers());
      assert.equal((await request(server, "app.test", "/")).text, "hello");
      assert.equal((await request(server, "bomb.test", "/")).text, "survived");
      const before = resident(worker);
      const stops = () => server.log.filter((line) => line.reason === reason);
      let told = 0;
      for (const name of Object.keys(bombs)) {
        await t.test(name, async () => {
          const response = await request(server, "bomb.test", "/" + encodeURIComponent(name));
          assert.equal(response.header("nano-error"), reason, `${response.text}\n${server.output}`);
          assert.equal(response.status, 503);
          const problem = JSON.parse(response.text) as {
            limit: number;
            used: number;
            request_id: string;
          };
          assert.equal(problem.limit, limit * 2 ** 20);
          assert.ok(problem.used > problem.limit / 3, String(problem.used));
          const line = await until("why", () => stops().at(told));
          told += 1;
          assert.equal(line.app, "bomb");
          assert.equal(line.request_id, problem.request_id);
          if (!NOWHERE.has(name)) assert.match(line.msg, /\n +at /);
          assert.equal((await request(server, "app.test", "/")).text, "hello");
          assert.deepEqual(server.workers(), [worker]);
          await until("its memory", () => resident(worker) < before + KEPT);
        });
      }
    },
  );
}

test("a text that is larger than the heap may be is not put together", async (t) => {
  const texts: Bombs = {
    "an answer": `return new Response("x".repeat(2 ** 28));`,
    "a call's body": `await fetch("http://127.0.0.1:9/", { method: "POST", body: "x".repeat(2 ** 28) });`,
    "an encoded text": `for (let i = 0; i < 5; i++) keep.push(new TextEncoder().encode("x".repeat(2 ** 28)));`,
    "a text of a Blob": `for (let i = 0; i < 5; i++) keep.push(new Blob(["x".repeat(2 ** 28)]));`,
  };
  const { dist } = await buildApps(t, { bomb: bomber(texts, "2GiB") });
  const server = await serve(t, dist, { workers: 1 });
  const [worker] = await until("the worker", () => server.workers());
  assert.equal((await request(server, "bomb.test", "/")).text, "survived");
  const before = resident(worker);
  for (const name of Object.keys(texts)) {
    const response = await request(server, "bomb.test", "/" + encodeURIComponent(name));
    assert.equal(response.header("nano-error"), "memory-limit", `${name}: ${response.text}`);
  }
  assert.deepEqual(server.workers(), [worker]);
  const most = resident(worker, "VmHWM") - before;
  assert.ok(most < 64, `${most.toFixed(0)} MiB more than before`);
});

test("answers of others count while they come", { timeout: 120_000 }, async (t) => {
  // Each is small on the wire, and larger than the limit by itself.
  const origin = await answeringCoded(t, "gzip", gzipSync(Buffer.alloc(200e6), { level: 1 }));
  const { dist, config } = await buildApps(t, {
    bomb: {
      files: `export default {
  async fetch({ url }, { ORIGIN }) {
    const read = url.endsWith("/text") ? (r) => r.text() : (r) => r.arrayBuffer();
    await Promise.all(Array.from({ length: 20 }, () => fetch(ORIGIN).then(read)));
    return new Response("survived");
  },
};`,
      env: { ORIGIN: origin.url },
      limits: { memory: "48MiB", external_memory: "64MiB", cpu: "0s" },
    },
    app: HELLO,
  });
  const server = await serve(t, dist, { workers: 1, config });
  const [worker] = await until("the worker", () => server.workers());
  assert.equal((await request(server, "app.test", "/")).text, "hello");
  const before = resident(worker);
  for (const path of ["/bytes", "/text"]) {
    const response = await request(server, "bomb.test", path);
    assert.equal(response.header("nano-error"), "external-memory-limit", response.text);
    assert.equal((await request(server, "app.test", "/")).text, "hello");
  }
  assert.deepEqual(server.workers(), [worker]);
  const most = resident(worker, "VmHWM") - before;
  assert.ok(most < 3 * 64, `${most.toFixed(0)} MiB more than before`);
});

test(
  "an app that V8 cannot stop in taking memory is named, and the others are served",
  { timeout: 300_000 },
  async (t) => {
    // An app each: one that ends five workers is no longer run.
    const apps = Object.entries(WORKER).map(
      ([name, code]) =>
        [
          name.replaceAll(/\W/g, "-").toLowerCase(),
          bomber({ [name]: code }, "1GiB"),
          name,
        ] as const,
    );
    const { dist } = await buildApps(t, { ...Object.fromEntries(apps), app: HELLO });
    const server = await serve(t, dist, { workers: 1 });
    for (const [app, , name] of apps) {
      await t.test(name, async () => {
        const [worker] = await until("the worker", () => server.workers());
        assert.equal((await request(server, "app.test", "/")).text, "hello");
        await assert.rejects(request(server, `${app}.test`, "/" + encodeURIComponent(name)), LOST);
        const death = await server.waitForLog("its death", ({ pid }) => pid === worker);
        assert.equal(death.app, app);
        assert.match(death.msg, /it was running this app; starting it again$/);
        assert.equal((await request(server, "app.test", "/")).text, "hello");
      });
    }
  },
);
