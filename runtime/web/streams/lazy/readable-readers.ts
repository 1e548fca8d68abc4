// ReadableStreamDefaultReader and ReadableStreamBYOBReader (Streams Standard, sections 4.3 to 4.5), as
// Web IDL shows them. Thread: the isolate's.
import { rejected, resolved } from "../../idl/primordials.ts";
import {
  INTERNAL,
  defineInterface,
  dictionary,
  requireArguments,
  toUnsignedLongLongEnforced,
} from "../../idl/webidl.ts";
import { LazyPromise, promiseOf } from "./algorithms/promises.ts";
import { readableStreamBYOBReaderRead } from "./algorithms/pull-into.ts";
import {
  acquireReadableStreamBYOBReader,
  acquireReadableStreamDefaultReader,
  readQueuedChunk,
  readableStreamCancel,
  readableStreamDefaultReaderRead,
  readableStreamReaderRelease,
  type ByobReader,
  type DefaultReader,
  type ReadIntoRequest,
  type ReadRequest,
} from "./algorithms/readable.ts";
import {
  bufferLength,
  isDetachedBuffer,
  viewBuffer,
  viewBytes,
  viewElements,
} from "./algorithms/views.ts";
import { toArrayBufferView } from "./array-buffer-view.ts";
import { readableOf, toReadableStream, type ReadableStream } from "./readable-stream.ts";

/** ReadableStreamReadResult */
export interface ReadResult<T = unknown> {
  readonly value: T;
  readonly done: boolean;
}

/** Answers read(): the promise is made after the read, and only then if it could be answered at once. */
class ReadPromise extends LazyPromise<ReadResult> implements ReadRequest, ReadIntoRequest {
  chunkSteps(chunk: unknown): void {
    this.resolve({ value: chunk, done: false });
  }

  closeSteps(chunk: unknown = undefined): void {
    this.resolve({ value: chunk, done: true });
  }

  errorSteps(error: unknown): void {
    this.reject(error);
  }
}

function releasedError(): TypeError {
  return new TypeError("The reader was released and has no stream any more");
}

function cancel(reader: DefaultReader | ByobReader, reason: unknown): Promise<undefined> {
  if (reader.stream === undefined) throw releasedError();
  return promiseOf(readableStreamCancel(reader.stream, reason));
}

export class ReadableStreamDefaultReader {
  readonly #reader: DefaultReader;

  constructor(stream: ReadableStream, reader: DefaultReader | undefined = undefined) {
    if ((stream as unknown) === INTERNAL) {
      this.#reader = reader!;
      return;
    }
    const where = "Failed to construct 'ReadableStreamDefaultReader'";
    requireArguments(arguments.length, 1, where);
    const readable = readableOf(toReadableStream(stream, `${where}: parameter 1`));
    this.#reader = acquireReadableStreamDefaultReader(readable);
  }

  get closed(): Promise<undefined> {
    try {
      return this.#reader.closed.promise;
    } catch (error) {
      return rejected(error);
    }
  }

  cancel(reason: unknown = undefined): Promise<undefined> {
    try {
      return cancel(this.#reader, reason);
    } catch (error) {
      return rejected(error);
    }
  }

  read(): Promise<ReadResult> {
    try {
      const reader = this.#reader;
      if (reader.stream === undefined) throw releasedError();
      if (reader.stream.controller.hasQueuedChunk) {
        return resolved({ value: readQueuedChunk(reader), done: false });
      }
      const request = new ReadPromise();
      readableStreamDefaultReaderRead(reader, request);
      return request.promise;
    } catch (error) {
      return rejected(error);
    }
  }

  releaseLock(): void {
    if (this.#reader.stream === undefined) return;
    readableStreamReaderRelease(this.#reader, new TypeError("The reader was released"));
  }
}

const toReadOptions = dictionary("ReadableStreamBYOBReaderReadOptions", {
  min: { convert: toUnsignedLongLongEnforced, default: 1 },
});

export class ReadableStreamBYOBReader {
  readonly #reader: ByobReader;

  constructor(stream: ReadableStream, reader: ByobReader | undefined = undefined) {
    if ((stream as unknown) === INTERNAL) {
      this.#reader = reader!;
      return;
    }
    const where = "Failed to construct 'ReadableStreamBYOBReader'";
    requireArguments(arguments.length, 1, where);
    const readable = readableOf(toReadableStream(stream, `${where}: parameter 1`));
    this.#reader = acquireReadableStreamBYOBReader(readable);
  }

  get closed(): Promise<undefined> {
    try {
      return this.#reader.closed.promise;
    } catch (error) {
      return rejected(error);
    }
  }

  cancel(reason: unknown = undefined): Promise<undefined> {
    try {
      return cancel(this.#reader, reason);
    } catch (error) {
      return rejected(error);
    }
  }

  read(view: unknown, options: unknown = undefined): Promise<ReadResult> {
    try {
      const reader = this.#reader;
      const where = "Failed to execute 'read' on 'ReadableStreamBYOBReader'";
      requireArguments(arguments.length, 1, where);
      const target = toArrayBufferView(view, `${where}: The view`);
      const { min } = toReadOptions(options, `${where}: The options`);
      const buffer = viewBuffer(target);
      if (isDetachedBuffer(buffer)) throw new TypeError(`${where}: The view's buffer is detached`);
      if (viewBytes(target) === 0) throw new TypeError(`${where}: The view is empty`);
      if (bufferLength(buffer) === 0) throw new TypeError(`${where}: The buffer is empty`);
      if (min === 0) throw new TypeError(`${where}: 'min' is 0`);
      if (min > viewElements(target)) {
        throw new RangeError(`${where}: 'min' is greater than the view`);
      }
      if (reader.stream === undefined) throw releasedError();
      const request = new ReadPromise();
      readableStreamBYOBReaderRead(reader, target, min, request);
      return request.promise;
    } catch (error) {
      return rejected(error);
    }
  }

  releaseLock(): void {
    if (this.#reader.stream === undefined) return;
    readableStreamReaderRelease(this.#reader, new TypeError("The reader was released"));
  }
}

defineInterface(ReadableStreamDefaultReader, "ReadableStreamDefaultReader");
defineInterface(ReadableStreamBYOBReader, "ReadableStreamBYOBReader");
