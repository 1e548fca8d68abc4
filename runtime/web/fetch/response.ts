// Response (Fetch Standard, section 5.5). The hot path is `new Response("text")` that is sent as it is:
// no Headers, no stream is made for it. Thread: the isolate's.
import { RemoteBody } from "../exchange/remote-body.ts";
import { isBlob, type Blob } from "../file/blob.ts";
import {
  appendHeader,
  copyList,
  getHeader,
  hasHeader,
  removeHeaders,
  toWireFormat,
  withoutConnection,
  type HeaderList,
} from "../http/header-list.ts";
import { charCodeAt, parseJson, stringifyJson } from "../idl/primordials.ts";
import {
  defineInterface,
  isObject,
  requireArguments,
  toByteString,
  toUSVString,
  toUnsignedShort,
} from "../idl/webidl.ts";
import type { ReadableStream } from "../streams/stream-access.ts";
import { parseHref } from "../url/url.ts";
import { readArrayBuffer, readBlob, readFormData, readText, readUint8Array } from "./body-mixin.ts";
import {
  Body,
  BodyKind,
  TEXT_TYPE,
  extractBody,
  isUsed,
  streamOf,
  teeBody,
  toBodyInit,
  type FormData,
} from "./body.ts";
import {
  Guard,
  Inherited,
  createHeaders,
  createLazyHeaders,
  headerList,
  inheritedOf,
  toHeaderList,
  toHeadersFill,
  type Headers,
  type HeadersFill,
} from "./headers.ts";
import type { ResponseBody } from "./lazy/outgoing-call.ts";

const JSON_TYPE = "application/json";
const CONSTRUCT = "Failed to construct 'Response'";

interface ResponseInit {
  status: number;
  statusText: string;
  headers: HeadersFill | null;
}

/** Converts a ResponseInit: its members in the order of their names. */
function toResponseInit(init: unknown, where: string): ResponseInit | null {
  if (init === undefined || init === null) return null;
  if (!isObject(init)) throw new TypeError(`${where}: The init is not an object`);
  const { headers } = init as { headers?: unknown };
  const fill = headers === undefined ? null : toHeadersFill(headers, where);
  const { status } = init as { status?: unknown };
  const code = status === undefined ? 200 : toUnsignedShort(status, `${where}: The status`);
  const { statusText } = init as { statusText?: unknown };
  const text =
    statusText === undefined ? "" : toByteString(statusText, `${where}: The status text`);
  return { status: code, statusText: text, headers: fill };
}

/** RFC 9112's reason-phrase: tabs, spaces, visible characters and obs-text. */
function isReasonPhrase(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = charCodeAt(text, i);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return false;
  }
  return true;
}

export function isNullBodyStatus(status: number): boolean {
  return status === 204 || status === 205 || status === 304 || status === 101 || status === 103;
}

export function isRedirectStatus(status: number): boolean {
  return status >= 301 && status <= 308 && status !== 304 && status !== 305 && status !== 306;
}

type ResponseType = "basic" | "default" | "error";

/** A response that fetch() made. */
export interface FetchedResponse {
  /** Without a fragment. */
  url: string;
  /** It came by a redirect. */
  redirected?: boolean;
  status: number;
  statusText: string;
  /** Names, in lower case, and values in turn; taken over. Or the host's "name\nvalue\n" block. */
  headers: HeaderList | string;
  /** Bytes are taken over. */
  body: Uint8Array<ArrayBuffer> | Blob | ResponseBody | null;
  /** What of the headers tells how the body came. */
  inherited?: Inherited;
}

/** What the server needs of a response. */
export interface ResponseFriend {
  is(value: object): value is Response;
  status(response: Response): number;
  statusText(response: Response): string;
  body(response: Response): Body | null;
  /** The header fields as ops.respond wants them. */
  wire(response: Response, asItCame?: boolean): string;
  /** The length that the header fields say, or -1 if they do not, or not of this body. */
  contentLength(response: Response): number;
  /** What of its header fields tells how a fetched body came. */
  inherited(response: Response): Inherited;
  /** The value of a header; the name is in lower case. */
  header(response: Response, name: string): string | null;
  make(fetched: FetchedResponse): Response;
}
export let responseFriend: ResponseFriend;

