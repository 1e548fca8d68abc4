// What the Fetch and File classes, and other groups, ask of streams: the algorithms without the classes.
// Thread: the isolate's.
import { clone } from "../../html/structured-clone.ts";
import { boxed, concatenate, type Whole } from "../../idl/bytes.ts";
import { rejected, typedArrayName } from "../../idl/primordials.ts";
import { isObject } from "../../idl/webidl.ts";
import { queueTask } from "../../tasks/event-loop.ts";
import { respond } from "./algorithms/byob-request.ts";
import { BURST, readableStreamPipeTo } from "./algorithms/pipe-to.ts";
import { LazyPromise, then, type Completion } from "./algorithms/promises.ts";
import {
  ByteController,
  enqueueOwned,
  readableByteStreamControllerClose,
} from "./algorithms/readable-byte-controller.ts";
import type { Source } from "./algorithms/readable-default-controller.ts";
import {
  DefaultReader,
  Readable,
  acquireReadableStreamDefaultReader,
  isReadableStreamLocked,
  readableStreamCancel,
  readableStreamDefaultReaderRead,
  type ReadRequest,
} from "./algorithms/readable.ts";
import {
  READABLE_STRATEGY,
  Transform,
  WRITABLE_STRATEGY,
  type Transformer,
} from "./algorithms/transform.ts";
import {
  exposeReadable,
  isReadableStream as hasBrand,
  readableOf,
  teeReadable,
  type ReadableStream,
} from "./readable-stream.ts";

export function isReadableStream(value: unknown): value is ReadableStream {
  return isObject(value) && hasBrand(value);
}

export function isLocked(stream: ReadableStream): boolean {
  return isReadableStreamLocked(readableOf(stream));
}

/** "Disturbed": it was read from or cancelled. */
export function isDisturbed(stream: ReadableStream): boolean {
  return readableOf(stream).disturbed;
}

/**
 * Leaves a stream closed, locked and disturbed, as one that was read to its end. Only for streams of
 * createByteStream() that nobody has read from or locked: no read is pending, and there is no need to
 * tell the source.
 */
export function exhaust(stream: ReadableStream): void {
  const readable = readableOf(stream);
  readable.disturbed = true;
  readable.state = "closed";
  readable.reader = exhaustedReader;
}

// Of any stream that was read to its end: nobody asks it for anything.
const exhaustedReader = new DefaultReader(new Readable());

/** Two streams in the place of one that is not locked ("tee", with a structured clone for the second). */
export function teeStream(stream: ReadableStream): [ReadableStream, ReadableStream] {
  return teeReadable(readableOf(stream), structuredCloneChunk);
}

function structuredCloneChunk(chunk: unknown): unknown {
  if (typedArrayName(chunk) === "Uint8Array") return new Uint8Array(chunk as Uint8Array);
  return clone(chunk);
}

/** Cancels a stream whose outcome nobody waits for. */
export function cancelStream(stream: ReadableStream, reason: unknown): void {
  cancelReadable(readableOf(stream), reason);
}

/** The same. */
export function cancelReadable(readable: Readable, reason: unknown): void {
  const completion = readableStreamCancel(readable, reason);
  if (completion !== undefined) void then(completion, undefined, ignore);
}

function ignore(): void {}

/** A transform stream whose transformer is not a script's. */
export function createTransform(transformer: Transformer): Transform {
  const transform = new Transform(WRITABLE_STRATEGY, READABLE_STRATEGY, transformer);
  transform.start(undefined);
  return transform;
}

/** The stream piped through an identity transform; it is locked and disturbed itself. */
export function proxyStream(stream: ReadableStream): ReadableStream {
  const transform: Transform = createTransform({
    transform: (chunk) => transform.passOn(chunk),
    flush: () => undefined,
    cancel: () => undefined,
  });
  readableStreamPipeTo(readableOf(stream), transform.writable.stream, {
    preventClose: false,
    preventAbort: false,
    preventCancel: false,
    signal: undefined,
  });
  return exposeReadable(transform.readable.stream);
}

/** Gives the next part, never an empty one, whose buffer the stream takes over; null: the end. */
export type Pull = () => Part | null | Promise<Part | null>;
type Part = Uint8Array;
type Cancel = (reason: unknown) => void;

