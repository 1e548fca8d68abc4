// Functions in what is passed to another app: V8 writes none, so a copy is made of what they are in, with an
// object in the place of each. Thread: the isolate's.
import { DOMException } from "../../../dom/dom-exception.ts";
import { ObjectKind } from "../../../host/ops.ts";
import {
  createMap,
  createSet,
  getPrototypeOf,
  isArray,
  keys,
  mapForEach,
  mapGet,
  mapSet,
  objectPrototype,
  setAdd,
  setForEach,
} from "../../../idl/primordials.ts";
import { define, isObject } from "../../../idl/webidl.ts";

let find: (object: object) => Function | undefined;

/** Stands for a function, which stubs are, too. */
class Callable {
  readonly #callable: Function;

  constructor(callable: Function) {
    this.#callable = callable;
  }

  static {
    find = (object) => (#callable in object ? object.#callable : undefined);
  }
}

/** The function that the object stands for; undefined: it stands for none. */
export function callableIn(object: object): Function | undefined {
  return find(object);
}

/** The value with an object in the place of each function; undefined: there is none in it. */
export function withoutFunctions(value: unknown): unknown {
  const copying = new Copying();
  const copy = copying.copy(value);
  return copying.found ? copy : undefined;
}

class Copying {
  found = false;
  readonly #copies = createMap<object, object>();

  copy(value: unknown): unknown {
    if (typeof value === "function") {
      this.found = true;
      return new Callable(value);
    }
    if (!isObject(value)) return value;
    const known = mapGet(this.#copies, value);
    if (known !== undefined) return known;
    if (isArray(value) || isPlain(value)) return this.#copyProperties(value);
    switch (ops.objectKind(value)) {
      case ObjectKind.Map:
        return this.#copyMap(value as Map<unknown, unknown>);
      case ObjectKind.Set:
        return this.#copySet(value as Set<unknown>);
      case ObjectKind.Promise:
        throw new DOMException(
          "A promise cannot be passed between apps: await it first",
          "DataCloneError",
        );
      default:
        return value;
    }
  }

  #copyProperties(value: object): object {
    const copy: object = isArray(value) ? [] : {};
    mapSet(this.#copies, value, copy);
    if (isArray(value)) (copy as unknown[]).length = value.length;
    const names = keys(value);
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      define(copy, name, {
        value: this.copy((value as Record<string, unknown>)[name]),
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
    return copy;
  }

  #copyMap(value: Map<unknown, unknown>): object {
    const copy = createMap<unknown, unknown>();
    mapSet(this.#copies, value, copy);
    mapForEach(value, (item, key) => mapSet(copy, this.copy(key), this.copy(item)));
    return copy;
  }

  #copySet(value: Set<unknown>): object {
    const copy = createSet<unknown>();
    mapSet(this.#copies, value, copy);
    setForEach(value, (item) => setAdd(copy, this.copy(item)));
    return copy;
  }
}

function isPlain(value: object): boolean {
  const prototype = getPrototypeOf(value);
  return prototype === objectPrototype || prototype === null;
}
