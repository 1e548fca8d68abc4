// An app that patches intrinsics, before it uses a stream for the first time or afterwards, breaks only
// itself. No other test of this file uses streams: they are loaded while the patches are in place.
import { assert, test } from "./harness.ts";

const touched: string[] = [];

function note(name: string): never {
  return function () {
    touched[touched.length] = name;
    throw new Error(`patched ${name}`);
  } as never;
}

interface Patch {
  object: object;
  key: PropertyKey;
}

/** Runs something synchronous while methods throw and say that they were called. */
function withPatches<T>(patches: Patch[], run: () => T): T {
  const originals = patches.map(({ object, key }) => Reflect.get(object, key));
  for (let i = 0; i < patches.length; i++) {
    const { object, key } = patches[i]!;
    Reflect.set(object, key, note(String(key)));
  }
  try {
    return run();
  } finally {
    for (let i = 0; i < patches.length; i++) {
      const { object, key } = patches[i]!;
      Reflect.set(object, key, originals[i]);
    }
  }
}

const intrinsics: Patch[] = [
  { object: Promise.prototype, key: "then" },
  { object: Promise, key: "resolve" },
  { object: Promise, key: "reject" },
  { object: Promise, key: "withResolvers" },
  { object: Array.prototype, key: "push" },
  { object: Array.prototype, key: "shift" },
  { object: ArrayBuffer.prototype, key: "transfer" },
  { object: ArrayBuffer.prototype, key: "transferToFixedLength" },
  { object: ArrayBuffer, key: "isView" },
];

function numbers(): ReadableStream<number> {
  let next = 0;
  return new ReadableStream({
    pull(controller) {
      if (next === 4) controller.close();
      else controller.enqueue(next++);
    },
  });
}

/** Pipes numbers and reads bytes while `patches` are in place at the beginning. */
async function exercise(patches: Patch[]): Promise<void> {
  let sum = 0;
  const chunk = new Uint8Array([1, 2, 3]);
  const { result, bytes } = withPatches(patches, () => {
    const sink = new WritableStream<number>({ write: (chunk) => void (sum += chunk) });
    const source = new ReadableStream({
      type: "bytes",
      start(controller) {
        controller.enqueue(chunk);
      },
    });
    return {
      result: numbers().pipeThrough(new TransformStream()).pipeTo(sink),
      bytes: source.getReader({ mode: "byob" }).read(new Uint8Array(2)),
    };
  });
  await result;
  assert.equal(sum, 6);
  assert.deepEqual([...(await bytes).value!], [1, 2]);
  assert.deepEqual(touched, []);
}

test("streams: intrinsics that are patched before the first use do not reach them", async () => {
  await exercise(intrinsics);
});

test("streams: intrinsics that are patched later do not reach them", async () => {
  await exercise([
    ...intrinsics,
    { object: Array.prototype, key: Symbol.iterator },
    { object: Function.prototype, key: "call" },
    { object: Function.prototype, key: "apply" },
  ]);
});

test("streams: patched methods of streams do not reach pipes, tees and iterators", async () => {
  const { prototype } = ReadableStream;
  const methods: Patch[] = [
    { object: prototype, key: "getReader" },
    { object: prototype, key: "cancel" },
    { object: ReadableStreamDefaultReader.prototype, key: "read" },
    { object: ReadableStreamDefaultReader.prototype, key: "releaseLock" },
    { object: ReadableStreamDefaultController.prototype, key: "error" },
    { object: WritableStream.prototype, key: "getWriter" },
    { object: WritableStreamDefaultWriter.prototype, key: "write" },
    { object: WritableStreamDefaultWriter.prototype, key: "close" },
  ];
  const { pipe, results } = withPatches(methods, () => {
    const [one, two] = numbers().tee();
    const iterator = two.values();
    return {
      pipe: one.pipeTo(new WritableStream()),
      results: Promise.all([iterator.next(), iterator.next(), iterator.return!()]),
    };
  });
  await pipe;
  assert.deepEqual(
    (await results).map(({ done }) => done),
    [false, false, true],
  );
  assert.deepEqual(touched, []);
});
