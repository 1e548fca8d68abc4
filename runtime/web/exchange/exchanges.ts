// Exchanges: one record for each request that came in, which says whether it is still open, and how it
// ended once it has. The request, its body, its signal and its response's pump all ask this record, and
// it lives as long as one of them: what the app looks at late is as it would have been told in time.
// Thread: the isolate's.
import { createSignal, signalFriend, type AbortSignal } from "../dom/abort-signal.ts";
import { DOMException } from "../dom/dom-exception.ts";
import { AbortCause, type ExchangeId, type Tally } from "../host/ops.ts";
import { load } from "../host/lazy-groups.ts";
import { excuse } from "../html/blameless.ts";
import { getHeader, parseBlock } from "../http/header-list.ts";
import {
  abs,
  bareArray,
  createSet,
  indexOf,
  setAdd,
  setDelete,
  setForEach,
} from "../idl/primordials.ts";

/** What takes a request's body, as it arrives. */
export interface BodyReceiver {
  deliver(part: ArrayBuffer, last: boolean): void;
  /** The rest will not come: the body was malformed or too large. */
  fail(reason: unknown): void;
  /** The exchange is over. */
  end(): void;
}

/** What moves a response's stream to the peer. */
export interface ResponsePump {
  /** The peer takes more. */
  drained(): void;
  /** The client went away. */
  abort(reason: unknown): void;
}

/** By the number's slot (runtime/outbound/number_table.h): an open exchange's record is found at once. */
const open = bareArray<Exchange | null>();
const SLOT_MASK = 0xffff;

export let isExchange: (object: object) => object is Exchange;

export class Exchange {
  /** The server's number for it; 0, which the ops pass over, once it is over. */
  id: ExchangeId;
  body: BodyReceiver | null = null;
  pump: ResponsePump | null = null;
  /** Of the request: "name\nvalue\n" pairs, names in lower case. */
  readonly #headers: string;
  // These are on the prototype until they are something else: few exchanges need them.
  /** How many apps call each other in a row, up to this one. */
  declare depth: number;
  /** Calls made while the request is answered … */
  declare subrequests: number;
  /** … which are counted here once there is more than one app that answers it. */
  declare tally: Tally | null;
  /** Ticks of the worker's watchdog in which this was being answered (runtime/limits/cpu_limit.h). */
  declare cpuTicks: number;
  /** When those were last forgiven, of what has gone on since it was over; the runtime sets it. */
  declare cpuSince: number;
  /** What the request's trace is called (W3C Trace Context), which the log asks for, too; "": it has none. */
  declare traceparent: string;
  /** What the host tells of its client, once that was asked for. */
  declare told: string;
  /** What the log calls it, once that was asked for; the runtime sets it. */
  declare requestId: string;
  /** How many promises the app has given that keep it, beyond its answer (waitUntil). */
  declare kept: number;
  /** Called when nothing is done for it any more: once it is over, and nothing keeps it. */
  declare followers: Set<() => void> | null;
  #signal: AbortSignal | null = null;
  /** Why it is over, if that is because the client went away. */
  #reason: DOMException | null = null;

  /** @param depth Below 0 or not, as `dispatch` is given it. */
  constructor(id: ExchangeId, headers: string, depth: number) {
    this.id = id;
    this.#headers = headers;
    if (depth !== 0) this.depth = abs(depth);
    open[id & SLOT_MASK] = this;
  }

