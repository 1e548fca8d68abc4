// ReadableStreamDefaultController's internal slots and abstract operations (Streams Standard, sections
// 4.6.4 and 4.9.4). Thread: the isolate's.
import { LATER, promiseResolvedWith, react, type Completion } from "./promises.ts";
import { QueueWithSizes } from "./queue.ts";
import {
  Readable,
  readableStreamAddReadRequest,
  readableStreamClose,
  readableStreamError,
  readableStreamFulfillReadRequest,
  readableStreamGetNumReadRequests,
  type ReadRequest,
  type ReadableController,
} from "./readable.ts";

/** Where a stream's chunks come from: pullAlgorithm and cancelAlgorithm. */
export interface Source {
  /** LATER: the source calls `pulled` of the controller in a reaction of its own. */
  pull(): Completion | typeof LATER;
  cancel(reason: unknown): Completion;
}

/** sizeAlgorithm; undefined gives 1 for every chunk. */
export type SizeAlgorithm = ((chunk: unknown) => number) | undefined;

/** A source that was let go of. Nothing is asked of it any more. */
export const NO_SOURCE: Source = { pull: () => undefined, cancel: () => undefined };

export class DefaultController implements ReadableController {
  readonly isByteController = false;
  readonly stream: Readable;
  readonly queue = new QueueWithSizes();
  source: Source;
  strategyHWM: number;
  strategySize: SizeAlgorithm;
  /** Chunks of a script are cloned, and what it lists is transferred with them. */
  isOwning = false;
  started = false;
  closeRequested = false;
  pulling = false;
  pullAgain = false;
  #pulled: (() => void) | undefined = undefined;
  #pullFailed: ((reason: unknown) => void) | undefined = undefined;

  constructor(
    stream: Readable,
    source: Source,
    highWaterMark: number,
    size: SizeAlgorithm = undefined,
  ) {
    this.stream = stream;
    this.source = source;
    this.strategyHWM = highWaterMark;
    this.strategySize = size;
    stream.controller = this;
  }

  /** The reaction to a pull that succeeded; made once, not for each pull. */
  get pulled(): () => void {
    return (this.#pulled ??= () => {
      this.pulling = false;
      if (!this.pullAgain) return;
      this.pullAgain = false;
      readableStreamDefaultControllerCallPullIfNeeded(this);
    });
  }

  get pullFailed(): (reason: unknown) => void {
    return (this.#pullFailed ??= (reason) => readableStreamDefaultControllerError(this, reason));
  }

  get hasQueuedChunk(): boolean {
    // A size function that closes the stream leaves its chunk in the queue.
    return !this.queue.isEmpty && this.stream.state === "readable";
  }

  cancelSteps(reason: unknown): Completion {
    this.queue.reset();
    const completion = this.source.cancel(reason);
    readableStreamDefaultControllerClearAlgorithms(this);
    return completion;
  }

  pullSteps(request: ReadRequest): void {
    if (this.queue.isEmpty) {
      readableStreamAddReadRequest(this.stream, request);
      readableStreamDefaultControllerCallPullIfNeeded(this);
      return;
    }
    const chunk = this.queue.dequeue();
    if (this.closeRequested && this.queue.isEmpty) {
      readableStreamDefaultControllerClearAlgorithms(this);
      readableStreamClose(this.stream);
    } else {
      readableStreamDefaultControllerCallPullIfNeeded(this);
    }
    request.chunkSteps(chunk);
  }

  releaseSteps(): void {}
}

/** The end of SetUpReadableStreamDefaultController: what happens to the result of startAlgorithm. */
export function startReadableStreamDefaultController(
  controller: DefaultController,
  startResult: unknown,
): void {
  react(
    promiseResolvedWith(startResult),
    () => {
      controller.started = true;
      readableStreamDefaultControllerCallPullIfNeeded(controller);
    },
    controller.pullFailed,
  );
}

/** CreateReadableStream, for a startAlgorithm that returns undefined. */
export function createReadableStream(
  source: Source,
  highWaterMark: number,
  size: SizeAlgorithm = undefined,
): DefaultController {
  const controller = new DefaultController(new Readable(), source, highWaterMark, size);
  startReadableStreamDefaultController(controller, undefined);
  return controller;
}

export function readableStreamDefaultControllerCallPullIfNeeded(
  controller: DefaultController,
): void {
  if (!readableStreamDefaultControllerShouldCallPull(controller)) return;
  if (controller.pulling) {
    controller.pullAgain = true;
    return;
  }
  controller.pulling = true;
  const completion = controller.source.pull();
  if (completion !== LATER) react(completion, controller.pulled, controller.pullFailed);
}

export function readableStreamDefaultControllerShouldCallPull(
  controller: DefaultController,
): boolean {
  if (!readableStreamDefaultControllerCanCloseOrEnqueue(controller)) return false;
  if (!controller.started) return false;
  if (readableStreamGetNumReadRequests(controller.stream) > 0) return true;
  return controller.strategyHWM - controller.queue.totalSize > 0;
}

export function readableStreamDefaultControllerHasBackpressure(
  controller: DefaultController,
): boolean {
  return !readableStreamDefaultControllerShouldCallPull(controller);
}

function readableStreamDefaultControllerClearAlgorithms(controller: DefaultController): void {
  controller.source = NO_SOURCE;
  controller.strategySize = undefined;
}

export function readableStreamDefaultControllerClose(controller: DefaultController): void {
  if (!readableStreamDefaultControllerCanCloseOrEnqueue(controller)) return;
  controller.closeRequested = true;
  if (!controller.queue.isEmpty) return;
  readableStreamDefaultControllerClearAlgorithms(controller);
  readableStreamClose(controller.stream);
}

/** Throws what the strategy's size function throws, or a RangeError for a size that is no size. */
export function readableStreamDefaultControllerEnqueue(
  controller: DefaultController,
  chunk: unknown,
): void {
  if (!readableStreamDefaultControllerCanCloseOrEnqueue(controller)) return;
  const { stream } = controller;
  if (readableStreamGetNumReadRequests(stream) > 0) {
    readableStreamFulfillReadRequest(stream, chunk, false);
  } else {
    try {
      const size = controller.strategySize;
      controller.queue.enqueue(chunk, size === undefined ? 1 : size(chunk));
    } catch (error) {
      readableStreamDefaultControllerError(controller, error);
      throw error;
    }
  }
  readableStreamDefaultControllerCallPullIfNeeded(controller);
}

export function readableStreamDefaultControllerError(
  controller: DefaultController,
  error: unknown,
): void {
  const { stream } = controller;
  if (stream.state !== "readable") return;
  controller.queue.reset();
  readableStreamDefaultControllerClearAlgorithms(controller);
  readableStreamError(stream, error);
}

export function readableStreamDefaultControllerGetDesiredSize(
  controller: DefaultController,
): number | null {
  const { state } = controller.stream;
  if (state === "errored") return null;
  if (state === "closed") return 0;
  return controller.strategyHWM - controller.queue.totalSize;
}

export function readableStreamDefaultControllerCanCloseOrEnqueue(
  controller: DefaultController,
): boolean {
  return !controller.closeRequested && controller.stream.state === "readable";
}
