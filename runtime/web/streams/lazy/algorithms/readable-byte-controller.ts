// ReadableByteStreamController's internal slots, and the abstract operations of its queue (Streams
// Standard, sections 4.7.4 and 4.9.5). What serves reads into a reader's own buffers is in
// pull-into.ts. Thread: the isolate's.
import type { ByobRequest } from "./byob-request.ts";
import { ByteQueue } from "./byte-queue.ts";
import { LATER, promiseResolvedWith, react, type Completion } from "./promises.ts";
import {
  PullIntoDescriptor,
  commitPullIntoDescriptors,
  enqueueDetachedPullIntoToQueue,
  processPullIntoDescriptorsUsingQueue,
} from "./pull-into.ts";
import { Queue } from "./queue.ts";
import { NO_SOURCE, type Source } from "./readable-default-controller.ts";
import {
  Readable,
  readableStreamAddReadRequest,
  readableStreamClose,
  readableStreamError,
  readableStreamFulfillReadRequest,
  readableStreamGetNumReadIntoRequests,
  readableStreamGetNumReadRequests,
  type ReadRequest,
  type ReadableController,
} from "./readable.ts";
import {
  cloneArrayBuffer,
  isDetachedBuffer,
  transferArrayBuffer,
  viewBuffer,
  viewBytes,
  viewOffset,
  type View,
} from "./views.ts";

export class ByteController implements ReadableController {
  readonly isByteController = true;
  readonly stream: Readable;
  readonly queue = new ByteQueue();
  source: Source;
  readonly strategyHWM: number;
  readonly autoAllocateChunkSize: number | undefined;
  started = false;
  closeRequested = false;
  pulling = false;
  pullAgain = false;
  readonly pendingPullIntos = new Queue<PullIntoDescriptor>();
  byobRequest: ByobRequest | null = null;
  #pulled: (() => void) | undefined = undefined;
  #pullFailed: ((reason: unknown) => void) | undefined = undefined;

  constructor(
    stream: Readable,
    source: Source,
    highWaterMark: number,
    autoAllocateChunkSize: number | undefined,
  ) {
    this.stream = stream;
    this.source = source;
    this.strategyHWM = highWaterMark;
    this.autoAllocateChunkSize = autoAllocateChunkSize;
    stream.controller = this;
  }

  /** The reaction to a pull that succeeded; made once, not for each pull. */
  get pulled(): () => void {
    return (this.#pulled ??= () => {
      this.pulling = false;
      if (!this.pullAgain) return;
      this.pullAgain = false;
      readableByteStreamControllerCallPullIfNeeded(this);
    });
  }

  get pullFailed(): (reason: unknown) => void {
    return (this.#pullFailed ??= (reason) => readableByteStreamControllerError(this, reason));
  }

  get hasQueuedChunk(): boolean {
    return this.queue.totalSize > 0;
  }

  cancelSteps(reason: unknown): Completion {
    clearPendingPullIntos(this);
    this.queue.reset();
    const completion = this.source.cancel(reason);
    this.source = NO_SOURCE;
    return completion;
  }

  pullSteps(request: ReadRequest): void {
    if (this.queue.totalSize > 0) {
      fillReadRequestFromQueue(this, request);
      return;
    }
    const size = this.autoAllocateChunkSize;
    if (size !== undefined) {
      let buffer: ArrayBuffer;
      try {
        buffer = new ArrayBuffer(size);
      } catch (error) {
        request.errorSteps(error);
        return;
      }
      this.pendingPullIntos.push(PullIntoDescriptor.autoAllocated(buffer));
    }
    readableStreamAddReadRequest(this.stream, request);
    readableByteStreamControllerCallPullIfNeeded(this);
  }

  releaseSteps(): void {
    if (this.pendingPullIntos.length === 0) return;
    const first = this.pendingPullIntos.peek();
    first.readerType = "none";
    this.pendingPullIntos.clear();
    this.pendingPullIntos.push(first);
  }
}

/** The end of SetUpReadableByteStreamController: what happens to the result of startAlgorithm. */
export function startReadableByteStreamController(
  controller: ByteController,
  startResult: unknown,
): void {
  react(
    promiseResolvedWith(startResult),
    () => {
      controller.started = true;
      readableByteStreamControllerCallPullIfNeeded(controller);
    },
    controller.pullFailed,
  );
}

/** CreateReadableByteStream */
export function createReadableByteStream(source: Source): ByteController {
  const controller = new ByteController(new Readable(), source, 0, undefined);
  startReadableByteStreamController(controller, undefined);
  return controller;
}

export function readableByteStreamControllerCallPullIfNeeded(controller: ByteController): void {
  if (!readableByteStreamControllerShouldCallPull(controller)) return;
  if (controller.pulling) {
    controller.pullAgain = true;
    return;
  }
  controller.pulling = true;
  const completion = controller.source.pull();
  if (completion !== LATER) react(completion, controller.pulled, controller.pullFailed);
}

function readableByteStreamControllerShouldCallPull(controller: ByteController): boolean {
  const { stream } = controller;
  if (stream.state !== "readable" || controller.closeRequested || !controller.started) return false;
  if (readableStreamGetNumReadRequests(stream) > 0) return true;
  if (readableStreamGetNumReadIntoRequests(stream) > 0) return true;
  return controller.strategyHWM - controller.queue.totalSize > 0;
}

function clearPendingPullIntos(controller: ByteController): void {
  readableByteStreamControllerInvalidateBYOBRequest(controller);
  controller.pendingPullIntos.clear();
}

