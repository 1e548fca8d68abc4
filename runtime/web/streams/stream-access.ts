// What the Fetch and File classes ask of streams without bringing the streams library into the heap: a
// value cannot be a stream before it is there (streams/lazy/). Thread: the isolate's.
import { ifLoaded, load } from "../host/lazy-groups.ts";

export type ReadableStream = InstanceType<LazyGroups["streams"]["ReadableStream"]>;

export function isReadableStream(value: unknown): value is ReadableStream {
  return ifLoaded("streams")?.isReadableStream(value) ?? false;
}

export function isLocked(stream: ReadableStream): boolean {
  return load("streams").isLocked(stream);
}

/** "Disturbed": it was read from or cancelled. */
export function isDisturbed(stream: ReadableStream): boolean {
  return load("streams").isDisturbed(stream);
}

/**
 * Leaves a stream closed, locked and disturbed, as one that was read to its end. Only for streams of
 * createByteStream() that nobody has read from or locked: no read is pending, and there is no need to
 * tell the source. Going through a reader would cost more than the rest of a request.
 */
export function exhaust(stream: ReadableStream): void {
  load("streams").exhaust(stream);
}

type Pull = () => Uint8Array | null | Promise<Uint8Array | null>;

/**
 * A byte stream that asks for a part only when one is read.
 * @param pull Gives the next part, never an empty one, whose buffer the stream takes over; null: the end.
 * @param cancel Told that nobody reads the rest.
 */
export function createByteStream(pull: Pull, cancel?: (reason: unknown) => void): ReadableStream {
  return load("streams").createByteStream(pull, cancel);
}
