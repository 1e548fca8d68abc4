// How the Fetch and File classes work with streams: captured methods, and byte streams over a pull
// function. Thread: the isolate's.
import { concatenate, isObject, typedArrayName, uncurryThis } from "../../core.ts";
import { ReadableStream, ReadableStreamDefaultReader, TransformStream } from "./interfaces.ts";

export type Reader = ReadableStreamDefaultReader<unknown>;

const { prototype: streams } = ReadableStream;
export const getReader = uncurryThis(
  streams.getReader as (this: ReadableStream<unknown>) => Reader,
);
export const teeStream = uncurryThis(
  streams.tee as (this: ReadableStream<unknown>) => [ReadableStream, ReadableStream],
);
const cancelUnlocked = uncurryThis(
  streams.cancel as (this: ReadableStream<unknown>, reason: unknown) => Promise<void>,
);
const pipeThrough = uncurryThis(
  streams.pipeThrough as (this: ReadableStream<unknown>, pair: TransformStream) => ReadableStream,
);
const lockedGetter = Object.getOwnPropertyDescriptor(streams, "locked")!.get!;
const isLockedStream = uncurryThis(lockedGetter as (this: ReadableStream<unknown>) => boolean);
const { prototype: readers } = ReadableStreamDefaultReader;
export const readChunk = uncurryThis(
  readers.read as (this: Reader) => Promise<ReadableStreamReadResult>,
);
const cancelByReader = uncurryThis(
  readers.cancel as (this: Reader, reason: unknown) => Promise<void>,
);

export interface ReadableStreamReadResult {
  done: boolean;
  value: unknown;
}

export function isReadableStream(value: unknown): value is ReadableStream {
  if (!isObject(value)) return false;
  try {
    isLockedStream(value as ReadableStream);
    return true;
  } catch {
    return false;
  }
}

function ignore(): void {}
const then = uncurryThis(
  Promise.prototype.then as (
    this: Promise<unknown>,
    done: () => void,
    failed: () => void,
  ) => Promise<unknown>,
);

/** Cancels a stream whose outcome nobody waits for. */
export function cancelStream(stream: ReadableStream, reason: unknown): void {
  then(cancelUnlocked(stream, reason), ignore, ignore);
}

/** Cancels a stream by its reader, whose outcome nobody waits for. */
export function cancelReader(reader: Reader, reason: unknown): void {
  then(cancelByReader(reader, reason), ignore, ignore);
}

/** The stream piped through an identity transform; it is locked and disturbed itself. */
export function proxyStream(stream: ReadableStream): ReadableStream {
  return pipeThrough(stream, new TransformStream());
}

/**
 * A byte stream that asks for a part only when one is read.
 * @param pull Gives the next part, never an empty one, whose buffer the stream takes over; null: the end.
 */
export function createByteStream(
  pull: () => Uint8Array | null | Promise<Uint8Array | null>,
  cancel: (reason: unknown) => void = ignore,
): ReadableStream {
  const source = {
    __proto__: null,
    type: "bytes",
    async pull(controller: ReadableByteStreamController): Promise<void> {
      const next = pull();
      const part = next === null || typedArrayName(next) !== undefined ? next : await next;
      if (part !== null) return controller.enqueue(part as ArrayBufferView<ArrayBuffer>);
      controller.close();
      // A reader that brought its own buffer waits for it to be given back.
      controller.byobRequest?.respond(0);
    },
    cancel,
  };
  return new ReadableStream(source as never, noPrefetch);
}

const noPrefetch = { __proto__: null, highWaterMark: 0 } as unknown as { highWaterMark: number };

interface ReadableByteStreamController {
  enqueue(part: ArrayBufferView): void;
  close(): void;
  readonly byobRequest: { respond(bytes: number): void } | null;
}

/** "Read all bytes"; a TypeError if a chunk is no Uint8Array. */
export async function readAll(stream: ReadableStream): Promise<Uint8Array<ArrayBuffer>> {
  const reader = getReader(stream);
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const { done, value } = await readChunk(reader);
    if (done) break;
    if (typedArrayName(value) !== "Uint8Array") throw notBytes(value);
    chunks[chunks.length] = value as Uint8Array;
    total += (value as Uint8Array).byteLength;
  }
  return concatenate(chunks, total);
}

export function notBytes(value: unknown): TypeError {
  const hint = typeof value === "string" ? "; encode strings with TextEncoder" : "";
  return new TypeError(`A body's stream gave a chunk that is not a Uint8Array${hint}`);
}
