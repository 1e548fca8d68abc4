// What the Fetch and File classes ask of streams without bringing the streams library into the heap: a
// value cannot be a stream before it is there (lazy/streams/). Thread: the isolate's.
import type { ReadableStream } from "./lazy/streams/interfaces.ts";
import { ifLoaded, load } from "./lazy.ts";

export type { ReadableStream };

/** The streams library keeps its internal slots in properties of these names. */
interface StreamSlots {
  _disturbed: boolean;
  _state: "readable" | "closed" | "errored";
  /** Undefined: the stream is not locked. */
  _reader: object | undefined;
}

export function isReadableStream(value: unknown): value is ReadableStream {
  return ifLoaded("streams")?.isReadableStream(value) ?? false;
}

export function isLocked(stream: ReadableStream): boolean {
  return (stream as unknown as StreamSlots)._reader !== undefined;
}

/** "Disturbed": it was read from or cancelled. */
export function isDisturbed(stream: ReadableStream): boolean {
  return (stream as unknown as StreamSlots)._disturbed;
}

// Stands for the reader of an exhausted stream. The library asks it for nothing.
const exhaustedReader = Object.freeze({ __proto__: null });

/**
 * Leaves a stream closed, locked and disturbed, as one that was read to its end. Only for streams of
 * createByteStream() that nobody has read from or locked: no read is pending, and there is no need to
 * tell the source. Going through a reader would cost more than the rest of a request.
 */
export function exhaust(stream: ReadableStream): void {
  const slots = stream as unknown as StreamSlots;
  slots._disturbed = true;
  slots._state = "closed";
  slots._reader = exhaustedReader;
}

type Pull = () => Uint8Array | null | Promise<Uint8Array | null>;

/**
 * A byte stream that asks for a part only when one is read.
 * @param pull Gives the next part, never an empty one, whose buffer the stream takes over; null: the end.
 */
export function createByteStream(pull: Pull): ReadableStream {
  return load("streams").createByteStream(pull);
}
