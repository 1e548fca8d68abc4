// structuredClone: values, identity, errors, platform objects.
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

test("structuredClone: errors by name and message, as the standard reads them", () => {
  const named = (name: unknown) => Object.assign(new Error("m"), { name });
  assert.equal(Object.getPrototypeOf(structuredClone(named("RangeError"))), RangeError.prototype);
  for (const name of ["AggregateError", "Custom", undefined, null, 1]) {
    const clone = structuredClone(named(name));
    assert.equal(Object.getPrototypeOf(clone), Error.prototype, String(name));
    assert.equal(Object.hasOwn(clone, "name"), false);
  }
  const odd = Object.assign(new TypeError("m"), { extra: 1, message: 42 });
  const clone = structuredClone(odd);
  assert.equal(clone.message as unknown, "42");
  assert.equal("extra" in clone, false);
  const hidden = Object.defineProperty(new Error("m"), "message", {
    get() {
      throw new Error("read");
    },
  });
  assert.equal(Object.hasOwn(structuredClone(hidden), "message"), false);
  const { cause } = structuredClone(new Error("m", { cause: new DOMException("d", "DataError") }));
  assert.ok(cause instanceof DOMException && cause.name === "DataError");
  const cycle: Error & { cause?: unknown } = new Error("cycle");
  cycle.cause = { cycle };
  const copy = structuredClone(cycle);
  assert.equal((copy.cause as { cycle: unknown }).cycle, copy);
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

test("structuredClone: a message that names what cannot be cloned", () => {
  const messageOf = (value: unknown, options?: object) =>
    (assert.throws(() => structuredClone(value, options), { name: "DataCloneError" }) as Error)
      .message;
  assert.ok(/=> 1/.test(messageOf(() => 1)));
  assert.ok(/Symbol\(s\)/.test(messageOf({ deep: Symbol("s") })));
  assert.ok(/#<Response>/.test(messageOf([new Response("")])));
  assert.ok(/#<Promise>/.test(messageOf(Promise.resolve())));
  assert.ok(/MessagePort.*transferred/.test(messageOf(new MessageChannel().port1)));
  assert.ok(/Item 1 /.test(messageOf(1, { transfer: [new ArrayBuffer(1), {}] })));
});

test("structuredClone: what only looks like a platform object is an ordinary one", () => {
  const impostor = Object.assign(Object.create(DOMException.prototype), { a: 1 });
  const clone = structuredClone(impostor);
  assert.equal(Object.getPrototypeOf(clone), Object.prototype);
  assert.equal(clone.a, 1);
});

test("structuredClone: subclasses, also when the interface is gone from the global object", () => {
  class Sub extends File {
    extra = 1;
  }
  const { DOMException: Original } = globalThis;
  const exception = new DOMException("m", "AbortError");
  Reflect.deleteProperty(globalThis, "DOMException");
  const clones = structuredClone([new Sub([], "name"), exception]) as [File, DOMException];
  Reflect.defineProperty(globalThis, "DOMException", {
    value: Original,
    writable: true,
    configurable: true,
  });
  assert.equal(Object.getPrototypeOf(clones[0]), File.prototype);
  assert.equal("extra" in clones[0], false);
  assert.ok(clones[1] instanceof DOMException);
});

test("structuredClone: rows of class instances", () => {
  class Point {
    x = 1;
  }
  class Other {
    y = 2;
  }
  const list = [new Point(), new Point(), new Other(), new Point(), new Blob(["b"]), new Other()];
  const clone = structuredClone(list);
  assert.deepEqual(
    clone.map((item) => Object.keys(item).join()),
    ["x", "x", "y", "x", "", "y"],
  );
  assert.ok(clone[4] instanceof Blob);
});

test("structuredClone: nested calls and values that change meanwhile", () => {
  const value = {
    get inner() {
      return structuredClone({ blob: new Blob(["inner"]) });
    },
    blob: new Blob(["outer!"]),
  };
  const clone = structuredClone(value);
  assert.deepEqual([clone.inner.blob.size, clone.blob.size], [5, 6]);
  const buffer = new ArrayBuffer(4);
  const spoiler = {
    get x() {
      structuredClone(buffer, { transfer: [buffer] });
      return 1;
    },
  };
  assert.throws(() => structuredClone(spoiler, { transfer: [buffer] }), {
    name: "DataCloneError",
    message: /detached/,
  });
});

test("structuredClone: QuotaExceededError", () => {
  const Quota = (globalThis as unknown as Record<string, typeof DOMException>).QuotaExceededError!;
  type Error = DOMException & { quota: number | null; requested: number | null };
  const make = (options?: unknown) => new Quota("full", options as never) as Error;
  const clone = structuredClone(make({ quota: 1, requested: 2 }));
  assert.ok(clone instanceof Quota && clone instanceof DOMException);
  assert.deepEqual(
    [clone.name, clone.message, clone.code, clone.quota, clone.requested],
    ["QuotaExceededError", "full", 22, 1, 2],
  );
  assert.deepEqual([make().quota, make().requested], [null, null]);
  for (const options of [{ quota: -1 }, { requested: -1 }, { quota: 2, requested: 1 }]) {
    assert.throws(() => make(options), RangeError);
  }
  assert.throws(() => make({ quota: Infinity }), TypeError);
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

test("structuredClone: a WebAssembly module, not an instance", () => {
  if (typeof WebAssembly === "undefined") return;
  const module = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  const [clone, same] = structuredClone([module, module]) as [WebAssembly.Module, unknown];
  assert.ok(clone instanceof WebAssembly.Module && clone !== module && clone === same);
  assert.throws(() => structuredClone(new WebAssembly.Instance(clone)), { name: "DataCloneError" });
});

test("structuredClone: random graphs", () => {
  let seed = 12345;
  const random = (below: number) => (seed = (seed * 16807) % 2147483647) % below;
  const nodes: unknown[] = [];
  const any = (): unknown => nodes[random(nodes.length)];
  const makers: (() => unknown)[] = [
    () => random(1000) / 7,
    () => "text ".repeat(random(40)) + String.fromCharCode(random(65536)),
    () => BigInt(random(1e9)) ** 5n,
    () => [undefined, null, true, -0, NaN][random(5)],
    () => new Date(random(1e9)),
    () => new RegExp("a".repeat(1 + random(5)), "gi"),
    () => new Uint8Array(random(100)).fill(random(256)),
    () => new RangeError(`error ${random(10)}`),
    () => new Blob(["x".repeat(random(10))]),
    () => [any(), any(), any()],
    () => ({ one: any(), two: any(), [random(100)]: any() }),
    () => new Map([[any(), any()]]),
    () => new Set([any(), any()]),
  ];
  for (let round = 0; round < 50; round++) {
    nodes.length = 0;
    nodes.push(0);
    for (let i = 0; i < 60; i++) nodes.push(makers[random(makers.length)]!());
    // A cycle through all of them.
    const root = { nodes: [...nodes], root: {} };
    root.root = root;
    const clone = structuredClone(root);
    assert.equal(clone.root, clone);
    const withoutBlobs = ({ nodes }: typeof root) =>
      nodes.filter((node) => !(node instanceof Blob));
    assert.deepEqual(withoutBlobs(clone), withoutBlobs(root), `round ${round}`);
    root.nodes.forEach((node, i) => {
      const other = clone.nodes[i];
      if (typeof node === "object" && node !== null) assert.notEqual(other, node);
      if (node instanceof Blob) assert.equal((other as Blob).size, node.size);
      assert.equal(clone.nodes.indexOf(other), root.nodes.indexOf(node));
    });
  }
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

test("structuredClone: a value that is too deep is a RangeError", () => {
  let deep: unknown = 1;
  for (let i = 0; i < 300_000; i++) deep = [deep];
  assert.throws(() => structuredClone(deep), RangeError);
  assert.equal(structuredClone("still works"), "still works");
});

test("structuredClone: many sizes in a row, also from within each other", () => {
  for (const size of [10, 300_000, 5, 70_000, 1_000_000, 70_000, 1]) {
    const clone = structuredClone({
      text: "a".repeat(size),
      get inner() {
        return structuredClone("b".repeat(size)).length;
      },
    });
    assert.equal(clone.text, "a".repeat(size));
    assert.equal(clone.inner, size);
  }
});
