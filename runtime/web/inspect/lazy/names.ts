// Names of objects' classes, found without running any of the app's code: only data properties are
// read, and the search ends at a proxy. Thread: the isolate's.
import { ObjectKind } from "../../host/ops.ts";
import { getPrototypeOf, ownProperty } from "../../idl/primordials.ts";
import { escapeControls } from "./text.ts";

/** The prototype, or null if there is none or a proxy hides it. `object` is no proxy. */
export function prototypeOf(object: object): object | null {
  const prototype = getPrototypeOf(object);
  return prototype !== null && isProxy(prototype) ? null : prototype;
}

export function isProxy(object: object): boolean {
  return ops.objectKind(object) === ObjectKind.Proxy;
}

/** An own data property's value; undefined if there is none or it has a getter. */
export function ownData(object: object, key: PropertyKey): unknown {
  return ownProperty(object, key)?.value;
}

/** A data property's value, own or inherited; undefined if it has a getter or is behind a proxy. */
export function dataProperty(object: object, key: PropertyKey): unknown {
  for (let at: object | null = object; at !== null; at = prototypeOf(at)) {
    const descriptor = ownProperty(at, key);
    if (descriptor !== undefined) return descriptor.value;
  }
  return undefined;
}

export function functionName(value: object): string {
  const name = ownData(value, "name");
  return typeof name === "string" ? escapeControls(name) : "";
}

function isInstance(object: object, constructor: object): boolean {
  const prototype = ownData(constructor, "prototype");
  if (typeof prototype !== "object" || prototype === null) return false;
  for (let at = prototypeOf(object); at !== null; at = prototypeOf(at)) {
    if (at === prototype) return true;
  }
  return false;
}

/** The name of the class that an object is an instance of; null if it has none to be found. */
export function className(object: object): string | null {
  for (let at: object | null = object; at !== null; at = prototypeOf(at)) {
    const constructor = ownData(at, "constructor");
    if (typeof constructor !== "function" || isProxy(constructor)) continue;
    const name = functionName(constructor);
    if (name !== "" && isInstance(object, constructor)) return name;
  }
  return null;
}

/** @@toStringTag, unless it repeats the class's name. */
export function tagOf(object: object, name: string | null): string {
  const tag = dataProperty(object, Symbol.toStringTag);
  return typeof tag === "string" && tag !== name ? escapeControls(tag) : "";
}

/** "Foo(2) [tag] " or "[Foo(2): null prototype] [tag] ". */
export function prefixOf(
  name: string | null,
  fallback: string,
  tag: string,
  size: number | null,
): string {
  const count = size === null ? "" : `(${size})`;
  const head = name === null ? `[${fallback}${count}: null prototype] ` : `${name}${count} `;
  return tag === "" || (name === null && tag === fallback) ? head : `${head}[${tag}] `;
}