export class Response {
  #status = 200;
  #statusText = "";
  #type: ResponseType = "default";
  #url = "";
  #redirected = false;
  #guard = Guard.Response;
  // The headers are in #headers once that was asked for, else in #list; without a list they are the
  // body's Content-Type alone.
  #list: HeaderList | null = null;
  #headers: Headers | null = null;
  /** Until there is #headers. */
  #listed: Inherited = Inherited.Nothing;
  #body: Body | null = null;

  constructor(body: unknown = null, init: unknown = undefined) {
    const content = body === null || body === undefined ? null : toBodyInit(body, CONSTRUCT);
    const converted = init === undefined ? null : toResponseInit(init, CONSTRUCT);
    if (content !== null) this.#body = extractBody(content);
    if (converted !== null) this.#initialize(converted, CONSTRUCT);
  }

  /** "Initialize a response". */
  #initialize(init: ResponseInit, where: string): void {
    const { status, statusText } = init;
    if (status < 200 || status > 599) {
      throw new RangeError(`${where}: The status ${status} is outside the range 200 to 599`);
    }
    if (statusText !== "" && !isReasonPhrase(statusText)) {
      throw new TypeError(`${where}: The status text has a control character`);
    }
    this.#status = status;
    this.#statusText = statusText;
    if (init.headers !== null && init.headers.list.length > 0) {
      this.#list = toHeaderList(init.headers, where);
      this.#listed = init.headers.inherited;
    }
    const body = this.#body;
    if (body === null) return;
    if (isNullBodyStatus(status)) {
      throw new TypeError(`${where}: A response with status ${status} cannot have a body`);
    }
    const list = this.#list;
    if (list !== null && body.type !== null && !hasHeader(list, "content-type")) {
      appendHeader(list, "content-type", body.type);
    }
  }

  static error(): Response {
    const response = new Response();
    response.#type = "error";
    response.#status = 0;
    response.#guard = Guard.Immutable;
    return response;
  }

  static redirect(url: string, status: number = 302): Response {
    const where = "Failed to execute 'redirect' on 'Response'";
    requireArguments(arguments.length, 1, where);
    const input = toUSVString(url, where);
    const code = toUnsignedShort(status, where);
    const href = parseHref(input);
    if (href === undefined) {
      throw new TypeError(`${where}: '${input}' is not an absolute URL`);
    }
    if (!isRedirectStatus(code)) {
      throw new RangeError(`${where}: ${code} is not a redirect status`);
    }
    const response = new Response();
    response.#status = code;
    response.#list = ["location", href];
    response.#guard = Guard.Immutable;
    return response;
  }

  static json(data: unknown, init: unknown = undefined): Response {
    const where = "Failed to execute 'json' on 'Response'";
    requireArguments(arguments.length, 1, where);
    const converted = toResponseInit(init, where);
    const text = stringifyJson(data) as string | undefined;
    if (text === undefined) {
      throw new TypeError(`${where}: The data is not something that JSON can hold`);
    }
    const response = new Response();
    response.#body = new Body(BodyKind.Text, text, JSON_TYPE);
    if (converted !== null) response.#initialize(converted, where);
    return response;
  }

  get type(): ResponseType {
    return this.#type;
  }

  get url(): string {
    return this.#url;
  }

  get redirected(): boolean {
    return this.#redirected;
  }

  get status(): number {
    return this.#status;
  }

  get ok(): boolean {
    return this.#status >= 200 && this.#status <= 299;
  }

  get statusText(): string {
    return this.#statusText;
  }

  get headers(): Headers {
    this.#headers ??= createHeaders(this.#copyOrTakeList(), this.#guard, this.#listed);
    return this.#headers;
  }

  #copyOrTakeList(): HeaderList {
    if (this.#list !== null) return this.#list;
    const type = this.#body === null ? null : this.#body.type;
    return type === null ? [] : ["content-type", type];
  }

  #currentList(): HeaderList {
    return this.#headers === null ? this.#copyOrTakeList() : headerList(this.#headers);
  }

  get #inherited(): Inherited {
    return this.#headers === null ? this.#listed : inheritedOf(this.#headers);
  }

  #contentType(): string | null {
    return getHeader(this.#currentList(), "content-type");
  }

  get body(): ReadableStream | null {
    return this.#body === null ? null : streamOf(this.#body);
  }

  get bodyUsed(): boolean {
    return this.#body !== null && isUsed(this.#body);
  }

  clone(): Response {
    const copy = new Response();
    if (this.#body !== null) {
      const halves = teeBody(this.#body);
      this.#body = halves[0];
      copy.#body = halves[1];
    }
    copy.#status = this.#status;
    copy.#statusText = this.#statusText;
    copy.#type = this.#type;
    copy.#url = this.#url;
    copy.#redirected = this.#redirected;
    copy.#listed = this.#inherited;
    copy.#guard = this.#guard;
    if (this.#headers !== null || this.#list !== null) copy.#list = copyList(this.#currentList());
    return copy;
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

  /** @param asItCame The body is sent in the coding in which it was fetched. */
  #wire(asItCame: boolean): string {
    if (this.#headers !== null || this.#list !== null) {
      let list = this.#currentList();
      const inherited = this.#inherited;
      if ((inherited & Inherited.Connection) !== 0) list = withoutConnection(list);
      if ((inherited & Inherited.Coding) !== 0 && !asItCame) list = withoutCoding(list);
      return toWireFormat(list);
    }
    const type = this.#body === null ? null : this.#body.type;
    if (type === null) return "";
    if (type === TEXT_TYPE) return "content-type: text/plain;charset=UTF-8\r\n";
    if (type === JSON_TYPE) return "content-type: application/json\r\n";
    return `content-type: ${type}\r\n`;
  }

  #contentLength(): number {
    const value = getHeader(this.#currentList(), "content-length");
    if (value === null || value === "" || value.length > 15) return -1;
    const body = this.#body;
    if (body !== null && (this.#inherited & Inherited.Length) !== 0 && !isAsItCame(body)) return -1;
    const length = +value;
    return length >= 0 && `${length}` === value ? length : -1;
  }

  static {
    responseFriend = {
      is: (value): value is Response => #status in value,
      status: (response) => response.#status,
      statusText: (response) => response.#statusText,
      body: (response) => response.#body,
      wire: (response, asItCame = false) => response.#wire(asItCame),
      inherited: (response) => response.#inherited,
      header: (response, name) => getHeader(response.#currentList(), name),
      contentLength: (response) => response.#contentLength(),
      make(fetched) {
        const response = new Response();
        response.#type = "basic";
        response.#url = fetched.url;
        response.#status = fetched.status;
        response.#statusText = fetched.statusText;
        response.#redirected = fetched.redirected ?? false;
        response.#guard = Guard.Immutable;
        const { headers, body, inherited = Inherited.Nothing } = fetched;
        if (typeof headers !== "string") response.#list = headers;
        else response.#headers = createLazyHeaders(headers, Guard.Immutable, inherited);
        if (body !== null) response.#body = new Body(kindOf(body), body, null);
        return response;
      },
    };
  }
}

function isFetched(body: object): body is ResponseBody {
  return body instanceof RemoteBody;
}

/** A fetched body that needs no decoding. */
function isAsItCame(body: Body): boolean {
  return body.kind === BodyKind.Fetched && (body.source as ResponseBody).coding === "";
}

function kindOf(body: object): BodyKind {
  return isFetched(body) ? BodyKind.Fetched : isBlob(body) ? BodyKind.Blob : BodyKind.Bytes;
}

function withoutCoding(list: HeaderList): HeaderList {
  const copy = copyList(list);
  removeHeaders(copy, "content-encoding");
  return copy;
}

defineInterface(Response, "Response", {
  shows: ["status", "statusText", "ok", "url", "type", "headers", "bodyUsed"],
});
