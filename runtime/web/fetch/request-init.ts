// RequestInit, and the members of a request that only its getters and the rules of its constructor care
// about (Fetch Standard, section 5.4). Thread: the isolate's.
import { toAbortSignal, type AbortSignal } from "../dom/abort-signal.ts";
import { isExchange } from "../exchange/exchanges.ts";
import { load } from "../host/lazy-groups.ts";
import { isToken } from "../http/header-list.ts";
import { charCodeAt, startsWith, toUpperCase } from "../idl/primordials.ts";
import {
  enumeration,
  isObject,
  nullable,
  toBoolean,
  toByteString,
  toDOMString,
  toUSVString,
  type Converter,
} from "../idl/webidl.ts";
import { lastHasCredentials, parseHref } from "../url/url.ts";
import { toBodyInit, type BodyInit } from "./body.ts";
import { toHeadersFill, type HeadersFill } from "./headers.ts";
import type { CfSource } from "./cf/lazy/index.ts";

export type { CfSource };

const CONSTRUCT = "Failed to construct 'Request'";

const toBody = nullable(toBodyInit);
const toSignal = nullable(toAbortSignal);
const toDuplex = enumeration("RequestDuplex", ["half"]);
const toPriority = enumeration("RequestPriority", ["high", "low", "auto"]);
const toCache = enumeration("RequestCache", [
  "default",
  "no-store",
  "reload",
  "no-cache",
  "force-cache",
  "only-if-cached",
]);
const toCredentials = enumeration("RequestCredentials", ["omit", "same-origin", "include"]);
const toMode = enumeration("RequestMode", ["navigate", "same-origin", "no-cors", "cors"]);
const toRedirect = enumeration("RequestRedirect", ["follow", "error", "manual"]);
const toReferrerPolicy = enumeration("ReferrerPolicy", [
  "",
  "no-referrer",
  "no-referrer-when-downgrade",
  "same-origin",
  "origin",
  "strict-origin",
  "origin-when-cross-origin",
  "strict-origin-when-cross-origin",
  "unsafe-url",
]);

/** Members that only fetch() and their own getters care about. */
interface RareInit {
  readonly cache: string | undefined;
  readonly credentials: string | undefined;
  readonly integrity: string | undefined;
  readonly keepalive: boolean | undefined;
  readonly mode: string | undefined;
  readonly redirect: string | undefined;
  readonly referrer: string | undefined;
  readonly referrerPolicy: string | undefined;
  readonly window: unknown;
}

/** A RequestInit, converted. */
export interface RequestInit {
  readonly body: BodyInit | null | undefined;
  /** Not a member of the standard's; null: not given, or that of another Request, which knows its own. */
  readonly cf: string | null;
  readonly duplex: string | undefined;
  readonly headers: HeadersFill | undefined;
  readonly method: string | undefined;
  readonly signal: AbortSignal | null | undefined;
  /** Null if none of them was given. */
  readonly rare: RareInit | null;
  /** True if any member was given. */
  readonly given: boolean;
}

function convert<T>(value: unknown, to: Converter<T>, name: string): T | undefined {
  return value === undefined ? undefined : to(value, `Member '${name}' of RequestInit`);
}

// A dictionary type by hand: members are read and converted in the order of their names.
/** Converts a RequestInit, which may be a Request; null if there is none. */
export function toRequestInit(
  init: unknown,
  isRequest: (init: object) => boolean,
): RequestInit | null {
  if (init === undefined || init === null) return null;
  if (!isObject(init)) throw new TypeError(`${CONSTRUCT} is not an object (RequestInit).`);
  const from = init as Record<string, unknown>;
  const body = convert(from.body, toBody, "body");
  const cache = convert(from.cache, toCache, "cache");
  const given = isRequest(init) ? undefined : from.cf;
  const cf = given === undefined || given === null ? null : load("cf").toCf(given, CONSTRUCT);
  const credentials = convert(from.credentials, toCredentials, "credentials");
  const duplex = convert(from.duplex, toDuplex, "duplex");
  const { headers } = from;
  const fill = headers === undefined ? undefined : toHeadersFill(headers, CONSTRUCT);
  const integrity = convert(from.integrity, toDOMString, "integrity");
  const keepalive = convert(from.keepalive, toBoolean, "keepalive");
  const method = convert(from.method, toByteString, "method");
  const mode = convert(from.mode, toMode, "mode");
  const priority = convert(from.priority, toPriority, "priority");
  const redirect = convert(from.redirect, toRedirect, "redirect");
  const referrer = convert(from.referrer, toUSVString, "referrer");
  const referrerPolicy = convert(from.referrerPolicy, toReferrerPolicy, "referrerPolicy");
  const signal = convert(from.signal, toSignal, "signal");
  const { window } = from;
  const isRare =
    cache !== undefined ||
    credentials !== undefined ||
    integrity !== undefined ||
    keepalive !== undefined ||
    mode !== undefined ||
    redirect !== undefined ||
    referrer !== undefined ||
    referrerPolicy !== undefined ||
    window !== undefined;
  return {
    body,
    cf,
    duplex,
    headers: fill,
    method,
    signal,
    rare: !isRare
      ? null
      : {
          cache,
          credentials,
          integrity,
          keepalive,
          mode,
          redirect,
          referrer,
          referrerPolicy,
          window,
        },
    given:
      isRare ||
      body !== undefined ||
      duplex !== undefined ||
      fill !== undefined ||
      method !== undefined ||
      priority !== undefined ||
      signal !== undefined,
  };
}

