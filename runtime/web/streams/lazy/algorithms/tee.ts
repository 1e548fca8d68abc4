// ReadableStreamDefaultTee (Streams Standard, section 4.9.1): both branches get every chunk, however
// unevenly they are read. Thread: the isolate's.
import { LazyPromise, queueMicrotask, then, type Completion } from "./promises.ts";
import {
  createReadableStream,
  readableStreamDefaultControllerClose,
  readableStreamDefaultControllerEnqueue,
  readableStreamDefaultControllerError,
  type DefaultController,
} from "./readable-default-controller.ts";
import {
  acquireReadableStreamDefaultReader,
  readableStreamCancel,
  readableStreamDefaultReaderRead,
  type DefaultReader,
  type ReadRequest,
  type Readable,
} from "./readable.ts";

/** Makes the second branch's chunk; throws what a chunk that cannot be cloned gives. */
export type CloneChunk = (chunk: unknown) => unknown;

/** Throws a TypeError if the stream is locked. */
export function readableStreamDefaultTee(
  stream: Readable,
  cloneForBranch2: CloneChunk | undefined,
): [Readable, Readable] {
  return new DefaultTee(stream, cloneForBranch2).branches;
}

/** What is the same for both kinds of tees: the stream is cancelled when both branches are. */
export class TeeCancellation {
  readonly stream: Readable;
  readonly promise = new LazyPromise<unknown>();
  canceled1 = false;
  canceled2 = false;
  #reason1: unknown = undefined;
  #reason2: unknown = undefined;

  constructor(stream: Readable) {
    this.stream = stream;
  }

  /** cancel1Algorithm */
  cancel1(reason: unknown): Completion {
    this.canceled1 = true;
    this.#reason1 = reason;
    return this.#cancel(this.canceled2);
  }

  /** cancel2Algorithm */
  cancel2(reason: unknown): Completion {
    this.canceled2 = true;
    this.#reason2 = reason;
    return this.#cancel(this.canceled1);
  }

  #cancel(both: boolean): Completion {
    if (both) this.cancelStream([this.#reason1, this.#reason2]);
    return this.promise.promise;
  }

  cancelStream(reason: unknown): void {
    this.promise.resolve(readableStreamCancel(this.stream, reason));
  }

  /** The stream is at its end: a branch's cancellation has nothing to wait for. */
  end(): void {
    if (!this.canceled1 || !this.canceled2) this.promise.resolve(undefined);
  }
}

class DefaultTee implements ReadRequest {
  readonly branches: [Readable, Readable];
  readonly #reader: DefaultReader;
  readonly #clone: CloneChunk | undefined;
  readonly #branch1: DefaultController;
  readonly #branch2: DefaultController;
  readonly #cancellation: TeeCancellation;
  #reading = false;
  #readAgain = false;
  #chunk: unknown = undefined;
  readonly #deliver = (): void => this.#deliverChunk();

  constructor(stream: Readable, clone: CloneChunk | undefined) {
    this.#reader = acquireReadableStreamDefaultReader(stream);
    this.#clone = clone;
    const cancellation = (this.#cancellation = new TeeCancellation(stream));
    const pull = (): undefined => this.#pull();
    this.#branch1 = createReadableStream(
      { pull, cancel: (reason) => cancellation.cancel1(reason) },
      1,
    );
    this.#branch2 = createReadableStream(
      { pull, cancel: (reason) => cancellation.cancel2(reason) },
      1,
    );
    this.branches = [this.#branch1.stream, this.#branch2.stream];
    void then(this.#reader.closed.promise, undefined, (error) => {
      this.#errorBranches(error);
      cancellation.end();
    });
  }

  /** pullAlgorithm */
  #pull(): undefined {
    if (this.#reading) {
      this.#readAgain = true;
      return;
    }
    this.#reading = true;
    readableStreamDefaultReaderRead(this.#reader, this);
  }

  chunkSteps(chunk: unknown): void {
    this.#chunk = chunk;
    // It takes a microtask to see that the stream has failed, and then chunks must not come first.
    queueMicrotask(this.#deliver);
  }

  #deliverChunk(): void {
    this.#readAgain = false;
    const { canceled1, canceled2 } = this.#cancellation;
    const chunk = this.#chunk;
    let chunk2 = chunk;
    this.#chunk = undefined;
    if (this.#clone !== undefined && !canceled2) {
      try {
        chunk2 = this.#clone(chunk);
      } catch (error) {
        this.#errorBranches(error);
        this.#cancellation.cancelStream(error);
        return;
      }
    }
    if (!canceled1) readableStreamDefaultControllerEnqueue(this.#branch1, chunk);
    if (!canceled2) readableStreamDefaultControllerEnqueue(this.#branch2, chunk2);
    this.#reading = false;
    if (this.#readAgain) this.#pull();
  }

  closeSteps(): void {
    const { canceled1, canceled2 } = this.#cancellation;
    this.#reading = false;
    if (!canceled1) readableStreamDefaultControllerClose(this.#branch1);
    if (!canceled2) readableStreamDefaultControllerClose(this.#branch2);
    this.#cancellation.end();
  }

  errorSteps(): void {
    this.#reading = false;
  }

  #errorBranches(error: unknown): void {
    readableStreamDefaultControllerError(this.#branch1, error);
    readableStreamDefaultControllerError(this.#branch2, error);
  }
}
