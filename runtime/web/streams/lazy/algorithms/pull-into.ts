// Reads into buffers that the reader brought: pull-into descriptors (Streams Standard, section 4.9.5;
// functions are named as the operations are, without "ReadableByteStreamController"). How sources
// answer them is in byob-request.ts. Thread: the isolate's.
import {
  enqueueClonedChunkToQueue,
  insufficientBytes,
  readableByteStreamControllerCallPullIfNeeded,
  readableByteStreamControllerError,
  readableByteStreamControllerHandleQueueDrain,
  type ByteController,
} from "./readable-byte-controller.ts";
import {
  readableStreamAddReadIntoRequest,
  readableStreamFulfillReadIntoRequest,
  readableStreamFulfillReadRequest,
  type ByobReader,
  type ReadIntoRequest,
  type Readable,
} from "./readable.ts";
import {
  bufferLength,
  transferArrayBuffer,
  typeOfView,
  viewBuffer,
  viewBytes,
  viewOffset,
  type View,
  type ViewType,
} from "./views.ts";

const BYTES: ViewType = { construct: Uint8Array, elementSize: 1 };

/** "Pull-into descriptor": a read whose buffer is being filled. */
export class PullIntoDescriptor {
  buffer: ArrayBuffer;
  readonly bufferByteLength: number;
  readonly byteOffset: number;
  readonly byteLength: number;
  bytesFilled = 0;
  readonly minimumFill: number;
  readonly viewType: ViewType;
  readerType: "default" | "byob" | "none";

  constructor(
    buffer: ArrayBuffer,
    byteOffset: number,
    byteLength: number,
    minimumFill: number,
    viewType: ViewType,
    readerType: "default" | "byob",
  ) {
    this.buffer = buffer;
    this.bufferByteLength = bufferLength(buffer);
    this.byteOffset = byteOffset;
    this.byteLength = byteLength;
    this.minimumFill = minimumFill;
    this.viewType = viewType;
    this.readerType = readerType;
  }

  /** For a default reader's read of a stream with autoAllocateChunkSize. */
  static autoAllocated(buffer: ArrayBuffer): PullIntoDescriptor {
    return new PullIntoDescriptor(buffer, 0, bufferLength(buffer), 1, BYTES, "default");
  }

  get elementSize(): number {
    return this.viewType.elementSize;
  }
}

/** ReadableStreamBYOBReaderRead. The reader must not be released; `min` is in elements of the view. */
export function readableStreamBYOBReaderRead(
  reader: ByobReader,
  view: View,
  min: number,
  request: ReadIntoRequest,
): void {
  const stream = reader.stream!;
  stream.disturbed = true;
  if (stream.state === "errored") request.errorSteps(stream.storedError);
  else pullInto(stream.controller as ByteController, view, min, request);
}

function pullInto(
  controller: ByteController,
  view: View,
  min: number,
  request: ReadIntoRequest,
): void {
  const { stream, pendingPullIntos } = controller;
  const type = typeOfView(view);
  const byteOffset = viewOffset(view);
  const byteLength = viewBytes(view);
  let buffer: ArrayBuffer;
  try {
    buffer = transferArrayBuffer(viewBuffer(view));
  } catch (error) {
    request.errorSteps(error);
    return;
  }
  const minimumFill = min * type.elementSize;
  const descriptor = new PullIntoDescriptor(
    buffer,
    byteOffset,
    byteLength,
    minimumFill,
    type,
    "byob",
  );
  if (pendingPullIntos.length > 0) {
    pendingPullIntos.push(descriptor);
    readableStreamAddReadIntoRequest(stream, request);
    return;
  }
  if (stream.state === "closed") {
    request.closeSteps(new type.construct(buffer, byteOffset, 0));
    return;
  }
  if (controller.queue.totalSize > 0) {
    if (fillPullIntoDescriptorFromQueue(controller, descriptor)) {
      const filled = convertPullIntoDescriptor(descriptor);
      readableByteStreamControllerHandleQueueDrain(controller);
      request.chunkSteps(filled);
      return;
    }
    if (controller.closeRequested) {
      const error = insufficientBytes();
      readableByteStreamControllerError(controller, error);
      request.errorSteps(error);
      return;
    }
  }
  pendingPullIntos.push(descriptor);
  readableStreamAddReadIntoRequest(stream, request);
  readableByteStreamControllerCallPullIfNeeded(controller);
}

/** True if the descriptor has what its read asked for. */
function fillPullIntoDescriptorFromQueue(
  controller: ByteController,
  descriptor: PullIntoDescriptor,
): boolean {
  const { queue } = controller;
  const room = descriptor.byteLength - descriptor.bytesFilled;
  let count = queue.totalSize < room ? queue.totalSize : room;
  const most = descriptor.bytesFilled + count;
  const aligned = most - (most % descriptor.elementSize);
  // A read that has not got its minimum stays at the head of the list, to be filled further.
  const ready = aligned >= descriptor.minimumFill;
  if (ready) count = aligned - descriptor.bytesFilled;
  queue.moveTo(descriptor.buffer, descriptor.byteOffset + descriptor.bytesFilled, count);
  descriptor.bytesFilled += count;
  return ready;
}

export function processPullIntoDescriptorsUsingQueue(
  controller: ByteController,
): PullIntoDescriptor[] {
  const filled: PullIntoDescriptor[] = [];
  const { pendingPullIntos } = controller;
  while (pendingPullIntos.length > 0 && controller.queue.totalSize > 0) {
    const descriptor = pendingPullIntos.peek();
    if (!fillPullIntoDescriptorFromQueue(controller, descriptor)) continue;
    pendingPullIntos.shift();
    filled[filled.length] = descriptor;
  }
  return filled;
}

function convertPullIntoDescriptor(descriptor: PullIntoDescriptor): View {
  const { byteOffset, bytesFilled, elementSize, viewType } = descriptor;
  const buffer = transferArrayBuffer(descriptor.buffer);
  return new viewType.construct(buffer, byteOffset, bytesFilled / elementSize);
}

export function commitPullIntoDescriptor(stream: Readable, descriptor: PullIntoDescriptor): void {
  const done = stream.state === "closed";
  const view = convertPullIntoDescriptor(descriptor);
  if (descriptor.readerType === "default") readableStreamFulfillReadRequest(stream, view, done);
  else readableStreamFulfillReadIntoRequest(stream, view, done);
}

export function commitPullIntoDescriptors(
  stream: Readable,
  descriptors: readonly PullIntoDescriptor[],
): void {
  for (let i = 0; i < descriptors.length; i++) commitPullIntoDescriptor(stream, descriptors[i]!);
}

/** What a released reader's buffer was filled with goes to the queue. */
export function enqueueDetachedPullIntoToQueue(
  controller: ByteController,
  descriptor: PullIntoDescriptor,
): void {
  const { buffer, byteOffset, bytesFilled } = descriptor;
  if (bytesFilled > 0) enqueueClonedChunkToQueue(controller, buffer, byteOffset, bytesFilled);
  controller.pendingPullIntos.shift();
}