/** A request's members with defaults. Never changed: requests share them. */
export interface RequestOptions {
  readonly cache: string;
  readonly credentials: string;
  readonly integrity: string;
  readonly keepalive: boolean;
  readonly mode: string;
  readonly redirect: string;
  readonly referrer: string;
  readonly referrerPolicy: string;
  /** Null: that of the exchange, if the request has come by one. */
  readonly cf: CfSource | null;
}

export const defaultOptions: RequestOptions = {
  cache: "default",
  credentials: "same-origin",
  integrity: "",
  keepalive: false,
  mode: "cors",
  redirect: "follow",
  referrer: "about:client",
  referrerPolicy: "",
  cf: null,
};

/** Of an incoming request: who passes it on with fetch() wants the client to see redirects. */
export const incomingOptions: RequestOptions = { ...defaultOptions, redirect: "manual" };

/** "No-referrer" and "client", or the URL, as the `referrer` attribute shows them. */
function toReferrer(referrer: string): string {
  if (referrer === "") return "";
  const href = parseHref(referrer);
  if (href === undefined) throw new TypeError(`${CONSTRUCT}: The referrer is not a URL`);
  return href;
}

/** Those of a copy: it shows `cf` as it is now, in an object of its own. */
export function copiedOptions(options: RequestOptions, cf: CfSource | null): RequestOptions {
  if (cf === null) return options;
  const isText = typeof cf === "string" || isExchange(cf);
  return { ...options, cf: isText ? cf : load("cf").jsonOf(cf) };
}

/**
 * The constructor's steps for everything but method, headers, body and signal, if any member was given.
 * @param inherited Those of the request that the new one is made from, or null.
 */
export function toRequestOptions(
  init: RareInit | null,
  inherited: RequestOptions | null,
): RequestOptions {
  if (init === null) {
    // Once anything is given, an inherited referrer is forgotten.
    const { referrer, referrerPolicy } = defaultOptions;
    return inherited === null ? defaultOptions : { ...inherited, referrer, referrerPolicy };
  }
  if (init.window !== undefined && init.window !== null) {
    throw new TypeError(`${CONSTRUCT}: The window can only be null`);
  }
  const base = inherited ?? defaultOptions;
  const referrer =
    init.referrer === undefined ? defaultOptions.referrer : toReferrer(init.referrer);
  if (init.mode === "navigate") {
    throw new TypeError(`${CONSTRUCT}: The mode 'navigate' is for browsers`);
  }
  const mode = init.mode ?? base.mode;
  const cache = init.cache ?? base.cache;
  if (cache === "only-if-cached" && mode !== "same-origin") {
    throw new TypeError(`${CONSTRUCT}: The cache mode 'only-if-cached' needs the mode same-origin`);
  }
  return {
    cache,
    credentials: init.credentials ?? base.credentials,
    integrity: init.integrity ?? base.integrity,
    keepalive: init.keepalive ?? base.keepalive,
    mode,
    redirect: init.redirect ?? base.redirect,
    referrer,
    referrerPolicy: init.referrerPolicy ?? defaultOptions.referrerPolicy,
    cf: base.cf,
  };
}

/** Validates and normalises a method: six of them are put in upper case, three are forbidden. */
export function toMethod(method: string): string {
  if (method === "GET" || method === "POST") return method;
  if (!isToken(method)) throw new TypeError(`${CONSTRUCT}: '${method}' is not a valid method`);
  const upper = toUpperCase(method);
  switch (upper) {
    case "CONNECT":
    case "TRACE":
    case "TRACK":
      throw new TypeError(`${CONSTRUCT}: The method ${upper} is not allowed`);
    case "DELETE":
    case "GET":
    case "HEAD":
    case "OPTIONS":
    case "POST":
    case "PUT":
      return upper;
    default:
      return method;
  }
}

/** Blob URLs mean what they mean when a request gets them, not when it is fetched. */
export function isBlobUrl(url: string): boolean {
  return charCodeAt(url, 0) === 0x62 && startsWith(url, "blob:");
}

export function toRequestUrl(input: string): string {
  const href = parseHref(input);
  if (href === undefined) throw new TypeError(`${CONSTRUCT}: '${input}' is not an absolute URL`);
  if (lastHasCredentials()) {
    throw new TypeError(`${CONSTRUCT}: The URL has a user name or a password`);
  }
  return href;
}
