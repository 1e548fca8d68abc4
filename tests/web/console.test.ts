// The console namespace as script sees it (Console Standard, section 1). What it writes is tested from
// outside: console-cases.ts.
import { assert, test } from "./harness.ts";

const METHODS = [
  "assert",
  "clear",
  "count",
  "countReset",
  "debug",
  "dir",
  "dirxml",
  "error",
  "group",
  "groupCollapsed",
  "groupEnd",
  "info",
  "log",
  "table",
  "time",
  "timeEnd",
  "timeLog",
  "trace",
  "warn",
];

type Method = (...args: unknown[]) => unknown;
const methods = console as unknown as Record<string, Method>;

test("console is a namespace object", () => {
  const property = Object.getOwnPropertyDescriptor(globalThis, "console")!;
  assert.equal(property.writable, true);
  assert.equal(property.enumerable, false);
  assert.equal(property.configurable, true);
  assert.deepEqual(Object.getOwnPropertyDescriptor(console, Symbol.toStringTag), {
    value: "console",
    writable: false,
    enumerable: false,
    configurable: true,
  });
  assert.equal(String(console), "[object console]");
  const prototype = Object.getPrototypeOf(console) as object;
  assert.deepEqual(Reflect.ownKeys(prototype), []);
  assert.equal(Object.getPrototypeOf(prototype), Object.prototype);
  assert.throws(() => new (console as unknown as new () => object)(), TypeError);
});

test("console has the standard's operations and no others", () => {
  assert.deepEqual(Object.keys(console).sort(), METHODS);
  for (const name of METHODS) {
    const property = Object.getOwnPropertyDescriptor(console, name)!;
    assert.ok(property.writable && property.enumerable && property.configurable, name);
    assert.equal(methods[name]!.name, name);
    assert.equal(methods[name]!.length, 0, name);
    assert.equal(Object.hasOwn(methods[name]!, "prototype"), false, name);
    assert.throws(() => new (methods[name] as unknown as new () => object)(), TypeError);
  }
});

test("console's operations need no receiver and give nothing", () => {
  for (const name of METHODS) {
    if (name.startsWith("group")) continue;
    const method = methods[name]!;
    assert.equal(method(), undefined, name);
    assert.equal(Reflect.apply(method, 1, []), undefined, name);
  }
});

test("console's labels are converted to strings, and only once", () => {
  for (const name of ["count", "countReset", "time", "timeLog", "timeEnd"]) {
    let conversions = 0;
    methods[name]!({
      toString() {
        conversions++;
        return name;
      },
    });
    assert.equal(conversions, 1, name);
    assert.throws(() => methods[name]!(Symbol()), TypeError);
    const thrown = new Error("from toString");
    const throwing = {
      toString() {
        throw thrown;
      },
    };
    assert.equal(
      assert.throws(() => methods[name]!(throwing)),
      thrown,
    );
  }
});

test("console.table and console.dir convert their options", () => {
  assert.throws(() => methods.table!([], 5), TypeError);
  assert.throws(() => methods.table!([], [Symbol()]), TypeError);
  assert.throws(() => methods.dir!({}, 5), TypeError);
  methods.table!([], undefined);
  methods.dir!({}, null);
});

test("console runs none of the code of what it logs", () => {
  let runs = 0;
  const count = () => {
    runs++;
    throw new Error("called");
  };
  const handler: ProxyHandler<object> = {};
  for (const trap of Reflect.ownKeys(Reflect)) {
    if (typeof trap === "string") Object.assign(handler, { [trap]: count });
  }
  const getters = Object.defineProperties(
    {},
    Object.fromEntries(
      ["a", "constructor", "name", "message", "cause", "toJSON", "then", "length"].map((key) => [
        key,
        { get: count, enumerable: true },
      ]),
    ),
  );
  class Hostile {
    static get [Symbol.hasInstance]() {
      return count();
    }
    static get name() {
      return count();
    }
    get [Symbol.toStringTag]() {
      return count();
    }
    get [Symbol.iterator]() {
      return count();
    }
    toString = count;
    valueOf = count;
  }
  class Mapped extends Map {
    override get size() {
      return count();
    }
    override entries = count;
  }
  const values = [
    new Proxy({}, handler),
    new Proxy(() => {}, handler),
    new Proxy(new Error("a"), handler),
    Object.create(new Proxy({}, handler)),
    getters,
    new Hostile(),
    Hostile,
    Reflect.construct(Mapped, []),
    Object.assign(new Date(), { toISOString: count, getTime: count }),
    Object.defineProperty(/a/, "flags", { get: count }),
    Object.assign(Promise.resolve(), { then: count }),
    Object.assign([1, 2], { map: count, join: count, toString: count }),
  ];
  for (const value of values) {
    for (const name of ["log", "error", "dir", "dirxml", "table", "trace"]) {
      methods[name]!(value);
      methods[name]!([value], undefined);
    }
    methods.log!("%o %O %d", value, value, 1);
    methods.assert!(false, value);
    methods.dir!(value, { showHidden: true, showProxy: true, depth: null });
  }
  assert.equal(runs, 0);
});

