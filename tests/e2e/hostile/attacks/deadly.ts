// Attacks by built-ins that take much at once, or run over absurd lengths without looking whether they are to end.
// Some of them end the worker, by which no request is lost but those that it had.

import { deadly, WORKER, type Attacks } from "./attack.ts";

export const DEADLY: Attacks = {
  "fill of an absurd length": deadly(`Array.prototype.fill.call({ length: 2 ** 53 - 1 }, 0);`),
  "copyWithin over an absurd length": {
    code: `[].copyWithin.call({ length: 2 ** 53 - 1 }, 1, 0);`,
    expect: [WORKER],
  },
  "search over an absurd length": deadly(
    `Array.prototype.lastIndexOf.call({ length: 2 ** 53 - 1 }, 0);`,
  ),
  "reversal of an absurd length": deadly(`Array.prototype.reverse.call({ length: 2 ** 53 - 1 });`),
  "sort of an absurd length": deadly(`Array.prototype.sort.call({ length: 2 ** 53 - 1 });`),
  "join of an absurd length": deadly(`Array.prototype.join.call({ length: 2 ** 53 - 1 });`),
  "fill of the longest list": deadly(`new Array(2 ** 32 - 1).fill(0);`),
  "split of a large text": {
    code: `keep.push("x".repeat(2 ** 28).split(""));`,
    expect: [WORKER],
  },
  "replacement in a large text": deadly(`keep.push("x".repeat(2 ** 27).replace(/x/g, "yy"));`),
  "encoding of a large text": deadly(`keep.push(new TextEncoder().encode("é".repeat(2e8)));`),
  "keys of a typed array": deadly(`keep.push(Object.keys(new Uint8Array(5e7)));`),
  "Array.from of a length": deadly(`keep.push(Array.from({ length: 2 ** 28 }));`),
  "a list in a list": deadly(
    `const list = new Array(1e7).fill(1); keep.push(list.map(() => list).flat());`,
  ),
  "large sort": deadly(`Array.from({ length: 4e6 }, Math.random).sort();`),
  "sort of a large typed array": deadly(
    `keep.push(new Float64Array(8e6).map(Math.random).sort());`,
  ),
  "sort of all numbers": deadly(`keep.push([...new Float64Array(5e7)].sort());`),
  "parse of a large text": deadly(`JSON.parse("[" + '{"a":1},'.repeat(5e6) + "0]");`),
  "clone of a large list": deadly(`structuredClone(new Array(1e7).fill({}));`),
  // It doubles what it has, and clears it, in one step.
  "a WebAssembly table": deadly(
    `const t = new WebAssembly.Table({ initial: 1, element: "anyfunc" }); for (;;) t.grow(1e5);`,
  ),
  // Until V8 has optimised a loop, it looks only after so many bytes of code, which are thousands of turns of this one.
  "endless filling of a typed array": deadly(
    `const list = new Uint8Array(3e7); for (;;) list.fill(1);`,
  ),
  // In one of these steps V8 does not look, nor between two of them in a loop that it has not optimised.
  "endless parsing of a large text": deadly(
    `const text = "[" + '{"a":1},'.repeat(1e6) + "0]"; for (;;) JSON.parse(text);`,
  ),
  "endless normalization of a large text": deadly(
    `const text = "e\\u0301".repeat(2 ** 22); for (;;) text.normalize();`,
  ),
  "normalization of a text that is longer than the heap": deadly(
    `"é".repeat(2 ** 27).normalize("NFD");`,
  ),
  "comparison of large texts": deadly(
    `const text = "é".repeat(2 ** 27); text.localeCompare("é".repeat(2 ** 27 - 1) + "x");`,
  ),
  "capital letters of a large text": deadly(`"é".repeat(2 ** 27).toLocaleUpperCase("tr");`),
  "endless spreading of a large list": deadly(
    `const list = new Array(1e6).fill(1); for (;;) [...list];`,
  ),
  "endless making of large lists": deadly(`for (;;) new Array(1e7).fill(0);`),
  "texts that double": deadly(`let text = "a"; for (;;) text = text.replaceAll("a", "aa");`),
  "a number of many digits": deadly(`(2n ** 2n ** 27n).toString();`),
};
