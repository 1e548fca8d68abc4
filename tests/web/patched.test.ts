// An app that breaks built-ins breaks only itself: what the Web APIs rely on was captured before.
// (tools/lint/built-ins.ts finds the places that do not; this shows that it matters.)
import { assert, test } from "./harness.ts";

const broken: [object: object, names: string[]][] = [
  [Array.prototype, ["includes", "map", "push"]],
  [Map.prototype, ["delete", "forEach", "get", "has", "keys", "set"]],
  [Set.prototype, ["add", "delete", "has"]],
  [WeakMap.prototype, ["delete", "get", "has", "set"]],
  [WeakRef.prototype, ["deref"]],
  [Object, ["create", "entries", "freeze", "getOwnPropertyDescriptor", "getPrototypeOf", "keys"]],
  [Reflect, ["apply", "construct", "defineProperty", "getPrototypeOf", "ownKeys"]],
  [Math, ["floor", "max", "min"]],
];

/** What `use` gives while the built-ins throw; they are whole again for the assertions. */
function whileBroken<T>(use: () => T): T {
  const { defineProperty, getOwnPropertyDescriptor } = Object;
  const saved: { object: object; name: string; descriptor: PropertyDescriptor }[] = [];
  for (const [object, names] of broken) {
    for (const name of names) {
      const descriptor = getOwnPropertyDescriptor(object, name)!;
      saved[saved.length] = { object, name, descriptor };
    }
  }
  for (let i = 0; i < saved.length; i++) {
    const { object, name, descriptor } = saved[i]!;
    const value = () => {
      throw new Error(`${name} is broken`);
    };
    defineProperty(object, name, { ...descriptor, value });
  }
  try {
    return use();
  } finally {
    for (let i = 0; i < saved.length; i++) {
      defineProperty(saved[i]!.object, saved[i]!.name, saved[i]!.descriptor);
    }
  }
}

test("patched built-ins: abort signals", () => {
  const seen = whileBroken(() => {
    const controller = new AbortController();
    const signal = AbortSignal.any([controller.signal, new AbortController().signal]);
    let heard: unknown = null;
    signal.addEventListener("abort", () => (heard = signal.reason));
    signal.onabort = () => {};
    controller.abort("reason");
    return [heard, signal.aborted];
  });
  assert.deepEqual(seen, ["reason", true]);
});

test("patched built-ins: Web APIs that are loaded only then", () => {
  const seen = whileBroken(() => [
    typeof new MessageChannel().port1,
    new MessageEvent("message", { data: 1 }).ports.length,
    typeof new CompressionStream("gzip").readable,
    typeof new ReadableStream()[Symbol.asyncIterator],
    performance.mark("m").name,
    PerformanceObserver.supportedEntryTypes.length,
    typeof crypto.subtle.digest,
    new CustomEvent("c").type,
  ]);
  assert.deepEqual(seen, ["object", 0, "object", "function", "m", 2, "function", "c"]);
});
