// ReadableStream (Streams Standard, section 4.2), as Web IDL shows it. Thread: the isolate's.
import { toAbortSignal } from "../../dom/abort-signal.ts";
import { clone } from "../../html/structured-clone.ts";
import { rejected } from "../../idl/primordials.ts";
import {
  INTERNAL,
  define,
  defineInterface,
  dictionary,
  enumeration,
  interfaceType,
  requireArguments,
  toBoolean,
  type Converter,
} from "../../idl/webidl.ts";
import { readableByteStreamTee } from "./algorithms/byte-tee.ts";
import { transferReadable } from "./algorithms/cross-realm.ts";
import { readableStreamFromIterable } from "./algorithms/from.ts";
import { readableStreamPipeTo, type PipeOptions } from "./algorithms/pipe-to.ts";
import { promiseOf } from "./algorithms/promises.ts";
import {
  ByteController,
  startReadableByteStreamController,
} from "./algorithms/readable-byte-controller.ts";
import {
  DefaultController,
  startReadableStreamDefaultController,
} from "./algorithms/readable-default-controller.ts";
import {
  Readable,
  acquireReadableStreamBYOBReader,
  acquireReadableStreamDefaultReader,
  isReadableStreamLocked,
  lockedError,
  readableStreamCancel,
} from "./algorithms/readable.ts";
import { readableStreamDefaultTee, type CloneChunk } from "./algorithms/tee.ts";
import {
  isWritableStreamLocked,
  lockedError as lockedWritableError,
} from "./algorithms/writable.ts";
import { createAsyncIterator } from "./async-iterator.ts";
import { exposeByteController, exposeDefaultController } from "./readable-controllers.ts";
import { ReadableStreamBYOBReader, ReadableStreamDefaultReader } from "./readable-readers.ts";
import { extractHighWaterMark, extractSizeAlgorithm, toQueuingStrategy } from "./strategies.ts";
import { UnderlyingSource, callStart, toOptionalObject } from "./underlying.ts";
import { toWritableStream, writableOf, type WritableStream } from "./writable-stream.ts";

export let isReadableStream: (value: object) => value is ReadableStream;
export let readableOf: (stream: ReadableStream) => Readable;

export class ReadableStream {
  readonly #readable: Readable;

  static {
    isReadableStream = (value): value is ReadableStream => #readable in value;
    readableOf = (stream) => stream.#readable;
  }

