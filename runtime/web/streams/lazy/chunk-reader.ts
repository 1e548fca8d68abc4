// A stream read chunk by chunk, when somebody asks for one. Thread: the isolate's.
import { deferred, type Deferred } from "../../idl/primordials.ts";
import { own } from "../../idl/webidl.ts";
import { cancelReadable, drain as Drain } from "./access.ts";
import type { ReadableStream } from "./readable-stream.ts";

/** In an object, so that resolving a promise with it looks at nothing of the chunk. */
interface Chunk {
  readonly value: unknown;
}

class ChunkReader extends Drain {
  #waiting: Deferred<Chunk | null> | null = null;

  /** The next one; null: there are no more. Called when the one before has come. */
  read(): Promise<Chunk | null> {
    const { promise } = (this.#waiting = deferred<Chunk | null>());
    this.next();
    return promise;
  }

  cancel(reason: unknown): void {
    cancelReadable(this.readable, reason);
  }

  chunkSteps(value: unknown): void {
    this.#take().resolve(own({ value }));
  }

  closeSteps(): void {
    this.#take().resolve(null);
  }

  errorSteps(error: unknown): void {
    this.#take().reject(error);
  }

  #take(): Deferred<Chunk | null> {
    const waiting = this.#waiting!;
    this.#waiting = null;
    return waiting;
  }
}

/** Locks a stream. Throws a TypeError if it is locked already. */
export function openReader(stream: ReadableStream): ChunkReader {
  return new ChunkReader(stream);
}
