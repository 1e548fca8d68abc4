// Pipes, transforms, tees and sinks: order, backpressure, errors, and who waits for whom.
import { assert, delay, test } from "./harness.ts";

function counting(limit: number): ReadableStream<number> & { pulls(): number } {
  let pulls = 0;
  const stream = new ReadableStream<number>(
    {
      pull(controller) {
        if (pulls === limit) controller.close();
        else controller.enqueue(pulls++);
      },
    },
    { highWaterMark: 0 },
  );
  return Object.assign(stream, { pulls: () => pulls });
}

async function collect<T>(stream: ReadableStream<T>): Promise<T[]> {
  const chunks: T[] = [];
  for await (const chunk of stream as unknown as AsyncIterable<T>) chunks.push(chunk);
  return chunks;
}

test("pipeTo: asynchronous sinks are awaited, write by write", async () => {
  const log: string[] = [];
  const sink = new WritableStream<number>({
    async write(chunk) {
      log.push(`begin ${chunk}`);
      await delay(1);
      log.push(`end ${chunk}`);
    },
    async close() {
      await delay(1);
      log.push("closed");
    },
  });
  await counting(3).pipeTo(sink);
  const expected = [0, 1, 2].flatMap((n) => [`begin ${n}`, `end ${n}`]);
  assert.deepEqual(log, [...expected, "closed"]);
});

test("pipeTo: does not read ahead of the sink", async () => {
  const source = counting(100);
  let release!: () => void;
  const sink = new WritableStream<number>(
    { write: () => new Promise<void>((resolve) => (release = resolve)) },
    { highWaterMark: 3 },
  );
  void source.pipeTo(sink);
  await delay(5);
  assert.equal(source.pulls(), 3);
  release();
  await delay(5);
  assert.equal(source.pulls(), 4);
});

test("pipeTo: chunks that were read are written before the abort", async () => {
  const written: number[] = [];
  let aborted: unknown;
  const source = new ReadableStream<number>({
    start(controller) {
      controller.enqueue(1);
      controller.enqueue(2);
    },
    async pull(controller) {
      await delay(3);
      controller.error("source failed");
    },
  });
  const sink = new WritableStream<number>(
    {
      async write(chunk) {
        await delay(5);
        written.push(chunk);
      },
      abort: (reason) => void (aborted = reason),
    },
    { highWaterMark: 9 },
  );
  assert.equal(await assert.rejects(source.pipeTo(sink)), "source failed");
  assert.deepEqual(written, [1, 2]);
  assert.equal(aborted, "source failed");
});

test("pipeTo: a sink that fails cancels the source with its error", async () => {
  let canceled: unknown;
  const source = new ReadableStream<number>({
    pull: (controller) => controller.enqueue(1),
    cancel: (reason) => void (canceled = reason),
  });
  const error = new Error("full");
  const sink = new WritableStream({ write: () => Promise.reject(error) });
  assert.equal(await assert.rejects(source.pipeTo(sink)), error);
  assert.equal(canceled, error);
  assert.equal(source.locked || sink.locked, false);
});

test("pipeTo: preventClose, preventAbort and preventCancel", async () => {
  const log: string[] = [];
  const sink = () =>
    new WritableStream({
      close: () => void log.push("close"),
      abort: () => void log.push("abort"),
    });
  await counting(1).pipeTo(sink(), { preventClose: true });
  const failing = new ReadableStream({ start: (controller) => controller.error("e") });
  await assert.rejects(failing.pipeTo(sink(), { preventAbort: true }));
  const source = new ReadableStream({ cancel: () => void log.push("cancel") });
  const broken = new WritableStream({ start: (controller) => controller.error("e") });
  await assert.rejects(source.pipeTo(broken, { preventCancel: true }));
  assert.deepEqual(log, []);
});

test("pipeTo: its arguments are checked by rejections", async () => {
  const { pipeTo } = ReadableStream.prototype;
  await assert.rejects(pipeTo.call({} as never, new WritableStream()), TypeError);
  await assert.rejects(new ReadableStream().pipeTo({} as never), TypeError);
  await assert.rejects(
    new ReadableStream().pipeTo(new WritableStream(), { signal: {} as never }),
    TypeError,
  );
  const locked = new ReadableStream();
  locked.getReader();
  await assert.rejects(locked.pipeTo(new WritableStream()), TypeError);
});

