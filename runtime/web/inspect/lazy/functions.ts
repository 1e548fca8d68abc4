// Functions and classes: "[Function: name]", "[class B extends A]". Thread: the isolate's.
import { charCodeAt, functionText, getPrototypeOf, startsWith } from "../../idl/primordials.ts";
import { functionName, isProxy } from "./names.ts";

const ASYNC = 1;
const GENERATOR = 2;

/** By its source text: nothing else tells. "class" is a keyword, so no function begins with it. */
function isClass(value: object): boolean {
  const text = functionText(value as never);
  if (!startsWith(text, "class")) return false;
  const next = charCodeAt(text, "class".length);
  const letter = (next | 0x20) >= 0x61 && (next | 0x20) <= 0x7a;
  return !letter && next !== 0x5f && next !== 0x24 && !(next >= 0x30 && next <= 0x39);
}

function classTextOf(value: object, name: string): string {
  const parent = getPrototypeOf(value);
  let text = name === "" ? "class (anonymous)" : `class ${name}`;
  if (typeof parent === "function" && !isProxy(parent)) {
    const parentName = functionName(parent);
    if (parentName !== "") text += ` extends ${parentName}`;
  } else if (parent === null) {
    text += " extends [null prototype]";
  }
  return text;
}

export function functionBase(value: object, className: string | null, tag: string): string {
  const name = functionName(value);
  const suffix = tag === "" ? "" : ` [${tag}]`;
  if (isClass(value)) return `[${classTextOf(value, name)}${suffix}]`;
  const flags = ops.functionFlags(value);
  const kind = `${flags & ASYNC ? "Async" : ""}${flags & GENERATOR ? "Generator" : ""}Function`;
  const nullPrototype = className === null ? " (null prototype)" : "";
  return `[${kind}${nullPrototype}${name === "" ? " (anonymous)" : `: ${name}`}${suffix}]`;
}

/** The tag that functions of this kind inherit, which says nothing new. */
export function isFunctionTag(tag: string): boolean {
  return tag === "AsyncFunction" || tag === "GeneratorFunction" || tag === "AsyncGeneratorFunction";
}
