// Streams that are transferred by structuredClone and postMessage.
import { assert, delay, test } from "./harness.ts";

function transfer<T extends object>(stream: T): T {
  return structuredClone(stream, { transfer: [stream as never] });
}

async function collect<T>(stream: ReadableStream<T>): Promise<T[]> {
  const chunks: T[] = [];
  for await (const chunk of stream as unknown as AsyncIterable<T>) chunks.push(chunk);
  return chunks;
}

test("transfer: a ReadableStream gives clones of its chunks", async () => {
  const chunk = { deep: [1, new Date(5)] };
  const source = new ReadableStream({
    start(controller) {
      controller.enqueue(chunk);
      controller.enqueue("two");
      controller.close();
    },
  });
  const received = transfer(source);
  assert.ok(received instanceof ReadableStream);
  assert.notEqual(received, source);
  assert.ok(source.locked);
  const chunks = await collect(received);
  assert.deepEqual(chunks, [chunk, "two"]);
  assert.notEqual(chunks[0], chunk);
});

test("transfer: an error and a cancel cross over", async () => {
  const failing = transfer(
    new ReadableStream({ start: (controller) => controller.error(new RangeError("far")) }),
  );
  await assert.rejects(failing.getReader().read(), { name: "RangeError", message: /far/ });
  let reason: unknown;
  const source = new ReadableStream({ cancel: (given) => void (reason = given) });
  await transfer(source).cancel("enough");
  await delay(5);
  assert.equal(reason, "enough");
});

test("transfer: a WritableStream takes chunks, with backpressure, and closes", async () => {
  const written: unknown[] = [];
  const sink = new WritableStream({
    async write(chunk) {
      await delay(1);
      written.push(chunk);
    },
    close: () => void written.push("closed"),
  });
  const writer = transfer(sink).getWriter();
  for (let i = 0; i < 5; i++) await writer.write(i);
  await writer.close();
  for (let i = 0; i < 100 && written.length < 6; i++) await delay(1);
  assert.deepEqual(written, [0, 1, 2, 3, 4, "closed"]);
});

test("transfer: a chunk that cannot be cloned fails both sides", async () => {
  let aborted: unknown;
  const sink = new WritableStream({ abort: (reason) => void (aborted = reason) });
  const writer = transfer(sink).getWriter();
  await assert.rejects(
    writer.write(() => 1),
    { name: "DataCloneError" },
  );
  await delay(5);
  assert.equal((aborted as DOMException).name, "DataCloneError");
});

test("transfer: a TransformStream works between its sides", async () => {
  const upper = new TransformStream<string, string>({
    transform: (chunk, controller) => controller.enqueue(chunk.toUpperCase()),
  });
  const { readable, writable } = transfer(upper);
  const writer = writable.getWriter();
  void writer.write("a");
  void writer.close();
  assert.deepEqual(await collect(readable), ["A"]);
});

test("transfer: locked streams, and the sides of a stream beside it, are refused", () => {
  const locked = new ReadableStream();
  locked.getReader();
  assert.throws(() => transfer(locked), { name: "DataCloneError" });
  const busy = new WritableStream();
  busy.getWriter();
  assert.throws(() => transfer(busy), { name: "DataCloneError" });
  const both = new TransformStream();
  assert.throws(() => structuredClone(null, { transfer: [both, both.readable] as never }), {
    name: "DataCloneError",
  });
  assert.throws(() => structuredClone(new ReadableStream()), { name: "DataCloneError" });
});

test("transfer: a stream goes through a MessagePort", async () => {
  const { port1, port2 } = new MessageChannel();
  const source = new ReadableStream({
    start(controller) {
      controller.enqueue("hello");
      controller.close();
    },
  });
  const received = new Promise<ReadableStream>((resolve) => {
    port2.onmessage = ({ data }) => resolve(data);
  });
  port1.postMessage(source, [source as never]);
  assert.deepEqual(await collect(await received), ["hello"]);
  port1.close();
});
