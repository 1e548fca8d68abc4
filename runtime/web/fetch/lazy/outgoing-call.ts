// Calls in flight: one record for each request that was sent, by the number that the host gave it. A record
// does not hold the response's body but while somebody waits for a part of it, so that a response that the
// app drops is collected, and the host ends its call (runtime/boot/isolate_calls.h). Thread: the isolate's.
import {
  find as findExchange,
  type Exchange,
  type ResponsePump,
} from "../../exchange/exchanges.ts";
import { RemoteBody } from "../../exchange/remote-body.ts";
import type {
  CallAmount,
  CallBody,
  CallId,
  ExchangeId,
  ServiceAim,
  Tally,
} from "../../host/ops.ts";
import { isBlameless } from "../../html/blameless.ts";
import { logUncaught } from "../../html/reporting.ts";
import { bareArray } from "../../idl/primordials.ts";
import { callError, refusalOf } from "./network-error.ts";

/** Why a call came to nothing, before it is an exception: those are made where the app can see itself. */
export class CallFailure {
  readonly code: string;
  readonly problem: string;

  constructor(code: string, problem: string) {
    this.code = code;
    this.problem = problem;
  }
}

export function isCallFailure(reason: unknown): reason is CallFailure {
  return reason instanceof CallFailure;
}

/** By the number's slot, as exchanges are (exchange/exchanges.ts). */
const open = bareArray<OutgoingCall | null>();
const SLOT_MASK = 0xffff;

/** The open call of this number. What comes of it is for the request that it was made for. */
function enter(id: CallId): OutgoingCall | null {
  const call = open[id & SLOT_MASK] ?? null;
  if (call === null || call.id !== id) return null;
  ops.setContinuation(call.continuation);
  return call;
}

/** A response whose head has come. */
export interface CallResponse {
  readonly status: number;
  readonly statusText: string;
  /** "name\nvalue\n" pairs, names in lower case. */
  readonly headers: string;
  /** They have a Content-Encoding. */
  readonly isCoded: boolean;
  /** Null if there is none. */
  readonly body: ResponseBody | null;
}

/** Who has made a call: told once what has come of it. */
export interface CallMaker {
  onHead(response: CallResponse): void;
  /** Before the head. `reason` is a CallFailure, unless it was given up: then it is why. */
  onFailed(reason: unknown): void;
}

/** What brings the request's stream. */
interface Upload {
  /** The server takes more. */
  drained(): void;
  /** The call is over. */
  end(): void;
}

/** What is sent: the arguments of `ops.startCall`. */
export interface CallMessage {
  readonly service: string;
  readonly method: string;
  readonly url: string;
  /** The value of Host, if it is not the URL's. */
  readonly host: string;
  /** In wire format. */
  readonly headers: string;
  // Of the exchange that it is made for.
  readonly depth: number;
  /** Null for the network, and outside of any exchange. */
  readonly tally: Tally | null;
  /** Of a service that is more than another app's fetch(). */
  readonly aim: ServiceAim | undefined;
  /** JSON of `request.cf`, for a service; undefined: none. */
  readonly cf: string | undefined;
}

/** Also what brings the response of the exchange that it is forwarded to, which the host does. */
export class OutgoingCall implements ResponsePump {
  /** 0 once it is over. */
  id: CallId;
  readonly url: string;
  /** What has led to it (ops.getContinuation). */
  readonly continuation: unknown = ops.getContinuation();
  /** Null once it has been told. */
  #maker: CallMaker | null;
  /** The body, while somebody waits for it. */
  reader: ResponseBody | null = null;
  upload: Upload | null = null;
  /** Whose response the host makes of the body; 0: nobody's. */
  forwardedTo: ExchangeId = 0;
  /** Told once, when nothing more will come. */
  onOver: (() => void) | null = null;
  /** Why it was given up. */
  reason: unknown = undefined;

  /** Throws a network error if the host refuses it. */
  constructor(maker: CallMaker, message: CallMessage, kind: CallBody, body: unknown) {
    const { service, method, url, host, headers, depth, tally, aim, cf } = message;
    const id =
      aim === undefined && cf === undefined
        ? ops.startCall(service, method, url, host, headers, kind, body, depth, tally)
        : ops.startCall(service, method, url, host, headers, kind, body, depth, tally, aim, cf);
    if (typeof id === "string") throw refusalOf(url, id);
    this.#maker = maker;
    this.url = url;
    this.id = id;
    open[id & SLOT_MASK] = this;
  }

  /** The host has given it up. */
  onFailed(code: string, problem: string): void {
    const isEarly = this.#maker !== null;
    this.fail(isEarly ? new CallFailure(code, problem) : callError(this.url, code, problem));
  }

