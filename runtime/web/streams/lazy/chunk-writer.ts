// A stream written chunk by chunk, by the platform. Thread: the isolate's.
import { LazyPromise, promiseOf } from "./algorithms/promises.ts";
import {
  acquireWritableStreamDefaultWriter,
  closingError,
  writableStreamAbort,
  writableStreamClose,
  writableStreamCloseQueuedOrInFlight,
  writableStreamDefaultWriterWrite,
  type Writable,
  type Writer,
} from "./algorithms/writable.ts";
import { writableOf, type WritableStream } from "./writable-stream.ts";

class ChunkWriter {
  readonly #writable: Writable;
  readonly #writer: Writer;

  constructor(writable: Writable) {
    this.#writable = writable;
    this.#writer = acquireWritableStreamDefaultWriter(writable);
  }

  /** When the chunk was taken: who waits for that writes no faster than the sink takes. */
  write(chunk: unknown): Promise<undefined> {
    const request = new LazyPromise();
    writableStreamDefaultWriterWrite(this.#writer, chunk, request);
    return request.promise;
  }

  close(): Promise<undefined> {
    if (writableStreamCloseQueuedOrInFlight(this.#writable)) throw closingError();
    return writableStreamClose(this.#writable).promise;
  }

  abort(reason: unknown): Promise<undefined> {
    return promiseOf(writableStreamAbort(this.#writable, reason));
  }
}

/** Locks a stream. Throws a TypeError if it is locked already. */
export function openWriter(stream: WritableStream): ChunkWriter {
  return new ChunkWriter(writableOf(stream));
}
