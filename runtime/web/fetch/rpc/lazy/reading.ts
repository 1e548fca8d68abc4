// What messages have in the place of objects, as objects. Each of them is another app's word, perhaps one of
// another process: nothing of it is taken for more than it was looked at to be. Thread: the isolate's.
import { isArray, typedArrayName } from "../../../idl/primordials.ts";
import { isObject, own } from "../../../idl/webidl.ts";
import { isReadableStream, type ReadableStream } from "../../../streams/stream-access.ts";
import { Guard, Headers, createHeaders, headerList, type Inherited } from "../../headers.ts";
import { Request } from "../../request.ts";
import { Response } from "../../response.ts";
import type { ErrorReader } from "./errors.ts";
import { Kind, type Keeper } from "./passing.ts";
import { stubOf } from "./references.ts";
import { StreamEnd, readableFrom, writableFrom } from "./streams.ts";

/** Of a call: the engine has no more, either. */
const MOST_ARGUMENTS = 65_534;

/** @param errors Of the message. */
export function revive(told: unknown, keeper: Keeper, errors: ErrorReader): object {
  if (!isArray(told)) throw unreadable();
  switch (told[0]) {
    case Kind.Sent:
      return stubOf(keeper.remote(numberIn(told[1]), true));
    case Kind.Service:
      return stubOf(keeper.remote(numberIn(told[1]), true, true));
    case Kind.Back:
      return back(keeper.kept(numberIn(told[1])));
    case Kind.Readable:
      return readableFrom(keeper.remote(numberIn(told[1]), false));
    case Kind.Writable:
      return writableFrom(keeper.remote(numberIn(told[1]), false));
    case Kind.Error:
      return errors.read(told[1]) ?? refuse();
    case Kind.Headers:
      return headersFrom(told[1], told[2]);
    case Kind.Request:
      return requestFrom(told);
    case Kind.Response:
      return responseFrom(told);
    default:
      throw unreadable();
  }
}

/** What the other app was given before. */
function back(kept: unknown): object {
  // Streams are never named so.
  if (kept instanceof StreamEnd || !isObject(kept)) throw unreadable();
  return kept;
}

function requestFrom(told: unknown[]): Request {
  const { 1: url, 2: method, 3: headers, 4: redirect, 5: content } = told;
  const body = bodyIn(content);
  const init = own<Record<string, unknown>>({
    method: textIn(method),
    headers: headersFrom(headers, 0),
    redirect: textIn(redirect),
    duplex: "half",
  });
  if (body !== null) init.body = body;
  return new Request(textIn(url), init);
}

function responseFrom(told: unknown[]): Response {
  const { 1: status, 2: statusText, 3: headers, 4: inherited, 5: body } = told;
  const init = own({
    status: numberIn(status),
    statusText: textIn(statusText),
    headers: headersFrom(headers, inherited),
  });
  return new Response(bodyIn(body), init);
}

function headersFrom(told: unknown, inherited: unknown): Headers {
  if (!isArray(told)) throw unreadable();
  const checked = new Headers();
  for (let i = 0; i + 1 < told.length; i += 2) {
    checked.append(textIn(told[i]), textIn(told[i + 1]));
  }
  return createHeaders(headerList(checked), Guard.None, (numberIn(inherited) & 15) as Inherited);
}

function bodyIn(told: unknown): string | Uint8Array | ReadableStream | null {
  if (told === null || typeof told === "string") return told;
  if (typedArrayName(told) === "Uint8Array") return told as Uint8Array;
  if (isObject(told) && isReadableStream(told)) return told;
  throw unreadable();
}

function textIn(told: unknown): string {
  if (typeof told === "string") return told;
  throw unreadable();
}

export function numberIn(told: unknown): number {
  if (typeof told === "number") return told;
  throw unreadable();
}

/** Of the arguments of a call; null: nothing is called. */
export function requireFew(args: readonly unknown[] | null): void {
  if (args === null || args.length <= MOST_ARGUMENTS) return;
  throw new RangeError(
    `The call has ${args.length} arguments, of at most ${MOST_ARGUMENTS}: pass a list`,
  );
}

/** Null: nothing is called. */
export function isArguments(told: unknown): told is unknown[] | null {
  return told === null || (isArray(told) && told.length <= MOST_ARGUMENTS);
}

function refuse(): never {
  throw unreadable();
}

export function unreadable(): TypeError {
  return new TypeError("The other app's message has what cannot be read");
}
