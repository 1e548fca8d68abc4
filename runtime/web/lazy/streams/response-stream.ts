// Pumps a response's stream into the exchange, at the speed of the peer. Thread: the isolate's.
import { logUncaught, typedArrayName, watchOutput } from "../../core.ts";
import type { Output } from "../../exchanges.ts";
import type { ExchangeId } from "../../ops.ts";
import { Drain, cancelReadable, notBytes } from "./access.ts";
import type { ReadableStream } from "./readable-stream.ts";

class ResponsePump extends Drain implements Output {
  readonly #id: ExchangeId;
  /** The length announced, or negative. */
  readonly #length: number;
  readonly #ended: () => void;
  #sent = 0;
  #isOver = false;
  /** The peer takes no more for now. */
  #isWaiting = false;

  constructor(id: ExchangeId, stream: ReadableStream, length: number, ended: () => void) {
    super(stream);
    this.#id = id;
    this.#length = length;
    this.#ended = ended;
  }

  chunkSteps(chunk: unknown): void {
    if (this.#isOver) return;
    if (typedArrayName(chunk) !== "Uint8Array") return this.#fail(notBytes(chunk));
    const part = chunk as Uint8Array;
    this.#sent += part.byteLength;
    if (this.#length >= 0 && this.#sent > this.#length) return this.#fail(this.#wrong("more"));
    // An empty chunk would be the end in chunked framing.
    if (part.byteLength === 0 || ops.writeBody(this.#id, part)) this.next();
    else this.#isWaiting = true;
  }

  closeSteps(): void {
    if (this.#isOver) return;
    if (this.#sent < this.#length) return this.#fail(this.#wrong("less"));
    ops.endBody(this.#id);
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
    this.#isOver = true;
    cancelReadable(this.readable, reason);
    this.#end();
  }

  #fail(error: unknown): void {
    logUncaught("A response's stream failed:", error);
    ops.failExchange(this.#id);
    this.#end();
    cancelReadable(this.readable, error);
  }

  #end(): void {
    this.#isOver = true;
    this.#isWaiting = false;
    this.#ended();
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
 * @param ended Called when the exchange is over, however it went.
 */
export function sendStream(
  id: ExchangeId,
  stream: ReadableStream,
  length: number,
  ended: () => void,
): void {
  const pump = new ResponsePump(id, stream, length, ended);
  watchOutput(id, pump);
  pump.next();
}
