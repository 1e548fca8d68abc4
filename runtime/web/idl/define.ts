// What Web IDL says of interface objects and their prototypes that a JS class does not do by itself:
// property attributes, @@toStringTag, lengths, constants. (Web IDL, section 3.7.) Runs once, while the
// base snapshot is built.
import { registerInterface, shown, type Shown } from "./platform-objects.ts";
import { keys, ownNames, ownProperty } from "./primordials.ts";

type Class = Function & { prototype: object };

export interface InterfaceOptions {
  /** Number of required arguments of the constructor, where the class declares another. */
  length?: number;
  /** The same for operations, by name. */
  lengths?: Record<string, number>;
  /** Constants, defined on the interface object and on its prototype. */
  constants?: Record<string, number>;
  /** Members that stay as they are: not enumerable, or defined by somebody else. */
  skip?: readonly PropertyKey[];
  /** [Serializable]: makes the structured clone of an instance (platform-objects.ts). */
  clone?: (instance: object) => object;
  /** [Transferable]: moves what an instance stands for to a new one (platform-objects.ts). */
  transfer?: (instance: object) => object;
  /** What the console shows of an instance; without it, what scripts see of its own properties. */
  shows?: Shown;
  /** The brand check, for objects that have the prototype without being an instance. */
  is?: (object: object) => boolean;
}

const { defineProperty } = Object;

/**
 * Object.defineProperty, by the descriptor's own members alone: groups are loaded when an app may have
 * put a `get` or a `value` on Object.prototype.
 */
export function define(target: object, key: PropertyKey, descriptor: PropertyDescriptor): void {
  defineProperty(target, key, own(descriptor));
}

/** A copy without a prototype: what is absent must not be inherited. */
export function own<T extends object>(members: T): T {
  return { __proto__: null, ...members };
}

function setFunctionProperty(target: object, name: "length" | "name", value: unknown): void {
  define(target, name, { value, configurable: true });
}

function contains(list: readonly PropertyKey[], key: PropertyKey): boolean {
  for (let i = 0; i < list.length; i++) if (list[i] === key) return true;
  return false;
}

/** Makes own string-named members of `target` enumerable, without calling any getter. */
function enumerateMembers(
  target: object,
  skip: readonly PropertyKey[],
  more: readonly PropertyKey[] | undefined,
): void {
  const names = ownNames(target);
  for (let i = 0; i < names.length; i++) {
    const key = names[i]!;
    if (contains(skip, key) || (more !== undefined && contains(more, key))) continue;
    const descriptor = ownProperty(target, key)!;
    if (!descriptor.configurable || descriptor.enumerable) continue;
    define(target, key, { enumerable: true });
  }
}

/** Gives a class the attributes of the interface `name`. */
export function defineInterface(target: Class, name: string, given: InterfaceOptions = {}): void {
  const { prototype } = target;
  const options = own(given);
  if (target.name !== name) setFunctionProperty(target, "name", name);
  if (options.length !== undefined) setFunctionProperty(target, "length", options.length);
  enumerateMembers(prototype, ["constructor"], options.skip);
  enumerateMembers(target, ["length", "name", "prototype"], options.skip);
  const lengths = options.lengths ?? {};
  const methods = keys(lengths);
  for (let i = 0; i < methods.length; i++) {
    const key = methods[i]!;
    const method = (prototype as Record<string, unknown>)[key] ?? (target as never)[key];
    setFunctionProperty(method as object, "length", lengths[key]);
  }
  const constants = options.constants ?? {};
  const names = keys(constants);
  for (let i = 0; i < names.length; i++) {
    const key = names[i]!;
    const value = constants[key];
    const descriptor = { value, enumerable: true, writable: false, configurable: false };
    define(target, key, descriptor);
    define(prototype, key, descriptor);
  }
  define(prototype, Symbol.toStringTag, {
    value: name,
    writable: false,
    enumerable: false,
    configurable: true,
  });
  registerInterface(prototype, options.clone, options.transfer, options.is);
  if (options.shows !== undefined) {
    shown[shown.length] = prototype;
    shown[shown.length] = options.shows;
  }
}

/** Passed to a constructor that scripts cannot call, by the code that may. */
export const INTERNAL = Symbol("internal");

/** Throws for `new AbortSignal()` and the like. */
export function illegalConstructor(key: unknown): void {
  if (key !== INTERNAL) throw new TypeError("Illegal constructor");
}

/** An interface object in its global's property: writable, configurable, not enumerable. */
export function exposeInterface(name: string, value: unknown, target: object = globalThis): void {
  define(target, name, {
    value,
    writable: true,
    enumerable: false,
    configurable: true,
  });
}

/** An operation of the global object: writable, enumerable, configurable. */
export function exposeOperation(name: string, value: unknown, target: object = globalThis): void {
  define(target, name, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

/** An attribute of the global object. [Replaceable] ones become plain properties when assigned. */
export function exposeAttribute(
  name: string,
  get: () => unknown,
  options: { replaceable?: boolean; set?: (value: unknown) => void } = own({}),
  target: object = globalThis,
): void {
  const replace = function (this: object | undefined, value: unknown): void {
    exposeOperation(name, value, this ?? target);
  };
  const set = options.replaceable ? replace : options.set;
  setFunctionProperty(get, "name", `get ${name}`);
  if (set !== undefined) setFunctionProperty(set, "name", `set ${name}`);
  define(target, name, { get, set, enumerable: true, configurable: true });
}