  /** The request's Host, as the client wrote it; null: it has none. */
  get host(): string | null {
    return getHeader(parseBlock(this.#headers), "host");
  }

  /** What the client takes; null: it has not said. */
  get acceptEncoding(): string | null {
    return getHeader(parseBlock(this.#headers), "accept-encoding");
  }

  /** The vendors' part of the trace; null: there is none. */
  get tracestate(): string | null {
    return getHeader(parseBlock(this.#headers), "tracestate");
  }

  /** As `ops.visitorOf` has it. */
  get visitor(): string {
    if (this.told === "") this.told = ops.visitorOf(this.id);
    return this.told;
  }

  /** A promise of the app's keeps it beyond its answer, when the host knows nothing of it any more. */
  keep(): void {
    this.kept++;
    void this.visitor;
  }

  get isOver(): boolean {
    return this.id === 0;
  }

  /** Counts a call, and tells how many the client's request has led to. */
  countCall(): number {
    const { tally } = this;
    return tally === null ? ++this.subrequests : ++tally[0]!;
  }

  /** What an app counts on that is called to answer this one. */
  shareTally(): Tally {
    return (this.tally ??= ops.makeTally(this.subrequests));
  }

  /** The signal that aborts when the client goes away before the response has ended. */
  get signal(): AbortSignal {
    if (this.#signal === null) {
      this.#signal = createSignal();
      if (this.#reason !== null) signalFriend.abort(this.#signal, this.#reason);
    }
    return this.#signal;
  }

  /** What those are told who ask for more of an exchange that is over. */
  get reason(): DOMException | TypeError {
    return this.#reason ?? new TypeError("The response has ended, and the request's body with it");
  }

  /** Has `steps` called when nothing is done for it any more; at once, if it is so. */
  follow(steps: () => void): void {
    if (this.isOver && this.kept === 0) return steps();
    setAdd((this.followers ??= createSet<() => void>()), steps);
  }

  /** They need not be called any more. */
  unfollow(steps: () => void): void {
    if (this.followers !== null) setDelete(this.followers, steps);
  }

  /** A promise that has kept it is settled. */
  letGo(): void {
    if (--this.kept === 0 && this.isOver) this.#dismiss();
  }

  #dismiss(): void {
    const { followers } = this;
    this.followers = null;
    if (followers !== null) setForEach(followers, (steps) => steps());
  }

  /** The response has ended. */
  end(): void {
    if (this.id === 0) return;
    this.#close();
    this.body?.end();
    if (this.followers !== null && this.kept === 0) this.#dismiss();
  }

  /** The client went away, or has been answered in the app's place. */
  abort(cause: AbortCause): void {
    const reason = (this.#reason = reasonOf(cause));
    excuse(reason);
    if (this.kept === 0) ops.deferJobs(this.id);
    this.#close();
    this.body?.end();
    this.pump?.abort(reason);
    if (this.#signal !== null) signalFriend.abort(this.#signal, reason);
    if (this.followers !== null && this.kept === 0) this.#dismiss();
  }

  static {
    isExchange = (object) => #headers in object;
  }

  #close(): void {
    // The op that ended this exchange may have begun the connection's next one, in the same slot.
    const slot = this.id & SLOT_MASK;
    if (open[slot] === this) open[slot] = null;
    this.id = 0;
  }
}

Exchange.prototype.depth = 0;
Exchange.prototype.subrequests = 0;
Exchange.prototype.tally = null;
Exchange.prototype.cpuTicks = 0;
Exchange.prototype.cpuSince = 0;
Exchange.prototype.traceparent = "";
Exchange.prototype.told = "";
Exchange.prototype.requestId = "";
Exchange.prototype.kept = 0;
Exchange.prototype.followers = null;

function reasonOf(cause: AbortCause): DOMException {
  switch (cause) {
    case AbortCause.Gone:
      return new DOMException("The client closed the connection", "AbortError");
    case AbortCause.Late:
      return new DOMException(
        "The response took longer than it may (limits in nano.yaml)",
        "TimeoutError",
      );
    case AbortCause.TooLarge:
      return new DOMException(
        "The request's body, or the response's, is larger than it may be (limits in nano.yaml)",
        "AbortError",
      );
    case AbortCause.Ended:
      return new DOMException("The server ended the request; its log says why", "AbortError");
  }
}

/** Makes what the app does now, and what follows from it, a part of answering this one. */
export function enterExchange(exchange: Exchange): void {
  ops.setContinuation(exchange);
}

/** A continuation that carries more than the exchange (app/platform/lazy/with-env.ts). */
export interface Scope {
  exchange: Exchange | null;
}

/** The "name\nvalue\n" block of a request, if it came by an exchange with the server's fields in the place of the client's. */
export function ownFields(block: string, exchange: Exchange | null): string {
  if (exchange === null) return block;
  const { visitor } = exchange;
  // No field is the server's.
  if (indexOf(visitor, "\n") + 1 === visitor.length) return block;
  return load("visitor").withServersFields(block, visitor);
}

/** The exchange that is being answered, though perhaps over; null outside of any. */
export function currentExchange(): Exchange | null {
  const current = ops.getContinuation() as Exchange | Scope | undefined;
  if (current === undefined) return null;
  return isExchange(current) ? current : current.exchange;
}

/** The open exchange of this number. */
export function find(id: ExchangeId): Exchange | null {
  const exchange = open[id & SLOT_MASK] ?? null;
  return exchange !== null && exchange.id === id ? exchange : null;
}

/** The same; what comes of its connection may call the app at once, as a stream's source. */
function enter(id: ExchangeId): Exchange | null {
  const exchange = find(id);
  if (exchange !== null) enterExchange(exchange);
  return exchange;
}

/** RuntimeHooks.bodyPart */
export function bodyPart(id: ExchangeId, part: ArrayBuffer, last: boolean): void {
  enter(id)?.body?.deliver(part, last);
}

/** RuntimeHooks.bodyError */
export function bodyError(id: ExchangeId, reason: string): void {
  enter(id)?.body?.fail(new TypeError(`The request's body could not be read: ${reason}`));
}

/** RuntimeHooks.drained */
export function drained(id: ExchangeId): void {
  enter(id)?.pump?.drained();
}

/** RuntimeHooks.aborted */
export function aborted(
  id: ExchangeId,
  cause: AbortCause,
  requestId: string,
  visitor: string,
): void {
  const exchange = find(id);
  if (exchange === null) return;
  exchange.requestId = requestId;
  if (exchange.told === "") exchange.told = visitor;
  // What listens to its signal, or cancels its stream, does that for it.
  enterExchange(exchange);
  exchange.abort(cause);
}

/** Before a snapshot is written: no exchange of the build goes on after the boot. */
export function forgetExchanges(): void {
  for (let i = 0; i < open.length; i++) open[i]?.end();
  open.length = 0;
  ops.setContinuation(undefined);
}
