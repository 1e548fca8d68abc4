// The asynchronous iterator of ReadableStream (Streams Standard, section 4.2.5; Web IDL, section
// 3.7.10): a step begins when the one before it has settled. Thread: the isolate's.
import { getPrototypeOf, rejected, resolved, setPrototypeOf } from "../../idl/primordials.ts";
import { define } from "../../idl/webidl.ts";
import { LazyPromise, queueMicrotask, react, then } from "./algorithms/promises.ts";
import {
  readQueuedChunk,
  readableStreamCancel,
  readableStreamDefaultReaderRead,
  readableStreamReaderRelease,
  type DefaultReader,
  type ReadRequest,
} from "./algorithms/readable.ts";

type Result = IteratorResult<unknown, unknown>;

/** A default asynchronous iterator object's state. */
class IteratorState {
  readonly reader: DefaultReader;
  readonly preventCancel: boolean;
  /** The step that was asked for last ("ongoing promise", while it is pending). */
  last: Step | undefined = undefined;
  isFinished = false;

  constructor(reader: DefaultReader, preventCancel: boolean) {
    this.reader = reader;
    this.preventCancel = preventCancel;
  }

  /** The stream may be read at once. */
  get isIdle(): boolean {
    return !this.isFinished && (this.last === undefined || !this.last.isPending);
  }

  finish(): void {
    this.isFinished = true;
    readableStreamReaderRelease(this.reader, null);
  }
}

/** What a call of next() or return() asks for, and its promise. */
abstract class Step extends LazyPromise<Result> {
  protected readonly iterator: IteratorState;

  constructor(iterator: IteratorState) {
    super();
    this.iterator = iterator;
  }

  protected abstract run(): void;

  /** Runs the step in its turn. */
  start(): Promise<Result> {
    const { last } = this.iterator;
    this.iterator.last = this;
    if (last === undefined || !last.isPending) {
      this.run();
    } else {
      const run = (): void => this.run();
      void then(last.promise, run, run);
    }
    return this.promise;
  }
}

class NextStep extends Step implements ReadRequest {
  protected run(): void {
    if (this.iterator.isFinished) this.resolve({ value: undefined, done: true });
    else readableStreamDefaultReaderRead(this.iterator.reader, this);
  }

  chunkSteps(chunk: unknown): void {
    this.#answer({ value: chunk, done: false });
  }

  closeSteps(): void {
    this.iterator.finish();
    this.#answer({ value: undefined, done: true });
  }

  errorSteps(error: unknown): void {
    this.iterator.finish();
    if (this.isMade) queueMicrotask(() => this.reject(error));
    else this.reject(error);
  }

  /** The promise of next() is fulfilled a microtask after the one of the read. */
  #answer(result: Result): void {
    if (this.isMade) queueMicrotask(() => this.resolve(result));
    else this.resolve(result);
  }
}

class ReturnStep extends Step {
  readonly #value: unknown;

  constructor(iterator: IteratorState, value: unknown) {
    super(iterator);
    this.#value = value;
  }

  protected run(): void {
    const { iterator } = this;
    const value = this.#value;
    const done = (): void => this.resolve({ value, done: true });
    if (iterator.isFinished) return done();
    const completion = iterator.preventCancel
      ? undefined
      : readableStreamCancel(iterator.reader.stream!, value);
    iterator.finish();
    react(completion, done, (error) => this.reject(error));
  }
}

class ReadableStreamAsyncIterator {
  readonly #state: IteratorState;

  constructor(state: IteratorState) {
    this.#state = state;
  }

  next(): Promise<Result> {
    try {
      const state = this.#state;
      if (state.isIdle && state.reader.stream!.controller.hasQueuedChunk) {
        return resolved({ value: readQueuedChunk(state.reader), done: false });
      }
      return new NextStep(state).start();
    } catch (error) {
      return rejected(error);
    }
  }

  return(value: unknown): Promise<Result> {
    try {
      return new ReturnStep(this.#state, value).start();
    } catch (error) {
      return rejected(error);
    }
  }
}

/** The iterator owns the reader, and releases it at its end. */
export function createAsyncIterator(
  reader: DefaultReader,
  preventCancel: boolean,
): AsyncIterator<unknown> {
  return new ReadableStreamAsyncIterator(new IteratorState(reader, preventCancel));
}

const prototype = ReadableStreamAsyncIterator.prototype as object;
delete (prototype as { constructor?: unknown }).constructor;
const generators = getPrototypeOf(async function* () {}.prototype as object)!;
setPrototypeOf(prototype, getPrototypeOf(generators));
define(prototype, "next", { enumerable: true });
define(prototype, "return", { enumerable: true });
define(prototype, Symbol.toStringTag, {
  value: "ReadableStream AsyncIterator",
  configurable: true,
});
