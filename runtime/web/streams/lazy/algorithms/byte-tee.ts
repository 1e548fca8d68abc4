// ReadableByteStreamTee (Streams Standard, section 4.9.1): reads as the branch that pulls is read, into
// its reader's buffer if there is one, and gives the other branch a copy. Thread: the isolate's.
import { getBYOBRequest, respond, respondWithNewView } from "./byob-request.ts";
import { queueMicrotask, then } from "./promises.ts";
import { readableStreamBYOBReaderRead } from "./pull-into.ts";
import {
  createReadableByteStream,
  readableByteStreamControllerClose,
  readableByteStreamControllerEnqueue,
  readableByteStreamControllerError,
  type ByteController,
} from "./readable-byte-controller.ts";
import {
  acquireReadableStreamBYOBReader,
  acquireReadableStreamDefaultReader,
  readableStreamDefaultReaderRead,
  readableStreamReaderRelease,
  type ByobReader,
  type DefaultReader,
  type ReadIntoRequest,
  type ReadRequest,
  type Readable,
} from "./readable.ts";
import { TeeCancellation } from "./tee.ts";
import { cloneAsUint8Array, type View } from "./views.ts";

/** Throws a TypeError if the stream is locked. */
export function readableByteStreamTee(stream: Readable): [Readable, Readable] {
  return new ByteTee(stream).branches;
}

class ByteTee {
  readonly branches: [Readable, Readable];
  readonly #stream: Readable;
  #reader: DefaultReader | ByobReader;
  readonly #branch1: ByteController;
  readonly #branch2: ByteController;
  readonly #cancellation: TeeCancellation;
  #reading = false;
  #readAgainForBranch1 = false;
  #readAgainForBranch2 = false;

