// URL (URL Standard, section 6.1) on the engine's ada: a URL is its href and the offsets of its
// components, from which the getters cut. Thread: the isolate's.
import { UrlPart } from "../host/ops.ts";
import { charCodeAt, indexOf, slice, startsWith } from "../idl/primordials.ts";
import { INTERNAL, defineInterface, requireArguments, toDOMString } from "../idl/webidl.ts";
import { serializeUrlEncoded } from "./url-encoded.ts";
import {
  URLSearchParams,
  createQuery,
  resetQuery,
  searchParamsList,
  setUrlUpdate,
} from "./url-search-params.ts";

// Where the ops write. The order is that of the fields below.
const components = new Int32Array(8);

/** The components of an http(s) URL that is serialised already and has no user information. */
function scanComponents(href: string): boolean {
  const protocolEnd = charCodeAt(href, 4) === 0x3a ? 5 : 6;
  const hostStart = protocolEnd + 2;
  if (charCodeAt(href, hostStart) === 0x5b) return false;
  const pathStart = indexOf(href, "/", hostStart);
  const colon = indexOf(href, ":", hostStart);
  const hasPort = colon !== -1 && colon < pathStart;
  const hash = indexOf(href, "#", pathStart);
  const query = indexOf(href, "?", pathStart);
  components[0] = protocolEnd;
  components[1] = hostStart;
  components[2] = hostStart;
  components[3] = hasPort ? colon : pathStart;
  components[4] = hasPort ? +slice(href, colon + 1, pathStart) : -1;
  components[5] = pathStart;
  components[6] = hash !== -1 && query > hash ? -1 : query;
  components[7] = hash;
  return true;
}

// The last request's URL, which the server has serialised: handlers tend to parse it first of all.
let requestUrl: string | undefined;

/** Tells that `href` is a serialised http(s) URL without user information. */
export function rememberRequestUrl(href: string): void {
  requestUrl = href;
}

/** Lets go of the remembered string (before a snapshot is written). */
export function forgetRequestUrl(): void {
  requestUrl = undefined;
}

/** The basic URL parser; leaves the components of a valid URL in `components`. */
function parse(input: string, base: string | undefined): string | undefined {
  if (input === requestUrl && scanComponents(input)) return input;
  return ops.urlParse(input, base, components);
}

const urlsWithOrigin = ["http:", "https:", "ws:", "wss:", "ftp:"];

function hasTupleOrigin(protocol: string): boolean {
  for (let i = 0; i < urlsWithOrigin.length; i++) {
    if (urlsWithOrigin[i] === protocol) return true;
  }
  return false;
}

export let isURL: (value: object) => value is URL;
/** The href of a URL object. */
export let hrefOf: (url: URL) => string;

export class URL {
  #href: string;
  #protocolEnd = 0;
  #usernameEnd = 0;
  // Of the "@", if there is user information.
  #hostStart = 0;
  #hostEnd = 0;
  #port = -1;
  #pathStart = 0;
  #searchStart = -1;
  #hashStart = -1;
  #query: URLSearchParams | null = null;
  // The query object was changed: the href takes over its list when somebody looks at what that changes,
  // so that many changes in a row are not as many serialisations. What comes before and after the query
  // stays as it is in the older href, too.
  #isQueryNewer = false;

  static {
    isURL = (value): value is URL => #href in value;
    hrefOf = (url) => url.#current();
    setUrlUpdate((owner) => {
      const url = owner as URL;
      url.#isQueryNewer = true;
      // Spaces at the end of an opaque path go for good with the query after them.
      if (charCodeAt(url.#href, url.#pathStart) !== 0x2f) url.#takeQuery();
    });
  }

  constructor(url: string, base: string | undefined = undefined) {
    // From parse(), which leaves the components as this wants them.
    if ((url as unknown) === INTERNAL) {
      this.#href = base!;
      this.#takeComponents();
      return;
    }
    requireArguments(arguments.length, 1, "Failed to construct 'URL'");
    const input = toDOMString(url, "Failed to construct 'URL': The URL");
    const baseInput =
      base === undefined ? undefined : toDOMString(base, "Failed to construct 'URL': The base URL");
    const href = parse(input, baseInput);
    if (href === undefined) throw invalidUrl(input, baseInput);
    this.#href = href;
    this.#takeComponents();
  }

  #takeComponents(): void {
    this.#protocolEnd = components[0]!;
    this.#usernameEnd = components[1]!;
    this.#hostStart = components[2]!;
    this.#hostEnd = components[3]!;
    this.#port = components[4]!;
    this.#pathStart = components[5]!;
    this.#searchStart = components[6]!;
    this.#hashStart = components[7]!;
  }

  #set(part: UrlPart, value: string): void {
    if (this.#isQueryNewer) this.#takeQuery();
    const href = ops.urlSet(this.#href, part, value, components);
    if (href === this.#href) return;
    this.#href = href;
    this.#takeComponents();
  }

  /** "Update" of the query object. */
  #takeQuery(): void {
    this.#isQueryNewer = false;
    this.#set(UrlPart.Search, serializeUrlEncoded(searchParamsList(this.#query!)));
  }

  #current(): string {
    if (this.#isQueryNewer) this.#takeQuery();
    return this.#href;
  }

  // Getters that others need: a subclass or an instance may hide the public ones.
  #hostname(): string {
    const start = this.#hostStart;
    const begin = charCodeAt(this.#href, start) === 0x40 ? start + 1 : start;
    return slice(this.#href, begin, this.#hostEnd);
  }

  #host(): string {
    const hostname = this.#hostname();
    return this.#port === -1 ? hostname : `${hostname}:${this.#port}`;
  }

  #searchEnd(): number {
    return this.#hashStart === -1 ? this.#href.length : this.#hashStart;
  }

  /** Where the query begins, after the "?"; at its end if there is none. */
  #queryStart(): number {
    return this.#searchStart === -1 ? this.#searchEnd() : this.#searchStart + 1;
  }

