// Request (Fetch Standard, section 5.4). An incoming request is built from what the server gives, and
// its headers, signal and body stream are made when they are first asked for. Thread: the isolate's.
import { createSignal, signalFriend, type AbortSignal } from "../dom/abort-signal.ts";
import { ownFields, type Exchange } from "../exchange/exchanges.ts";
import { IncomingBody } from "../exchange/incoming-body.ts";
import type { Blob } from "../file/blob.ts";
import { load } from "../host/lazy-groups.ts";
import {
  appendHeader,
  copyList,
  getHeader,
  hasHeader,
  type HeaderList,
} from "../http/header-list.ts";
import { parseJson } from "../idl/primordials.ts";
import {
  INTERNAL,
  defineInterface,
  isObject,
  requireArguments,
  toUSVString,
} from "../idl/webidl.ts";
import { isReadableStream, type ReadableStream } from "../streams/stream-access.ts";
import { readArrayBuffer, readBlob, readFormData, readText, readUint8Array } from "./body-mixin.ts";
import {
  Body,
  BodyKind,
  extractBody,
  isUsed,
  moveBody,
  requireUsable,
  streamOf,
  teeBody,
  type FormData,
} from "./body.ts";
import {
  Guard,
  createHeaders,
  createLazyHeaders,
  headerList,
  toHeaderList,
  type Headers,
  type HeadersFill,
} from "./headers.ts";
import {
  copiedOptions,
  defaultOptions,
  incomingOptions,
  isBlobUrl,
  toMethod,
  toRequestInit,
  toRequestOptions,
  toRequestUrl,
  type CfSource,
  type RequestInit,
  type RequestOptions,
} from "./request-init.ts";

const CONSTRUCT = "Failed to construct 'Request'";

/** What the server needs of a request. */
export interface RequestFriend {
  is(value: object): value is Request;
  /** A request that has arrived. `headers` is the server's "name\nvalue\n" block. */
  incoming(
    exchange: Exchange,
    method: string,
    url: string,
    headers: string,
    hasBody: boolean,
  ): Request;
  method(request: Request): string;
  url(request: Request): string;
  /** The value of a header; the name is in lower case. */
  header(request: Request, name: string): string | null;
  body(request: Request): Body | null;
  signal(request: Request): AbortSignal;
  /** The signal, if there is any that something could abort. */
  signalIfAny(request: Request): AbortSignal | null;
  integrity(request: Request): string;
  redirect(request: Request): string;
  /** To be read. */
  headerList(request: Request): HeaderList;
  /** What `request.cf` is made of; null: there is none. */
  cf(request: Request): CfSource | null;
}
export let requestFriend: RequestFriend;

export class Request {
  #method = "GET";
  #url = "";
  // The headers are in #headers once that was asked for, else in #list, or with neither in #block.
  #headers: Headers | null = null;
  #list: HeaderList | null = null;
  #options: RequestOptions = defaultOptions;
  #body: Body | null = null;
  #signal: AbortSignal | null = null;
  // What #signal will follow: a given signal, or that of the request this one was made from.
  #followed: AbortSignal | Request | null = null;
  // An incoming request's exchange, and its headers, until they are looked at.
  #exchange: Exchange | null = null;
  #block = "";