  constructor(stream: Readable) {
    this.#stream = stream;
    this.#reader = acquireReadableStreamDefaultReader(stream);
    const cancellation = (this.#cancellation = new TeeCancellation(stream));
    this.#branch1 = createReadableByteStream({
      pull: () => this.#pull1(),
      cancel: (reason) => cancellation.cancel1(reason),
    });
    this.#branch2 = createReadableByteStream({
      pull: () => this.#pull2(),
      cancel: (reason) => cancellation.cancel2(reason),
    });
    this.branches = [this.#branch1.stream, this.#branch2.stream];
    this.#forwardReaderError(this.#reader);
  }

  #forwardReaderError(reader: DefaultReader | ByobReader): void {
    void then(reader.closed.promise, undefined, (error) => {
      if (reader !== this.#reader) return;
      this.#errorBranches(error);
      this.#cancellation.end();
    });
  }

  /** pull1Algorithm */
  #pull1(): undefined {
    if (this.#reading) this.#readAgainForBranch1 = true;
    else this.#pull(false);
  }

  /** pull2Algorithm */
  #pull2(): undefined {
    if (this.#reading) this.#readAgainForBranch2 = true;
    else this.#pull(true);
  }

  #pull(forBranch2: boolean): void {
    this.#reading = true;
    const request = getBYOBRequest(forBranch2 ? this.#branch2 : this.#branch1);
    if (request === null) this.#pullWithDefaultReader();
    else this.#pullWithBYOBReader(request.view!, forBranch2);
  }

  #useReader<Reader extends DefaultReader | ByobReader>(
    acquire: (stream: Readable) => Reader,
  ): Reader {
    readableStreamReaderRelease(this.#reader, null);
    const reader = acquire(this.#stream);
    this.#reader = reader;
    this.#forwardReaderError(reader);
    return reader;
  }

  #pullWithDefaultReader(): void {
    const reader = this.#reader.isByob
      ? this.#useReader(acquireReadableStreamDefaultReader)
      : this.#reader;
    const request: ReadRequest = {
      // It takes a microtask to see that the stream has failed, and then chunks must not come first.
      chunkSteps: (chunk) => queueMicrotask(() => this.#deliver(chunk as View)),
      closeSteps: () => this.#close(),
      errorSteps: () => void (this.#reading = false),
    };
    readableStreamDefaultReaderRead(reader, request);
  }

  #deliver(chunk: View): void {
    this.#readAgainForBranch1 = this.#readAgainForBranch2 = false;
    const { canceled1, canceled2 } = this.#cancellation;
    let chunk2 = chunk;
    if (!canceled1 && !canceled2) {
      const clone = this.#clone(chunk);
      if (clone === undefined) return;
      chunk2 = clone;
    }
    if (!canceled1) readableByteStreamControllerEnqueue(this.#branch1, chunk);
    if (!canceled2) readableByteStreamControllerEnqueue(this.#branch2, chunk2);
    this.#readOn();
  }

  #close(): void {
    const { canceled1, canceled2 } = this.#cancellation;
    this.#reading = false;
    if (!canceled1) readableByteStreamControllerClose(this.#branch1);
    if (!canceled2) readableByteStreamControllerClose(this.#branch2);
    if (this.#branch1.pendingPullIntos.length > 0) respond(this.#branch1, 0);
    if (this.#branch2.pendingPullIntos.length > 0) respond(this.#branch2, 0);
    this.#cancellation.end();
  }

  #pullWithBYOBReader(view: View, forBranch2: boolean): void {
    const reader = this.#reader.isByob
      ? this.#reader
      : this.#useReader(acquireReadableStreamBYOBReader);
    const request: ReadIntoRequest = {
      chunkSteps: (chunk) => queueMicrotask(() => this.#deliverInto(chunk as View, forBranch2)),
      closeSteps: (chunk) => this.#closeInto(chunk as View | undefined, forBranch2),
      errorSteps: () => void (this.#reading = false),
    };
    readableStreamBYOBReaderRead(reader, view, 1, request);
  }

  #deliverInto(chunk: View, forBranch2: boolean): void {
    this.#readAgainForBranch1 = this.#readAgainForBranch2 = false;
    const { byobBranch, otherBranch, byobCanceled, otherCanceled } = this.#roles(forBranch2);
    if (!otherCanceled) {
      const clone = this.#clone(chunk);
      if (clone === undefined) return;
      if (!byobCanceled) respondWithNewView(byobBranch, chunk);
      readableByteStreamControllerEnqueue(otherBranch, clone);
    } else if (!byobCanceled) {
      respondWithNewView(byobBranch, chunk);
    }
    this.#readOn();
  }

  #closeInto(chunk: View | undefined, forBranch2: boolean): void {
    this.#reading = false;
    const { byobBranch, otherBranch, byobCanceled, otherCanceled } = this.#roles(forBranch2);
    if (!byobCanceled) readableByteStreamControllerClose(byobBranch);
    if (!otherCanceled) readableByteStreamControllerClose(otherBranch);
    if (chunk !== undefined) {
      if (!byobCanceled) respondWithNewView(byobBranch, chunk);
      if (!otherCanceled && otherBranch.pendingPullIntos.length > 0) respond(otherBranch, 0);
    }
    this.#cancellation.end();
  }

  #roles(forBranch2: boolean) {
    const { canceled1, canceled2 } = this.#cancellation;
    return {
      byobBranch: forBranch2 ? this.#branch2 : this.#branch1,
      otherBranch: forBranch2 ? this.#branch1 : this.#branch2,
      byobCanceled: forBranch2 ? canceled2 : canceled1,
      otherCanceled: forBranch2 ? canceled1 : canceled2,
    };
  }

  /** Undefined if there is no memory: then both branches have failed, and the stream is cancelled. */
  #clone(chunk: View): View | undefined {
    try {
      return cloneAsUint8Array(chunk);
    } catch (error) {
      this.#errorBranches(error);
      this.#cancellation.cancelStream(error);
      return undefined;
    }
  }

  #readOn(): void {
    this.#reading = false;
    if (this.#readAgainForBranch1) this.#pull1();
    else if (this.#readAgainForBranch2) this.#pull2();
  }

  #errorBranches(error: unknown): void {
    readableByteStreamControllerError(this.#branch1, error);
    readableByteStreamControllerError(this.#branch2, error);
  }
}
