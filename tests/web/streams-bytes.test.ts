// Byte streams: BYOB readers and requests, `min`, automatic buffers, tee, and what may be a view.
import { assert, test } from "./harness.ts";

interface Min {
  min: number;
}
type ByobRead = (
  view: ArrayBufferView,
  options?: Min,
) => Promise<ReadableStreamReadResult<Uint8Array>>;

function byobReader(stream: ReadableStream): { read: ByobRead } & ReadableStreamBYOBReader {
  return stream.getReader({ mode: "byob" }) as never;
}

function byteStream(...chunks: number[][]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    type: "bytes",
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new Uint8Array(chunk));
      controller.close();
    },
  });
}

async function bytes(stream: ReadableStream<Uint8Array>): Promise<number[]> {
  const all: number[] = [];
  for await (const chunk of stream as unknown as AsyncIterable<Uint8Array>) all.push(...chunk);
  return all;
}

test("byte streams: enqueue takes the buffer over", () => {
  const chunk = new Uint8Array(8);
  new ReadableStream({ type: "bytes", start: (controller) => controller.enqueue(chunk) });
  assert.equal(chunk.byteLength, 0);
});

test("byte streams: a read into a buffer takes as much as there is, and leaves the rest", async () => {
  const reader = byobReader(byteStream([1, 2, 3], [4, 5]));
  const first = await reader.read(new Uint8Array(4));
  assert.deepEqual([...first.value!], [1, 2, 3, 4]);
  const second = await reader.read(new Uint8Array(first.value!.buffer as ArrayBuffer));
  assert.deepEqual([...second.value!], [5]);
  assert.equal(second.value!.buffer.byteLength, 4);
  const third = await reader.read(new Uint8Array(second.value!.buffer as ArrayBuffer));
  assert.equal(third.done, true);
  assert.equal(third.value!.byteLength, 0);
});

test("byte streams: min waits for so many elements", async () => {
  let controller!: ReadableByteStreamController;
  const stream = new ReadableStream({ type: "bytes", start: (given) => void (controller = given) });
  const reader = byobReader(stream);
  let done = false;
  const read = reader.read(new Uint16Array(4), { min: 2 }).then((result) => {
    done = true;
    return result;
  });
  controller.enqueue(new Uint8Array([1, 0, 2]));
  await Promise.resolve();
  assert.equal(done, false);
  controller.enqueue(new Uint8Array([0, 3]));
  assert.deepEqual([...(await read).value!], [1, 2]);
  controller.enqueue(new Uint8Array([0]));
  assert.deepEqual([...(await reader.read(new Uint16Array(1))).value!], [3]);
});

test("byte streams: min is checked against the view", async () => {
  const reader = byobReader(new ReadableStream({ type: "bytes" }));
  await assert.rejects(reader.read(new Uint8Array(2), { min: 0 }), TypeError);
  await assert.rejects(reader.read(new Uint8Array(2), { min: 3 }), RangeError);
  await assert.rejects(reader.read(new Uint16Array(2), { min: 3 }), RangeError);
  await assert.rejects(reader.read(new DataView(new ArrayBuffer(2)), { min: 3 }), RangeError);
});

test("byte streams: a read that ends in the middle of an element fails", async () => {
  const reader = byobReader(byteStream([1, 2, 3]));
  assert.deepEqual([...(await reader.read(new Uint16Array(1))).value!], [0x0201]);
  await assert.rejects(reader.read(new Uint16Array(1)), TypeError);
});

test("byte streams: every kind of view comes back as what it was", async () => {
  const kinds = [
    Int8Array,
    Uint8ClampedArray,
    Int16Array,
    Float16Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
    DataView,
  ] as unknown as (new (buffer: ArrayBuffer) => ArrayBufferView)[];
  for (const Kind of kinds) {
    const reader = byobReader(byteStream([1, 2, 3, 4, 5, 6, 7, 8]));
    const { value } = await reader.read(new Kind(new ArrayBuffer(8)));
    assert.equal(Object.getPrototypeOf(value), Kind.prototype, Kind.name);
    assert.equal(value!.byteLength, 8, Kind.name);
  }
});

