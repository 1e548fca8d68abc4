// The two sides of a CompressionStream. They behave as those of a TransformStream with the standard's
// transformer would, but for one thing: what a chunk expands to is not made all at once. When some
// pieces wait for the reader, the write waits as well, so that a few bytes that expand to gigabytes
// cost no more memory than any others. Thread: the isolate's.
import { load } from "../../host/lazy-groups.ts";
import { deferred, getterOf, uncurryThis, type Deferred } from "../../idl/primordials.ts";
import { toBufferSource } from "../../idl/webidl.ts";
import type { ReadableStream, WritableStream } from "../../streams/lazy/interfaces.ts";
import type { Piece, Transcoder } from "./transcoder.ts";

export interface Pair {
  readonly readable: ReadableStream;
  readonly writable: WritableStream;
}

/**
 * How many pieces of one write may wait for the reader. Within that, a write is done after one read, as
 * it is in a TransformStream.
 */
const MOST_AHEAD = 4;

interface ReadableController {
  readonly desiredSize: number | null;
  enqueue(piece: Piece): void;
  close(): void;
  error(reason: unknown): void;
}
interface WritableController {
  error(reason: unknown): void;
}

const noPrefetch = { __proto__: null as never, highWaterMark: 0 };

const streams = load("streams");
const { prototype: readableController } = streams.ReadableStreamDefaultController;
const { prototype: writableController } = streams.WritableStreamDefaultController;
const enqueue = uncurryThis(
  readableController.enqueue as (this: ReadableController, piece: Piece) => void,
);
const closeReadable = uncurryThis(readableController.close as (this: ReadableController) => void);
const errorReadable = uncurryThis(
  readableController.error as (this: ReadableController, reason: unknown) => void,
);
const desiredSize = getterOf<number | null>(readableController, "desiredSize");
const errorWritable = uncurryThis(
  writableController.error as (this: WritableController, reason: unknown) => void,
);

class PairState {
  readonly #transcoder: Transcoder;
  readonly #where: string;
  reader!: ReadableController;
  writer!: WritableController;
  /** The reader asks for a piece. */
  #wanted = false;
  #waiting: Deferred<void> | null = null;
  #cancelled = false;

  /** @param where What a chunk is called in messages. */
  constructor(transcoder: Transcoder, where: string) {
    this.#transcoder = transcoder;
    this.#where = where;
  }

  /** The reader asks for a piece. */
  pull(): void {
    this.#wanted = true;
    this.#waiting?.resolve();
    this.#waiting = null;
  }

  /** The reader wants no more. */
  cancel(reason: unknown): void {
    this.#cancelled = true;
    this.#transcoder.close();
    errorWritable(this.writer, reason);
    this.pull();
  }

  async write(chunk: unknown): Promise<void> {
    if (!this.#wanted) await this.#pulled();
    if (this.#cancelled) return;
    try {
      const bytes = toBufferSource(chunk, this.#where);
      await this.#deliver(this.#transcoder.write(bytes));
    } catch (error) {
      this.abort(error);
      throw error;
    }
  }

  async close(): Promise<void> {
    try {
      await this.#deliver(this.#transcoder.finish());
    } catch (error) {
      this.abort(error);
      throw error;
    }
    this.#transcoder.close();
    if (!this.#cancelled) closeReadable(this.reader);
  }

  abort(reason: unknown): void {
    this.#transcoder.close();
    errorReadable(this.reader, reason);
  }

  #pulled(): Promise<void> {
    this.#waiting = deferred<void>();
    return this.#waiting.promise;
  }

  /** Enqueues a piece and those that follow it, as far as the reader takes them. */
  async #deliver(first: Piece | undefined): Promise<void> {
    let piece = first;
    while (piece !== undefined) {
      this.#wanted = false;
      enqueue(this.reader, piece);
      if (this.#cancelled) return;
      piece = this.#transcoder.next();
      if (piece === undefined) return;
      if (!this.#wanted && desiredSize(this.reader)! <= -MOST_AHEAD) await this.#pulled();
      if (this.#cancelled) return;
    }
  }
}

export function createPair(transcoder: Transcoder, where: string): Pair {
  const state = new PairState(transcoder, where);
  const source = {
    __proto__: null as never,
    start: (controller: ReadableController): void => void (state.reader = controller),
    pull: (): void => state.pull(),
    cancel: (reason: unknown): void => state.cancel(reason),
  };
  const sink = {
    __proto__: null as never,
    start: (controller: WritableController): void => void (state.writer = controller),
    write: (chunk: unknown): Promise<void> => state.write(chunk),
    close: (): Promise<void> => state.close(),
    abort: (reason: unknown): void => state.abort(reason),
  };
  return {
    readable: new streams.ReadableStream(source as never, noPrefetch),
    writable: new streams.WritableStream(sink as never),
  };
}
