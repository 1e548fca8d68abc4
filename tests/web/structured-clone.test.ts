// structuredClone: values, identity, transfer, errors, platform objects.
import { assert, test } from "./harness.ts";

test("structuredClone: primitives", () => {
  for (const value of [undefined, null, true, -0, NaN, 1.5, "text", 10n]) {
    assert.equal(structuredClone(value), value);
  }
  assert.throws(() => structuredClone(Symbol("s")), { name: "DataCloneError" });
  assert.throws(() => (structuredClone as () => void)(), TypeError);
});

test("structuredClone: objects and built-ins", () => {
  const value = {
    list: [1, , 3],
    nested: { a: { b: "c" } },
    date: new Date(12345),
    pattern: /x+/gi,
    map: new Map<unknown, unknown>([[{ k: 1 }, new Set([1, "2"])]]),
    bytes: new Uint8Array([1, 2, 3]),
    boxed: Object("s"),
    big: 2n ** 70n,
    none: undefined,
  };
  const clone = structuredClone(value);
  assert.deepEqual(clone, value);
  assert.notEqual(clone.nested, value.nested);
  assert.notEqual(clone.bytes.buffer, value.bytes.buffer);
  assert.ok(!(1 in clone.list));
});

test("structuredClone: cycles and shared references", () => {
  const shared = { s: 1 };
  const value: Record<string, unknown> = { one: shared, two: shared };
  value.self = value;
  const clone = structuredClone(value);
  assert.equal(clone.self, clone);
  assert.equal(clone.one, clone.two);
  assert.notEqual(clone.one, shared);
});

test("structuredClone: class instances become plain objects", () => {
  class Point {
    x = 1;
    #secret = 2;
    get y() {
      return this.#secret;
    }
  }
  const clone = structuredClone(new Point());
  assert.equal(Object.getPrototypeOf(clone), Object.prototype);
  assert.deepEqual(clone as unknown, { x: 1 });
  const bare = structuredClone(Object.assign(Object.create(null), { a: 1 }));
  assert.equal(bare.a, 1);
});

test("structuredClone: errors", () => {
  const error = new RangeError("far", { cause: { code: 1 } });
  const clone = structuredClone(error);
  assert.ok(clone instanceof RangeError);
  assert.equal(clone.message, "far");
  assert.deepEqual(clone.cause, { code: 1 });
  assert.equal(clone.stack, error.stack);
});

test("structuredClone: DOMException, also deep inside", () => {
  const exception = new DOMException("m", "AbortError");
  const clone = structuredClone({ list: [exception, exception] });
  const [copy, same] = clone.list;
  assert.equal(copy, same);
  assert.ok(copy instanceof DOMException);
  assert.deepEqual([copy!.name, copy!.message, copy!.code], ["AbortError", "m", 20]);
  assert.equal(copy!.stack, exception.stack);
});

test("structuredClone: Blob and File", async () => {
  const [blob, file] = structuredClone([
    new Blob(["héllo"], { type: "text/x" }),
    new File(["abc"], "name.txt", { lastModified: 5 }),
  ]) as [Blob, File];
  assert.ok(blob instanceof Blob && !(blob instanceof File));
  assert.equal(blob.type, "text/x");
  assert.equal(await blob.text(), "héllo");
  assert.ok(file instanceof File);
  assert.deepEqual([file.name, file.lastModified, await file.text()], ["name.txt", 5, "abc"]);
});

test("structuredClone: what cannot be cloned", () => {
  const values: unknown[] = [
    () => {},
    { f() {} },
    new WeakMap(),
    Promise.resolve(),
    new Event("x"),
    new EventTarget(),
    new (class extends EventTarget {})(),
    new Request("http://a/"),
    new Response(""),
    new Headers(),
    new URL("http://a/"),
    new ReadableStream(),
    new AbortController(),
  ];
  for (const value of values) {
    assert.throws(() => structuredClone(value), { name: "DataCloneError" });
    assert.throws(() => structuredClone({ deep: [value] }), { name: "DataCloneError" });
  }
});

test("structuredClone: a getter's exception comes through", () => {
  const error = new Error("from the getter");
  const value = {
    get x() {
      throw error;
    },
  };
  assert.equal(
    assert.throws(() => structuredClone(value)),
    error,
  );
});

test("structuredClone: transfer detaches", () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const { buffer } = bytes;
  const clone = structuredClone({ bytes }, { transfer: [buffer] });
  assert.deepEqual(clone.bytes, new Uint8Array([1, 2, 3]));
  assert.equal(buffer.byteLength, 0);
  assert.equal(bytes.length, 0);
  assert.ok((buffer as unknown as { detached: boolean }).detached);
});

test("structuredClone: transfer of a resizable buffer and of one that is not in the value", () => {
  const resizable = new ArrayBuffer(4, { maxByteLength: 8 } as never);
  const clone = structuredClone(resizable, { transfer: [resizable] }) as unknown as {
    resizable: boolean;
    maxByteLength: number;
    byteLength: number;
  };
  assert.deepEqual([clone.resizable, clone.byteLength, clone.maxByteLength], [true, 4, 8]);
  const other = new ArrayBuffer(4);
  structuredClone(1, { transfer: [other] });
  assert.equal(other.byteLength, 0);
});

test("structuredClone: transfer errors leave the buffers alone", () => {
  const buffer = new ArrayBuffer(4);
  const bad: unknown[][] = [[buffer, buffer], [{}], [buffer, new ReadableStream()]];
  for (const transfer of bad) {
    assert.throws(() => structuredClone(1, { transfer: transfer as never }), {
      name: "DataCloneError",
    });
  }
  assert.throws(() => structuredClone(() => {}, { transfer: [buffer] }), {
    name: "DataCloneError",
  });
  assert.equal(buffer.byteLength, 4);
  structuredClone(buffer, { transfer: [buffer] });
  assert.throws(() => structuredClone(buffer, { transfer: [buffer] }), { name: "DataCloneError" });
  assert.throws(() => structuredClone(1, { transfer: 1 as never }), TypeError);
});

test("structuredClone: shared memory stays shared", () => {
  if (typeof SharedArrayBuffer === "undefined") return;
  const shared = new SharedArrayBuffer(4);
  const clone = structuredClone({ one: shared, two: shared });
  assert.equal(clone.one, clone.two);
  assert.notEqual(clone.one, shared);
  new Uint8Array(shared)[0] = 9;
  assert.equal(new Uint8Array(clone.one)[0], 9);
});

test("structuredClone: large and deep values", () => {
  const large = "x".repeat(1_000_000);
  assert.ok(structuredClone({ large }).large === large);
  let deep: unknown = "bottom";
  for (let i = 0; i < 1000; i++) deep = { deep };
  let clone = structuredClone(deep) as { deep: unknown } | string;
  for (let i = 0; i < 1000; i++) clone = (clone as { deep: unknown }).deep as never;
  assert.equal(clone, "bottom");
});