export function readableByteStreamControllerInvalidateBYOBRequest(
  controller: ByteController,
): void {
  const request = controller.byobRequest;
  if (request === null) return;
  request.controller = undefined;
  request.view = null;
  controller.byobRequest = null;
}

/** Throws a TypeError, and errors the stream, if a reader's buffer holds a part of an element. */
export function readableByteStreamControllerClose(controller: ByteController): void {
  const { stream, pendingPullIntos } = controller;
  if (controller.closeRequested || stream.state !== "readable") return;
  if (controller.queue.totalSize > 0) {
    controller.closeRequested = true;
    return;
  }
  if (pendingPullIntos.length > 0) {
    const first = pendingPullIntos.peek();
    if (first.bytesFilled % first.elementSize !== 0) {
      const error = insufficientBytes();
      readableByteStreamControllerError(controller, error);
      throw error;
    }
  }
  controller.source = NO_SOURCE;
  readableStreamClose(stream);
}

export function insufficientBytes(): TypeError {
  return new TypeError("The stream ended in the middle of an element of the reader's view");
}

/** Throws a TypeError if the chunk's buffer, or that of a pending read, cannot be transferred. */
export function readableByteStreamControllerEnqueue(controller: ByteController, chunk: View): void {
  if (controller.closeRequested || controller.stream.state !== "readable") return;
  const buffer = viewBuffer(chunk);
  const byteOffset = viewOffset(chunk);
  const byteLength = viewBytes(chunk);
  if (isDetachedBuffer(buffer)) throw new TypeError("The chunk's buffer is detached");
  const transferred = transferArrayBuffer(buffer);
  enqueueOwned(controller, new Uint8Array(transferred, byteOffset, byteLength));
}

/** The same for a chunk that nobody else refers to: its buffer is not transferred. */
export function enqueueOwned(controller: ByteController, chunk: Uint8Array<ArrayBuffer>): void {
  const { stream, pendingPullIntos } = controller;
  if (controller.closeRequested || stream.state !== "readable") return;
  if (pendingPullIntos.length > 0) {
    const first = pendingPullIntos.peek();
    if (isDetachedBuffer(first.buffer)) {
      throw new TypeError("The buffer of the read that comes first is detached");
    }
    readableByteStreamControllerInvalidateBYOBRequest(controller);
    first.buffer = transferArrayBuffer(first.buffer);
    if (first.readerType === "none") enqueueDetachedPullIntoToQueue(controller, first);
  }
  const { reader } = stream;
  if (reader === undefined) {
    enqueueView(controller, chunk);
  } else if (reader.isByob) {
    enqueueView(controller, chunk);
    commitPullIntoDescriptors(stream, processPullIntoDescriptorsUsingQueue(controller));
  } else {
    processReadRequestsUsingQueue(controller);
    if (reader.readRequests.length === 0) {
      enqueueView(controller, chunk);
    } else {
      if (pendingPullIntos.length > 0) pendingPullIntos.shift();
      readableStreamFulfillReadRequest(stream, chunk, false);
    }
  }
  readableByteStreamControllerCallPullIfNeeded(controller);
}

function enqueueView(controller: ByteController, chunk: Uint8Array<ArrayBuffer>): void {
  controller.queue.push(viewBuffer(chunk), viewOffset(chunk), viewBytes(chunk));
}

/** ReadableByteStreamControllerEnqueueClonedChunkToQueue. Throws, and errors the stream, out of memory. */
export function enqueueClonedChunkToQueue(
  controller: ByteController,
  buffer: ArrayBuffer,
  byteOffset: number,
  byteLength: number,
): void {
  let clone: ArrayBuffer;
  try {
    clone = cloneArrayBuffer(buffer, byteOffset, byteLength);
  } catch (error) {
    readableByteStreamControllerError(controller, error);
    throw error;
  }
  controller.queue.push(clone, 0, byteLength);
}

export function readableByteStreamControllerError(
  controller: ByteController,
  error: unknown,
): void {
  const { stream } = controller;
  if (stream.state !== "readable") return;
  clearPendingPullIntos(controller);
  controller.queue.reset();
  controller.source = NO_SOURCE;
  readableStreamError(stream, error);
}

/** ReadableByteStreamControllerFillReadRequestFromQueue */
function fillReadRequestFromQueue(controller: ByteController, request: ReadRequest): void {
  const chunk = controller.queue.shift();
  readableByteStreamControllerHandleQueueDrain(controller);
  request.chunkSteps(chunk);
}

/** ReadableByteStreamControllerProcessReadRequestsUsingQueue. There must be a default reader. */
function processReadRequestsUsingQueue(controller: ByteController): void {
  const { stream } = controller;
  while (readableStreamGetNumReadRequests(stream) > 0 && controller.queue.totalSize > 0) {
    const { reader } = stream;
    if (reader === undefined || reader.isByob) return;
    fillReadRequestFromQueue(controller, reader.readRequests.shift());
  }
}

export function readableByteStreamControllerHandleQueueDrain(controller: ByteController): void {
  if (controller.queue.totalSize === 0 && controller.closeRequested) {
    controller.source = NO_SOURCE;
    readableStreamClose(controller.stream);
  } else {
    readableByteStreamControllerCallPullIfNeeded(controller);
  }
}

export function readableByteStreamControllerGetDesiredSize(
  controller: ByteController,
): number | null {
  const { state } = controller.stream;
  if (state === "errored") return null;
  if (state === "closed") return 0;
  return controller.strategyHWM - controller.queue.totalSize;
}
