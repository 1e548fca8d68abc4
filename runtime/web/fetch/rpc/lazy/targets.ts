// What another app may reach of an object that it was given: methods and accessors of its class, and nothing
// that an instance or a prototype of the platform's has. Thread: the isolate's.
import { ifLoaded } from "../../../host/lazy-groups.ts";
import {
  apply,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  hasOwn,
  isArray,
  isPrototypeOf,
  objectPrototype,
  ownProperty,
} from "../../../idl/primordials.ts";
import { isObject, own } from "../../../idl/webidl.ts";
import { isReference, memberReference } from "./references.ts";

/** Marks what goes by reference: the other app gets a stub of it. */
export class RpcTarget {}

/** Names of the platform's own. */
const RESERVED: Record<string, boolean> = own({ constructor: true, dup: true, then: true });

export function isTarget(value: object): value is RpcTarget {
  return isPrototypeOf(RpcTarget.prototype, value);
}

/** A member of the classes of `object` below the prototype `top`; undefined: it has none of that name. */
export function memberOfClass(
  object: object,
  name: string,
  top: object,
): { value: unknown } | undefined {
  let prototype = getPrototypeOf(object);
  while (prototype !== null && prototype !== top) {
    // It has either a value or a getter of its own, if only undefined: nothing of it is inherited.
    const property = getOwnPropertyDescriptor(prototype, name);
    if (property !== undefined) {
      if (hasOwn(property, "value")) return { value: property.value as unknown };
      return property.get && { value: apply(property.get, object, []) };
    }
    prototype = getPrototypeOf(prototype);
  }
  return undefined;
}

function isPlain(value: object): boolean {
  const prototype = getPrototypeOf(value);
  return prototype === null || prototype === objectPrototype || isArray(value);
}

function member(object: unknown, name: string): unknown {
  // A reference to another app's object asks that.
  if (isReference(object)) return (object as unknown as Record<string, unknown>)[name];
  if (isObject(object)) {
    let found: { value: unknown } | undefined;
    if (isTarget(object)) {
      if (!RESERVED[name]) found = memberOfClass(object, name, RpcTarget.prototype);
    } else if (isPlain(object) || typeof object === "function") {
      const property = ownProperty(object, name);
      // Of functions, what was given to them, and not what all have.
      const isTheirs = typeof object !== "function" || property?.enumerable === true;
      if (isTheirs && property !== undefined && "value" in property) {
        return property.value as unknown;
      }
    }
    if (found !== undefined) return found.value;
    const service = ifLoaded("fetch")?.referentOf(object);
    if (service !== undefined) return memberReference(service, [name]);
  }
  throw new TypeError(`${shown(object)} has no method or property '${name}'`);
}

function shown(object: unknown): string {
  if (object === null || object === undefined) return `${object as null}`;
  if (typeof object === "function") return "A function";
  if (typeof object !== "object") return `A ${typeof object}`;
  const name = (object.constructor as { name?: unknown } | undefined)?.name;
  return typeof name === "string" && name !== "" ? `The object (${name})` : "The object";
}

/**
 * Follows a path from an object, and calls what is there.
 * @param args Null: it is not called.
 * @param self What `object` is a member of.
 */
export async function use(
  object: unknown,
  path: readonly string[],
  args: unknown[] | null,
  self: unknown = undefined,
): Promise<unknown> {
  let value = object;
  for (let i = 0; i < path.length; i++) {
    self = isReference(value) ? value : await value;
    value = member(self, path[i]!);
  }
  if (args === null) return value;
  if (!isReference(value)) value = await value;
  if (typeof value !== "function") {
    const name = path.length === 0 ? "It" : `'${path[path.length - 1]!}'`;
    throw new TypeError(`${name} is no function but ${value === null ? "null" : typeof value}`);
  }
  return apply(value, self, args);
}