  /** Gives it up: nobody wants what else would come. */
  cancel(reason: unknown): void {
    if (this.id === 0) return;
    ops.dropCall(this.id);
    this.fail(reason);
    if (this.forwardedTo === 0) return;
    logBroken(reason);
    const exchange = findExchange(this.forwardedTo);
    ops.failExchange(this.forwardedTo);
    exchange?.end();
  }

  /** The client that its body goes to has left. */
  abort(reason: unknown): void {
    this.forwardedTo = 0;
    this.cancel(reason);
  }

  /** That client takes more, and gets it from the host. */
  drained(): void {}

  fail(reason: unknown): void {
    this.reason = reason;
    const { reader } = this;
    const maker = this.#maker;
    this.#maker = null;
    this.#close();
    maker?.onFailed(reason);
    reader?.fail(reason);
  }

  onHead(
    status: number,
    statusText: string,
    headers: string,
    hasBody: boolean,
    isCoded: boolean,
  ): object | undefined {
    const body = hasBody ? new ResponseBody(this) : null;
    if (body === null) this.#close();
    const maker = this.#maker;
    this.#maker = null;
    maker?.onHead({ status, statusText, headers, isCoded, body });
    return body ?? undefined;
  }

  onBody(part: ArrayBuffer | string, last: boolean): void {
    const { reader } = this;
    this.reader = null;
    if (last) this.#close();
    reader?.deliver(part, last);
  }

  end(): void {
    this.#close();
  }

  #close(): void {
    if (this.id === 0) return;
    open[this.id & SLOT_MASK] = null;
    this.id = 0;
    this.reader = null;
    this.upload?.end();
    this.onOver?.();
  }
}

/** The client sees no more than that its response breaks off. */
function logBroken(reason: unknown): void {
  if (!isBlameless(reason)) logUncaught("A response's body failed:", reason);
}

/** The body of a response, which stays with the host until it is asked for. */
export class ResponseBody extends RemoteBody {
  readonly #call: OutgoingCall;
  /** The value of Content-Encoding; "": none, or decoded already. */
  coding = "";

  constructor(call: OutgoingCall) {
    super();
    this.#call = call;
  }

  /** Lets the app see it decoded. Throws a network error for codings that cannot be. */
  #decode(): void {
    const { coding } = this;
    if (coding === "") return;
    this.coding = "";
    const problem = ops.decodeCall(this.#call.id, coding);
    if (problem === undefined) return;
    const error = callError(this.#call.url, "ERR_CONTENT_DECODING", problem);
    this.#call.cancel(error);
    throw error;
  }

  protected ask(amount: CallAmount): void {
    const call = this.#call;
    if (call.id !== 0) {
      try {
        this.#decode();
      } catch (error) {
        return this.fail(error);
      }
    }
    if (call.id === 0) return this.fail(call.reason);
    call.reader = this;
    const rest = ops.readCall(call.id, amount);
    if (rest !== undefined) call.onBody(rest, true);
  }

  cancel(reason: unknown): void {
    this.#call.cancel(reason);
  }

  /**
   * Makes it the body of an exchange's response, without the app.
   * @param decoded As the app would have read it, or else as it comes.
   */
  forward(
    exchange: Exchange,
    status: number,
    statusText: string,
    headers: string,
    decoded: boolean,
  ): void {
    const call = this.#call;
    if (call.id === 0) throw call.reason;
    if (decoded) this.#decode();
    exchange.pump = call;
    call.forwardedTo = exchange.id;
    ops.forwardCall(call.id, exchange.id, status, statusText, headers);
  }
}

/** RuntimeHooks.callHead */
export function callHead(
  id: CallId,
  status: number,
  statusText: string | undefined,
  headers: string,
  hasBody: boolean,
  isCoded: boolean,
): object | undefined {
  return enter(id)?.onHead(status, statusText ?? "OK", headers, hasBody, isCoded);
}

/** RuntimeHooks.callBody */
export function callBody(id: CallId, part: ArrayBuffer | string, last: boolean): void {
  enter(id)?.onBody(part, last);
}

/** RuntimeHooks.callFailed */
export function callFailed(id: CallId, code: string, problem: string): void {
  enter(id)?.onFailed(code, problem);
}

/** RuntimeHooks.callDrained */
export function callDrained(id: CallId): void {
  enter(id)?.upload?.drained();
}

/** RuntimeHooks.forwarded */
export function forwarded(id: CallId, exchange: ExchangeId, code: string, problem: string): void {
  const call = enter(id);
  if (call !== null && code !== "") logBroken(callError(call.url, code, problem));
  call?.end();
  findExchange(exchange)?.end();
}
