// Request (Fetch Standard, section 5.4). An incoming request is built from what the server gives, and
// its headers, signal and body stream are made when they are first asked for. Thread: the isolate's.
import { createSignal, signalFriend, type AbortSignal } from "./abort-signal.ts";
import {
  Body,
  BodyKind,
  extractBody,
  isUsed,
  moveBody,
  requireUsable,
  streamOf,
  teeBody,
} from "./body.ts";
import {
  readArrayBuffer,
  readBlob,
  readFormData,
  readJson,
  readText,
  readUint8Array,
} from "./body-mixin.ts";
import type { Blob } from "./blob.ts";
import { signalOf } from "./exchanges.ts";
import type { FormData } from "./lazy/forms/form-data.ts";
import { appendHeader, copyList, getHeader, hasHeader, type HeaderList } from "./header-list.ts";
import {
  Guard,
  createHeaders,
  createLazyHeaders,
  fillHeaderList,
  headerList,
  type Headers,
} from "./headers.ts";
import { IncomingBody } from "./incoming-body.ts";
import type { ExchangeId } from "./ops.ts";
import {
  defaultOptions,
  incomingOptions,
  isGiven,
  toMethod,
  toRequestInit,
  toRequestOptions,
  type RequestInit,
  type RequestOptions,
} from "./request-init.ts";
import { isReadableStream, type ReadableStream } from "./stream-access.ts";
import { lastHasCredentials, parseHref } from "./url.ts";
import { INTERNAL, defineInterface, isObject, requireArguments, toUSVString } from "./webidl.ts";

const CONSTRUCT = "Failed to construct 'Request'";

/** What the server needs of a request. */
export interface RequestFriend {
  is(value: object): value is Request;
  /** A request that has arrived. `headers` is the server's "name\nvalue\n" block. */
  incoming(id: ExchangeId, method: string, url: string, headers: string, hasBody: boolean): Request;
  /** The response to an incoming request has ended, so that nothing more of it will come. */
  ended(request: Request): void;
}
export let requestFriend: RequestFriend;

export class Request {
  #method = "GET";
  #url = "";
  #headers: Headers | null = null;
  #options: RequestOptions = defaultOptions;
  #body: Body | null = null;
  #signal: AbortSignal | null = null;
  // What #signal will follow: a given signal, or that of the request this one was made from.
  #followed: AbortSignal | Request | null = null;
  // An incoming request's exchange, until that has ended, its headers, until they are looked at, and its
  // body, which another request may have taken over.
  #exchange: ExchangeId = 0;
  #block = "";
  #incoming: IncomingBody | null = null;

  constructor(input: string | Request, init: unknown = undefined) {
    if ((input as unknown) === INTERNAL) return;
    requireArguments(arguments.length, 1, CONSTRUCT);
    const source = isObject(input) && #method in input ? (input as Request) : null;
    const url = source === null ? toUSVString(input, `${CONSTRUCT}: The URL`) : "";
    const given = toRequestInit(init, CONSTRUCT);
    if (source === null) {
      this.#url = toRequestUrl(url);
    } else {
      this.#url = source.#url;
      this.#method = source.#method;
      this.#options = source.#options;
      this.#followed = source;
    }
    if (init !== undefined && isGiven(given)) {
      this.#options = toRequestOptions(given, source === null ? null : source.#options);
    }
    if (given.method !== undefined) this.#method = toMethod(given.method);
    if (given.signal !== undefined) this.#followed = given.signal;
    const list = this.#initHeaders(given, source);
    this.#initBody(given, source, list);
  }

  #initHeaders(given: RequestInit, source: Request | null): HeaderList {
    const noCors = this.#options.mode === "no-cors";
    if (noCors && this.#method !== "GET" && this.#method !== "HEAD" && this.#method !== "POST") {
      throw new TypeError(`${CONSTRUCT}: The mode 'no-cors' allows GET, HEAD and POST only`);
    }
    let list: HeaderList = [];
    if (given.headers !== undefined) fillHeaderList(list, given.headers, CONSTRUCT);
    else if (source !== null) list = copyList(headerList(source.#getHeaders()));
    const guard = noCors ? Guard.RequestNoCors : Guard.Request;
    this.#headers = createHeaders(noCors ? [] : list, guard);
    if (noCors) {
      // The guard drops what is not safelisted.
      for (let i = 0; i < list.length; i += 2) this.#headers.append(list[i]!, list[i + 1]!);
    }
    return headerList(this.#headers);
  }

  #initBody(given: RequestInit, source: Request | null, list: HeaderList): void {
    const init = given.body;
    const inherited =
      source === null || (init !== undefined && init !== null) ? null : source.#body;
    if (init === undefined || init === null) {
      if (inherited === null) return;
      this.#refuseBodyOfGet();
      this.#body = moveBody(inherited);
      return;
    }
    this.#refuseBodyOfGet();
    const body = extractBody(init);
    if (body.type !== null && !hasHeader(list, "content-type")) {
      appendHeader(list, "content-type", body.type);
    }
    if (isReadableStream(init)) {
      if (given.duplex === undefined) {
        throw new TypeError(`${CONSTRUCT}: A stream as body needs the member duplex: "half"`);
      }
      if (this.#options.keepalive) {
        throw new TypeError(`${CONSTRUCT}: A stream as body is not possible with keepalive`);
      }
    }
    this.#body = body;
  }

  #refuseBodyOfGet(): void {
    if (this.#method === "GET" || this.#method === "HEAD") {
      throw new TypeError(`${CONSTRUCT}: A ${this.#method} request cannot have a body`);
    }
  }

