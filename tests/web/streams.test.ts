// The streams classes: what the runtime and apps rely on, and their property attributes.
import { assert, delay, test } from "./harness.ts";

async function collect<T>(stream: ReadableStream<T>): Promise<T[]> {
  const chunks: T[] = [];
  for await (const chunk of stream as unknown as AsyncIterable<T>) chunks.push(chunk);
  return chunks;
}

test("ReadableStream: start, pull and close", async () => {
  let pulls = 0;
  const stream = new ReadableStream<number>({
    start(controller) {
      controller.enqueue(0);
    },
    pull(controller) {
      controller.enqueue(++pulls);
      if (pulls === 3) controller.close();
    },
  });
  assert.deepEqual(await collect(stream), [0, 1, 2, 3]);
  assert.equal(stream.locked, false);
});

test("ReadableStream: errors reach the reader", async () => {
  const error = new Error("source");
  const stream = new ReadableStream({
    pull() {
      throw error;
    },
  });
  const reader = stream.getReader();
  assert.equal(await assert.rejects(reader.read()), error);
  assert.equal(await assert.rejects(reader.closed), error);
});

test("ReadableStream: cancel gives its reason to the source", async () => {
  let reason: unknown;
  const stream = new ReadableStream({
    cancel(given) {
      reason = given;
    },
  });
  await stream.cancel("enough");
  assert.equal(reason, "enough");
});

test("ReadableStream: leaving a for-await loop cancels", async () => {
  let canceled = false;
  const stream = new ReadableStream<number>({
    pull: (controller) => controller.enqueue(1),
    cancel: () => void (canceled = true),
  });
  for await (const chunk of stream as unknown as AsyncIterable<number>) {
    assert.equal(chunk, 1);
    break;
  }
  assert.ok(canceled);
});

test("ReadableStream: tee", async () => {
  const [one, two] = new ReadableStream<string>({
    start(controller) {
      controller.enqueue("a");
      controller.enqueue("b");
      controller.close();
    },
  }).tee();
  assert.deepEqual(await Promise.all([collect(one), collect(two)]), [
    ["a", "b"],
    ["a", "b"],
  ]);
});

test("ReadableStream: byte streams and BYOB readers", async () => {
  const stream = new ReadableStream({
    type: "bytes",
    pull(controller) {
      const view = controller.byobRequest!.view as Uint8Array;
      view[0] = 7;
      controller.byobRequest!.respond(1);
    },
  });
  const reader = stream.getReader({ mode: "byob" });
  const { value, done } = await reader.read(new Uint8Array(8));
  assert.equal(done, false);
  assert.deepEqual([...value!], [7]);
});

test("ReadableStream.from: iterables and async iterables", async () => {
  const { from } = ReadableStream as unknown as {
    from<T>(source: Iterable<T> | AsyncIterable<T>): ReadableStream<T>;
  };
  assert.deepEqual(await collect(from([1, 2, 3])), [1, 2, 3]);
  async function* letters() {
    yield "a";
    yield "b";
  }
  assert.deepEqual(await collect(from(letters())), ["a", "b"]);
});

test("WritableStream: backpressure and close", async () => {
  const written: number[] = [];
  const stream = new WritableStream<number>({
    async write(chunk) {
      await delay(1);
      written.push(chunk);
    },
  });
  const writer = stream.getWriter();
  assert.equal(writer.desiredSize, 1);
  void writer.write(1);
  assert.equal(writer.desiredSize, 0);
  void writer.write(2);
  await writer.close();
  assert.deepEqual(written, [1, 2]);
});

test("WritableStream: abort gives a signal of ours", async () => {
  let signal!: AbortSignal;
  const stream = new WritableStream({
    start(controller) {
      signal = controller.signal;
    },
  });
  assert.ok(signal instanceof AbortSignal);
  await stream.abort("why");
  assert.ok(signal.aborted);
  assert.equal(signal.reason, "why");
});

test("pipeTo: stops on a signal with its reason", async () => {
  const controller = new AbortController();
  const source = new ReadableStream({ pull: () => delay(1000) });
  const piping = source.pipeTo(new WritableStream(), { signal: controller.signal });
  controller.abort();
  const reason = await assert.rejects(piping, { name: "AbortError" });
  assert.ok(reason instanceof DOMException);
});

test("TransformStream: pipeThrough", async () => {
  const upper = new TransformStream<string, string>({
    transform: (chunk, controller) => controller.enqueue(chunk.toUpperCase()),
    flush: (controller) => controller.enqueue("!"),
  });
  const source = new ReadableStream<string>({
    start(controller) {
      controller.enqueue("a");
      controller.close();
    },
  });
  assert.deepEqual(await collect(source.pipeThrough(upper)), ["A", "!"]);
});

test("streams: a megabyte comes through whole", async () => {
  const chunk = new Uint8Array(4096).fill(5);
  let left = 256;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (left-- > 0) controller.enqueue(chunk);
      else controller.close();
    },
  });
  let total = 0;
  for (const part of await collect(stream)) total += part.length;
  assert.equal(total, 1 << 20);
});

test("streams: queuing strategies", () => {
  assert.equal(new CountQueuingStrategy({ highWaterMark: 3 }).highWaterMark, 3);
  assert.equal(new ByteLengthQueuingStrategy({ highWaterMark: 3 }).size!(new Uint8Array(9)), 9);
});

test("streams: the interfaces as Web IDL wants them", () => {
  const names = [
    "ByteLengthQueuingStrategy",
    "CountQueuingStrategy",
    "ReadableByteStreamController",
    "ReadableStream",
    "ReadableStreamBYOBReader",
    "ReadableStreamBYOBRequest",
    "ReadableStreamDefaultController",
    "ReadableStreamDefaultReader",
    "TransformStream",
    "TransformStreamDefaultController",
    "WritableStream",
    "WritableStreamDefaultController",
    "WritableStreamDefaultWriter",
  ];
  for (const name of names) {
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, name)!;
    assert.ok(descriptor.writable && descriptor.configurable && !descriptor.enumerable, name);
    const { prototype, name: own } = descriptor.value;
    assert.equal(own, name);
    assert.equal(prototype[Symbol.toStringTag], name);
    for (const key of Object.getOwnPropertyNames(prototype)) {
      if (key === "constructor") continue;
      assert.ok(!key.startsWith("_"), `${name} shows ${key}`);
      const { enumerable, get, value } = Object.getOwnPropertyDescriptor(prototype, key)!;
      assert.ok(enumerable, `${name}.${key}`);
      assert.equal((get ?? value).name, get ? `get ${key}` : key);
    }
  }
  assert.throws(() => new ReadableStreamDefaultController(), TypeError);
});
