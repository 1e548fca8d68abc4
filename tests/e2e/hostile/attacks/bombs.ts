// Attacks on memory: V8's heap, what is outside of it, and what comes compressed.

import { gzipSync } from "node:zlib";
import { external, heap, type Attacks } from "./attack.ts";

/** Bytes that are 300 MB before they are sent. */
export const COMPRESSED = 300e6;

export const BOMBS: Attacks = {
  "objects that are kept": heap(`for (;;) keep.push({ a: [1] });`),
  "lists that are kept": heap(`for (;;) keep.push(new Array(1000));`),
  "filled lists that are kept": heap(`for (;;) keep.push(new Array(100).fill(0));`),
  "numbers that are kept": heap(`for (;;) keep.push(1.5);`),
  "texts that are kept": heap(
    `for (let i = 0; ; i++) { const s = "x".repeat(1e6) + i; s.charCodeAt(5); keep.push(s); }`,
  ),
  "lists that double": heap(`let list = [1, 2, 3]; for (;;) list = [...list, ...list];`),
  "JSON that is kept": heap(`for (;;) keep.push(JSON.parse("[" + '{"a":1},'.repeat(1e5) + "0]"));`),
  "clones that double": heap(
    `let list = [{}, {}]; for (;;) keep.push(list = [structuredClone(list), structuredClone(list)]);`,
  ),
  "branch that nobody reads": heap(
    `const [branch] = new ReadableStream({ pull: (c) => c.enqueue({ x: [1, 2, 3] }) }).tee();
     for await (const _ of branch);`,
  ),
  "branch of bytes that nobody reads": {
    code: `const [branch] = new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(1e5)) }).tee();
      for await (const _ of branch);`,
    expect: ["external-memory-limit", "memory-limit", "cpu-limit"],
  },
  buffers: external(`for (;;) keep.push(new Uint8Array(1e6).fill(1));`),
  "shared buffers": external(
    `for (;;) keep.push(new Uint8Array(new SharedArrayBuffer(1e6)).fill(1));`,
  ),
  "a resizable buffer": external(
    `const b = new ArrayBuffer(8, { maxByteLength: 2 ** 30 });
     for (let n = 1e6; n < 2 ** 30; n += 1e6) { b.resize(n); new Uint8Array(b, n - 1e6).fill(1); }`,
  ),
  "a growable shared buffer": external(
    `const b = new SharedArrayBuffer(8, { maxByteLength: 2 ** 30 });
     for (let n = 1e6; n < 2 ** 30; n += 1e6) { b.grow(n); new Uint8Array(b, n - 1e6).fill(1); }`,
  ),
  "typed arrays that are sorted": external(
    `for (;;) keep.push(new Float64Array(1e6).fill(1.5).sort());`,
  ),
  blobs: external(`for (;;) keep.push(new Blob(["x".repeat(1e6)]));`),
  "clones of buffers": external(
    `const b = new Uint8Array(1e6); for (;;) keep.push(structuredClone(b));`,
  ),
  "encoded texts": external(`for (;;) keep.push(new TextEncoder().encode("é".repeat(1e5)));`),
  "WebAssembly modules": external(
    `const m = new Uint8Array(1e6); for (let i = 0; ; i++) {
       m.set([0, 97, 115, 109, 1, 0, 0, 0, 0, 180, 132, 61, 4, 65, i & 63, i >> 6 & 63, i >> 12]);
       keep.push(new WebAssembly.Module(m)); }`,
  ),
  "WebAssembly modules that are made while another is": external(
    `const m = new Uint8Array(1e6); m.set([0, 97, 115, 109, 1, 0, 0, 0, 0, 180, 132, 61, 4, 65]);
     let n = 0, reads = 0; const target = new Proxy(function () {}, { get() { if (reads++ === 0) return;
       m.set([n & 63, n >> 6 & 63, n++ >> 12], 14); keep.push(new WebAssembly.Module(m)); } });
     for (;; reads = 0) Reflect.construct(WebAssembly.Module, [m.slice(0, 8)], target);`,
  ),
  "WebAssembly modules that nobody waits for": external(
    `const m = new Uint8Array(1e6); m.set([0, 97, 115, 109, 1, 0, 0, 0, 0, 180, 132, 61, 1, 65]);
     for (;;) WebAssembly.compile(m);`,
  ),
  "WebAssembly memories": external(`for (;;) keep.push(new WebAssembly.Memory({ initial: 16 }));`),
  "a WebAssembly memory": external(
    `const m = new WebAssembly.Memory({ initial: 1 }); for (;;) { m.grow(16); new Uint8Array(m.buffer).fill(1); }`,
  ),
  "WebAssembly tables": heap(
    `for (;;) keep.push(new WebAssembly.Table({ initial: 1e5, element: "externref" }));`,
  ),
  formatters: {
    code: `for (;;) keep.push(new Intl.DateTimeFormat("de", { dateStyle: "full" }), new Intl.Collator("sv"));`,
    expect: ["cpu-limit", "external-memory-limit", "memory-limit"],
  },
  "streams of compression": {
    code: `for (;;) keep.push(new CompressionStream("gzip"));`,
    expect: ["memory-limit", "external-memory-limit", "cpu-limit"],
  },
  "endless source": external(
    `new ReadableStream({ start(c) { for (;;) c.enqueue(new Uint8Array(1e5)); } });`,
  ),
  "a body that is compressed": {
    ...external(
      `keep.push(await new Response(request.body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());`,
    ),
    body: gzipSync(Buffer.alloc(COMPRESSED)),
  },
  "an answer that is compressed": external(
    `keep.push(await (await fetch(env.ORIGIN + "/gzip")).arrayBuffer());`,
  ),
  "an answer that is compressed well": external(
    `keep.push(await (await fetch(env.ORIGIN + "/br")).arrayBuffer());`,
  ),
  "an answer that is compressed, as text": {
    code: `keep.push(await (await fetch(env.ORIGIN + "/gzip")).text());`,
    expect: ["memory-limit", "external-memory-limit", "cpu-limit"],
  },
  "an answer that is compressed, part by part": {
    code: `for await (const _ of (await fetch(env.ORIGIN + "/gzip")).body);`,
    expect: ["cpu-limit", 200],
  },
  "an answer that never ends": external(
    `keep.push(await (await fetch(env.ORIGIN + "/endless")).arrayBuffer());`,
  ),
};