  #resetQuery(): void {
    if (this.#query !== null) {
      resetQuery(this.#query, this.#href, this.#queryStart(), this.#searchEnd());
    }
  }

  static parse(url: string, base: string | undefined = undefined): URL | null {
    const where = "Failed to execute 'parse' on 'URL'";
    requireArguments(arguments.length, 1, where);
    const input = toDOMString(url, where);
    const href = parse(input, base === undefined ? undefined : toDOMString(base, where));
    return href === undefined ? null : new URL(INTERNAL as never, href);
  }

  static canParse(url: string, base: string | undefined = undefined): boolean {
    const where = "Failed to execute 'canParse' on 'URL'";
    requireArguments(arguments.length, 1, where);
    const input = toDOMString(url, where);
    return ops.urlCanParse(input, base === undefined ? undefined : toDOMString(base, where));
  }

  get href(): string {
    return this.#current();
  }
  set href(value: string) {
    void this.#href; // The brand check comes before the conversion.
    const input = toDOMString(value, "Failed to set the 'href' property on 'URL': The value");
    const href = parse(input, undefined);
    if (href === undefined) throw invalidUrl(input, undefined);
    this.#href = href;
    this.#isQueryNewer = false;
    this.#takeComponents();
    this.#resetQuery();
  }

  // HTML Standard, "origin of a URL", serialised.
  get origin(): string {
    const protocol = slice(this.#href, 0, this.#protocolEnd);
    if (hasTupleOrigin(protocol)) return `${protocol}//${this.#host()}`;
    if (protocol === "blob:") {
      const href = parse(slice(this.#href, this.#pathStart), undefined);
      if (href !== undefined && (startsWith(href, "http:") || startsWith(href, "https:"))) {
        const inner = new URL(INTERNAL as never, href);
        return `${slice(href, 0, inner.#protocolEnd)}//${inner.#host()}`;
      }
    }
    return "null";
  }

  get protocol(): string {
    return slice(this.#href, 0, this.#protocolEnd);
  }
  set protocol(value: string) {
    this.#set(UrlPart.Protocol, toDOMString(value));
  }

  get username(): string {
    const begin = this.#protocolEnd + 2;
    return this.#usernameEnd > begin ? slice(this.#href, begin, this.#usernameEnd) : "";
  }
  set username(value: string) {
    this.#set(UrlPart.Username, toDOMString(value));
  }

  get password(): string {
    const end = this.#hostStart;
    return end > this.#usernameEnd ? slice(this.#href, this.#usernameEnd + 1, end) : "";
  }
  set password(value: string) {
    this.#set(UrlPart.Password, toDOMString(value));
  }

  get host(): string {
    return this.#host();
  }
  set host(value: string) {
    this.#set(UrlPart.Host, toDOMString(value));
  }

  get hostname(): string {
    return this.#hostname();
  }
  set hostname(value: string) {
    this.#set(UrlPart.Hostname, toDOMString(value));
  }

  get port(): string {
    return this.#port === -1 ? "" : `${this.#port}`;
  }
  set port(value: string) {
    this.#set(UrlPart.Port, toDOMString(value));
  }

  get pathname(): string {
    const end = this.#searchStart !== -1 ? this.#searchStart : this.#hashStart;
    return slice(this.#href, this.#pathStart, end === -1 ? this.#href.length : end);
  }
  set pathname(value: string) {
    this.#set(UrlPart.Pathname, toDOMString(value));
  }

  get search(): string {
    if (this.#isQueryNewer) this.#takeQuery();
    const start = this.#searchStart;
    if (start === -1) return "";
    const end = this.#searchEnd();
    return end - start > 1 ? slice(this.#href, start, end) : "";
  }
  set search(value: string) {
    this.#set(UrlPart.Search, toDOMString(value));
    this.#resetQuery();
  }

  get searchParams(): URLSearchParams {
    this.#query ??= createQuery(this, this.#href, this.#queryStart(), this.#searchEnd());
    return this.#query;
  }

  get hash(): string {
    const start = this.#hashStart;
    return start === -1 || this.#href.length - start === 1 ? "" : slice(this.#href, start);
  }
  set hash(value: string) {
    this.#set(UrlPart.Hash, toDOMString(value));
  }

  toString(): string {
    return this.#current();
  }

  toJSON(): string {
    return this.#current();
  }
}

function invalidUrl(input: string, base: string | undefined): TypeError {
  const shown = input.length > 200 ? `${slice(input, 0, 200)}…` : input;
  return new TypeError(
    base === undefined
      ? `Invalid URL: '${shown}'`
      : `Invalid URL: '${shown}' with base '${slice(base, 0, 200)}'`,
  );
}

/** The API URL parser: the href, or undefined. */
export function parseHref(input: string, base?: string): string | undefined {
  return parse(input, base);
}

/** True if the URL parsed last by parseHref() has user information. */
export function lastHasCredentials(): boolean {
  return components[2] !== components[1] || components[1]! > components[0]! + 2;
}

defineInterface(URL, "URL", {
  shows: [
    "href",
    "origin",
    "protocol",
    "username",
    "password",
    "host",
    "hostname",
    "port",
    "pathname",
    "search",
    "searchParams",
    "hash",
  ],
});
