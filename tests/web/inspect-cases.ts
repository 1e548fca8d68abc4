// How the console shows values of every kind. Run as console-cases.ts says.
import { LONE_SURROGATE, type Case } from "./console-cases.ts";

/** A value, and what console.log makes of it. */
function shows(name: string, value: () => unknown, text: string | RegExp): Case {
  return { name, run: () => console.log(value()), entries: [["info", text]] };
}

class Point {
  x = 1;
  #hidden = 2;
  get sum(): number {
    throw new Error("getter called");
  }
  uses(): number {
    return this.#hidden;
  }
}
class Derived extends Map<number, number> {}
class Loud extends Error {}
class Titled extends Error {
  override name = "Title";
}

function refuse(): never {
  throw new Error("trap");
}
const traps: ProxyHandler<object> = {};
for (const trap of Reflect.ownKeys(Reflect)) {
  if (typeof trap === "string") Object.assign(traps, { [trap]: refuse });
}

function nested(levels: number): unknown {
  let value: unknown = {};
  for (let i = 0; i < levels; i++) value = { value };
  return value;
}

function circular(): object {
  const root: Record<string, unknown> = { name: "root" };
  const child = { root, self: undefined as unknown };
  child.self = child;
  return Object.assign(root, { child, list: [root] });
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function withCause(): Error {
  const last = Object.assign(new TypeError("inner"), { code: "E_INNER" });
  return new Error("outer", { cause: new Error("middle", { cause: last }) });
}

function withStack<T extends Error>(error: T, stack: unknown): T {
  return Object.defineProperty(error, "stack", { value: stack, configurable: true });
}

const shared = { a: 1 };

/** An error without frames, so that its text is the same everywhere. */
function bare<T extends Error>(error: T): T {
  return withStack(error, undefined);
}

export const cases: Case[] = [
  shows("primitives", () => [1, -0, 1n, "a", true, null, undefined, NaN], /^\[/),
  shows("quotes", () => ["a", "it's", `"it's"`, "`\"'"], "[ 'a', \"it's\", `\"it's\"`, '`\"\\'' ]"),
  shows(
    "escapes",
    () => ["\n\\\u0001\u007f\u2028" + LONE_SURROGATE],
    "[ '\\n\\\\\\x01\\x7f\\u2028\\ud800' ]",
  ),
  shows(
    "symbols",
    () => [Symbol("a b"), Symbol(), Symbol.iterator],
    "[ Symbol(a b), Symbol(), Symbol(Symbol.iterator) ]",
  ),
  shows(
    "keys",
    () => ({ a: 1, "b-c": 2, 3: 3, [Symbol("s")]: 4, ["__proto__"]: 5, $: 6 }),
    "{ '3': 3, a: 1, 'b-c': 2, ['__proto__']: 5, $: 6, [Symbol(s)]: 4 }",
  ),
  shows(
    "accessors are named, not called",
    () => ({
      get a() {
        return refuse();
      },
      set b(_: unknown) {},
      get c() {
        return refuse();
      },
      set c(_: unknown) {},
    }),
    "{ a: [Getter], b: [Setter], c: [Getter/Setter] }",
  ),
  shows("depth", () => nested(5), "{ value: { value: { value: [Object] } } }"),
  shows(
    "depth of arrays and classes",
    () => [[[[1], [], new Point(), {}]]],
    "[ [ [ [Array], [], [Point], {} ] ] ]",
  ),
  shows(
    "classes",
    () => [new Point(), new Derived([[1, 2]]), new (class {})()],
    "[ Point { x: 1 }, Derived(1) [Map] { 1 => 2 }, {} ]",
  ),
  shows(
    "null prototypes",
    () => [Object.create(null), Object.assign(Object.create(null), { a: 1 })],
    "[ [Object: null prototype] {}, [Object: null prototype] { a: 1 } ]",
  ),
  shows(
    "tags",
    () => ({ [Symbol.toStringTag]: "T", a: 1 }),
    "Object [T] { a: 1, [Symbol(Symbol.toStringTag)]: 'T' }",
  ),
  shows(
    "prototypes",
    () => [Point.prototype, Derived.prototype, Object.prototype],
    "[ {}, Map {}, [Object: null prototype] {} ]",
  ),
  shows("holes", () => [, 1, , , 2], "[ <1 empty item>, 1, <2 empty items>, 2 ]"),
  shows(
    "a long sparse array",
    () => Object.assign([], { 4000000000: 1, x: 2 }),
    "[ <4000000000 empty items>, 1, x: 2 ]",
  ),
  shows(
    "long arrays",
    () => Array.from({ length: 120 }, () => "item"),
    /^\[\n(?: {2}('item', ){9,}'item',\n|[^]){9,}\n {2}\.\.\. 20 more items\n\]$/,
  ),
  shows(
    "numbers in columns",
    () => [1, 22, 333, 4444, 5, 6, 7],
    "[\n  1, 22, 333, 4444, 5, 6, 7\n]",
  ),
  shows(
    "typed arrays",
    () => [new Uint8Array([1, 2]), new Float64Array(1), new BigInt64Array(0)],
    "[ Uint8Array(2) [ 1, 2 ], Float64Array(1) [ 0 ], BigInt64Array(0) [] ]",
  ),
  shows(
    "buffers",
    () => new Uint8Array([1, 254]).buffer,
    "ArrayBuffer { [Uint8Contents]: <01 fe>, byteLength: 2 }",
  ),
  shows(
    "a detached buffer",
    () => {
      const buffer = new ArrayBuffer(8);
      structuredClone(buffer, { transfer: [buffer] });
      return buffer;
    },
    "ArrayBuffer { (detached), byteLength: 0 }",
  ),
  shows(
    "data views",
    () => new DataView(new ArrayBuffer(2), 1),
    "DataView {\n  byteLength: 1,\n  byteOffset: 1,\n  buffer: ArrayBuffer { [Uint8Contents]: <00 00>, byteLength: 2 }\n}",
  ),
  shows(
    "maps and sets",
    () => [new Map<unknown, unknown>([["a", { b: 1 }]]), new Set([1, "x"]), new Map()],
    "[ Map(1) { 'a' => { b: 1 } }, Set(2) { 1, 'x' }, Map(0) {} ]",
  ),
  shows(
    "long sets",
    () => new Set(Array.from({ length: 101 }, (_, i) => i)),
    /^Set\(101\) \{[^]* {2}99,\n {2}\.\.\. 1 more item\n\}$/,
  ),
  {
    name: "iterators, which stay where they are",
    run() {
      const map = new Map([
        [1, 2],
        [3, 4],
      ]);
      const keys = map.keys();
      console.log(keys);
      keys.next();
      console.log([keys, map.entries(), new Set([5]).values()]);
    },
    entries: [
      ["info", "[Map Iterator] { 1, 3 }"],
      [
        "info",
        "[\n  [Map Iterator] { 3 },\n  [Map Entries] { [ 1, 2 ], [ 3, 4 ] },\n  [Set Iterator] { 5 }\n]",
      ],
    ],
  },
  shows(
    "weak collections",
    () => [new WeakMap(), new WeakSet()],
    "[ WeakMap { <items unknown> }, WeakSet { <items unknown> } ]",
  ),
  shows(
    "functions",
    () => [
      () => {},
      function f() {},
      async () => {},
      function* g() {},
      async function* h() {},
      Object.assign(function k() {}, { a: 1 }),
    ],
    /^\[\n {2}\[Function \(anonymous\)\],\n {2}\[Function: f\],\n {2}\[AsyncFunction \(anonymous\)\],\n {2}\[GeneratorFunction: g\],\n {2}\[AsyncGeneratorFunction: h\],\n {2}\[Function: k\] \{ a: 1 \}\n\]$/,
  ),
  shows(
    "class values",
    () => [Point, Derived, class {}],
    "[ [class Point], [class Derived extends Map], [class (anonymous)] ]",
  ),
  shows("dates", () => [new Date(0), new Date(NaN)], "[ 1970-01-01T00:00:00.000Z, Invalid Date ]"),
  shows("regular expressions", () => Object.assign(/a\/b/giv, { own: 1 }), "/a\\/b/giv { own: 1 }"),
  shows(
    "boxed primitives",
    () => [Object(1), Object("a"), Object(true), Object(1n), Object(Symbol("s"))],
    "[\n  [Number: 1],\n  [String: 'a'],\n  [Boolean: true],\n  [BigInt: 1n],\n  [Symbol: Symbol(s)]\n]",
  ),
  shows(
    "promises",
    () => [Promise.resolve({ a: 1 }), new Promise(() => {})],
    "[ Promise { { a: 1 } }, Promise { <pending> } ]",
  ),
  shows(
    "a rejected promise",
    () => {
      const promise = Promise.reject("no");
      promise.catch(() => {});
      return promise;
    },
    "Promise { <rejected> 'no' }",
  ),
  shows("generators", () => (function* () {})(), "Object [Generator] {}"),
  shows(
    "arguments",
    function (..._: unknown[]) {
      return (
        function () {
          return arguments;
        } as (...list: unknown[]) => unknown
      )(1, "a");
    },
    "[Arguments] [ 1, 'a' ]",
  ),
  shows(
    "cycles",
    circular,
    "<ref *1> {\n  name: 'root',\n  child: <ref *2> { root: [Circular *1], self: [Circular *2] },\n  list: [ [Circular *1] ]\n}",
  ),
  shows("the same object twice is no cycle", () => [shared, shared], "[ { a: 1 }, { a: 1 } ]"),
  shows(
    "proxies, without calling their traps",
    () => [
      new Proxy({ a: 1 }, traps),
      new Proxy(new Proxy([1], traps), traps),
      new Proxy(Point, traps),
    ],
    "[ { a: 1 }, [ 1 ], [class Point] ]",
  ),
  shows(
    "objects that inherit from a proxy",
    () => Object.create(new Proxy({}, traps), { a: { value: 1, enumerable: true } }),
    "[Object: null prototype] { a: 1 }",
  ),
  shows(
    "revoked proxies",
    () => [revoked(), Object.create(revoked())],
    "[ <Revoked Proxy>, [Object: null prototype] {} ]",
  ),
  shows(
    "constructors and tags with getters",
    () =>
      Object.create({
        get constructor() {
          return refuse();
        },
        get [Symbol.toStringTag]() {
          return refuse();
        },
      } as object),
    "{}",
  ),
  shows(
    "errors without frames",
    () => [bare(new Error("a")), bare(new Loud("b")), bare(new Titled("c")), bare(new TypeError())],
    "[ [Error: a], [Loud: b], [Title: c], [TypeError] ]",
  ),
  shows("errors", () => new Error("plain"), /^Error: plain\n {4}at .*inspect-cases\.ts:\d+:\d+/),
  shows("errors of a class", () => new Loud("shout"), /^Loud: shout\n {4}at /),
  shows(
    "a message that was changed",
    () => Object.assign(new Error("old"), { message: "new" }),
    /^Error: new\n {4}at /,
  ),
  shows(
    "errors with properties and causes",
    withCause,
    /^Error: outer\n(?: {4}at .*\n)* {4}at .* \{\n {2}\[cause\]: Error: middle\n(?: {6}at .*\n)* {6}at .* \{\n {4}\[cause\]: TypeError: inner\n(?: {8}at .*\n)* {8}at .* \{\n {6}code: 'E_INNER'\n {4}\}\n {2}\}\n\}$/,
  ),
  shows(
    "aggregate errors",
    () => bare(new AggregateError([bare(new Error("one")), 2], "all")),
    "[AggregateError: all] { [errors]: [ [Error: one], 2 ] }",
  ),
  shows(
    "an error in a cycle",
    () => {
      const error = bare(new Error("self"));
      return Object.defineProperty(error, "cause", { value: error });
    },
    "<ref *1> [Error: self] { [cause]: [Circular *1] }",
  ),
  shows(
    "stacks with getters, and of no string",
    () => [
      Object.defineProperty(new Error("a"), "stack", { get: refuse }),
      withStack(new Error("b"), 5),
      withStack(new Error("c"), "c\n    at somewhere"),
    ],
    "[\n  [Error: a],\n  [Error: b],\n  c\n      at somewhere\n]",
  ),
  shows(
    "DOMException",
    () => new DOMException("stopped", "AbortError"),
    /^DOMException \[AbortError\]: stopped\n {4}at /,
  ),
  shows("very deep nesting", () => nested(100_000), "{ value: { value: { value: [Object] } } }"),
  {
    name: "nesting too deep to be shown",
    run: () => console.dir(nested(100_000), { depth: null }),
    entries: [["info", /^\[Inspection stopped: /]],
  },
  shows(
    "URL",
    () => new URL("http://a.example/b?c=1"),
    /^URL \{\n {2}href: 'http:\/\/a\.example\/b\?c=1',\n[^]* {2}searchParams: URLSearchParams \{ c: '1' \},\n {2}hash: ''\n\}$/,
  ),
  shows("Headers", () => new Headers({ a: "1", B: "2" }), "Headers { a: '1', b: '2' }"),
  shows(
    "URLSearchParams",
    () => new URLSearchParams("a=1&b=2&a=3"),
    "URLSearchParams { a: [ '1', '3' ], b: '2' }",
  ),
  shows(
    "Request",
    () => new Request("http://a.example/", { method: "PUT" }),
    /^Request \{\n {2}method: 'PUT',\n {2}url: 'http:\/\/a\.example\/',\n {2}headers: Headers \{\},/,
  ),
  shows(
    "Response",
    () => Object.assign(new Response("a", { status: 201 }), { own: 1 }),
    /^Response \{\n {2}status: 201,\n[^]* {2}bodyUsed: false,\n {2}own: 1\n\}$/,
  ),
  shows(
    "an interface that is loaded when it is used",
    () => new URLPattern({ hostname: "a.example", pathname: "/:id" }),
    /^URLPattern \{\n[^]*hostname: 'a\.example',\n[^]*pathname: '\/:id',/,
  ),
  shows(
    "a performance mark",
    () => performance.mark("begin", { startTime: 2, detail: { step: 1 } }),
    /^PerformanceMark \{\n {2}name: 'begin',\n {2}entryType: 'mark',\n {2}startTime: 2,\n {2}duration: 0,\n {2}detail: \{ step: 1 \}\n\}$/,
  ),
  shows("an impostor", () => Object.create(Headers.prototype), "Headers {}"),
];
