// Exchanges in flight, as far as somebody here waits for news of them: a body that is being read, a
// signal that somebody holds, a streamed response. An ordinary request never gets an entry.
// Thread: the isolate's.
import { createSignal, signalFriend, type AbortSignal } from "./abort-signal.ts";
import { DOMException } from "./dom-exception.ts";
import type { IncomingBody } from "./incoming-body.ts";
import type { ExchangeId } from "./ops.ts";
import { mapDelete, mapGet, mapSet } from "./primordials.ts";

/** A response that is being streamed. */
export interface Output {
  /** The peer takes more. */
  drained(): void;
  /** The client went away. */
  abort(reason: unknown): void;
}

interface Exchange {
  body: IncomingBody | null;
  signal: AbortSignal | null;
  output: Output | null;
}

const live = new Map<ExchangeId, Exchange>();
let liveCount = 0;

function entryOf(id: ExchangeId): Exchange {
  let entry = mapGet(live, id);
  if (entry === undefined) {
    entry = { body: null, signal: null, output: null };
    mapSet(live, id, entry);
    liveCount++;
  }
  return entry;
}

export function watchBody(id: ExchangeId, body: IncomingBody): void {
  entryOf(id).body = body;
}

export function bodyEnded(id: ExchangeId): void {
  const entry = mapGet(live, id);
  if (entry !== undefined) entry.body = null;
}

export function watchOutput(id: ExchangeId, output: Output): void {
  entryOf(id).output = output;
}

/** The signal that aborts when the client goes away before the response has ended. */
export function signalOf(id: ExchangeId): AbortSignal {
  return (entryOf(id).signal ??= createSignal());
}

/** The response has ended: nobody here waits for anything any more. */
export function forget(id: ExchangeId): void {
  if (liveCount > 0 && mapDelete(live, id)) liveCount--;
}

/** RuntimeHooks.bodyPart */
export function bodyPart(id: ExchangeId, part: ArrayBuffer, last: boolean): void {
  mapGet(live, id)?.body?.deliver(part, last);
}

/** RuntimeHooks.bodyError */
export function bodyError(id: ExchangeId, reason: string): void {
  const body = mapGet(live, id)?.body;
  bodyEnded(id);
  body?.fail(new TypeError(`The request's body could not be read: ${reason}`));
}

/** RuntimeHooks.drained */
export function drained(id: ExchangeId): void {
  mapGet(live, id)?.output?.drained();
}

// The reasons of aborts, which are nobody's fault when they come back as the app's rejections.
const abortReasons = new WeakSet<object>();
const addReason = abortReasons.add.bind(abortReasons);
const hasReason = abortReasons.has.bind(abortReasons);

/** True if the exception says that a client went away, which is not worth a line in the log. */
export function isClientGone(exception: unknown): boolean {
  return typeof exception === "object" && exception !== null && hasReason(exception);
}

/** RuntimeHooks.aborted */
export function aborted(id: ExchangeId): void {
  const entry = mapGet(live, id);
  if (entry === undefined) return;
  forget(id);
  const reason = new DOMException("The client closed the connection", "AbortError");
  addReason(reason);
  entry.body?.fail(reason);
  entry.output?.abort(reason);
  if (entry.signal !== null) signalFriend.abort(entry.signal, reason);
}
