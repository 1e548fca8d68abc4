// Web IDL conversions to sequences, records and dictionaries. (Web IDL, sections 3.2.17 to 3.2.21.)
// Thread: the isolate's.
import { isObject, typeError, type Converter } from "./convert.ts";
import { own } from "./define.ts";
import {
  apply,
  getOwnPropertyDescriptor,
  keys,
  mapGet,
  mapSet,
  ownKeys,
  push,
} from "./primordials.ts";

type IteratorMethod = (this: unknown) => Iterator<unknown>;

/** The value's @@iterator method; undefined if it has none. A TypeError if it is not callable. */
export function iteratorMethod(value: object, where?: string): IteratorMethod | undefined {
  const method = (value as { [Symbol.iterator]?: unknown })[Symbol.iterator];
  if (method === undefined || method === null) return undefined;
  if (typeof method !== "function")
    throw typeError(where, "has an @@iterator that is no function.");
  return method as IteratorMethod;
}

/** The items of an iterable whose @@iterator is already looked up, each converted. */
export function sequenceFrom<T>(
  iterable: object,
  method: IteratorMethod,
  convert: Converter<T>,
  where?: string,
): T[] {
  const iterator = apply(method, iterable, []) as { next: () => unknown };
  if (!isObject(iterator)) throw typeError(where, "has an iterator that is not an object.");
  const next = iterator.next;
  const items: T[] = [];
  for (;;) {
    const step = apply(next as () => unknown, iterator, []);
    if (!isObject(step)) throw typeError(where, "has an iterator whose result is not an object.");
    if ((step as IteratorResult<unknown>).done) return items;
    push(items, convert((step as IteratorResult<unknown>).value, where));
  }
}

/** sequence<T>: any iterable object, copied. */
export function sequence<T>(convert: Converter<T>): Converter<T[]> {
  return (value, where) => {
    if (!isObject(value)) throw typeError(where, "is not iterable.");
    const method = iteratorMethod(value, where);
    if (method === undefined) throw typeError(where, "is not iterable.");
    return sequenceFrom(value, method, convert, where);
  };
}

/**
 * record<K, V>, as a list of pairs in the order of the object's keys. Two keys that convert to the
 * same string are one pair, with the last value.
 */
export function record<K extends string, V>(
  toKey: Converter<K>,
  toValue: Converter<V>,
): Converter<[K, V][]> {
  return (value, where) => {
    if (!isObject(value)) throw typeError(where, "is not an object.");
    const pairs: [K, V][] = [];
    const seen = new Map<string, number>();
    const given = ownKeys(value);
    for (let i = 0; i < given.length; i++) {
      const key = given[i]!;
      if (!getOwnPropertyDescriptor(value, key)?.enumerable) continue;
      const typedKey = toKey(key, where);
      const typedValue = toValue((value as Record<PropertyKey, unknown>)[key], where);
      const index = mapGet(seen, typedKey);
      if (index === undefined) {
        mapSet(seen, typedKey, pairs.length);
        push(pairs, [typedKey, typedValue]);
      } else {
        pairs[index]![1] = typedValue;
      }
    }
    return pairs;
  };
}

interface Member<T = unknown> {
  convert: Converter<T>;
  /** A missing member gets this value; a function is called for it. */
  default?: T | (() => T);
  required?: boolean;
}

interface MemberOfList {
  key: string;
  convert: Converter<unknown>;
  fallback: unknown;
  required: boolean | undefined;
  /** For messages. */
  where: string;
}

type Dictionary<M> = {
  [K in keyof M]: M[K] extends { default: unknown } | { required: true }
    ? M[K] extends Member<infer T>
      ? T
      : never
    : M[K] extends Member<infer T>
      ? T | undefined
      : never;
};

/**
 * A dictionary type. Members are read in the order given, which has to be the specification's:
 * inherited dictionaries first, then by name. undefined and null give all defaults.
 */
export function dictionary<const M extends Record<string, Member<any>>>(
  name: string,
  members: M,
): Converter<Dictionary<M>> {
  const list: MemberOfList[] = [];
  const names = keys(members);
  for (let i = 0; i < names.length; i++) {
    const key = names[i]!;
    const { convert, default: fallback, required } = own<Member>(members[key]!);
    list[i] = { key, convert, fallback, required, where: `Member '${key}' of ${name}` };
  }
  return (value, where) => {
    const missing = value === undefined || value === null;
    if (!missing && !isObject(value)) throw typeError(where, `is not an object (${name}).`);
    const result = { __proto__: null } as unknown as Record<string, unknown>;
    for (let i = 0; i < list.length; i++) {
      const { key, convert, fallback, required, where: place } = list[i]!;
      const given = missing ? undefined : (value as Record<string, unknown>)[key];
      if (given !== undefined) {
        result[key] = convert(given, place);
      } else if (required) {
        throw new TypeError(`${place} is required.`);
      } else {
        result[key] = typeof fallback === "function" ? fallback() : fallback;
      }
    }
    return result as Dictionary<M>;
  };
}
