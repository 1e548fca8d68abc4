// The body of an incoming request, which stays with the server until it is asked for: whole, or part by
// part as a stream is read. Thread: the isolate's.
import { boxed, type Whole } from "../idl/bytes.ts";
import { deferred, type Deferred } from "../idl/primordials.ts";
import { createByteStream, type ReadableStream } from "../streams/stream-access.ts";
import type { BodyReceiver, Exchange } from "./exchanges.ts";

/** Stands for a reason that was not given. */
const NONE = Symbol("none");

export class IncomingBody implements BodyReceiver {
  readonly #exchange: Exchange;
  #complete = false;
  #failure: unknown = NONE;
  #waiting: Deferred<Whole> | null = null;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** All of it, in a buffer of the caller's own. Called at most once, and not after stream(). */
  readWhole(): Promise<Whole> {
    return this.#read(true);
  }

  stream(): ReadableStream {
    return createByteStream(async () => {
      // The server may send an empty part to say that there are no more.
      while (!this.#complete) {
        const { bytes } = await this.#read(false);
        if (bytes.byteLength > 0) return bytes;
      }
      return null;
    });
  }

  #read(whole: boolean): Promise<Whole> {
    const exchange = this.#exchange;
    const waiting = (this.#waiting = deferred<Whole>());
    if (this.#failure !== NONE) this.#reject(this.#failure);
    else if (exchange.isOver) this.#reject(exchange.reason);
    // May deliver before it returns.
    else ops.readBody(exchange.id, whole);
    return waiting.promise;
  }

  deliver(part: ArrayBuffer, last: boolean): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (last) this.#complete = true;
    waiting?.resolve(boxed(new Uint8Array(part)));
  }

  fail(reason: unknown): void {
    this.#failure = reason;
    this.#reject(reason);
  }

  end(): void {
    if (this.#waiting !== null) this.#reject(this.#exchange.reason);
  }

  #reject(reason: unknown): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.reject(reason);
  }
}
