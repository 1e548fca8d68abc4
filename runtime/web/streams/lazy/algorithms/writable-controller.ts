// WritableStreamDefaultController's internal slots and abstract operations (Streams Standard, sections
// 5.4.4 and 5.5.4). Thread: the isolate's.
import { createSignal, signalFriend, type AbortSignal } from "../../../dom/abort-signal.ts";
import { LATER, promiseResolvedWith, react, type Completion } from "./promises.ts";
import { QueueWithSizes } from "./queue.ts";
import type { SizeAlgorithm } from "./readable-default-controller.ts";
import {
  Writable,
  writableStreamCloseQueuedOrInFlight,
  writableStreamDealWithRejection,
  writableStreamFinishErroring,
  writableStreamFinishInFlightClose,
  writableStreamFinishInFlightCloseWithError,
  writableStreamFinishInFlightWrite,
  writableStreamFinishInFlightWriteWithError,
  writableStreamMarkCloseRequestInFlight,
  writableStreamMarkFirstWriteRequestInFlight,
  writableStreamStartErroring,
  writableStreamUpdateBackpressure,
} from "./writable.ts";

/** Where a stream's chunks go: writeAlgorithm, closeAlgorithm and abortAlgorithm. */
export interface Sink {
  /** LATER: the sink calls `written` or `writeFailed` of the controller in a reaction of its own. */
  write(chunk: unknown): Completion | typeof LATER;
  close(): Completion;
  abort(reason: unknown): Completion;
}

/** A sink that was let go of. Nothing is asked of it any more. */
const NO_SINK: Sink = {
  write: () => undefined,
  close: () => undefined,
  abort: () => undefined,
};

const CLOSE_SENTINEL = Symbol("close");

export class WritableController {
  readonly stream: Writable;
  readonly queue = new QueueWithSizes();
  sink: Sink;
  readonly strategyHWM: number;
  strategySize: SizeAlgorithm;
  started = false;
  // [[abortController]]: its signal is made when a script asks for it.
  #signal: AbortSignal | undefined = undefined;
  #aborted = false;
  #abortReason: unknown = undefined;
  #written: (() => void) | undefined = undefined;
  #writeFailed: ((reason: unknown) => void) | undefined = undefined;

  constructor(
    stream: Writable,
    sink: Sink,
    highWaterMark: number,
    size: SizeAlgorithm = undefined,
  ) {
    this.stream = stream;
    this.sink = sink;
    this.strategyHWM = highWaterMark;
    this.strategySize = size;
    stream.controller = this;
    stream.backpressure = highWaterMark <= 0;
  }

  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      this.#signal = createSignal();
      if (this.#aborted) signalFriend.abort(this.#signal, this.#abortReason);
    }
    return this.#signal;
  }

  signalAbort(reason: unknown): void {
    if (this.#signal !== undefined) {
      signalFriend.abort(this.#signal, reason);
    } else if (!this.#aborted) {
      this.#aborted = true;
      this.#abortReason = reason;
    }
  }

  /** The reaction to a write that succeeded; made once, not for each write. */
  get written(): () => void {
    return (this.#written ??= () => {
      const { stream } = this;
      writableStreamFinishInFlightWrite(stream);
      this.queue.dequeue();
      updateBackpressure(this);
      writableStreamDefaultControllerAdvanceQueueIfNeeded(this);
      stream.writer?.onWritten?.();
    });
  }

  get writeFailed(): (reason: unknown) => void {
    return (this.#writeFailed ??= (reason) => {
      const { stream } = this;
      if (stream.state === "writable") clearAlgorithms(this);
      writableStreamFinishInFlightWriteWithError(stream, reason);
    });
  }
}

/** The end of SetUpWritableStreamDefaultController: what happens to the result of startAlgorithm. */
export function startWritableStreamDefaultController(
  controller: WritableController,
  startResult: unknown,
): void {
  react(
    promiseResolvedWith(startResult),
    () => {
      controller.started = true;
      writableStreamDefaultControllerAdvanceQueueIfNeeded(controller);
    },
    (reason) => {
      controller.started = true;
      writableStreamDealWithRejection(controller.stream, reason);
    },
  );
}

