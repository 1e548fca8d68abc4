// WritableStream, its writer and its controller (Streams Standard, sections 5.2 to 5.4), as Web IDL
// shows them. Thread: the isolate's.
import type { AbortSignal } from "../../dom/abort-signal.ts";
import { rejected } from "../../idl/primordials.ts";
import {
  INTERNAL,
  defineInterface,
  illegalConstructor,
  interfaceType,
  requireArguments,
  type Converter,
} from "../../idl/webidl.ts";
import { transferWritable } from "./algorithms/cross-realm.ts";
import { LazyPromise, promiseOf } from "./algorithms/promises.ts";
import {
  WritableController,
  startWritableStreamDefaultController,
  writableStreamDefaultControllerError,
} from "./algorithms/writable-controller.ts";
import {
  Writable,
  acquireWritableStreamDefaultWriter,
  closingError,
  isWritableStreamLocked,
  lockedError,
  writableStreamAbort,
  writableStreamClose,
  writableStreamCloseQueuedOrInFlight,
  writableStreamDefaultWriterGetDesiredSize,
  writableStreamDefaultWriterRelease,
  writableStreamDefaultWriterWrite,
  type Writer,
} from "./algorithms/writable.ts";
import { extractHighWaterMark, extractSizeAlgorithm, toQueuingStrategy } from "./strategies.ts";
import { UnderlyingSink, callStart, toOptionalObject } from "./underlying.ts";

export let isWritableStream: (value: object) => value is WritableStream;
export let writableOf: (stream: WritableStream) => Writable;

export class WritableStream {
  readonly #writable: Writable;

  static {
    isWritableStream = (value): value is WritableStream => #writable in value;
    writableOf = (stream) => stream.#writable;
  }

  constructor(underlyingSink: unknown = undefined, strategy: unknown = undefined) {
    if (underlyingSink === INTERNAL) {
      this.#writable = strategy as Writable;
      this.#writable.object = this;
      return;
    }
    const where = "Failed to construct 'WritableStream'";
    const object = toOptionalObject(underlyingSink, `${where}: The underlying sink`);
    const queuing = toQueuingStrategy(strategy, `${where}: The strategy`);
    const sink = new UnderlyingSink(object);
    if (sink.type !== undefined) throw new RangeError(`${where}: a sink has no 'type'`);
    const size = extractSizeAlgorithm(queuing);
    const highWaterMark = extractHighWaterMark(queuing, 1);
    const writable = (this.#writable = new Writable());
    writable.object = this;
    const controller = new WritableController(writable, sink, highWaterMark, size);
    sink.controller = new WritableStreamDefaultController(INTERNAL, controller);
    const started = callStart(sink.start, object, sink.controller);
    startWritableStreamDefaultController(controller, started);
  }

  get locked(): boolean {
    return isWritableStreamLocked(this.#writable);
  }

  abort(reason: unknown = undefined): Promise<undefined> {
    try {
      if (isWritableStreamLocked(this.#writable)) throw lockedError();
      return promiseOf(writableStreamAbort(this.#writable, reason));
    } catch (error) {
      return rejected(error);
    }
  }

  close(): Promise<undefined> {
    try {
      if (isWritableStreamLocked(this.#writable)) throw lockedError();
      return close(this.#writable);
    } catch (error) {
      return rejected(error);
    }
  }

  getWriter(): WritableStreamDefaultWriter {
    const writer = acquireWritableStreamDefaultWriter(this.#writable);
    return new WritableStreamDefaultWriter(INTERNAL as never, writer);
  }
}

function close(stream: Writable): Promise<undefined> {
  if (writableStreamCloseQueuedOrInFlight(stream)) throw closingError();
  return writableStreamClose(stream).promise;
}

export const toWritableStream: Converter<WritableStream> = interfaceType(
  "WritableStream",
  isWritableStream,
);

/** What scripts see of a stream. */
export function exposeWritable(writable: Writable): WritableStream {
  return (writable.object ?? new WritableStream(INTERNAL, writable)) as WritableStream;
}

export class WritableStreamDefaultWriter {
  readonly #writer: Writer;

  constructor(stream: WritableStream, writer: Writer | undefined = undefined) {
    if ((stream as unknown) === INTERNAL) {
      this.#writer = writer!;
      return;
    }
    const where = "Failed to construct 'WritableStreamDefaultWriter'";
    requireArguments(arguments.length, 1, where);
    const writable = writableOf(toWritableStream(stream, `${where}: parameter 1`));
    this.#writer = acquireWritableStreamDefaultWriter(writable);
  }

  get closed(): Promise<undefined> {
    try {
      return this.#writer.closed.promise;
    } catch (error) {
      return rejected(error);
    }
  }

  get desiredSize(): number | null {
    this.#requireStream();
    return writableStreamDefaultWriterGetDesiredSize(this.#writer);
  }

  get ready(): Promise<undefined> {
    try {
      return this.#writer.ready.promise;
    } catch (error) {
      return rejected(error);
    }
  }

  abort(reason: unknown = undefined): Promise<undefined> {
    try {
      return promiseOf(writableStreamAbort(this.#requireStream(), reason));
    } catch (error) {
      return rejected(error);
    }
  }

  close(): Promise<undefined> {
    try {
      return close(this.#requireStream());
    } catch (error) {
      return rejected(error);
    }
  }

  releaseLock(): void {
    if (this.#writer.stream === undefined) return;
    writableStreamDefaultWriterRelease(this.#writer, new TypeError("The writer was released"));
  }

  write(chunk: unknown = undefined): Promise<undefined> {
    try {
      this.#requireStream();
      const request = new LazyPromise();
      writableStreamDefaultWriterWrite(this.#writer, chunk, request);
      return request.promise;
    } catch (error) {
      return rejected(error);
    }
  }

  #requireStream(): Writable {
    const { stream } = this.#writer;
    if (stream !== undefined) return stream;
    throw new TypeError("The writer was released and has no stream any more");
  }
}

export class WritableStreamDefaultController {
  readonly #controller: WritableController;

  constructor(key: unknown = undefined, controller: WritableController | undefined = undefined) {
    illegalConstructor(key);
    this.#controller = controller!;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  error(error: unknown = undefined): void {
    const controller = this.#controller;
    if (controller.stream.state !== "writable") return;
    writableStreamDefaultControllerError(controller, error);
  }
}

defineInterface(WritableStream, "WritableStream", {
  is: isWritableStream as (object: object) => boolean,
  transfer: (stream) => exposeWritable(transferWritable(writableOf(stream as WritableStream))),
});
defineInterface(WritableStreamDefaultWriter, "WritableStreamDefaultWriter");
defineInterface(WritableStreamDefaultController, "WritableStreamDefaultController");
