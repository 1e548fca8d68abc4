// The body of an incoming request, which stays with the server until it is asked for: whole, or part by
// part as a stream is read. Thread: the isolate's.
import { boxed, type Whole } from "./bytes.ts";
import { bodyEnded, watchBody } from "./exchanges.ts";
import type { ExchangeId } from "./ops.ts";
import { deferred, type Deferred } from "./primordials.ts";
import { createByteStream, type ReadableStream } from "./stream-access.ts";

export class IncomingBody {
  // 0 once the exchange is over or the body has been received.
  #exchange: ExchangeId;
  #complete = false;
  #failure: unknown = undefined;
  #waiting: Deferred<Whole> | null = null;

  constructor(exchange: ExchangeId) {
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
    const waiting = (this.#waiting = deferred<Whole>());
    if (this.#exchange === 0) {
      this.fail(this.#failure ?? new TypeError("The response has ended, and the body with it"));
    } else {
      watchBody(this.#exchange, this);
      // May deliver before it returns.
      ops.readBody(this.#exchange, whole);
    }
    return waiting.promise;
  }

  deliver(part: ArrayBuffer, last: boolean): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (last) {
      this.#complete = true;
      bodyEnded(this.#exchange);
      this.#exchange = 0;
    }
    waiting?.resolve(boxed(new Uint8Array(part)));
  }

  /** The rest will not come: the client went away, the body was malformed, the response has ended. */
  fail(reason: unknown): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    this.#failure = reason;
    this.#exchange = 0;
    waiting?.reject(reason);
  }

  /** The exchange is over. */
  end(): void {
    if (this.#exchange === 0) return;
    this.fail(new TypeError("The response has ended, and the request's body with it"));
  }
}
