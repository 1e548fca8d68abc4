// The internal slots of WritableStream and its writer, and the abstract operations on them (Streams
// Standard, sections 5.5.1 to 5.5.3). Functions are named as the operations are. Thread: the isolate's.
import { LazyPromise, react, type Completion } from "./promises.ts";
import { Queue } from "./queue.ts";
import {
  writableStreamDefaultControllerAbortSteps,
  writableStreamDefaultControllerClose,
  writableStreamDefaultControllerErrorSteps,
  writableStreamDefaultControllerGetChunkSize,
  writableStreamDefaultControllerGetDesiredSize,
  writableStreamDefaultControllerSignalAbort,
  writableStreamDefaultControllerWrite,
  type WritableController,
} from "./writable-controller.ts";

/** What waits for a write: a promise, or a pipe. */
export interface WriteRequest {
  resolve(value: undefined): void;
  reject(reason: unknown): void;
}

/** "Pending abort request" */
interface AbortRequest {
  readonly promise: LazyPromise;
  readonly reason: unknown;
  readonly wasAlreadyErroring: boolean;
}

/** A WritableStream's internal slots. */
export class Writable {
  state: "writable" | "erroring" | "errored" | "closed" = "writable";
  writer: Writer | undefined = undefined;
  controller!: WritableController;
  backpressure = false;
  storedError: unknown = undefined;
  readonly writeRequests = new Queue<WriteRequest>();
  inFlightWriteRequest: WriteRequest | undefined = undefined;
  closeRequest: LazyPromise | undefined = undefined;
  inFlightCloseRequest: LazyPromise | undefined = undefined;
  pendingAbortRequest: AbortRequest | undefined = undefined;
  /** What scripts see of it, once they do. */
  object: object | undefined = undefined;
}

/** A WritableStreamDefaultWriter's internal slots. */
export class Writer {
  stream: Writable | undefined;
  readonly ready = new LazyPromise();
  readonly closed = new LazyPromise();
  /** Called at the end of a write's reaction, where `ready` may have been fulfilled. */
  onWritten: (() => void) | undefined = undefined;

  /** SetUpWritableStreamDefaultWriter */
  constructor(stream: Writable) {
    this.stream = stream;
    stream.writer = this;
    const { state, storedError } = stream;
    if (state === "erroring" || state === "errored") this.ready.rejectHandled(storedError);
    else if (state === "closed" || isTakingMore(stream)) this.ready.resolve(undefined);
    if (state === "closed") this.closed.resolve(undefined);
    else if (state === "errored") this.closed.rejectHandled(storedError);
  }
}

function isTakingMore(stream: Writable): boolean {
  return !stream.backpressure || writableStreamCloseQueuedOrInFlight(stream);
}

/** Throws a TypeError if the stream is locked. */
export function acquireWritableStreamDefaultWriter(stream: Writable): Writer {
  if (stream.writer !== undefined) throw lockedError();
  return new Writer(stream);
}

export function lockedError(): TypeError {
  return new TypeError("The WritableStream is locked by a writer");
}

export function isWritableStreamLocked(stream: Writable): boolean {
  return stream.writer !== undefined;
}

export function writableStreamAbort(stream: Writable, reason: unknown): Completion {
  if (stream.state === "closed" || stream.state === "errored") return undefined;
  writableStreamDefaultControllerSignalAbort(stream.controller, reason);
  // Listeners of the signal may have changed the state.
  const state = stream.state as Writable["state"];
  if (state === "closed" || state === "errored") return undefined;
  if (stream.pendingAbortRequest !== undefined) return stream.pendingAbortRequest.promise.promise;
  const wasAlreadyErroring = state === "erroring";
  const promise = new LazyPromise();
  stream.pendingAbortRequest = {
    promise,
    reason: wasAlreadyErroring ? undefined : reason,
    wasAlreadyErroring,
  };
  if (!wasAlreadyErroring) writableStreamStartErroring(stream, reason);
  return promise.promise;
}

export function closingError(): TypeError {
  return new TypeError("The WritableStream is closing or closed");
}

/** No close may be queued or in flight. */
export function writableStreamClose(stream: Writable): LazyPromise {
  const promise = new LazyPromise();
  const { state } = stream;
  if (state === "closed" || state === "errored") {
    promise.reject(
      new TypeError(`The WritableStream is ${state}: it cannot be closed`, {
        cause: stream.storedError,
      }),
    );
    return promise;
  }
  stream.closeRequest = promise;
  if (stream.writer !== undefined && stream.backpressure && state === "writable") {
    stream.writer.ready.resolve(undefined);
  }
  writableStreamDefaultControllerClose(stream.controller);
  return promise;
}

export function writableStreamCloseQueuedOrInFlight(stream: Writable): boolean {
  return stream.closeRequest !== undefined || stream.inFlightCloseRequest !== undefined;
}

export function writableStreamDealWithRejection(stream: Writable, error: unknown): void {
  if (stream.state === "writable") writableStreamStartErroring(stream, error);
  else writableStreamFinishErroring(stream);
}

