// Pumps a response's stream into the exchange, at the speed of the peer. Thread: the isolate's.
import { deferred, logUncaught, typedArrayName, watchOutput } from "../../core.ts";
import type { Output } from "../../exchanges.ts";
import type { ExchangeId } from "../../ops.ts";
import type { Deferred } from "../../primordials.ts";
import { cancelReader, getReader, notBytes, readChunk, type Reader } from "./access.ts";
import type { ReadableStream } from "./interfaces.ts";

class Pump implements Output {
  readonly #reader: Reader;
  #waiting: Deferred<void> | null = null;
  aborted = false;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** Settles when the peer takes more, or is gone. */
  drain(): Promise<void> {
    this.#waiting = deferred<void>();
    return this.#waiting.promise;
  }

  drained(): void {
    this.#waiting?.resolve();
    this.#waiting = null;
  }

  abort(reason: unknown): void {
    this.aborted = true;
    cancelReader(this.#reader, reason);
    this.drained();
  }
}

/**
 * Sends a stream that nobody has locked, after ops.startBody.
 * @param length The length announced, or negative.
 * @param ended Called when the exchange is over, however it went.
 */
export async function sendStream(
  id: ExchangeId,
  stream: ReadableStream,
  length: number,
  ended: () => void,
): Promise<void> {
  const reader = getReader(stream);
  const pump = new Pump(reader);
  watchOutput(id, pump);
  try {
    await copy(id, reader, pump, length);
    if (!pump.aborted) ops.endBody(id);
  } catch (error) {
    if (!pump.aborted) {
      logUncaught("A response's stream failed:", error);
      ops.failExchange(id);
      cancelReader(reader, error);
    }
  }
  ended();
}

async function copy(id: ExchangeId, reader: Reader, pump: Pump, length: number): Promise<void> {
  let sent = 0;
  for (;;) {
    const { done, value } = await readChunk(reader);
    if (pump.aborted) return;
    if (done) break;
    if (typedArrayName(value) !== "Uint8Array") throw notBytes(value);
    const part = value as Uint8Array;
    sent += part.byteLength;
    if (length >= 0 && sent > length) throw wrongLength(length, "more");
    // An empty chunk would be the end in chunked framing.
    if (part.byteLength > 0 && !ops.writeBody(id, part)) await pump.drain();
    if (pump.aborted) return;
  }
  if (sent < length) throw wrongLength(length, "less");
}

function wrongLength(length: number, relation: string): TypeError {
  return new TypeError(
    `It gave ${relation} than the ${length} bytes that Content-Length announced`,
  );
}