test("byte streams: views of detached, empty, resizable and shared buffers are refused", async () => {
  const reader = byobReader(new ReadableStream({ type: "bytes" }));
  const detached = new Uint8Array(1);
  structuredClone(detached, { transfer: [detached.buffer] });
  await assert.rejects(reader.read(detached), TypeError);
  await assert.rejects(reader.read(new Uint8Array(0)), TypeError);
  const resizable = new ArrayBuffer(1, { maxByteLength: 2 });
  await assert.rejects(reader.read(new Uint8Array(resizable)), TypeError);
  await assert.rejects(reader.read(new Uint8Array(new SharedArrayBuffer(1)) as never), TypeError);
  await assert.rejects(reader.read(new ArrayBuffer(1) as never), TypeError);
  new ReadableStream({
    type: "bytes",
    start(controller) {
      assert.throws(() => controller.enqueue(new Uint8Array(resizable)), TypeError);
      assert.throws(() => controller.enqueue(new Uint8Array(0)), TypeError);
      assert.throws(() => controller.enqueue("text" as never), TypeError);
    },
  });
});

test("byte streams: autoAllocateChunkSize gives default reads a request", async () => {
  const stream = new ReadableStream({
    type: "bytes",
    autoAllocateChunkSize: 16,
    pull(controller) {
      const request = controller.byobRequest!;
      assert.equal(request.view!.byteLength, 16);
      (request.view as Uint8Array)[0] = 9;
      request.respond(1);
      assert.equal(request.view, null);
    },
  });
  const { value } = await stream.getReader().read();
  assert.deepEqual([...value!], [9]);
  assert.throws(() => new ReadableStream({ type: "bytes", autoAllocateChunkSize: 0 }), TypeError);
});

test("byte streams: a request is answered once, with what fits", async () => {
  const checks: unknown[] = [];
  const stream = new ReadableStream({
    type: "bytes",
    pull(controller) {
      const request = controller.byobRequest!;
      checks.push(assert.throws(() => request.respond(9), RangeError));
      checks.push(assert.throws(() => request.respond(0), TypeError));
      const other = new Uint8Array(request.view!.buffer as ArrayBuffer, 1);
      checks.push(assert.throws(() => request.respondWithNewView(other), RangeError));
      request.respond(8);
      checks.push(assert.throws(() => request.respond(8), TypeError));
    },
  });
  const { value } = await byobReader(stream).read(new Uint8Array(8));
  assert.equal(value!.byteLength, 8);
  assert.equal(checks.length, 4);
});

test("byte streams: what a released reader's buffer holds is not lost", async () => {
  let controller!: ReadableByteStreamController;
  const stream = new ReadableStream({ type: "bytes", start: (given) => void (controller = given) });
  const reader = byobReader(stream);
  const read = reader.read(new Uint8Array(2));
  reader.releaseLock();
  await assert.rejects(read, TypeError);
  (controller.byobRequest!.view as Uint8Array)[0] = 7;
  controller.byobRequest!.respond(1);
  controller.close();
  assert.deepEqual(await bytes(stream), [7]);
});

test("byte streams: tee gives both branches all bytes, however they are read", async () => {
  const [one, two] = byteStream([1, 2, 3], [4, 5]).tee();
  const reader = byobReader(one);
  const first = await reader.read(new Uint8Array(2));
  assert.deepEqual([...first.value!], [1, 2]);
  assert.deepEqual(await bytes(two), [1, 2, 3, 4, 5]);
  reader.releaseLock();
  assert.deepEqual(await bytes(one), [3, 4, 5]);
});

test("byte streams: the branches of a tee do not share memory", async () => {
  const [one, two] = byteStream([1, 2]).tee();
  const a = (await one.getReader().read()).value!;
  const b = (await two.getReader().read()).value!;
  a[0] = 9;
  assert.equal(b[0], 1);
});

test("byte streams: a strategy with a size is a RangeError", () => {
  assert.throws(
    () => new ReadableStream({ type: "bytes" }, { size: () => 1 } as never),
    RangeError,
  );
});
