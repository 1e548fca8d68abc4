// The native ops of requests and responses (runtime/ops/http_ops.cc), typed. A part of ops.ts, through which
// everybody else gets at it.
import type { ExchangeId } from "./ids.ts";

export interface HttpOps {
  /**
   * Answers with a whole body and ends the exchange. `headers` is in wire format ("name: value\r\n"
   * repeated, Latin-1), without content-length, transfer-encoding, connection and date. A string body
   * is sent as UTF-8.
   */
  respond(
    id: ExchangeId,
    status: number,
    statusText: string,
    headers: string,
    body: string | ArrayBufferView | null,
  ): void;
  /** Begins an answer whose body comes in parts; a negative `length` means that it is not known. */
  startBody(
    id: ExchangeId,
    status: number,
    statusText: string,
    headers: string,
    length: number,
  ): void;
  /** Sends a part; false: wait for `RuntimeHooks.drained` before the next one. */
  writeBody(id: ExchangeId, part: ArrayBufferView): boolean;
  endBody(id: ExchangeId): void;
  /** The handler failed: 500 before the answer has begun, else the connection is cut. */
  failExchange(id: ExchangeId): void;
  /** Asks for the request's body; it arrives by `RuntimeHooks.bodyPart`, perhaps before this returns. */
  readBody(id: ExchangeId, whole: boolean): void;
  /**
   * The client waits no more for what the exchange's request has started on other threads: what has not
   * begun lets the app's other work go first.
   */
  deferJobs(id: ExchangeId): void;
  /** Counts `ctx.waitUntil` promises that have not settled: +1 or -1. */
  countPending(change: number): void;
  /**
   * What is known of the client (runtime/embedder/visitors.h): `request.cf` as JSON on one line, which is empty if
   * there is none; then "name\nvalue\n" pairs that replace the fields of these names, or take them out where the
   * value is empty. Of an exchange that has ended, the latter alone.
   */
  visitorOf(id: ExchangeId): string;
}
