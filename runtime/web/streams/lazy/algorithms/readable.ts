// The internal slots of ReadableStream and its readers, and the abstract operations on them (Streams
// Standard, sections 4.9.1 to 4.9.3). Functions are named as the operations are. Controllers are
// in files of their own, the classes that scripts see in ../readable-stream.ts and its neighbours.
// Thread: the isolate's.
import { rejected } from "../../../idl/primordials.ts";
import { LazyPromise, discardResult, type Completion } from "./promises.ts";
import { Queue } from "./queue.ts";

/** "Read request" */
export interface ReadRequest {
  chunkSteps(chunk: unknown): void;
  closeSteps(): void;
  errorSteps(error: unknown): void;
}

/** "Read-into request" */
export interface ReadIntoRequest {
  chunkSteps(chunk: ArrayBufferView): void;
  /** Without a chunk if the stream was cancelled. */
  closeSteps(chunk: ArrayBufferView | undefined): void;
  errorSteps(error: unknown): void;
}

/** What a stream asks of its controller ("internal methods"). */
export interface ReadableController {
  readonly isByteController: boolean;
  /** True if a read would be answered before anybody else runs. */
  readonly hasQueuedChunk: boolean;
  cancelSteps(reason: unknown): Completion;
  pullSteps(request: ReadRequest): void;
  releaseSteps(): void;
}

/** A ReadableStream's internal slots. */
export class Readable {
  state: "readable" | "closed" | "errored" = "readable";
  reader: DefaultReader | ByobReader | undefined = undefined;
  controller: ReadableController = NO_CONTROLLER;
  storedError: unknown = undefined;
  disturbed = false;
  /** What scripts see of it, once they do. */
  object: object | undefined = undefined;
}

abstract class GenericReader {
  stream: Readable | undefined;
  readonly closed = new LazyPromise();

  /** ReadableStreamReaderGenericInitialize */
  constructor(stream: Readable) {
    this.stream = stream;
    if (stream.state === "closed") this.closed.resolve(undefined);
    else if (stream.state === "errored") this.closed.rejectHandled(stream.storedError);
  }
}

/** A ReadableStreamDefaultReader's internal slots. */
export class DefaultReader extends GenericReader {
  readonly isByob = false;
  readonly readRequests = new Queue<ReadRequest>();
}

/** A ReadableStreamBYOBReader's internal slots. */
export class ByobReader extends GenericReader {
  readonly isByob = true;
  readonly readIntoRequests = new Queue<ReadIntoRequest>();
}

/** Stands for the controller of a stream that is being set up. */
const NO_CONTROLLER: ReadableController = {
  isByteController: false,
  hasQueuedChunk: false,
  cancelSteps: () => undefined,
  pullSteps: () => undefined,
  releaseSteps: () => undefined,
};

export function isReadableStreamLocked(stream: Readable): boolean {
  return stream.reader !== undefined;
}

/** Throws a TypeError if the stream is locked. */
export function acquireReadableStreamDefaultReader(stream: Readable): DefaultReader {
  if (stream.reader !== undefined) throw lockedError();
  const reader = new DefaultReader(stream);
  stream.reader = reader;
  return reader;
}

/** Throws a TypeError if the stream is locked or is no byte stream. */
export function acquireReadableStreamBYOBReader(stream: Readable): ByobReader {
  if (stream.reader !== undefined) throw lockedError();
  if (!stream.controller.isByteController) {
    throw new TypeError("A BYOB reader needs a stream of type 'bytes'");
  }
  const reader = new ByobReader(stream);
  stream.reader = reader;
  return reader;
}

export function lockedError(): TypeError {
  return new TypeError("The ReadableStream is locked by a reader");
}

export function readableStreamCancel(stream: Readable, reason: unknown): Completion {
  stream.disturbed = true;
  if (stream.state === "closed") return undefined;
  if (stream.state === "errored") return rejected(stream.storedError);
  readableStreamClose(stream);
  const { reader } = stream;
  if (reader?.isByob) {
    const requests = reader.readIntoRequests.drain();
    for (let i = 0; i < requests.length; i++) requests[i]!.closeSteps(undefined);
  }
  return discardResult(stream.controller.cancelSteps(reason));
}

