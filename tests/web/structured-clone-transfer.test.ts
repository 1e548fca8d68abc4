// structuredClone: what is transferred, and what is shared.
import { assert, test } from "./harness.ts";

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

test("structuredClone: transfer of views of resizable buffers", () => {
  const buffer = new ArrayBuffer(4, { maxByteLength: 8 } as never);
  const view = new Uint8Array(buffer);
  view[3] = 9;
  const clone = structuredClone({ view }, { transfer: [buffer] });
  assert.equal(view.length, 0);
  assert.equal(clone.view[3], 9);
  (clone.view.buffer as unknown as { resize(n: number): void }).resize(8);
  assert.equal(clone.view.length, 8);
});

test("structuredClone: resizable buffers and their views", () => {
  const buffer = new ArrayBuffer(4, { maxByteLength: 8 } as never);
  type Resizable = ArrayBuffer & { resizable: boolean; resize(length: number): void };
  const copy = structuredClone(buffer) as Resizable;
  assert.ok(copy.resizable && copy.byteLength === 4);
  for (const view of [new Uint16Array(buffer), new DataView(buffer)]) {
    const clone = structuredClone(view);
    (clone.buffer as Resizable).resize(8);
    assert.equal(clone.byteLength, 8);
  }
  const beyond = [new Uint8Array(buffer, 2), new DataView(buffer, 2)];
  (buffer as Resizable).resize(0);
  for (const view of beyond) {
    assert.throws(() => structuredClone(view), { name: "DataCloneError" });
    assert.throws(() => structuredClone(view, { transfer: [buffer] }), { name: "DataCloneError" });
  }
  assert.equal((buffer as unknown as { detached: boolean }).detached, false);
});

test("structuredClone: subclasses of transferable interfaces", () => {
  class Sub extends (ReadableStream as new () => ReadableStream) {
    extra = 1;
  }
  const stream = new Sub();
  const { ReadableStream: Original } = globalThis;
  Reflect.deleteProperty(globalThis, "ReadableStream");
  const moved = structuredClone(stream, { transfer: [stream] });
  Reflect.defineProperty(globalThis, "ReadableStream", {
    value: Original,
    writable: true,
    configurable: true,
  });
  assert.equal(Object.getPrototypeOf(moved), ReadableStream.prototype);
  assert.equal("extra" in moved, false);
});

test("structuredClone: proxies are neither cloned nor transferred", () => {
  const { port1 } = new MessageChannel();
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  for (const proxy of [new Proxy({}, {}), new Proxy(port1, {}), revoked.proxy]) {
    assert.throws(() => structuredClone(proxy), { name: "DataCloneError" });
    assert.throws(() => structuredClone(1, { transfer: [proxy as never] }), {
      name: "DataCloneError",
    });
  }
});

test("structuredClone: a WebAssembly memory's buffer cannot be transferred", () => {
  if (typeof WebAssembly === "undefined") return;
  const { buffer } = new WebAssembly.Memory({ initial: 1 });
  assert.throws(() => structuredClone(buffer, { transfer: [buffer] }), TypeError);
  assert.equal(buffer.byteLength, 65536);
  assert.equal(structuredClone(buffer).byteLength, 65536);
});

test("structuredClone: a transferred port stands where the original stood", () => {
  const { port1, port2 } = new MessageChannel();
  const value = { one: port1, list: [port1, port2] };
  const clone = structuredClone(value, { transfer: [port2, port1] });
  assert.ok(clone.one instanceof MessagePort);
  assert.equal(clone.one, clone.list[0]);
  assert.notEqual(clone.one, port1);
  assert.notEqual(clone.list[1], port2);
});

test("structuredClone: transfer errors leave the buffers alone", () => {
  const buffer = new ArrayBuffer(4);
  const bad: unknown[][] = [[buffer, buffer], [{}], [buffer, new Response("")]];
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
  const growable = new SharedArrayBuffer(1, { maxByteLength: 8 });
  const grown = structuredClone(growable);
  growable.grow(8);
  assert.equal(grown.byteLength, 8);
  assert.throws(() => structuredClone(growable, { transfer: [growable as never] }), {
    name: "DataCloneError",
  });
  const shared = new SharedArrayBuffer(4);
  const clone = structuredClone({ one: shared, two: shared });
  assert.equal(clone.one, clone.two);
  assert.notEqual(clone.one, shared);
  new Uint8Array(shared)[0] = 9;
  assert.equal(new Uint8Array(clone.one)[0], 9);
});
