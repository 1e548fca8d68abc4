// The native ops of calls that leave the isolate (runtime/ops/outbound_ops.cc), typed. A part of ops.ts,
// through which everybody else gets at it.
import type { CallId, ExchangeId } from "./ids.ts";

/** What a call's request carries. */
export const enum CallBody {
  None = 0,
  /** A string, sent as UTF-8, or bytes. */
  Whole = 1,
  /** Comes by `writeCall` and `endCall`. */
  Stream = 2,
  /** That of the exchange with this number, which nobody has read from. */
  Exchange = 3,
}

/** What `readCall` asks for. */
export const enum CallAmount {
  Part = 0,
  Whole = 1,
  /** All of it, decoded from UTF-8. */
  Text = 2,
}

/** A count in its only element, which several isolates share. */
export type Tally = Uint32Array;

/**
 * What a call of another app is for: the export's name, "" for the default one; JSON of its `ctx.props`, "" for none;
 * the name of a method whose arguments are the body, "" for `fetch`.
 */
export type ServiceAim = readonly [entrypoint: string, props: string, method: string];
/** The same as the answering app is told it; `scheduled` is JSON, of a call of the server's, or "". */
export type IncomingAim = readonly [...ServiceAim, scheduled: string];

export interface OutboundOps {
  /**
   * Sends a request; `RuntimeHooks.callHead` or `callFailed` comes later. `service` is the name of the app's
   * binding that answers, "" for the network; `host` the value of Host, "" for the URL's. `headers` is in wire
   * format, without Host and what frames the body; `depth` and `tally` those of the exchange which it is for. A
   * string: the host refuses it, for the reason given. `aim` of a call by a binding says the method alone: the rest is
   * what the configuration says. `cf` is JSON: what the app that is called sees as `request.cf`.
   */
  startCall(
    service: string,
    method: string,
    url: string,
    host: string,
    headers: string,
    kind: CallBody,
    body: unknown,
    depth: number,
    tally: Tally | null,
    aim?: ServiceAim,
    cf?: string,
  ): CallId | string;
  /** Sends a part of the stream; false: wait for `callDrained`. Without a part: asks if one can be taken. */
  writeCall(id: CallId, part?: ArrayBufferView): boolean;
  endCall(id: CallId): void;
  /** Before anything is read: decodes the body from these codings. A string: why they cannot be. */
  decodeCall(id: CallId, codings: string): string | undefined;
  /**
   * Asks for some of the body; `callBody` or `callFailed` comes, perhaps before this returns. What is the last of
   * it and there already is returned instead: a string if text was asked for.
   */
  readCall(id: CallId, amount: CallAmount): ArrayBuffer | string | undefined;
  /** Answers an exchange with what is left of the body; `forwarded` comes at the end. */
  forwardCall(
    id: CallId,
    exchange: ExchangeId,
    status: number,
    statusText: string,
    headers: string,
  ): void;
  /** Ends the call, of which nothing more is told. */
  dropCall(id: CallId): void;
  /**
   * What a call to the app's cache would be answered with, if that is at hand (runtime/embedder/outbound.h). The body's
   * buffer is the caller's own.
   */
  findKept(
    cache: string,
    url: string,
    headers: string,
  ):
    | [status: number, statusText: string, headers: string, body: Uint8Array<ArrayBuffer> | null]
    | undefined;
  /** Whether a request's trace goes on in calls to the network. */
  isTraced(): boolean;
  /** A number that the apps which are called from here count on, too, and theirs. */
  makeTally(count: number): Tally;
}