export function writableStreamDefaultControllerAbortSteps(
  controller: WritableController,
  reason: unknown,
): Completion {
  const completion = controller.sink.abort(reason);
  clearAlgorithms(controller);
  return completion;
}

export function writableStreamDefaultControllerErrorSteps(controller: WritableController): void {
  controller.queue.reset();
}

/** "Signal abort" on the controller's [[abortController]]. */
export function writableStreamDefaultControllerSignalAbort(
  controller: WritableController,
  reason: unknown,
): void {
  controller.signalAbort(reason);
}

function writableStreamDefaultControllerAdvanceQueueIfNeeded(controller: WritableController): void {
  const { stream } = controller;
  if (!controller.started || stream.inFlightWriteRequest !== undefined) return;
  if (stream.state === "erroring") return writableStreamFinishErroring(stream);
  if (controller.queue.isEmpty) return;
  const value = controller.queue.peek();
  if (value === CLOSE_SENTINEL) processClose(controller);
  else processWrite(controller, value);
}

/** WritableStreamDefaultControllerClearAlgorithms */
function clearAlgorithms(controller: WritableController): void {
  controller.sink = NO_SINK;
  controller.strategySize = undefined;
}

export function writableStreamDefaultControllerClose(controller: WritableController): void {
  controller.queue.enqueue(CLOSE_SENTINEL, 0);
  writableStreamDefaultControllerAdvanceQueueIfNeeded(controller);
}

/** The stream must be writable. */
export function writableStreamDefaultControllerError(
  controller: WritableController,
  error: unknown,
): void {
  clearAlgorithms(controller);
  writableStreamStartErroring(controller.stream, error);
}

export function writableStreamDefaultControllerErrorIfNeeded(
  controller: WritableController,
  error: unknown,
): void {
  if (controller.stream.state === "writable") {
    writableStreamDefaultControllerError(controller, error);
  }
}

export function writableStreamDefaultControllerGetChunkSize(
  controller: WritableController,
  chunk: unknown,
): number {
  const size = controller.strategySize;
  if (size === undefined) return 1;
  try {
    return size(chunk);
  } catch (error) {
    writableStreamDefaultControllerErrorIfNeeded(controller, error);
    return 1;
  }
}

export function writableStreamDefaultControllerGetDesiredSize(
  controller: WritableController,
): number {
  return controller.strategyHWM - controller.queue.totalSize;
}

/** WritableStreamDefaultControllerProcessClose */
function processClose(controller: WritableController): void {
  const { stream } = controller;
  writableStreamMarkCloseRequestInFlight(stream);
  controller.queue.dequeue();
  const completion = controller.sink.close();
  clearAlgorithms(controller);
  react(
    completion,
    () => writableStreamFinishInFlightClose(stream),
    (reason) => writableStreamFinishInFlightCloseWithError(stream, reason),
  );
}

/** WritableStreamDefaultControllerProcessWrite */
function processWrite(controller: WritableController, chunk: unknown): void {
  writableStreamMarkFirstWriteRequestInFlight(controller.stream);
  const completion = controller.sink.write(chunk);
  if (completion !== LATER) react(completion, controller.written, controller.writeFailed);
}

export function writableStreamDefaultControllerWrite(
  controller: WritableController,
  chunk: unknown,
  chunkSize: number,
): void {
  try {
    controller.queue.enqueue(chunk, chunkSize);
  } catch (error) {
    writableStreamDefaultControllerErrorIfNeeded(controller, error);
    return;
  }
  updateBackpressure(controller);
  writableStreamDefaultControllerAdvanceQueueIfNeeded(controller);
}

function updateBackpressure(controller: WritableController): void {
  const { stream } = controller;
  if (stream.state !== "writable" || writableStreamCloseQueuedOrInFlight(stream)) return;
  writableStreamUpdateBackpressure(
    stream,
    writableStreamDefaultControllerGetDesiredSize(controller) <= 0,
  );
}