class PullSource implements Source {
  readonly #pull: Pull;
  readonly #cancel: Cancel | undefined;
  readonly #controller: ByteController;
  readonly #deliver = (part: Part | null): void => {
    const controller = this.#controller;
    if (part !== null) return enqueueOwned(controller, part as Uint8Array<ArrayBuffer>);
    readableByteStreamControllerClose(controller);
    // A reader that brought its own buffer waits for it to be given back.
    if (controller.pendingPullIntos.length > 0) respond(controller, 0);
  };

  constructor(readable: Readable, pull: Pull, cancel: Cancel | undefined) {
    this.#pull = pull;
    this.#cancel = cancel;
    this.#controller = new ByteController(readable, this, 0, undefined);
    // There is no start to wait for.
    this.#controller.started = true;
  }

  pull(): Completion {
    try {
      const next = (0, this.#pull)();
      if (next !== null && typedArrayName(next) === undefined) {
        return then(next as Promise<Part | null>, this.#deliver);
      }
      this.#deliver(next as Part | null);
      return undefined;
    } catch (error) {
      return rejected(error);
    }
  }

  cancel(reason: unknown): undefined {
    (0, this.#cancel)?.(reason);
  }
}

/** A byte stream that asks for a part only when one is read. */
export function createByteStream(pull: Pull, cancel?: Cancel): ReadableStream {
  const readable = new Readable();
  new PullSource(readable, pull, cancel);
  return exposeReadable(readable);
}

/**
 * Reads a stream to its end, a chunk at a time, without promises. A subclass asks for each next chunk
 * when it has dealt with the one before. A source that always has one at hand does not keep the event
 * loop from others: each burst of chunks is a task.
 */
abstract class Drain implements ReadRequest {
  readonly readable: Readable;
  readonly #reader: DefaultReader;
  #isReading = false;
  #isAsked = false;
  /** Chunks left of the burst. */
  #burst = BURST;

  /** Throws a TypeError if the stream is locked. */
  constructor(stream: ReadableStream) {
    this.readable = readableOf(stream);
    this.#reader = acquireReadableStreamDefaultReader(this.readable);
  }

  abstract chunkSteps(chunk: unknown): void;
  abstract closeSteps(): void;
  abstract errorSteps(error: unknown): void;

  /** Asks for the next chunk. A chunk may come while this runs: no recursion, however many. */
  next(): void {
    this.#isAsked = true;
    if (this.#isReading) return;
    this.#isReading = true;
    while (this.#isAsked) {
      this.#isAsked = false;
      if (this.#burst-- > 0) {
        readableStreamDefaultReaderRead(this.#reader, this);
      } else {
        this.#burst = BURST;
        queueTask(resume, this);
      }
    }
    this.#isReading = false;
  }
}

/** Without a capital: those that a group exports are globals. */
export { Drain as drain };

function resume(drain: Drain): void {
  drain.next();
}

/** "Read all bytes" */
class AllBytes extends Drain {
  readonly result = new LazyPromise<Whole>();
  readonly #chunks: Uint8Array[] = [];
  #total = 0;

  chunkSteps(chunk: unknown): void {
    if (typedArrayName(chunk) !== "Uint8Array") {
      this.result.reject(notBytes(chunk));
      return;
    }
    this.#chunks[this.#chunks.length] = chunk as Uint8Array;
    this.#total += (chunk as Uint8Array).byteLength;
    this.next();
  }

  closeSteps(): void {
    this.result.resolve(boxed(concatenate(this.#chunks, this.#total)));
  }

  errorSteps(error: unknown): void {
    this.result.reject(error);
  }
}

/** "Read all bytes" of a stream that is not locked; a TypeError if a chunk is no Uint8Array. */
export function readAll(stream: ReadableStream): Promise<Whole> {
  const drain = new AllBytes(stream);
  drain.next();
  return drain.result.promise;
}

export function notBytes(value: unknown): TypeError {
  const hint = typeof value === "string" ? "; encode strings with TextEncoder" : "";
  return new TypeError(`A body's stream gave a chunk that is not a Uint8Array${hint}`);
}
