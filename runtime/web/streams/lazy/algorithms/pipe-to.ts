// ReadableStreamPipeTo (Streams Standard, section 4.9.1). The pipe is its own read request and write
// request, and a chunk costs it no promise. Thread: the isolate's.
import { signalFriend, type AbortSignal } from "../../../dom/abort-signal.ts";
import { queueTask } from "../../../tasks/event-loop.ts";
import { LazyPromise, all, queueMicrotask, react, then, type Completion } from "./promises.ts";
import {
  acquireReadableStreamDefaultReader,
  readableStreamCancel,
  readableStreamDefaultReaderRead,
  readableStreamReaderRelease,
  type DefaultReader,
  type ReadRequest,
  type Readable,
} from "./readable.ts";
import {
  acquireWritableStreamDefaultWriter,
  writableStreamAbort,
  writableStreamCloseQueuedOrInFlight,
  writableStreamDefaultWriterCloseWithErrorPropagation,
  writableStreamDefaultWriterGetDesiredSize,
  writableStreamDefaultWriterRelease,
  writableStreamDefaultWriterWrite,
  type Writable,
  type WriteRequest,
  type Writer,
} from "./writable.ts";

/** StreamPipeOptions */
export interface PipeOptions {
  preventClose: boolean;
  preventAbort: boolean;
  preventCancel: boolean;
  signal: AbortSignal | undefined;
}

/** Neither stream may be locked. Settles when the pipe has ended. */
export function readableStreamPipeTo(
  source: Readable,
  destination: Writable,
  options: PipeOptions,
): LazyPromise {
  const pipe = new Pipe(source, destination, options);
  pipe.start();
  return pipe.promise;
}

/** So many chunks go by before whoever moves them lets the event loop turn. */
export const BURST = 128;

type Action = () => Completion;
const NO_ACTION: Action = () => undefined;
/** Stands for an error that was not given: `undefined` may be one. */
const NO_ERROR = Symbol("no error");

