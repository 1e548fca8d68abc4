// The rule of built-ins.ts, on small projects of its own.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { findReads } from "./built-ins.ts";

const compilerOptions = { target: "es2024", lib: ["esnext"], module: "esnext", types: [] };

/** What the rule finds in a module at `path`. */
function readsIn(path: string, text: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), "nano-lint-"));
  try {
    const tsconfig = join(folder, "tsconfig.json");
    writeFileSync(tsconfig, JSON.stringify({ compilerOptions, include: ["**/*.ts"] }));
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `${text}\nexport {};\n`);
    const { files, findings } = findReads(tsconfig);
    assert.equal(files, path.includes("rehearsal/") || path === "globals.ts" ? 0 : 1);
    return findings.map(({ what }) => what);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const inFunctions: [name: string, code: string, ...found: string[]][] = [
  ["a method of a prototype", "m.get('a')", "Map.prototype.get"],
  ["a getter of a prototype", "m.size", "Map.prototype.size"],
  ["a method that is not called", "const f = s.slice", "String.prototype.slice"],
  ["a key in brackets", "s['slice'](1)", "String.prototype.slice"],
  ["an optional call", "maybe?.push(1)", "Array.prototype.push"],
  ["a static method", "Object.keys({})", "Object.keys"],
  ["a namespace's method", "Math.floor(1)", "Math.floor"],
  ["a pattern", "const { floor, ceil: up } = Math", "Math.floor", "Math.ceil"],
  ["a read-only view", "readonly.map(String)", "Array.prototype.map"],
  ["a method of functions", "f.bind(null)", "Function.prototype.bind"],
  ["a union", "either.at(0)", "String.prototype.at"],
  ["a generic value", "generic([1])", "Array.prototype.join"],
  ["an own property", "s.length + list.length + e.message.length + /a/.lastIndex"],
  ["a descriptor", "const d: PropertyDescriptor = {}; return d.get"],
  ["what cannot be replaced", "Symbol.iterator; Number.MAX_SAFE_INTEGER; Map.prototype"],
  ["the memory behind a view", "bytes.byteLength + bytes.length"],
  ["an object of one's own", "own.get('a')"],
];
const PRELUDE = `
const m = new Map<string, string>(), s = "", list = [1], e = new Error(), bytes = new Uint8Array(1);
const readonly: readonly number[] = list, maybe: number[] | undefined = list, f = () => 1;
declare const either: string | string[];
const own = { get(key: string) { return key; } };
`;
for (const [name, code, ...found] of inFunctions) {
  test(`in a function: ${name}`, () => {
    const generic = name === "a generic value";
    const head = generic ? "function generic<T extends number[]>(t: T) { t.join(); }\n" : "";
    assert.deepEqual(
      readsIn("module.ts", `${PRELUDE}${head}export function g() { ${code}; }`),
      found,
    );
  });
}

const FREEZE = "export const frozen = Object.freeze([]);";
const places: [name: string, path: string, code: string, found: boolean][] = [
  ["the top level of the core", "module.ts", FREEZE, false],
  ["the top level of a lazy group", "lazy/streams/module.ts", FREEZE, true],
  ["the same in a folder of its specification", "streams/lazy/module.ts", FREEZE, true],
  ["what runs in builds alone", "lazy/rehearsal/module.ts", `${FREEZE} () => Math.max(1)`, false],
  ["the installation of the globals", "globals.ts", "() => Math.max(1)", false],
  ["a module of that name elsewhere", "dom/globals.ts", "() => Math.max(1)", true],
  ["an arrow function", "module.ts", "export const f = () => Math.max(1);", true],
  ["a method", "module.ts", "export class A { m() { Math.max(1); } }", true],
  ["a getter", "module.ts", "export class A { get m() { return Math.max(1); } }", true],
  ["a constructor", "module.ts", "export class A { constructor() { Math.max(1); } }", true],
  ["a field", "module.ts", "export class A { m = Math.max(1); }", true],
  ["a static field", "module.ts", "export class A { static m = Math.max(1); }", false],
  ["a static block", "module.ts", "export class A { static { Math.max(1); } }", false],
];
for (const [name, path, code, found] of places) {
  test(`${name}: ${found ? "found" : "allowed"}`, () => {
    assert.equal(readsIn(path, code).length > 0, found);
  });
}
