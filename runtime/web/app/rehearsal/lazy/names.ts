// Names of everything that can be reached from the global object without calling anything:
// "Uint8Array/prototype/toBase64". V8 installs some of it only when an isolate is booted to run, so a
// build compares two isolates name by name, and an upgrade of the engine needs no list to be kept.
// Thread: the isolate's.
import { getPrototypeOf, ownKeys, ownProperty } from "../../../idl/primordials.ts";

/** Between the parts of a name. */
export const SEPARATOR = "/";
/** The part of a name that stands for an object's prototype. */
const PROTOTYPE = "__proto__";

/** Objects that nothing reaches from the global object. */
function roots(): Record<string, object> {
  return {
    __proto__: null as never,
    "%ArrayIterator": [][Symbol.iterator](),
    "%StringIterator": ""[Symbol.iterator](),
    "%MapIterator": new Map().entries(),
    "%SetIterator": new Set().values(),
    "%RegExpStringIterator": "".matchAll(/a/g),
    "%IteratorHelper": Iterator.from([]).map((value) => value),
    "%Generator": (function* () {})(),
    "%AsyncGenerator": (async function* () {})(),
    "%AsyncFunction": async () => {},
    "%Segments": new Intl.Segmenter().segment(""),
  };
}

/** A property's key as a part of a name; undefined for a symbol that is not well-known. */
function partOf(key: string | symbol): string | undefined {
  if (typeof key === "string") return key;
  const { description = "" } = key;
  return description.startsWith("Symbol.") ? `@@${description.slice(7)}` : undefined;
}

function keyOf(part: string): PropertyKey {
  return part.startsWith("@@")
    ? (Symbol as unknown as Record<string, symbol>)[part.slice(2)]!
    : part;
}

/** The names of what is there, one a line, each object under the shortest of its names. */
export function globalNames(): string {
  const names: string[] = [];
  const seen = new Set<object>();
  const queue: [string, object][] = [["", globalThis]];
  for (const [name, root] of Object.entries(roots())) queue.push([name, root]);
  for (let at = 0; at < queue.length; at++) {
    const [path, object] = queue[at]!;
    if (seen.has(object)) continue;
    seen.add(object);
    const prefix = path === "" ? "" : path + SEPARATOR;
    for (const key of ownKeys(object)) {
      const part = partOf(key);
      if (part === undefined || part === "") continue;
      names.push(prefix + part);
      const value: unknown = ownProperty(object, key)!.value;
      if (typeof value === "function" || (typeof value === "object" && value !== null)) {
        queue.push([prefix + part, value]);
      }
    }
    const prototype = getPrototypeOf(object);
    if (prototype !== null) queue.push([prefix + PROTOTYPE, prototype]);
  }
  return names.join("\n");
}

/** A property's owner and key, by its name; undefined if there is no such owner (any more). */
export function resolve(name: string): { owner: object; key: PropertyKey } | undefined {
  const parts = name.split(SEPARATOR);
  const last = parts.pop()!;
  let owner: unknown = globalThis;
  for (const [index, part] of parts.entries()) {
    if (index === 0 && part.startsWith("%")) owner = roots()[part];
    else if (part === PROTOTYPE) owner = getPrototypeOf(owner as object);
    else owner = ownProperty(owner as object, keyOf(part))?.value;
    if ((typeof owner !== "object" && typeof owner !== "function") || owner === null)
      return undefined;
  }
  return { owner: owner as object, key: keyOf(last) };
}

/** As people write it: "Uint8Array.prototype.toBase64". */
export function shown(name: string): string {
  return name.replaceAll(SEPARATOR, ".").replaceAll(/\.@@(\w+)/g, "[Symbol.$1]");
}
