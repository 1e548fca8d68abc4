// Pumps a response's stream into the exchange, at the speed of the peer. Thread: the isolate's.
import { load } from "../../host/lazy-groups.ts";
import { isBlameless } from "../../html/blameless.ts";
import { logUncaught } from "../../html/reporting.ts";
import { typedArrayName } from "../../idl/primordials.ts";
import type { ReadableStream } from "../../streams/stream-access.ts";
import { type Exchange, type ResponsePump } from "../exchanges.ts";

const { drain: Drain, cancelReadable, notBytes } = load("streams");

class StreamPump extends Drain implements ResponsePump {
  readonly #exchange: Exchange;
  /** The length announced, or negative. */
  readonly #length: number;
  #sent = 0;
  #isOver = false;
  /** The peer takes no more for now. */
  #isWaiting = false;

  constructor(exchange: Exchange, stream: ReadableStream, length: number) {
    super(stream);
    this.#exchange = exchange;
    this.#length = length;
  }

  chunkSteps(chunk: unknown): void {
    if (this.#isOver) return;
    if (typedArrayName(chunk) !== "Uint8Array") return this.#fail(notBytes(chunk));
    const part = chunk as Uint8Array;
    this.#sent += part.byteLength;
    if (this.#length >= 0 && this.#sent > this.#length) return this.#fail(this.#wrong("more"));
    // An empty chunk would be the end in chunked framing.
    if (part.byteLength === 0 || ops.writeBody(this.#exchange.id, part)) this.next();
    // The write may have found that the client is gone.
    else this.#isWaiting = !this.#isOver;
  }

  closeSteps(): void {
    if (this.#isOver) return;
    if (this.#sent < this.#length) return this.#fail(this.#wrong("less"));
    ops.endBody(this.#exchange.id);
    this.#end();
  }

  errorSteps(error: unknown): void {
    if (!this.#isOver) this.#fail(error);
  }

  drained(): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.next();
  }

  abort(reason: unknown): void {
    if (this.#isOver) return;
    this.#end();
    cancelReadable(this.readable, reason);
  }

  #fail(error: unknown): void {
    if (!isBlameless(error)) logUncaught("A response's stream failed:", error);
    ops.failExchange(this.#exchange.id);
    this.#end();
    cancelReadable(this.readable, error);
  }

  #end(): void {
    this.#isOver = true;
    this.#isWaiting = false;
    this.#exchange.end();
  }

  #wrong(relation: string): TypeError {
    return new TypeError(
      `It gave ${relation} than the ${this.#length} bytes that Content-Length announced`,
    );
  }
}

/**
 * Sends a stream that nobody has locked, after ops.startBody.
 * @param length The length announced, or negative.
 */
export function sendStream(exchange: Exchange, stream: ReadableStream, length: number): void {
  const pump = new StreamPump(exchange, stream, length);
  exchange.pump = pump;
  // The response's head may have found that the client is gone.
  if (exchange.isOver) pump.abort(exchange.reason);
  else pump.next();
}
