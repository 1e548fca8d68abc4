// Apps that take all the memory they can get: their isolate ends, and neither the worker nor an app beside them does.
// Where V8 cannot be stopped, the worker ends, the app is named, and another worker serves the others.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { buildApps } from "../lib/apps.ts";
import { request, type Response } from "../../../tools/harness/http.ts";
import { serve, type Server } from "../lib/server.ts";
import { until } from "../../../tools/harness/wait.ts";

type Outcome = "memory-limit" | "external-memory-limit" | "worker" | "fine";

interface Bomb {
  /** Statements of a request; `keep` is a list of the isolate's that nothing empties. */
  code: string;
  outcome: Outcome;
}

const BOMBS: Record<string, Bomb> = {
  "push of numbers": { code: `for (;;) keep.push(1.5);`, outcome: "memory-limit" },
  "push of objects": { code: `for (;;) keep.push({ a: 1, b: [2] });`, outcome: "memory-limit" },
  "unshift": { code: `for (;;) keep.unshift({}, {}, {}, {});`, outcome: "memory-limit" },
  "split of a large string": { code: `keep.push("x".repeat(2 ** 28).split(""));`, outcome: "worker" },
  "split of a string": { code: `keep.push("x".repeat(2 ** 25).split(""));`, outcome: "memory-limit" },
  "fill of the longest list": { code: `new Array(2 ** 32 - 1).fill(0);`, outcome: "worker" },
  "fill of a list": { code: `keep.push(new Array(2 ** 25).fill(1.5));`, outcome: "memory-limit" },
  "fill with objects": { code: `keep.push(new Array(3e7).fill({}));`, outcome: "memory-limit" },
  "text as bytes": { code: `keep.push(new TextEncoder().encode("é".repeat(2e8)));`, outcome: "external-memory-limit" },
  "keys of a typed array": { code: `keep.push(Object.keys(new Uint8Array(1e8)));`, outcome: "memory-limit" },
  "entries of a typed array": { code: `keep.push(Object.entries(new Uint8Array(1e7)));`, outcome: "memory-limit" },
  "Array.from of a length": { code: `keep.push(Array.from({ length: 2 ** 28 }));`, outcome: "memory-limit" },
  "Array.from of a typed array": { code: `keep.push(Array.from(new Uint8Array(5e7)));`, outcome: "memory-limit" },
  "sort of numbers": {
    code: `const list = new Float64Array(5e7); keep.push([...list].sort());`,
    outcome: "memory-limit",
  },
  "JSON.parse of a list": {
    code: `keep.push(JSON.parse("[" + '{"a":1},'.repeat(5e6) + "0]"));`,
    outcome: "memory-limit",
  },
  "JSON.parse of nested lists": {
    code: `keep.push(JSON.parse("[" + "[[],[]],".repeat(2e6) + "0]"));`,
    outcome: "memory-limit",
  },
  "JSON.stringify": {
    code: `const list = new Array(1e5).fill("y".repeat(1000)); keep.push(JSON.stringify([list, list, list]));`,
    outcome: "memory-limit",
  },
  "replace with a longer text": {
    code: `keep.push("x".repeat(2 ** 27).replace(/x/g, "yy"));`,
    outcome: "memory-limit",
  },
  "replace by a function": {
    code: `keep.push("x".repeat(2 ** 24).replace(/x/g, () => "yyyy"));`,
    outcome: "memory-limit",
  },
  "concatenation": { code: `for (let s = "x"; ; s += s.length) keep.push(s + "y".repeat(99));`, outcome: "memory-limit" },
  "flattened concatenation": {
    code: `for (let i = 0; ; i++) { const s = "x".repeat(1e6) + i; s.charCodeAt(5); keep.push(s); }`,
    outcome: "memory-limit",
  },
  "two-byte text": { code: `for (let i = 0; ; i++) keep.push(("€".repeat(1e7) + i).normalize());`, outcome: "memory-limit" },
  "join": { code: `keep.push(new Array(2 ** 24).fill("xxxxxxxxxx").join(","));`, outcome: "memory-limit" },
  "concat of lists": { code: `let l = [1, 2, 3]; for (;;) l = l.concat(l);`, outcome: "memory-limit" },
  "flat": { code: `const l = new Array(1e4).fill(new Array(1e4).fill(7)); keep.push(l.flat());`, outcome: "memory-limit" },
  "spread": { code: `let l = [1, 2, 3]; for (;;) l = [...l, ...l];`, outcome: "memory-limit" },
  "Map": { code: `const m = new Map(); for (let i = 0; ; i++) m.set(i, i);`, outcome: "memory-limit" },
  "Set of texts": { code: `const s = new Set(); for (let i = 0; ; i++) s.add("k" + i);`, outcome: "memory-limit" },
  "WeakMap": { code: `const m = new WeakMap(); for (;;) { const k = {}; keep.push(k); m.set(k, k); }`, outcome: "memory-limit" },
  "properties": { code: `const o = {}; for (let i = 0; ; i++) o["k" + i] = i;`, outcome: "memory-limit" },
  "elements far apart": { code: `const l = []; for (let i = 0; ; i += 5000) l[i] = i;`, outcome: "memory-limit" },
  "structuredClone": {
    code: `let l = [{}, {}]; for (;;) { l = [structuredClone(l), structuredClone(l)]; keep.push(l); }`,
    outcome: "memory-limit",
  },
  "captures of a pattern": {
    code: `keep.push([..."ab".repeat(1e7).matchAll(/(a)(b)/g)]);`,
    outcome: "memory-limit",
  },
  "matches of a pattern": { code: `keep.push("ab".repeat(2e7).match(/[ab]/g));`, outcome: "memory-limit" },
  "numbers without end": { code: `let n = 2n; for (;;) { n = n * n; keep.push(n); }`, outcome: "fine" },
  "large powers": { code: `for (let i = 0; ; i++) keep.push(2n ** (2n ** 22n) + BigInt(i));`, outcome: "memory-limit" },
  "closures": { code: `let f = () => 0; for (;;) { const g = f; f = () => g; keep.push(f); }`, outcome: "memory-limit" },
  "promises": { code: `for (;;) keep.push(new Promise(() => {}));`, outcome: "memory-limit" },
  "microtasks": { code: `const go = async () => { for (;;) { keep.push({}); await 0; } }; await go();`, outcome: "memory-limit" },
  "generated code": {
    code: `for (let i = 0; ; i++) keep.push("function f" + i + "(){" + "a;".repeat(999) + "}");`,
    outcome: "memory-limit",
  },
  "arguments": { code: `keep.push(Math.max.apply(null, new Array(1e8)));`, outcome: "fine" },
  "apply of a list": { code: `for (;;) keep.push(String.fromCharCode.apply(null, new Array(1e4).fill(8364)));`, outcome: "memory-limit" },
  "errors": { code: `for (;;) keep.push(new Error("x"));`, outcome: "memory-limit" },
  "symbols": { code: `for (let i = 0; ; i++) keep.push(Symbol(i));`, outcome: "memory-limit" },
  "headers": { code: `const h = new Headers(); for (let i = 0; ; i++) h.append("x-" + i, "v".repeat(1000));`, outcome: "memory-limit" },
  "search parameters": { code: `const p = new URLSearchParams(); for (let i = 0; ; i++) p.append("k" + i, "v");`, outcome: "memory-limit" },
  "btoa": { code: `keep.push(btoa("x".repeat(1e8)));`, outcome: "memory-limit" },
  "timers": { code: `for (;;) setTimeout(() => {}, 1e6);`, outcome: "memory-limit" },
};

