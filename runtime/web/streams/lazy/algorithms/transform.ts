// The internal slots of TransformStream and its controller, and the abstract operations on them (Streams
// Standard, section 6.4). A transform is itself the source of its readable side and the sink of its
// writable side. Thread: the isolate's.
import { rejected, resolved } from "../../../idl/primordials.ts";
import { LATER, LazyPromise, react, then, type Completion } from "./promises.ts";
import {
  DefaultController,
  readableStreamDefaultControllerCanCloseOrEnqueue,
  readableStreamDefaultControllerClose,
  readableStreamDefaultControllerEnqueue,
  readableStreamDefaultControllerError,
  readableStreamDefaultControllerHasBackpressure,
  startReadableStreamDefaultController,
  type SizeAlgorithm,
  type Source,
} from "./readable-default-controller.ts";
import { Readable } from "./readable.ts";
import {
  WritableController,
  startWritableStreamDefaultController,
  writableStreamDefaultControllerErrorIfNeeded,
  type Sink,
} from "./writable-controller.ts";
import { Writable } from "./writable.ts";

/** What happens to chunks: transformAlgorithm, flushAlgorithm and cancelAlgorithm. */
export interface Transformer {
  transform(chunk: unknown): Completion;
  flush(): Completion;
  cancel(reason: unknown): Completion;
}

/** A transformer that was let go of. Nothing is asked of it any more. */
const NO_TRANSFORMER: Transformer = {
  transform: () => undefined,
  flush: () => undefined,
  cancel: () => undefined,
};

export interface Strategy {
  highWaterMark: number;
  size: SizeAlgorithm;
}

/** The defaults of TransformStream's constructor. */
export const WRITABLE_STRATEGY: Strategy = { highWaterMark: 1, size: undefined };
export const READABLE_STRATEGY: Strategy = { highWaterMark: 0, size: undefined };

export class Transform implements Source, Sink {
  readonly readable: DefaultController;
  readonly writable: WritableController;
  transformer: Transformer;
  backpressure = true;
  // Instead of [[backpressureChangePromise]]: who waits for a change, a pull or a write.
  #isPullWaiting = false;
  #isWriteWaiting = false;
  #waitingChunk: unknown = undefined;
  #resumeWrite: (() => void) | undefined = undefined;
  /** [[finishPromise]] of the controller. */
  #finish: LazyPromise | undefined = undefined;

  /** InitializeTransformStream */
  constructor(writable: Strategy, readable: Strategy, transformer: Transformer) {
    this.transformer = transformer;
    this.writable = new WritableController(
      new Writable(),
      this,
      writable.highWaterMark,
      writable.size,
    );
    this.readable = new DefaultController(
      new Readable(),
      this,
      readable.highWaterMark,
      readable.size,
    );
  }

  /** Resolves startPromise: both sides wait for it. */
  start(result: unknown): void {
    const startPromise = resolved(result);
    startWritableStreamDefaultController(this.writable, startPromise);
    startReadableStreamDefaultController(this.readable, startPromise);
  }

  /** TransformStreamDefaultSinkWriteAlgorithm */
  write(chunk: unknown): Completion | typeof LATER {
    if (!this.backpressure) return this.#performTransform(chunk);
    this.#waitingChunk = chunk;
    this.#isWriteWaiting = true;
    return LATER;
  }

  #continueWrite(): void {
    const chunk = this.#waitingChunk;
    this.#waitingChunk = undefined;
    const { written, writeFailed, stream } = this.writable;
    if (stream.state === "erroring") writeFailed(stream.storedError);
    else react(this.#performTransform(chunk), written, writeFailed);
  }

