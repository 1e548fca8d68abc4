// What structured cloning and the console know of platform objects: which prototypes belong to interfaces,
// how the instances of [Serializable] and [Transferable] ones are cloned and transferred (HTML, sections
// 2.7.1 and 2.7.2), and what the log shows of them. Filled by defineInterface; lazy groups add to it when they are loaded, before there can
// be instances of theirs. Thread: the isolate's.
import { getPrototypeOf, mapGet, mapSet } from "./primordials.ts";

export interface PlatformInterface {
  /** The serialization steps and the deserialization steps in one: both ends are in this realm. */
  readonly clone: ((instance: object) => object) | undefined;
  /**
   * The transfer steps and the transfer-receiving steps in one: gives a new instance that takes the
   * place of `instance`. Throws a DataCloneError if `instance` cannot be transferred, as when it is
   * detached.
   */
  readonly transfer: ((instance: object) => object) | undefined;
  /** The brand check; without one every object with the prototype is taken for an instance. */
  readonly is: ((object: object) => boolean) | undefined;
}

/**
 * What the console shows of an instance: the values of attributes; what forEach() visits, as a list of names
 * and values; or, as an error's first line, its name and message.
 */
export type Shown = readonly string[] | "pairs" | "error";

/** Prototypes, each followed by what it shows: only the inspector looks there (inspect/lazy/custom.ts). */
export const shown: (object | Shown)[] = [];

/** Of interfaces whose instances can be neither cloned nor transferred: the most. */
const immovable: PlatformInterface = { clone: undefined, transfer: undefined, is: undefined };

// The keys live as long as the realm, so this need not be weak.
const interfaces = new Map<object, PlatformInterface>();

export function registerInterface(
  prototype: object,
  clone: PlatformInterface["clone"],
  transfer: PlatformInterface["transfer"],
  is: PlatformInterface["is"],
): void {
  const none = clone === undefined && transfer === undefined && is === undefined;
  mapSet(interfaces, prototype, none ? immovable : { clone, transfer, is });
}

/**
 * The most derived interface that an object is an instance of. Undefined if there is none by its
 * prototypes; null if there is none by its brand, though prototypes say otherwise.
 */
export function interfaceOf(object: object): PlatformInterface | null | undefined {
  let result: null | undefined;
  for (
    let prototype = getPrototypeOf(object);
    prototype !== null;
    prototype = getPrototypeOf(prototype)
  ) {
    const found = mapGet(interfaces, prototype);
    if (found === undefined) continue;
    if (found.is === undefined || found.is(object)) return found;
    result = null;
  }
  return result;
}
