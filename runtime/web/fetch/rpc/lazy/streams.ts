// Streams of bytes between apps: the one that has it answers for each part, as it is read or written. Thread: the
// isolate's.
import { load } from "../../../host/lazy-groups.ts";
import { disposeSymbol, promiseThen, typedArrayName } from "../../../idl/primordials.ts";
import { copyBytes, isArrayBuffer, isArrayBufferView, isObject, own } from "../../../idl/webidl.ts";
import { createByteStream, type ReadableStream } from "../../../streams/stream-access.ts";
import type { Remote } from "./references.ts";
import { RpcTarget } from "./targets.ts";

export type WritableStream = InstanceType<LazyGroups["streams"]["WritableStream"]>;

/** What is kept of a stream. It is the platform's, and no object that the other app could pass back. */
export class StreamEnd extends RpcTarget {}

const BROKEN = "The other app has ended the call before the end of the stream";

/** A ReadableStream's chunks, one for each call. */
export class StreamSource extends StreamEnd {
  readonly #stream: ReadableStream;
  #reader: ReturnType<LazyGroups["streams"]["openReader"]> | null = null;
  #isPulling = false;
  #isDone = false;

  constructor(stream: ReadableStream) {
    super();
    this.#stream = stream;
  }

  /** Locks it: the message that tells of it goes. */
  open(): void {
    this.#reader = load("streams").openReader(this.#stream);
  }

  /** Null: there are no more. */
  async pull(): Promise<Uint8Array | null> {
    // A stream asks for one after the other.
    if (this.#isPulling || this.#isDone) throw new TypeError("The stream gives no part now");
    this.#isPulling = true;
    try {
      return await this.#next();
    } catch (error) {
      this.#isDone = true;
      throw error;
    } finally {
      this.#isPulling = false;
    }
  }

  async #next(): Promise<Uint8Array | null> {
    for (;;) {
      const chunk = await this.#reader!.read();
      if (chunk === null) {
        this.#isDone = true;
        return null;
      }
      if (typedArrayName(chunk.value) !== "Uint8Array") {
        const error = load("streams").notBytes(chunk.value);
        this.cancel(error);
        throw error;
      }
      if ((chunk.value as Uint8Array).byteLength > 0) return chunk.value as Uint8Array;
    }
  }

  cancel(reason: unknown): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#reader?.cancel(reason);
  }

  [disposeSymbol](): void {
    this.cancel(new Error(BROKEN));
  }
}

/** What a WritableStream takes, a chunk for each call. */
export class StreamSink extends StreamEnd {
  readonly #stream: WritableStream;
  #writer: ReturnType<LazyGroups["streams"]["openWriter"]> | null = null;
  #isWriting = false;
  #isDone = false;

  constructor(stream: WritableStream) {
    super();
    this.#stream = stream;
  }

  /** Locks it: the message that tells of it goes. */
  open(): void {
    this.#writer = load("streams").openWriter(this.#stream);
  }

  async write(chunk: unknown): Promise<void> {
    if (typedArrayName(chunk) !== "Uint8Array") throw load("streams").notBytes(chunk);
    // A stream asks for one after the other: so many at once would fill this app's memory.
    if (this.#isWriting || this.#isDone) throw new TypeError("The stream takes no part now");
    this.#isWriting = true;
    try {
      await this.#writer!.write(chunk);
    } finally {
      this.#isWriting = false;
    }
  }

  async close(): Promise<void> {
    this.#isDone = true;
    await this.#writer!.close();
  }

  async abort(reason: unknown): Promise<void> {
    this.#isDone = true;
    await this.#writer!.abort(reason);
  }

  [disposeSymbol](): void {
    if (this.#isDone || this.#writer === null) return;
    ignored(this.abort(new Error(BROKEN)));
  }
}

/** A stream of what another app's StreamSource gives. */
export function readableFrom(remote: Remote): ReadableStream {
  return createByteStream(
    async () => {
      let part: unknown;
      try {
        part = await remote.use(["pull"], []);
      } catch (error) {
        // It gives nothing more. If its part could not be sent, it is cancelled by that.
        remote.release();
        throw error;
      }
      if (typedArrayName(part) === "Uint8Array" && (part as Uint8Array).byteLength > 0) {
        return part as Uint8Array;
      }
      remote.release();
      return null;
    },
    (reason) => ignored(last(remote, "cancel", [reason])),
  );
}

/** A stream that another app's StreamSink takes. */
export function writableFrom(remote: Remote): WritableStream {
  const { WritableStream, notBytes } = load("streams");
  // After a chunk that was not taken, the stream is not written to any more, and asks for nothing else.
  let isOver = false;
  return new WritableStream(
    own({
      async write(chunk: unknown) {
        if (!isObject(chunk) || !(isArrayBuffer(chunk) || isArrayBufferView(chunk))) {
          const error = notBytes(chunk);
          isOver = true;
          await last(remote, "abort", [error]);
          throw error;
        }
        try {
          await remote.use(["write"], [copyBytes(chunk)]);
        } catch (error) {
          isOver = true;
          ignored(last(remote, "abort", [error]));
          throw error;
        }
      },
      close: () => last(remote, "close", []),
      abort: (reason: unknown) => (isOver ? undefined : last(remote, "abort", [reason])),
    }),
  );
}

/** Asks it for the last time. */
async function last(remote: Remote, method: string, args: unknown[]): Promise<void> {
  try {
    await remote.use([method], args);
  } finally {
    remote.release();
  }
}

/** Nobody waits for it, and whatever comes of it is nobody's business: the other app may be gone. */
function ignored(promise: Promise<unknown>): void {
  void promiseThen(promise, nothing, nothing);
}

function nothing(): void {}
