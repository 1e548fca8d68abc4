// Attacks on the processor: loops of every kind, which V8 or the Web APIs run. All are stopped at `limits.cpu`.

import { endless, heap, inTurns, throws, type Attacks } from "./attack.ts";

const WASM = `[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0,
  10, 9, 1, 7, 0, 3, 64, 12, 0, 11, 11]`; // (func (export "f") (loop (br 0)))

// (type (array (mut i32))) (func (export "f") (loop (drop (array.new_default 0 (i32.const 60000))) (br 0)))
const WASM_LISTS = `[0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 2, 94, 127, 1, 96, 0, 0, 3, 2, 1, 1, 7, 5, 1, 1, 102, 0, 0,
  10, 17, 1, 15, 0, 3, 64, 65, 224, 212, 3, 251, 7, 0, 26, 12, 0, 11, 11]`;
// (memory 800) (func (export "f") (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 50000000)) (br 0)))
const WASM_FILL = `[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 5, 4, 1, 0, 160, 6, 7, 5, 1, 1, 102,
  0, 0, 10, 21, 1, 19, 0, 3, 64, 65, 0, 65, 1, 65, 128, 225, 235, 23, 252, 11, 0, 12, 0, 11, 11]`;

export const ENDLESS: Attacks = {
  "endless loop": endless(`for (;;);`),
  "endless making of lists": endless(`for (;;) keep[0] = new Array(100);`),
  "loop in a block that catches": endless(
    `for (;;) try { for (;;); } catch {} finally { for (;;); }`,
  ),
  "endless awaits": endless(`for (;;) await 0;`),
  "endless asynchronous generator": endless(
    `for await (const _ of (async function* () { for (;;) yield; })());`,
  ),
  "endless microtasks": endless(
    `const f = () => queueMicrotask(f); f(); await new Promise(() => {});`,
  ),
  "chain of promises": heap(`const f = () => Promise.resolve().then(f); await f();`),
  "thenables that lead to thenables": heap(
    `const then = (resolve) => resolve({ then }); await { then };`,
  ),
  "loop in a timer": endless(`await new Promise(() => setTimeout(() => { for (;;); }, 1));`),
  "endless finalizers": endless(`globalThis.R = new FinalizationRegistry(() => { for (;;); });
    for (let i = 0; i < 150; i++) R.register({}, 1);
    for (let i = 0; i < 100; i++) new Array(1e5).fill(i);
    await new Promise(() => {});`),
  "regular expression": endless(`/(a+)+$/.test("a".repeat(40) + "b");`),
  "replacement by a regular expression": endless(`"a".repeat(3e4).replace(/(a*)*b/, "");`),
  "matches of the empty text": endless(
    `for (;;) for (const _ of "a".repeat(1000).matchAll(/(?:)/g));`,
  ),
  "WebAssembly loop": endless(
    `new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(${WASM}))).exports.f();`,
  ),
  "WebAssembly loop that makes large lists": endless(
    `new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(${WASM_LISTS}))).exports.f();`,
  ),
  "WebAssembly loop that fills its memory": endless(
    `new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(${WASM_FILL}))).exports.f();`,
  ),
  "endless validation of a WebAssembly module": endless(
    // 80,000 functions that do nothing.
    `const m = new Uint8Array(320_028); m.set([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 131, 241, 4, 128, 241, 4]);
     m.set([10, 131, 211, 14, 128, 241, 4], 80_021); for (let i = 80_028; i < 320_028; i += 3) { m[i] = 2; m[i + 2] = 11; }
     if (!WebAssembly.validate(m)) throw new Error("not valid"); for (;;) WebAssembly.validate(m);`,
  ),
  "endless comparison": endless(`[2, 1].sort(() => { for (;;); });`),
  "endless sorting": endless(`const list = Array.from({ length: 1e4 }, Math.random);
    for (;;) list.toSorted();`),
  "endless sorting of a typed array": endless(
    `const list = Float64Array.from({ length: 1e5 }, Math.random); for (;;) list.toSorted();`,
  ),
  generator: endless(`for (const _ of (function* () { for (;;) yield; })());`),
  "iterator helper": endless(`(function* () { for (;;) yield; })().drop(Infinity).next();`),
  "iterator that never ends": endless(
    `Iterator.from({ next: () => ({ done: false }) }).some(() => false);`,
  ),
  "list of an endless iterator": heap(`[...(function* () { for (;;) yield 1.5; })()];`),
  "set of an endless iterator": heap(
    `new Set((function* () { for (let i = 0; ; i++) yield i; })());`,
  ),
  "object of endless entries": heap(
    `Object.fromEntries((function* () { for (let i = 0; ; i++) yield ["k" + i, i]; })());`,
  ),
  "Promise.all of an endless iterator": heap(
    `Promise.all((function* () { for (;;) yield 1; })());`,
  ),
  getter: endless(`({ get x() { for (;;); } }).x;`),
  "conversion to a primitive": endless("`${{ [Symbol.toPrimitive]() { for (;;); } }}`;"),
  proxy: endless(`Object.keys(new Proxy({}, { ownKeys() { for (;;); } }));`),
  "proxies of proxies": throws(
    `let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); p.x;`,
  ),
  "getter of what is cloned": endless(`structuredClone({ get x() { for (;;); } });`),
  "replacer of JSON": endless(`JSON.stringify({ a: 1 }, () => { for (;;); });`),
  "toJSON that never ends": endless(`Response.json({ toJSON() { for (;;); } });`),
  "endless parsing": endless(`const text = JSON.stringify(new Array(1e3).fill({ a: [1] }));
    for (;;) JSON.parse(text);`),
  "endless writing of JSON": endless(`const list = new Array(1e3).fill({ a: [1] });
    for (;;) JSON.stringify(list);`),
  "endless cloning": endless(`const list = new Array(1e3).fill({ a: [1] });
    for (;;) structuredClone(list);`),
  "clone of much": heap(`structuredClone(Array.from({ length: 1e6 }, (_, i) => ({ i })));`),
  "nested JSON": throws(`JSON.parse("[".repeat(1e6));`),
  "clone of what is deep": throws(
    `let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; structuredClone(o);`,
  ),
  recursion: throws(`const f = () => f() + 1; f();`),
  "recursion that catches": endless(`const f = () => { try { f(); } finally { f(); } }; f();`),
  "endless pipe": inTurns(
    `await new ReadableStream({ pull: (c) => c.enqueue(1) }).pipeTo(new WritableStream());`,
  ),
  "endless random numbers": endless(`for (;;) crypto.getRandomValues(new Uint8Array(65_536));`),
  "endless digests": inTurns(
    `for (;;) await crypto.subtle.digest("SHA-256", new Uint8Array(100));`,
  ),
  "endless formatting": endless(`for (;;) (1e6).toLocaleString("de");`),
  "endless decoding": endless(`const bytes = new Uint8Array(1e6).fill(65);
    for (;;) new TextDecoder().decode(bytes);`),
  "endless big numbers": endless(`for (let n = 3n; ; ) n = (n * n) % (2n ** 100_000n);`),
};
