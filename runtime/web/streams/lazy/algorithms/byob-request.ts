// BYOB requests: how a source writes into the buffer of the read that comes first (Streams Standard,
// section 4.9.5; functions are named as the operations are, without "ReadableByteStreamController").
// Thread: the isolate's.
import {
  commitPullIntoDescriptor,
  commitPullIntoDescriptors,
  enqueueDetachedPullIntoToQueue,
  processPullIntoDescriptorsUsingQueue,
  type PullIntoDescriptor,
} from "./pull-into.ts";
import {
  enqueueClonedChunkToQueue,
  readableByteStreamControllerCallPullIfNeeded,
  readableByteStreamControllerInvalidateBYOBRequest,
  type ByteController,
} from "./readable-byte-controller.ts";
import { readableStreamGetNumReadIntoRequests } from "./readable.ts";
import {
  bufferLength,
  transferArrayBuffer,
  viewBuffer,
  viewBytes,
  viewOffset,
  type View,
} from "./views.ts";

/** A ReadableStreamBYOBRequest's internal slots. */
export class ByobRequest {
  /** Undefined: it was answered, or is not valid any more. */
  controller: ByteController | undefined;
  view: Uint8Array<ArrayBuffer> | null;
  /** What scripts see of it, once they do. */
  object: object | undefined = undefined;

  constructor(controller: ByteController, view: Uint8Array<ArrayBuffer>) {
    this.controller = controller;
    this.view = view;
  }
}

export function getBYOBRequest(controller: ByteController): ByobRequest | null {
  if (controller.byobRequest === null && controller.pendingPullIntos.length > 0) {
    const { buffer, byteOffset, byteLength, bytesFilled } = controller.pendingPullIntos.peek();
    const view = new Uint8Array(buffer, byteOffset + bytesFilled, byteLength - bytesFilled);
    controller.byobRequest = new ByobRequest(controller, view);
  }
  return controller.byobRequest;
}

/** Throws a TypeError or a RangeError for a count that does not fit the stream's state or the view. */
export function respond(controller: ByteController, bytesWritten: number): void {
  const first = controller.pendingPullIntos.peek();
  checkResponse(controller, first, bytesWritten);
  first.buffer = transferArrayBuffer(first.buffer);
  respondInternal(controller, bytesWritten);
}

/** The same for a view that does not continue the read's, and TypeErrors of its transfer. */
export function respondWithNewView(controller: ByteController, view: View): void {
  const first = controller.pendingPullIntos.peek();
  const byteLength = viewBytes(view);
  const closed = controller.stream.state === "closed";
  if (closed !== (byteLength === 0)) throw wrongCount(closed);
  const buffer = viewBuffer(view);
  if (first.byteOffset + first.bytesFilled !== viewOffset(view)) {
    throw new RangeError("The view does not begin where the read continues");
  }
  if (first.bufferByteLength !== bufferLength(buffer)) {
    throw new RangeError("The view's buffer has not the length of the read's buffer");
  }
  checkRoom(first, byteLength);
  first.buffer = transferArrayBuffer(buffer);
  respondInternal(controller, byteLength);
}

function checkResponse(
  controller: ByteController,
  first: PullIntoDescriptor,
  bytesWritten: number,
): void {
  const closed = controller.stream.state === "closed";
  if (closed !== (bytesWritten === 0)) throw wrongCount(closed);
  checkRoom(first, bytesWritten);
}

function wrongCount(closed: boolean): TypeError {
  return new TypeError(
    closed
      ? "The stream is closed: nothing but 0 bytes can be the answer"
      : "0 bytes are no answer; close the stream at its end",
  );
}

function checkRoom(first: PullIntoDescriptor, bytes: number): void {
  if (first.bytesFilled + bytes > first.byteLength) {
    throw new RangeError("There are more bytes than the read has room for");
  }
}

function respondInternal(controller: ByteController, bytesWritten: number): void {
  const first = controller.pendingPullIntos.peek();
  readableByteStreamControllerInvalidateBYOBRequest(controller);
  if (controller.stream.state === "closed") respondInClosedState(controller, first);
  else respondInReadableState(controller, bytesWritten, first);
  readableByteStreamControllerCallPullIfNeeded(controller);
}

function respondInClosedState(controller: ByteController, first: PullIntoDescriptor): void {
  const { stream, pendingPullIntos } = controller;
  if (first.readerType === "none") pendingPullIntos.shift();
  const filled: PullIntoDescriptor[] = [];
  for (let left = readableStreamGetNumReadIntoRequests(stream); left > 0; left--) {
    filled[filled.length] = pendingPullIntos.shift();
  }
  commitPullIntoDescriptors(stream, filled);
}

function respondInReadableState(
  controller: ByteController,
  bytesWritten: number,
  descriptor: PullIntoDescriptor,
): void {
  const { stream } = controller;
  descriptor.bytesFilled += bytesWritten;
  if (descriptor.readerType === "none") {
    enqueueDetachedPullIntoToQueue(controller, descriptor);
    commitPullIntoDescriptors(stream, processPullIntoDescriptorsUsingQueue(controller));
    return;
  }
  // A read that has not got its minimum stays at the head of the list, to be filled further.
  if (descriptor.bytesFilled < descriptor.minimumFill) return;
  controller.pendingPullIntos.shift();
  const remainder = descriptor.bytesFilled % descriptor.elementSize;
  if (remainder > 0) {
    const end = descriptor.byteOffset + descriptor.bytesFilled;
    enqueueClonedChunkToQueue(controller, descriptor.buffer, end - remainder, remainder);
  }
  descriptor.bytesFilled -= remainder;
  const filled = processPullIntoDescriptorsUsingQueue(controller);
  commitPullIntoDescriptor(stream, descriptor);
  commitPullIntoDescriptors(stream, filled);
}