  /** TransformStreamDefaultControllerPerformTransform */
  #performTransform(chunk: unknown): Completion {
    const completion = this.transformer.transform(chunk);
    if (completion === undefined) return undefined;
    return then(completion, undefined, (reason) => {
      this.error(reason);
      throw reason;
    });
  }

  /** TransformStreamDefaultSinkAbortAlgorithm */
  abort(reason: unknown): Completion {
    return this.#finishOnce(
      () => this.transformer.cancel(reason),
      (finish) => {
        const { readable } = this;
        if (readable.stream.state === "errored") return finish.reject(readable.stream.storedError);
        readableStreamDefaultControllerError(readable, reason);
        finish.resolve(undefined);
      },
      (error) => readableStreamDefaultControllerError(this.readable, error),
    );
  }

  /** TransformStreamDefaultSinkCloseAlgorithm */
  close(): Completion {
    return this.#finishOnce(
      () => this.transformer.flush(),
      (finish) => {
        const { readable } = this;
        if (readable.stream.state === "errored") return finish.reject(readable.stream.storedError);
        readableStreamDefaultControllerClose(readable);
        finish.resolve(undefined);
      },
      (error) => readableStreamDefaultControllerError(this.readable, error),
    );
  }

  /** TransformStreamDefaultSourceCancelAlgorithm */
  cancel(reason: unknown): Completion {
    const failWritable = (error: unknown) => {
      writableStreamDefaultControllerErrorIfNeeded(this.writable, error);
      this.#unblockWrite();
    };
    return this.#finishOnce(
      () => this.transformer.cancel(reason),
      (finish) => {
        const { stream } = this.writable;
        if (stream.state === "errored") return finish.reject(stream.storedError);
        failWritable(reason);
        finish.resolve(undefined);
      },
      failWritable,
    );
  }

  /** What abort, close and cancel have in common: only the first of them does something. */
  #finishOnce(
    run: () => Completion,
    fulfilled: (finish: LazyPromise) => void,
    rejected: (reason: unknown) => void,
  ): Completion {
    if (this.#finish !== undefined) return this.#finish.promise;
    const finish = (this.#finish = new LazyPromise());
    const completion = run();
    this.transformer = NO_TRANSFORMER;
    react(
      completion,
      () => fulfilled(finish),
      (reason) => {
        rejected(reason);
        finish.reject(reason);
      },
    );
    return finish.promise;
  }

  /** TransformStreamDefaultSourcePullAlgorithm */
  pull(): typeof LATER {
    this.#setBackpressure(false);
    this.#isPullWaiting = true;
    return LATER;
  }

  /** TransformStreamSetBackpressure */
  #setBackpressure(backpressure: boolean): void {
    this.backpressure = backpressure;
    if (this.#isPullWaiting) {
      this.#isPullWaiting = false;
      react(undefined, this.readable.pulled, undefined);
    }
    if (this.#isWriteWaiting) {
      this.#isWriteWaiting = false;
      react(undefined, (this.#resumeWrite ??= () => this.#continueWrite()), undefined);
    }
  }

  /** TransformStreamUnblockWrite */
  #unblockWrite(): void {
    if (this.backpressure) this.#setBackpressure(false);
  }

  /** TransformStreamDefaultControllerEnqueue. A TypeError if the readable side takes no more. */
  enqueue(chunk: unknown): void {
    const { readable } = this;
    if (!readableStreamDefaultControllerCanCloseOrEnqueue(readable)) {
      throw new TypeError("The readable side of the TransformStream takes no more chunks");
    }
    try {
      readableStreamDefaultControllerEnqueue(readable, chunk);
    } catch (error) {
      this.#errorWritableAndUnblockWrite(error);
      throw readable.stream.storedError;
    }
    if (readableStreamDefaultControllerHasBackpressure(readable) !== this.backpressure) {
      this.#setBackpressure(true);
    }
  }

  /** The transformAlgorithm of an identity transform. */
  passOn(chunk: unknown): Completion {
    try {
      this.enqueue(chunk);
      return undefined;
    } catch (error) {
      return rejected(error);
    }
  }

  /** TransformStreamError */
  error(error: unknown): void {
    readableStreamDefaultControllerError(this.readable, error);
    this.#errorWritableAndUnblockWrite(error);
  }

  /** TransformStreamErrorWritableAndUnblockWrite */
  #errorWritableAndUnblockWrite(error: unknown): void {
    this.transformer = NO_TRANSFORMER;
    writableStreamDefaultControllerErrorIfNeeded(this.writable, error);
    this.#unblockWrite();
  }

  /** TransformStreamDefaultControllerTerminate */
  terminate(): void {
    readableStreamDefaultControllerClose(this.readable);
    this.#errorWritableAndUnblockWrite(new TypeError("The TransformStream was terminated"));
  }
}