  constructor(input: string | Request, init: unknown = undefined) {
    if ((input as unknown) === INTERNAL) return;
    requireArguments(arguments.length, 1, CONSTRUCT);
    const source = isObject(input) && #method in input ? (input as Request) : null;
    const url = source === null ? toUSVString(input, `${CONSTRUCT}: The URL`) : "";
    const given = toRequestInit(init, requestFriend.is);
    if (source === null) {
      this.#url = toRequestUrl(url);
      if (isBlobUrl(this.#url)) load("file").rememberBlob(this, this.#url);
    } else {
      this.#url = source.#url;
      this.#method = source.#method;
      this.#options = source.#optionsToCopy();
      this.#followed = source;
      if (isBlobUrl(this.#url)) load("file").inheritBlob(this, source);
    }
    if (given !== null) {
      if (given.given) {
        this.#options = toRequestOptions(given.rare, source === null ? null : this.#options);
      }
      const cf = #method in (init as object) ? (init as Request).#optionsToCopy().cf : given.cf;
      if (cf !== null) this.#options = { ...this.#options, cf };
      if (given.method !== undefined) this.#method = toMethod(given.method);
      if (given.signal !== undefined) this.#followed = given.signal;
    }
    this.#initHeaders(given?.headers, source);
    this.#initBody(given, source);
  }

  #initHeaders(fill: HeadersFill | undefined, source: Request | null): void {
    const noCors = this.#options.mode === "no-cors";
    if (noCors && this.#method !== "GET" && this.#method !== "HEAD" && this.#method !== "POST") {
      throw new TypeError(`${CONSTRUCT}: The mode 'no-cors' allows GET, HEAD and POST only`);
    }
    if (fill !== undefined) this.#list = toHeaderList(fill, CONSTRUCT);
    else if (source !== null) this.#copyHeaders(source);
    if (noCors) {
      const list = this.#currentList();
      this.#headers = createHeaders([], Guard.RequestNoCors);
      // The guard drops what is not safelisted.
      for (let i = 0; i < list.length; i += 2) this.#headers.append(list[i]!, list[i + 1]!);
    }
  }

  // What a copy starts with: it shows `cf` as it is now, in an object of its own.
  #optionsToCopy(): RequestOptions {
    return copiedOptions(this.#options, this.#options.cf ?? this.#exchange);
  }

  #copyHeaders(source: Request): void {
    if (source.#headers === null && source.#list === null)
      this.#block = ownFields(source.#block, source.#exchange);
    else this.#list = copyList(source.#currentList());
  }

  #currentList(): HeaderList {
    if (this.#headers === null) {
      if (this.#list !== null) return this.#list;
      if (this.#block === "" && this.#exchange === null) return (this.#list = []);
    }
    return headerList(this.#getHeaders());
  }

  #initBody(given: RequestInit | null, source: Request | null): void {
    const init = given === null ? undefined : given.body;
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
    const list = this.#currentList();
    if (body.type !== null && !hasHeader(list, "content-type")) {
      // Not the list's: the guard may refuse it.
      if (this.#options.mode === "no-cors") this.#getHeaders().append("content-type", body.type);
      else appendHeader(list, "content-type", body.type);
    }
    if (isReadableStream(init)) {
      if (given!.duplex === undefined) {
        throw new TypeError(`${CONSTRUCT}: A stream as body needs the member duplex: "half"`);
      }
      if (this.#options.mode === "no-cors") {
        throw new TypeError(`${CONSTRUCT}: A stream as body is not possible in the mode 'no-cors'`);
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
    this.#headers ??=
      this.#list === null
        ? createLazyHeaders(ownFields(this.#block, this.#exchange), Guard.Request)
        : createHeaders(this.#list, Guard.Request);
    return this.#headers;
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
    if (this.#exchange !== null) return (this.#signal = this.#exchange.signal);
    const signal = (this.#signal = createSignal());
    const followed = this.#followed;
    if (followed !== null) {
      signalFriend.follow(signal, [#method in followed ? followed.#getSignal() : followed]);
      this.#followed = null;
    }
    return signal;
  }

  #canAbort(): boolean {
    if (this.#signal !== null || this.#exchange !== null) return true;
    const followed = this.#followed;
    return followed !== null && (!(#method in followed) || followed.#canAbort());
  }

  get cf(): unknown {
    const source = this.#options.cf ?? this.#exchange;
    const cf = source === null ? undefined : load("cf").shownCf(source);
    if (cf !== undefined && cf !== this.#options.cf) this.#options = { ...this.#options, cf };
    return cf;
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
    copy.#options = this.#optionsToCopy();
    copy.#followed = this;
    if (isBlobUrl(copy.#url)) load("file").inheritBlob(copy, this);
    if (this.#options.mode === "no-cors") {
      copy.#headers = createHeaders(copyList(this.#currentList()), Guard.RequestNoCors);
    } else {
      copy.#copyHeaders(this);
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
    const text = readText(this.#body);
    return parseJson(typeof text === "string" ? text : await text);
  }

  async text(): Promise<string> {
    return readText(this.#body);
  }

  static {
    requestFriend = {
      is: (value): value is Request => #method in value,
      incoming(exchange, method, url, headers, hasBody) {
        const request = new Request(INTERNAL as never);
        request.#method = method;
        request.#url = url;
        request.#options = incomingOptions;
        request.#exchange = exchange;
        request.#block = headers;
        // What a GET or HEAD carries has no meaning (RFC 9110, section 9.3.1), and Fetch knows no such
        // request: with a body it could not even be copied. The server passes over the bytes.
        if (hasBody && method !== "GET" && method !== "HEAD") {
          const body = (exchange.body = new IncomingBody(exchange));
          request.#body = new Body(BodyKind.Incoming, body, null);
        }
        return request;
      },
      method: (request) => request.#method,
      url: (request) => request.#url,
      header: (request, name) => getHeader(headerList(request.#getHeaders()), name),
      body: (request) => request.#body,
      signal: (request) => request.#getSignal(),
      signalIfAny: (request) => (request.#canAbort() ? request.#getSignal() : null),
      redirect: (request) => request.#options.redirect,
      headerList: (request) => request.#currentList(),
      integrity: (request) => request.#options.integrity,
      cf: (request) => request.#options.cf ?? request.#exchange,
    };
  }
}

defineInterface(Request, "Request", {
  shows: ["method", "url", "headers", "redirect", "bodyUsed"],
});
