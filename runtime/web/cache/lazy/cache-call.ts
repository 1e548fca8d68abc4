// One operation of a cache, as a call to the host: a GET, PUT or DELETE of the key's URL, to a service whose
// name no binding can have. A body that is put or found is that of a call, so that it goes as all others do: at
// the speed of who reads it, and without the app where the host can pass it on.
//
// The cache is never what fails: what it cannot do it does not do. Thread: the isolate's.
import { currentExchange } from "../../exchange/exchanges.ts";
import { BodyKind, consume, type Body } from "../../fetch/body.ts";
import type { CallMaker, CallMessage, CallResponse } from "../../fetch/lazy/outgoing-call.ts";
import { Inherited } from "../../fetch/headers.ts";
import { responseFriend, type Response } from "../../fetch/response.ts";
import { load } from "../../host/lazy-groups.ts";
import type { ServiceAim } from "../../host/ops.ts";
import { getHeader, type HeaderList } from "../../http/header-list.ts";
import { deferred } from "../../idl/primordials.ts";

/** As runtime/embedder/outbound.h has it. */
const SERVICE = ":cache";

const READ_FIELDS = ["range", "if-range", "if-none-match", "if-modified-since"];

/** In wire format, what of a request's header fields counts for match(). */
export function readFields(fields: HeaderList): string {
  let headers = "";
  if (!hasReadField(fields)) return headers;
  for (let i = 0; i < READ_FIELDS.length; i++) {
    const name = READ_FIELDS[i]!;
    const value = getHeader(fields, name);
    if (value !== null) headers += `${name}: ${value}\r\n`;
  }
  return headers;
}

/** Nearly no request has one: a look at the lengths of names rules out the others. */
function hasReadField(fields: HeaderList): boolean {
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!;
    switch (name.length) {
      case 5:
      case 8:
      case 13:
      case 17:
        for (let j = 0; j < READ_FIELDS.length; j++) if (READ_FIELDS[j] === name) return true;
    }
  }
  return false;
}

/** What match() gives, if the host has it at hand; undefined: ask for it. */
export function findKept(cache: string, url: string, headers: string): Response | undefined {
  const exchange = currentExchange();
  const kept = ops.findKept(cache, url, headers);
  if (kept === undefined) return undefined;
  if (exchange !== null) load("fetch").countSubrequest(exchange, url);
  return responseFriend.make({
    url: "",
    status: kept[0],
    statusText: kept[1],
    headers: kept[2],
    body: kept[3],
    inherited: Inherited.Connection,
  });
}

export class CacheCall implements CallMaker {
  readonly #aim: ServiceAim;
  readonly #url: string;
  readonly #answer = deferred<CallResponse | null>();

  /** @param cache The name by which the host knows the cache. */
  constructor(cache: string, url: string) {
    this.#aim = [cache, "", ""];
    this.#url = url;
  }

  onHead(response: CallResponse): void {
    this.#answer.resolve(response);
  }

  onFailed(reason: unknown): void {
    if (load("fetch").isCallFailure(reason)) this.#answer.resolve(null);
    else this.#answer.reject(reason);
  }

  #begin(method: string, headers: string, body: Body | null): Promise<CallResponse | null> {
    const url = this.#url;
    const aim = this.#aim;
    const fetching = load("fetch");
    const exchange = currentExchange();
    if (exchange !== null) fetching.countSubrequest(exchange, url);
    const message: CallMessage = {
      service: SERVICE,
      method,
      url,
      host: "",
      headers,
      depth: 0,
      tally: null,
      aim,
      cf: undefined,
    };
    try {
      if (body === null) fetching.beginEmptyCall(this, message, false);
      else fetching.beginCall(this, message, body);
    } catch (error) {
      // Who boots the isolate has no cache for it, as when an app is tried while it is built.
      if (!fetching.isRefusal(error)) throw error;
      this.#answer.resolve(null);
    }
    return this.#answer.promise;
  }

  /** @param headers Those that count (readFields). */
  async match(headers: string): Promise<Response | undefined> {
    const answer = await this.#begin("GET", headers, null);
    // No response has this status: there is none.
    if (answer === null || answer.status === 0) return undefined;
    return responseFriend.make(load("fetch").toFetched(answer, "", false, false));
  }

  async put(response: Response, body: Body | null, isAuthorized: boolean): Promise<void> {
    const status = responseFriend.status(response);
    const length = responseFriend.contentLength(response);
    let headers = `:status: ${status} ${responseFriend.statusText(response)}\r\n`;
    if (isAuthorized) headers += ":authorized: 1\r\n";
    if (length >= 0) headers += `:length: ${length}\r\n`;
    const kept = this.#begin("PUT", headers + responseFriend.wire(response), body);
    // The host has a copy of it, which leaves it unread.
    if (body !== null && body.kind < BodyKind.Incoming) consume(body);
    await kept;
  }

  async delete(): Promise<boolean> {
    const answer = await this.#begin("DELETE", "", null);
    return answer !== null && answer.status === 200;
  }
}