const ONLY = process.env.BOMB;

test("x", { timeout: 600000 }, async (t) => {
  const routes = Object.entries(BOMBS).map(([name, { code }]) => `${JSON.stringify(name)}: async () => { ${code} },`);
  const { dist } = await buildApps(t, {
    bomb: { files: `const keep: any[] = []; const BOMBS: any = { ${routes.join("\n")} };
export default { async fetch({ url }) {
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  try { await BOMBS[name](); } catch (error) { return new Response(String(error), { status: 500 }); }
  return new Response("fine"); } };`, limits: { memory: "48MiB", cpu: "0s" } },
    app: `export default { fetch: () => new Response("hello") };`,
  });
  for (const [name, { outcome }] of Object.entries(BOMBS)) {
    if (ONLY && !name.includes(ONLY)) continue;
    const server = await serve(t, dist, { workers: 1 });
    const [worker] = await until("the worker", () => server.workers());
    await request(server, "app.test", "/");
    const begun = Date.now();
    let answer = "";
    let peak = 0;
    const rss = () => { try { return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${worker}/status`, "utf8"))![1]) >> 10; } catch { return 0; } };
    const timer = setInterval(() => { peak = Math.max(peak, rss()); }, 5);
    try {
      const response = await request(server, "bomb.test", "/" + encodeURIComponent(name));
      answer = `${response.status} ${response.header("nano-error") ?? response.text.slice(0, 60)}`;
    } catch (error) { answer = String(error).slice(0, 60); }
    clearInterval(timer);
    peak = Math.max(peak, rss());
    const took = Date.now() - begun;
    const now = await until("the worker", () => server.workers().at(0));
    await request(server, "app.test", "/").catch((error) => (answer += " HEALTHY " + error));
    const why = server.log.find(({ app, level }) => app === "bomb" && level === "error");
    console.log(`${name.padEnd(30)} ${now === worker ? "isolate" : "WORKER "} ${answer} ${took} ms peak ${peak} MiB | want ${outcome} | ${JSON.stringify(why?.msg ?? server.stderr.slice(0,300)).slice(0, 260)} used ${why?.used}`);
    await server.stop();
  }
});
