// Pair iterables: entries, keys, values, forEach and @@iterator, with the `X Iterator` prototype.
// (Web IDL, sections 3.7.9 and 3.7.10.) Thread: the isolate's.
import { requireArguments, toCallback } from "./convert.ts";
import { define } from "./define.ts";
import { apply, getPrototypeOf, setPrototypeOf } from "./primordials.ts";

const IteratorPrototype = getPrototypeOf(getPrototypeOf([][Symbol.iterator]())!)!;

type Kind = "entries" | "keys" | "values";

interface PairSource<Self extends object, K, V> {
  /** The brand check of the interface. */
  is(value: object): value is Self;
  /** The pair at an index of the list as it is now; undefined beyond its end. */
  pairAt(self: Self, index: number): readonly [K, V] | undefined;
}

/**
 * Adds the members of `iterable<K, V>` to a class. The list is asked for each pair anew, so that
 * changes during an iteration show as the specification wants.
 */
export function defineIterable<Self extends object, K, V>(
  target: { prototype: Self },
  name: string,
  source: PairSource<Self, K, V>,
): void {
  class PairIterator {
    #target: Self;
    #kind: Kind;
    #index = 0;

    constructor(self: Self, kind: Kind) {
      this.#target = self;
      this.#kind = kind;
    }

    next(): IteratorResult<unknown, undefined> {
      if (typeof this !== "object" || this === null || !(#target in this)) {
        throw new TypeError(`next() was called on something that is no ${name} Iterator`);
      }
      const pair = source.pairAt(this.#target, this.#index);
      if (pair === undefined) return { value: undefined, done: true };
      this.#index++;
      if (this.#kind === "keys") return { value: pair[0], done: false };
      if (this.#kind === "values") return { value: pair[1], done: false };
      return { value: [pair[0], pair[1]], done: false };
    }
  }
  const iteratorPrototype = PairIterator.prototype as { constructor?: unknown };
  delete iteratorPrototype.constructor;
  setPrototypeOf(iteratorPrototype, IteratorPrototype);
  define(iteratorPrototype, "next", { enumerable: true });
  define(iteratorPrototype, Symbol.toStringTag, {
    value: `${name} Iterator`,
    configurable: true,
  });

  function check(self: unknown): asserts self is Self {
    if (typeof self !== "object" || self === null || !source.is(self)) {
      throw new TypeError(`Illegal invocation: this is no ${name}`);
    }
  }
  const where = `Failed to execute 'forEach' on '${name}'`;
  // Methods of an object literal are no constructors, as Web IDL wants.
  const methods = {
    entries(this: unknown) {
      check(this);
      return new PairIterator(this, "entries");
    },
    keys(this: unknown) {
      check(this);
      return new PairIterator(this, "keys");
    },
    values(this: unknown) {
      check(this);
      return new PairIterator(this, "values");
    },
    forEach(this: unknown, callback: unknown, thisArgument: unknown = undefined) {
      check(this);
      requireArguments(arguments.length, 1, where);
      const call = toCallback<(...args: unknown[]) => unknown>(callback, `${where}: parameter 1`);
      for (let i = 0; ; i++) {
        const pair = source.pairAt(this, i);
        if (pair === undefined) return;
        apply(call, thisArgument, [pair[1], pair[0], this]);
      }
    },
  };
  const names = ["entries", "keys", "values", "forEach"] as const;
  for (let i = 0; i < names.length; i++) {
    const key = names[i]!;
    define(target.prototype, key, {
      value: methods[key],
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  define(target.prototype, Symbol.iterator, {
    value: methods.entries,
    writable: true,
    enumerable: false,
    configurable: true,
  });
}