class Pipe implements ReadRequest, WriteRequest {
  readonly promise = new LazyPromise();
  readonly #source: Readable;
  readonly #destination: Writable;
  readonly #options: PipeOptions;
  readonly #reader: DefaultReader;
  readonly #writer: Writer;
  #shuttingDown = false;
  /** A read has been asked for and not answered. */
  #reading = false;
  /** The read that goes on will be answered from the queue, not from within a script's enqueue(). */
  #isReadDirect = false;
  #chunk: unknown = undefined;
  #hasChunk = false;
  #writesPending = 0;
  /** Chunks left of the burst; negative while the task that begins the next one is awaited. */
  #burst = BURST;
  #onWritten: (() => void) | undefined = undefined;
  readonly #writeChunk = (): void => {
    this.#hasChunk = false;
    const chunk = this.#chunk;
    this.#chunk = undefined;
    this.#write(chunk);
    this.#pump();
  };
  readonly #nextBurst = (): void => {
    this.#burst = BURST;
    this.#pump();
  };
  #abortAlgorithm: (() => void) | undefined = undefined;

  constructor(source: Readable, destination: Writable, options: PipeOptions) {
    this.#source = source;
    this.#destination = destination;
    this.#options = options;
    this.#reader = acquireReadableStreamDefaultReader(source);
    this.#writer = acquireWritableStreamDefaultWriter(destination);
    source.disturbed = true;
  }

  start(): void {
    const { signal } = this.#options;
    if (signal !== undefined) {
      this.#abortAlgorithm = () => this.#abort(signal.reason);
      if (signal.aborted) return this.#abortAlgorithm();
      signalFriend.add(signal, this.#abortAlgorithm);
    }
    this.#watch();
    if (this.#shuttingDown) return;
    const pump = (): void => this.#pump();
    this.#writer.onWritten = pump;
    queueMicrotask(pump);
  }

  #abort(error: unknown): void {
    const { preventAbort, preventCancel } = this.#options;
    const source = this.#source;
    const destination = this.#destination;
    this.#shutdown(() => {
      const actions: Completion[] = [];
      if (!preventAbort && destination.state === "writable") {
        actions[actions.length] = writableStreamAbort(destination, error);
      }
      if (!preventCancel && source.state === "readable") {
        actions[actions.length] = readableStreamCancel(source, error);
      }
      return all(actions);
    }, error);
  }

  /** "Error and close states must be propagated": what is so already, then what becomes so. */
  #watch(): void {
    const source = this.#source;
    const destination = this.#destination;
    if (source.state === "errored") return this.#sourceFailed(source.storedError);
    if (destination.state === "errored") return this.#destinationFailed(destination.storedError);
    if (source.state === "closed") return this.#sourceClosed();
    if (writableStreamCloseQueuedOrInFlight(destination) || destination.state === "closed") {
      const error = new TypeError("The destination closed before all chunks were piped to it");
      return this.#destinationFailed(error);
    }
    void then(
      this.#reader.closed.promise,
      () => this.#sourceClosed(),
      (error) => this.#sourceFailed(error),
    );
    void then(this.#writer.closed.promise, undefined, (error) => this.#destinationFailed(error));
  }

  #sourceFailed(error: unknown): void {
    const abort = (): Completion => writableStreamAbort(this.#destination, error);
    this.#shutdown(this.#options.preventAbort ? NO_ACTION : abort, error);
  }

  #destinationFailed(error: unknown): void {
    const cancel = (): Completion => readableStreamCancel(this.#source, error);
    this.#shutdown(this.#options.preventCancel ? NO_ACTION : cancel, error);
  }

  #sourceClosed(): void {
    const close = (): Completion =>
      writableStreamDefaultWriterCloseWithErrorPropagation(this.#writer);
    this.#shutdown(this.#options.preventClose ? NO_ACTION : close, NO_ERROR);
  }

  /** Reads and writes as long as the destination takes more and the source has some at hand. */
  #pump(): void {
    while (!this.#shuttingDown && !this.#reading && !this.#hasChunk) {
      const desired = writableStreamDefaultWriterGetDesiredSize(this.#writer);
      if (desired === null || desired <= 0 || this.#burst < 0) return;
      if (this.#burst-- === 0) return queueTask(this.#nextBurst, undefined);
      this.#reading = true;
      this.#isReadDirect = this.#source.controller.hasQueuedChunk;
      readableStreamDefaultReaderRead(this.#reader, this);
      this.#isReadDirect = false;
    }
  }

  chunkSteps(chunk: unknown): void {
    this.#reading = false;
    if (this.#isReadDirect) {
      this.#write(chunk);
    } else {
      this.#chunk = chunk;
      this.#hasChunk = true;
      queueMicrotask(this.#writeChunk);
    }
  }

  // The reactions to the reader's closed promise do what has to be done.
  closeSteps(): void {}
  errorSteps(): void {}

  #write(chunk: unknown): void {
    this.#writesPending++;
    writableStreamDefaultWriterWrite(this.#writer, chunk, this);
  }

  /** A write has succeeded. */
  resolve(): void {
    this.#writesPending--;
    this.#onWritten?.();
  }

  /** A write has failed; the reaction to the writer's closed promise tells why. */
  reject(): void {
    this.resolve();
  }

  /** "Shutdown with an action" */
  #shutdown(action: Action, error: unknown): void {
    if (this.#shuttingDown) return;
    this.#shuttingDown = true;
    this.#writer.onWritten = undefined;
    const destination = this.#destination;
    const mustWait =
      destination.state === "writable" && !writableStreamCloseQueuedOrInFlight(destination);
    if (!mustWait) return this.#finish(action, error);
    this.#onWritten = () => {
      if (!this.#isAllWritten) return;
      this.#onWritten = undefined;
      // Whoever told us is in the midst of something.
      queueMicrotask(() => this.#finish(action, error));
    };
    this.#onWritten();
  }

  get #isAllWritten(): boolean {
    return this.#writesPending === 0 && !this.#hasChunk;
  }

  #finish(action: Action, error: unknown): void {
    react(
      action(),
      () => this.#finalize(error),
      (newError) => this.#finalize(newError),
    );
  }

  #finalize(error: unknown): void {
    writableStreamDefaultWriterRelease(this.#writer, null);
    readableStreamReaderRelease(this.#reader, null);
    const { signal } = this.#options;
    if (signal !== undefined && this.#abortAlgorithm !== undefined) {
      signalFriend.remove(signal, this.#abortAlgorithm);
    }
    if (error === NO_ERROR) this.promise.resolve(undefined);
    else this.promise.reject(error);
  }
}