test("console survives an error whose stack cannot be read", () => {
  // The engine reads name and message, getters and all, when a stack is first asked for.
  const throwing = { get: () => assert.ok(false), configurable: true };
  console.log(Object.defineProperties(new Error("a"), { name: throwing, message: throwing }));
  console.log(Object.setPrototypeOf(new Error("b"), new Proxy({}, { get: throwing.get })));
  const { prepareStackTrace } = Error as { prepareStackTrace?: unknown };
  try {
    Object.assign(Error, { prepareStackTrace: throwing.get });
    console.log(new Error("c"));
    console.trace();
    Object.assign(Error, { prepareStackTrace: () => ({}) });
    console.log(new Error("d"));
    console.trace();
  } finally {
    Object.assign(Error, { prepareStackTrace });
  }
});

test("console does not depend on what an app may patch", () => {
  const fail = () => {
    throw new Error("patched");
  };
  const patches: [object, PropertyKey][] = [
    [Array.prototype, Symbol.iterator],
    [Array.prototype, "join"],
    [Array.prototype, "push"],
    [Array.prototype, "map"],
    [Map.prototype, "get"],
    [Map.prototype, "set"],
    [Map.prototype, "entries"],
    [Set.prototype, "values"],
    [String.prototype, "replaceAll"],
    [String.prototype, "slice"],
    [String.prototype, "charCodeAt"],
    [Object, "getOwnPropertyDescriptor"],
    [Reflect, "ownKeys"],
    [Reflect, "getPrototypeOf"],
    [Date.prototype, "toISOString"],
    [RegExp.prototype, "exec"],
    [Function.prototype, "call"],
    [Function.prototype, "toString"],
  ];
  const originals = patches.map(([target, key]) => Reflect.getOwnPropertyDescriptor(target, key)!);
  const { defineProperty } = Reflect;
  const pollution = { get: fail, configurable: true };
  const polluted = ["get", "set", "value", "enumerable", "depth", "stack"];
  const value = {
    list: [1, "two"],
    map: new Map([[1, { a: 2 }]]),
    set: new Set([/a/g]),
    date: new Date(0),
    error: new Error("e", { cause: 1 }),
    function: () => {},
    url: new URL("http://a.example/"),
  };
  let thrown: unknown;
  try {
    for (let i = 0; i < patches.length; i++) {
      defineProperty(patches[i]![0], patches[i]![1], { value: fail, configurable: true });
    }
    // Descriptors that are made here need a prototype without the pollution.
    defineProperty(pollution, "__proto__", { value: null });
    Object.setPrototypeOf(pollution, null);
    for (let i = 0; i < polluted.length; i++) {
      defineProperty(Object.prototype, polluted[i]!, pollution);
    }
    console.log(value, "%s");
    console.table([value]);
    console.group("%s %d", "a", 1);
    console.count("patched");
    console.groupEnd();
  } catch (error) {
    thrown = error;
  }
  for (let i = 0; i < polluted.length; i++) Reflect.deleteProperty(Object.prototype, polluted[i]!);
  for (let i = 0; i < patches.length; i++) {
    const original = originals[i]!;
    Object.setPrototypeOf(original, null);
    defineProperty(patches[i]![0], patches[i]![1], original);
  }
  assert.equal(thrown, undefined);
});

test("console takes what is large", () => {
  console.log("x".repeat(1 << 20));
  console.log(Array.from({ length: 100_000 }, (_, i) => ({ i })));
  console.log(new Set(Array.from({ length: 100_000 }, (_, i) => i)));
  let deep: unknown = null;
  for (let i = 0; i < 50_000; i++) deep = [deep];
  console.dir(deep, { depth: null });
  let error = new Error("first");
  for (let i = 0; i < 200; i++) error = new Error(`number ${i}`, { cause: error });
  console.error(error);
});