export function readableStreamClose(stream: Readable): void {
  stream.state = "closed";
  const { reader } = stream;
  if (reader === undefined) return;
  reader.closed.resolve(undefined);
  if (reader.isByob) return;
  const requests = reader.readRequests.drain();
  for (let i = 0; i < requests.length; i++) requests[i]!.closeSteps();
}

export function readableStreamError(stream: Readable, error: unknown): void {
  stream.state = "errored";
  stream.storedError = error;
  const { reader } = stream;
  if (reader === undefined) return;
  reader.closed.rejectHandled(error);
  errorRequests(reader, error);
}

/** ReadableStreamDefaultReaderErrorReadRequests, ReadableStreamBYOBReaderErrorReadIntoRequests */
function errorRequests(reader: DefaultReader | ByobReader, error: unknown): void {
  const requests = reader.isByob ? reader.readIntoRequests.drain() : reader.readRequests.drain();
  for (let i = 0; i < requests.length; i++) requests[i]!.errorSteps(error);
}

export function readableStreamAddReadRequest(stream: Readable, request: ReadRequest): void {
  (stream.reader as DefaultReader).readRequests.push(request);
}

export function readableStreamAddReadIntoRequest(stream: Readable, request: ReadIntoRequest): void {
  (stream.reader as ByobReader).readIntoRequests.push(request);
}

/** 0 as well if there is no default reader. */
export function readableStreamGetNumReadRequests(stream: Readable): number {
  const { reader } = stream;
  return reader === undefined || reader.isByob ? 0 : reader.readRequests.length;
}

/** 0 as well if there is no BYOB reader. */
export function readableStreamGetNumReadIntoRequests(stream: Readable): number {
  const { reader } = stream;
  return reader?.isByob ? reader.readIntoRequests.length : 0;
}

export function readableStreamFulfillReadRequest(
  stream: Readable,
  chunk: unknown,
  done: boolean,
): void {
  const request = (stream.reader as DefaultReader).readRequests.shift();
  if (done) request.closeSteps();
  else request.chunkSteps(chunk);
}

export function readableStreamFulfillReadIntoRequest(
  stream: Readable,
  chunk: ArrayBufferView,
  done: boolean,
): void {
  const request = (stream.reader as ByobReader).readIntoRequests.shift();
  if (done) request.closeSteps(chunk);
  else request.chunkSteps(chunk);
}

/** The reader must not be released. */
export function readableStreamDefaultReaderRead(reader: DefaultReader, request: ReadRequest): void {
  const stream = reader.stream!;
  stream.disturbed = true;
  if (stream.state === "closed") request.closeSteps();
  else if (stream.state === "errored") request.errorSteps(stream.storedError);
  else stream.controller.pullSteps(request);
}

/** The read request of takeQueuedChunk. */
class Taken implements ReadRequest {
  #chunk: unknown = undefined;

  chunkSteps(chunk: unknown): void {
    this.#chunk = chunk;
  }

  // It is answered with a chunk.
  closeSteps(): void {}
  errorSteps(): void {}

  take(): unknown {
    const chunk = this.#chunk;
    this.#chunk = undefined;
    return chunk;
  }
}
// One is enough: it is answered at the end of the read, and the answer is taken at once.
const taken = new Taken();

/** ReadableStreamDefaultReaderRead if a chunk is queued, without a request to be kept. */
export function readQueuedChunk(reader: DefaultReader): unknown {
  readableStreamDefaultReaderRead(reader, taken);
  return taken.take();
}

/**
 * ReadableStreamDefaultReaderRelease, ReadableStreamBYOBReaderRelease
 * @param error What pending reads and `closed` are rejected with; null for a reader that no script has
 * seen, since errors are costly to make.
 */
export function readableStreamReaderRelease(
  reader: DefaultReader | ByobReader,
  error: TypeError | null,
): void {
  // ReadableStreamReaderGenericRelease
  const stream = reader.stream!;
  reader.closed.ensureRejected(error);
  stream.controller.releaseSteps();
  stream.reader = undefined;
  reader.stream = undefined;
  errorRequests(reader, error);
}