  get method(): string {
    return this.#method;
  }

  get url(): string {
    return this.#url;
  }

  get headers(): Headers {
    return this.#getHeaders();
  }

  // For internal use: a subclass may hide the public getter.
  #getHeaders(): Headers {
    return (this.#headers ??= createLazyHeaders(this.#block));
  }

  get destination(): string {
    void this.#method;
    return "";
  }

  get referrer(): string {
    return this.#options.referrer;
  }

  get referrerPolicy(): string {
    return this.#options.referrerPolicy;
  }

  get mode(): string {
    return this.#options.mode;
  }

  get credentials(): string {
    return this.#options.credentials;
  }

  get cache(): string {
    return this.#options.cache;
  }

  get redirect(): string {
    return this.#options.redirect;
  }

  get integrity(): string {
    return this.#options.integrity;
  }

  get keepalive(): boolean {
    return this.#options.keepalive;
  }

  get isReloadNavigation(): boolean {
    void this.#method;
    return false;
  }

  get isHistoryNavigation(): boolean {
    void this.#method;
    return false;
  }

  get signal(): AbortSignal {
    return this.#getSignal();
  }

  #getSignal(): AbortSignal {
    if (this.#signal !== null) return this.#signal;
    if (this.#exchange !== 0) return (this.#signal = signalOf(this.#exchange));
    const signal = (this.#signal = createSignal());
    const followed = this.#followed;
    if (followed !== null) {
      signalFriend.follow(signal, [#method in followed ? followed.#getSignal() : followed]);
      this.#followed = null;
    }
    return signal;
  }

  get duplex(): string {
    void this.#method;
    return "half";
  }

  get body(): ReadableStream | null {
    return this.#body === null ? null : streamOf(this.#body);
  }

  get bodyUsed(): boolean {
    return this.#body !== null && isUsed(this.#body);
  }

  clone(): Request {
    if (this.#body !== null) requireUsable(this.#body);
    const copy = new Request(INTERNAL as never);
    copy.#method = this.#method;
    copy.#url = this.#url;
    copy.#options = this.#options;
    copy.#followed = this;
    if (this.#headers === null) {
      copy.#block = this.#block;
    } else {
      const guard = this.#options.mode === "no-cors" ? Guard.RequestNoCors : Guard.Request;
      copy.#headers = createHeaders(copyList(headerList(this.#headers)), guard);
    }
    if (this.#body !== null) {
      const halves = teeBody(this.#body);
      this.#body = halves[0];
      copy.#body = halves[1];
    }
    return copy;
  }

  #contentType(): string | null {
    return getHeader(headerList(this.#getHeaders()), "content-type");
  }

  // Async functions, so that a failed brand check is a rejection.
  async arrayBuffer(): Promise<ArrayBuffer> {
    return readArrayBuffer(this.#body);
  }

  async blob(): Promise<Blob> {
    return readBlob(this.#body, this.#contentType());
  }

  async bytes(): Promise<Uint8Array> {
    return readUint8Array(this.#body);
  }

  async formData(): Promise<FormData> {
    return readFormData(this.#body, this.#contentType());
  }

  async json(): Promise<unknown> {
    return readJson(this.#body);
  }

  async text(): Promise<string> {
    return readText(this.#body);
  }

  static {
    requestFriend = {
      is: (value): value is Request => #method in value,
      incoming(id, method, url, headers, hasBody) {
        const request = new Request(INTERNAL as never);
        request.#method = method;
        request.#url = url;
        request.#options = incomingOptions;
        request.#exchange = id;
        request.#block = headers;
        if (hasBody) {
          request.#incoming = new IncomingBody(id);
          request.#body = new Body(BodyKind.Incoming, request.#incoming, null);
        }
        return request;
      },
      ended(request) {
        request.#exchange = 0;
        request.#incoming?.end();
      },
    };
  }
}

function toRequestUrl(input: string): string {
  const href = parseHref(input);
  if (href === undefined) throw new TypeError(`${CONSTRUCT}: '${input}' is not an absolute URL`);
  if (lastHasCredentials()) {
    throw new TypeError(`${CONSTRUCT}: The URL has a user name or a password`);
  }
  return href;
}

defineInterface(Request, "Request");