test("pipeThrough: a thousand chunks in order, with backpressure", async () => {
  const source = counting(1000);
  let ahead = 0;
  let most = 0;
  const half = new TransformStream<number, number>({
    transform(chunk, controller) {
      most = Math.max(most, ++ahead);
      if (chunk % 2 === 0) controller.enqueue(chunk / 2);
    },
  });
  const result: number[] = [];
  await source.pipeThrough(half).pipeTo(
    new WritableStream({
      async write(chunk) {
        ahead = 0;
        result.push(chunk);
        if (chunk % 100 === 0) await delay(1);
      },
    }),
  );
  assert.equal(result.length, 500);
  assert.ok(result.every((chunk, index) => chunk === index));
  assert.ok(most < 6, `${most} chunks ahead of the sink`);
});

test("TransformStream: an exception fails both sides", async () => {
  const error = new Error("transform");
  const { readable, writable } = new TransformStream({
    transform() {
      throw error;
    },
  });
  const writer = writable.getWriter();
  const read = readable.getReader().read();
  assert.equal(await assert.rejects(writer.write(1)), error);
  assert.equal(await assert.rejects(read), error);
  assert.equal(await assert.rejects(writer.closed), error);
});

test("TransformStream: cancel of the transformer is called by either side", async () => {
  const reasons: unknown[] = [];
  const make = () =>
    new TransformStream({ cancel: (reason: unknown) => void reasons.push(reason) } as never);
  await make().readable.cancel("a");
  await make().writable.abort("b");
  assert.deepEqual(reasons, ["a", "b"]);
});

test("tee: each branch gets every chunk, however unevenly they are read", async () => {
  const [fast, slow] = counting(50).tee();
  assert.equal((await collect(fast)).length, 50);
  assert.deepEqual(
    await collect(slow),
    Array.from({ length: 50 }, (_, index) => index),
  );
});

test("tee: the stream is cancelled when both branches are, with both reasons", async () => {
  let reason: unknown;
  const [one, two] = new ReadableStream({ cancel: (given) => void (reason = given) }).tee();
  const first = one.cancel("a");
  assert.equal(reason, undefined);
  await Promise.all([first, two.cancel("b")]);
  assert.deepEqual(reason, ["a", "b"]);
});

test("WritableStream: ready is one promise as long as nothing changes", async () => {
  const writer = new WritableStream().getWriter();
  const { ready } = writer;
  assert.equal(writer.ready, ready);
  await ready;
  assert.equal(writer.ready, ready);
  const write = writer.write(1);
  const pending = writer.ready;
  assert.notEqual(pending, ready);
  await write;
  await pending;
  assert.equal(writer.ready, pending);
  writer.releaseLock();
  assert.notEqual(writer.ready, pending);
  await assert.rejects(writer.ready, TypeError);
  await assert.rejects(writer.closed, TypeError);
});

test("WritableStream: abort gives the same promise twice, and rejects what waits", async () => {
  const stream = new WritableStream({ write: () => delay(2) });
  const writer = stream.getWriter();
  const first = writer.write(1);
  const second = writer.write(2);
  await delay(0);
  const abort = writer.abort("why");
  assert.equal(writer.abort("again"), abort);
  await first;
  assert.equal(await assert.rejects(second), "why");
  await abort;
});

test("async iteration: return() releases the stream, preventCancel keeps it open", async () => {
  const stream = counting(5);
  for await (const chunk of stream.values({ preventCancel: true })) {
    assert.equal(chunk, 0);
    break;
  }
  assert.equal(stream.locked, false);
  assert.deepEqual(await collect(stream), [1, 2, 3, 4]);
});

test("async iteration: steps that are not awaited keep their order", async () => {
  const iterator = counting(2).values();
  const results = await Promise.all([iterator.next(), iterator.next(), iterator.next()]);
  assert.deepEqual(
    results.map(({ value, done }) => [value, done]),
    [
      [0, false],
      [1, false],
      [undefined, true],
    ],
  );
  const prototype = Object.getPrototypeOf(iterator);
  assert.equal(prototype[Symbol.toStringTag], "ReadableStream AsyncIterator");
  assert.equal(Object.hasOwn(prototype, "constructor"), false);
  await assert.rejects(prototype.next.call({}), TypeError);
});

test("ReadableStream.from: cancel returns the iterator, errors fail the stream", async () => {
  const { from } = ReadableStream as unknown as { from(source: unknown): ReadableStream<number> };
  let returned = false;
  const stream = from(
    (function* () {
      try {
        yield 1;
        yield 2;
      } finally {
        returned = true;
      }
    })(),
  );
  const reader = stream.getReader();
  assert.equal((await reader.read()).value, 1);
  await reader.cancel();
  assert.ok(returned);
  const rejected = Promise.reject(new Error("item"));
  await assert.rejects(from([rejected]).getReader().read(), /item/);
  assert.deepEqual(await collect(from("ab")), ["a", "b"] as never);
  assert.throws(() => from(1), TypeError);
  assert.throws(() => from({ [Symbol.iterator]: 1 }), TypeError);
});