  constructor(underlyingSource: unknown = undefined, strategy: unknown = undefined) {
    if (underlyingSource === INTERNAL) {
      this.#readable = strategy as Readable;
      this.#readable.object = this;
      return;
    }
    const where = "Failed to construct 'ReadableStream'";
    const object = toOptionalObject(underlyingSource, `${where}: The underlying source`);
    const queuing = toQueuingStrategy(strategy, `${where}: The strategy`);
    const source = new UnderlyingSource(object);
    const readable = (this.#readable = new Readable());
    readable.object = this;
    if (source.type === "bytes") {
      if (queuing.size !== undefined) {
        throw new RangeError(`${where}: a byte stream's strategy has no size`);
      }
      const highWaterMark = extractHighWaterMark(queuing, 0);
      if (source.autoAllocateChunkSize === 0) {
        throw new TypeError(`${where}: autoAllocateChunkSize is 0`);
      }
      const { autoAllocateChunkSize } = source;
      const controller = new ByteController(readable, source, highWaterMark, autoAllocateChunkSize);
      source.controller = exposeByteController(controller);
      const started = callStart(source.start, object, source.controller);
      startReadableByteStreamController(controller, started);
    } else {
      const size = extractSizeAlgorithm(queuing);
      const highWaterMark = extractHighWaterMark(queuing, 1);
      const controller = new DefaultController(readable, source, highWaterMark, size);
      controller.isOwning = source.type === "owning";
      source.controller = exposeDefaultController(controller);
      const started = callStart(source.start, object, source.controller);
      startReadableStreamDefaultController(controller, started);
    }
  }

  static from(asyncIterable: unknown): ReadableStream {
    requireArguments(arguments.length, 1, "Failed to execute 'from' on 'ReadableStream'");
    return exposeReadable(readableStreamFromIterable(asyncIterable));
  }

  get locked(): boolean {
    return isReadableStreamLocked(this.#readable);
  }

  cancel(reason: unknown = undefined): Promise<undefined> {
    try {
      if (isReadableStreamLocked(this.#readable)) throw lockedError();
      return promiseOf(readableStreamCancel(this.#readable, reason));
    } catch (error) {
      return rejected(error);
    }
  }

  getReader(options: unknown = undefined): ReadableStreamDefaultReader | ReadableStreamBYOBReader {
    const readable = this.#readable;
    if (options === undefined || toReaderOptions(options, getReaderOptions).mode === undefined) {
      return new ReadableStreamDefaultReader(
        INTERNAL as never,
        acquireReadableStreamDefaultReader(readable),
      );
    }
    return new ReadableStreamBYOBReader(
      INTERNAL as never,
      acquireReadableStreamBYOBReader(readable),
    );
  }

  pipeThrough(transform: unknown, options: unknown = undefined): ReadableStream {
    const source = this.#readable;
    const where = "Failed to execute 'pipeThrough' on 'ReadableStream'";
    requireArguments(arguments.length, 1, where);
    const { readable, writable } = toPair(transform, `${where}: parameter 1`);
    const pipeOptions = toPipeOptions(options, `${where}: The options`);
    if (isReadableStreamLocked(source)) throw lockedError();
    const destination = writableOf(writable);
    if (isWritableStreamLocked(destination)) throw lockedWritableError();
    // Its promise is never made: nobody is told of a rejection.
    readableStreamPipeTo(source, destination, pipeOptions);
    return readable;
  }

  pipeTo(destination: unknown, options: unknown = undefined): Promise<undefined> {
    try {
      const source = this.#readable;
      const where = "Failed to execute 'pipeTo' on 'ReadableStream'";
      requireArguments(arguments.length, 1, where);
      const writable = writableOf(toWritableStream(destination, `${where}: parameter 1`));
      const pipeOptions = toPipeOptions(options, `${where}: The options`);
      if (isReadableStreamLocked(source)) throw lockedError();
      if (isWritableStreamLocked(writable)) throw lockedWritableError();
      return readableStreamPipeTo(source, writable, pipeOptions).promise;
    } catch (error) {
      return rejected(error);
    }
  }

  tee(): [ReadableStream, ReadableStream] {
    return teeReadable(this.#readable, undefined);
  }

  values(options: unknown = undefined): AsyncIterator<unknown> {
    const readable = this.#readable;
    const { preventCancel } = toIteratorOptions(options, iteratorOptions);
    return createAsyncIterator(acquireReadableStreamDefaultReader(readable), preventCancel);
  }

  declare [Symbol.asyncIterator]: (options?: unknown) => AsyncIterator<unknown>;
}

const getReaderOptions = "Failed to execute 'getReader' on 'ReadableStream': The options";
const toReaderOptions = dictionary("ReadableStreamGetReaderOptions", {
  mode: { convert: enumeration("ReadableStreamReaderMode", ["byob"]) },
});
const iteratorOptions = "Failed to execute 'values' on 'ReadableStream': The options";
const toIteratorOptions = dictionary("ReadableStreamIteratorOptions", {
  preventCancel: { convert: toBoolean, default: false },
});
const toPipeOptions: Converter<PipeOptions> = dictionary("StreamPipeOptions", {
  preventAbort: { convert: toBoolean, default: false },
  preventCancel: { convert: toBoolean, default: false },
  preventClose: { convert: toBoolean, default: false },
  signal: { convert: toAbortSignal },
}) as Converter<PipeOptions>;

export const toReadableStream: Converter<ReadableStream> = interfaceType(
  "ReadableStream",
  isReadableStream,
);
const toPair: Converter<{ readable: ReadableStream; writable: WritableStream }> = dictionary(
  "ReadableWritablePair",
  {
    readable: { convert: toReadableStream, required: true },
    writable: { convert: toWritableStream, required: true },
  },
);

/** What scripts see of a stream. */
export function exposeReadable(readable: Readable): ReadableStream {
  return (readable.object ?? new ReadableStream(INTERNAL, readable)) as ReadableStream;
}

function isOwning({ controller }: Readable): boolean {
  return controller instanceof DefaultController && controller.isOwning;
}

/**
 * ReadableStreamTee. Throws a TypeError if the stream is locked.
 * @param cloneForBranch2 Makes the chunks of the second branch, of other than byte streams.
 */
export function teeReadable(
  readable: Readable,
  cloneForBranch2: CloneChunk | undefined,
): [ReadableStream, ReadableStream] {
  const branches = readable.controller.isByteController
    ? readableByteStreamTee(readable)
    : readableStreamDefaultTee(readable, isOwning(readable) ? clone : cloneForBranch2);
  return [exposeReadable(branches[0]), exposeReadable(branches[1])];
}

defineInterface(ReadableStream, "ReadableStream", {
  is: isReadableStream as (object: object) => boolean,
  transfer: (stream) => exposeReadable(transferReadable(readableOf(stream as ReadableStream))),
});
define(ReadableStream.prototype, Symbol.asyncIterator, {
  value: ReadableStream.prototype.values,
  writable: true,
  enumerable: false,
  configurable: true,
});