export function writableStreamFinishErroring(stream: Writable): void {
  stream.state = "errored";
  writableStreamDefaultControllerErrorSteps(stream.controller);
  const { storedError } = stream;
  const requests = stream.writeRequests.drain();
  for (let i = 0; i < requests.length; i++) requests[i]!.reject(storedError);
  const abort = stream.pendingAbortRequest;
  stream.pendingAbortRequest = undefined;
  if (abort === undefined) {
    rejectCloseAndClosedPromiseIfNeeded(stream);
  } else if (abort.wasAlreadyErroring) {
    abort.promise.reject(storedError);
    rejectCloseAndClosedPromiseIfNeeded(stream);
  } else {
    react(
      writableStreamDefaultControllerAbortSteps(stream.controller, abort.reason),
      () => {
        abort.promise.resolve(undefined);
        rejectCloseAndClosedPromiseIfNeeded(stream);
      },
      (reason) => {
        abort.promise.reject(reason);
        rejectCloseAndClosedPromiseIfNeeded(stream);
      },
    );
  }
}

/** WritableStreamRejectCloseAndClosedPromiseIfNeeded */
function rejectCloseAndClosedPromiseIfNeeded(stream: Writable): void {
  stream.closeRequest?.reject(stream.storedError);
  stream.closeRequest = undefined;
  stream.writer?.closed.rejectHandled(stream.storedError);
}

export function writableStreamFinishInFlightClose(stream: Writable): void {
  stream.inFlightCloseRequest!.resolve(undefined);
  stream.inFlightCloseRequest = undefined;
  if (stream.state === "erroring") {
    stream.storedError = undefined;
    stream.pendingAbortRequest?.promise.resolve(undefined);
    stream.pendingAbortRequest = undefined;
  }
  stream.state = "closed";
  stream.writer?.closed.resolve(undefined);
}

export function writableStreamFinishInFlightCloseWithError(stream: Writable, error: unknown): void {
  stream.inFlightCloseRequest!.reject(error);
  stream.inFlightCloseRequest = undefined;
  stream.pendingAbortRequest?.promise.reject(error);
  stream.pendingAbortRequest = undefined;
  writableStreamDealWithRejection(stream, error);
}

export function writableStreamFinishInFlightWrite(stream: Writable): void {
  const request = stream.inFlightWriteRequest!;
  stream.inFlightWriteRequest = undefined;
  request.resolve(undefined);
}

export function writableStreamFinishInFlightWriteWithError(stream: Writable, error: unknown): void {
  const request = stream.inFlightWriteRequest!;
  stream.inFlightWriteRequest = undefined;
  request.reject(error);
  writableStreamDealWithRejection(stream, error);
}

export function writableStreamHasOperationMarkedInFlight(stream: Writable): boolean {
  return stream.inFlightWriteRequest !== undefined || stream.inFlightCloseRequest !== undefined;
}

export function writableStreamMarkCloseRequestInFlight(stream: Writable): void {
  stream.inFlightCloseRequest = stream.closeRequest;
  stream.closeRequest = undefined;
}

export function writableStreamMarkFirstWriteRequestInFlight(stream: Writable): void {
  stream.inFlightWriteRequest = stream.writeRequests.shift();
}

export function writableStreamStartErroring(stream: Writable, reason: unknown): void {
  const { controller, writer } = stream;
  stream.state = "erroring";
  stream.storedError = reason;
  writer?.ready.ensureRejected(reason);
  if (!writableStreamHasOperationMarkedInFlight(stream) && controller.started) {
    writableStreamFinishErroring(stream);
  }
}

/** The stream must be writable, and no close queued or in flight. */
export function writableStreamUpdateBackpressure(stream: Writable, backpressure: boolean): void {
  const { writer } = stream;
  if (writer !== undefined && backpressure !== stream.backpressure) {
    if (backpressure) writer.ready.renew();
    else writer.ready.resolve(undefined);
  }
  stream.backpressure = backpressure;
}

/** WritableStreamDefaultWriterCloseWithErrorPropagation. The writer must not be released. */
export function writableStreamDefaultWriterCloseWithErrorPropagation(writer: Writer): Completion {
  const stream = writer.stream!;
  if (writableStreamCloseQueuedOrInFlight(stream) || stream.state === "closed") return undefined;
  if (stream.state === "errored") {
    const promise = new LazyPromise();
    promise.reject(stream.storedError);
    return promise.promise;
  }
  return writableStreamClose(stream).promise;
}

/** Null if the stream has failed. The writer must not be released. */
export function writableStreamDefaultWriterGetDesiredSize(writer: Writer): number | null {
  const { state, controller } = writer.stream!;
  if (state === "errored" || state === "erroring") return null;
  if (state === "closed") return 0;
  return writableStreamDefaultControllerGetDesiredSize(controller);
}

/**
 * The writer must not be released.
 * @param error What `ready` and `closed` are rejected with; null for a writer that no script has seen,
 * since errors are costly to make.
 */
export function writableStreamDefaultWriterRelease(writer: Writer, error: TypeError | null): void {
  writer.ready.ensureRejected(error);
  writer.closed.ensureRejected(error);
  writer.stream!.writer = undefined;
  writer.stream = undefined;
}

/** The outcome goes to `request`. The writer must not be released. */
export function writableStreamDefaultWriterWrite(
  writer: Writer,
  chunk: unknown,
  request: WriteRequest,
): void {
  const stream = writer.stream!;
  const { controller } = stream;
  const chunkSize = writableStreamDefaultControllerGetChunkSize(controller, chunk);
  // The strategy's size function may have done anything.
  if (stream !== writer.stream) return request.reject(new TypeError("The writer was released"));
  const { state } = stream;
  if (state === "errored") return request.reject(stream.storedError);
  if (writableStreamCloseQueuedOrInFlight(stream) || state === "closed") {
    return request.reject(closingError());
  }
  if (state === "erroring") return request.reject(stream.storedError);
  stream.writeRequests.push(request);
  writableStreamDefaultControllerWrite(controller, chunk, chunkSize);
}
