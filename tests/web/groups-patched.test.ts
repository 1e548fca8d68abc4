// An app that has patched every method of the language's built-ins before it uses the lazy parts of the Web
// APIs for the first time breaks only itself: what is loaded then relies on captured ones. An app of its
// own (not in index.ts): all groups are loaded while its modules are evaluated.
import { assert, test } from "./harness.ts";

const builtins: Record<string, unknown> = {
  Array,
  ArrayBuffer,
  BigInt,
  Boolean,
  DataView,
  Date,
  Error,
  Function,
  JSON,
  Map,
  Math,
  Number,
  Object,
  Promise,
  Reflect,
  RegExp,
  Set,
  String,
  Symbol,
  TypedArray: Object.getPrototypeOf(Uint8Array),
  Uint8Array,
  WeakMap,
  WeakRef,
  WeakSet,
};

interface Patch {
  object: object;
  key: PropertyKey;
  descriptor: PropertyDescriptor;
}

/** Where patched methods were called. */
const touched: (string | undefined)[] = [];
const patches: Patch[] = [];
for (const [name, builtin] of Object.entries(builtins)) {
  for (const object of [builtin, (builtin as { prototype?: object }).prototype] as object[]) {
    if (object === undefined) continue;
    for (const key of Reflect.ownKeys(object)) {
      const descriptor = Object.getOwnPropertyDescriptor(object, key)!;
      if (key === "constructor" || typeof descriptor.value !== "function") continue;
      const value = function () {
        const error = new Error(`patched ${name} ${String(key)}`);
        touched[touched.length] = error.stack;
        throw error;
      };
      patches.push({ object, key, descriptor: { ...descriptor, value } });
    }
  }
}
const originals = patches.map(({ object, key }) => Object.getOwnPropertyDescriptor(object, key)!);

const names = Object.getOwnPropertyNames(globalThis).filter((name) =>
  /^[A-Z]|^console$/.test(name),
);
const values: Record<string, unknown> = {};
const failures: unknown[] = [];
const { defineProperty } = Object;

function replace(use: (at: number) => PropertyDescriptor): void {
  for (let i = 0; i < patches.length; i++) {
    const { object, key } = patches[i]!;
    const { configurable, writable } = originals[i]!;
    if (configurable || writable) defineProperty(object, key, use(i));
  }
}

replace((at) => patches[at]!.descriptor);
for (let i = 0; i < names.length; i++) {
  try {
    values[names[i]!] = (globalThis as never)[names[i]!];
  } catch (error) {
    failures[failures.length] = error;
  }
}
try {
  values.subtle = crypto.subtle;
  values.now = performance.now();
} catch (error) {
  failures[failures.length] = error;
}
replace((at) => originals[at]!);

test("loading the lazy parts runs nothing that an app has patched", () => {
  assert.deepEqual(touched, []);
  assert.deepEqual(failures.map(String), []);
});

test("what was loaded meanwhile works", async () => {
  assert.equal(String(values.subtle), "[object SubtleCrypto]");
  assert.equal(typeof values.now, "number");
  assert.equal(new (values.URLPattern as typeof URLPattern)({ pathname: "/:a" }).pathname, "/:a");
  const digest = await crypto.subtle.digest({ name: "SHA-256" }, new Uint8Array(1));
  assert.equal(digest.byteLength, 32);
  const descriptor = Object.getOwnPropertyDescriptor(FormData.prototype, "append")!;
  assert.equal(descriptor.enumerable, true);
  assert.equal(ReadableStream.name, "ReadableStream");
});
