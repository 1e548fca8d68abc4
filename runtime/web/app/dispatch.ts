// Requests into the app, and its responses out. A response that is whole (no body, text, bytes, a Blob)
// is one op; a stream is pumped (exchange/lazy/response-stream.ts). Thread: the isolate's.
import { Exchange, enterExchange } from "../exchange/exchanges.ts";
import { BodyKind, consume, requireUsable, streamOf, type Body } from "../fetch/body.ts";
import { Inherited } from "../fetch/headers.ts";
import { requestFriend } from "../fetch/request.ts";
import { Response, responseFriend } from "../fetch/response.ts";
import { blobBytes, type Blob } from "../file/blob.ts";
import { load } from "../host/lazy-groups.ts";
import type { ExchangeId, Tally } from "../host/ops.ts";
import { isBlameless } from "../html/blameless.ts";
import { logUncaught } from "../html/reporting.ts";
import { indexOf, isPrototypeOf, slice } from "../idl/primordials.ts";
import { isObject } from "../idl/webidl.ts";
import { rememberRequestUrl } from "../url/url.ts";
import { env, handler } from "./app.ts";
import { createContext } from "./execution-context.ts";

export { setApp, setEnv } from "./app.ts";
export { aborted, bodyError, bodyPart, drained } from "../exchange/exchanges.ts";

/** RuntimeHooks.dispatch */
export function dispatch(
  id: ExchangeId,
  method: string,
  url: string,
  headers: string,
  hasBody: boolean,
  depth: number,
  tally: Tally | undefined,
  traceparent: string | undefined,
): void {
  const exchange = new Exchange(id, headers, depth);
  if (tally !== undefined) exchange.tally = tally;
  if (traceparent !== undefined) exchange.traceparent = traceparent;
  const request = requestFriend.incoming(exchange, method, url, headers, hasBody);
  rememberRequestUrl(url);
  enterExchange(exchange);
  if (depth < 0) {
    return void answerLater(exchange, method, url, load("platform").answerAimed(id, request));
  }
  let result: unknown;
  let isPlain: boolean;
  try {
    result = handler!.fetch(request, env, createContext());
    // A proxy may throw when it is looked at.
    isPlain = isPlainResponse(result);
  } catch (error) {
    return fail(exchange, method, url, error);
  }
  if (isPlain) answer(exchange, method, url, result);
  else void answerLater(exchange, method, url, result);
}

/**
 * True for an object that surely is a Response. Asked first, because most handlers give promises, and the
 * engine answers "is this private field in that object?" slowly where the answer is no.
 */
function isPlainResponse(result: unknown): boolean {
  return isObject(result) && isPrototypeOf(Response.prototype, result) && responseFriend.is(result);
}

async function answerLater(
  exchange: Exchange,
  method: string,
  url: string,
  result: unknown,
): Promise<void> {
  try {
    result = await result;
  } catch (error) {
    return fail(exchange, method, url, error);
  }
  answer(exchange, method, url, result);
}

/** Sends what the handler returned. */
function answer(exchange: Exchange, method: string, url: string, result: unknown): void {
  try {
    if (!isObject(result) || !responseFriend.is(result)) throw notAResponse(result);
    if (exchange.isOver) discard(exchange, result);
    else if (send(exchange, method, result)) exchange.end();
  } catch (error) {
    fail(exchange, method, url, error);
  }
}

/** The client went away before there was a response: it is left as if it had been sent in vain. */
function discard(exchange: Exchange, response: Response): void {
  const body = responseFriend.body(response);
  if (body === null) return;
  requireUsable(body);
  if (body.kind < BodyKind.Incoming) consume(body);
  else load("streams").cancelStream(streamOf(body), exchange.reason);
}

/** Sends a response; false if it goes on, and ends, later. */
function send(exchange: Exchange, method: string, response: Response): boolean {
  const { id } = exchange;
  const status = responseFriend.status(response);
  if (status === 0) throw new TypeError("The fetch handler returned Response.error()");
  const statusText = responseFriend.statusText(response);
  const body = responseFriend.body(response);
  if (body !== null && body.kind < BodyKind.Incoming) {
    requireUsable(body);
    consume(body);
    ops.respond(id, status, statusText, responseFriend.wire(response), wholeBody(body));
    return true;
  }
  if (body === null && method !== "HEAD") {
    ops.respond(id, status, statusText, responseFriend.wire(response), null);
    return true;
  }
  if (body !== null) requireUsable(body);
  if (body !== null && body.kind === BodyKind.Fetched && method !== "HEAD") {
    load("fetch").forwardBody(exchange, response, body);
    return false;
  }
  if (body === null && (responseFriend.inherited(response) & Inherited.OfHead) !== 0) {
    load("fetch").forwardHead(exchange, response);
    return true;
  }
  const length = responseFriend.contentLength(response);
  if (body === null && length < 0) {
    ops.respond(id, status, statusText, responseFriend.wire(response), null);
    return true;
  }
  ops.startBody(id, status, statusText, responseFriend.wire(response), length);
  if (method === "HEAD") {
    if (body !== null) load("streams").cancelStream(streamOf(body), undefined);
    ops.endBody(id);
    return true;
  }
  load("exchange").sendStream(exchange, streamOf(body!), length);
  return false;
}

function wholeBody(body: Body): string | Uint8Array {
  return body.kind === BodyKind.Blob
    ? blobBytes(body.source as Blob)
    : (body.source as string | Uint8Array);
}

function fail(exchange: Exchange, method: string, url: string, error: unknown): void {
  if (!isBlameless(error)) logUncaught(`${method} ${pathOf(url)}:`, error);
  ops.failExchange(exchange.id);
  exchange.end();
}

/** For the log: without the query, which may hold secrets. */
function pathOf(url: string): string {
  const query = indexOf(url, "?");
  const begin = indexOf(url, "/", indexOf(url, "//") + 2);
  return query === -1 ? slice(url, begin) : slice(url, begin, query);
}

function notAResponse(result: unknown): TypeError {
  return new TypeError(
    `The fetch handler returned ${describe(result)} instead of a Response. ` +
      (result === undefined ? "Is a `return` missing?" : "Wrap it: new Response(...)"),
  );
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return `${value as null}`;
  if (typeof value !== "object") return `a ${typeof value}`;
  try {
    const { name } = value.constructor;
    if (typeof name === "string" && name !== "") return `an object (${name})`;
  } catch {
    // An object that throws when it is looked at is just an object.
  }
  return "an object";
}
