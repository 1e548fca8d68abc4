// RequestInit, and the members of a request that only its getters and the rules of its constructor care
// about (Fetch Standard, section 5.4). Thread: the isolate's.
import { toAbortSignal } from "./abort-signal.ts";
import { toBodyInit } from "./body.ts";
import { isToken } from "./header-list.ts";
import { toHeadersFill } from "./headers.ts";
import { toUpperCase } from "./primordials.ts";
import { parseHref } from "./url.ts";
import {
  dictionary,
  enumeration,
  nullable,
  toAny,
  toBoolean,
  toByteString,
  toDOMString,
  toUSVString,
} from "./webidl.ts";

const CONSTRUCT = "Failed to construct 'Request'";

/** Members in the order of their names, as they are read. */
export const toRequestInit = dictionary("RequestInit", {
  body: { convert: nullable(toBodyInit) },
  cache: {
    convert: enumeration("RequestCache", [
      "default",
      "no-store",
      "reload",
      "no-cache",
      "force-cache",
      "only-if-cached",
    ]),
  },
  credentials: { convert: enumeration("RequestCredentials", ["omit", "same-origin", "include"]) },
  duplex: { convert: enumeration("RequestDuplex", ["half"]) },
  headers: { convert: (value: unknown) => toHeadersFill(value, CONSTRUCT) },
  integrity: { convert: toDOMString },
  keepalive: { convert: toBoolean },
  method: { convert: toByteString },
  mode: {
    convert: enumeration("RequestMode", ["navigate", "same-origin", "no-cors", "cors"]),
  },
  priority: { convert: enumeration("RequestPriority", ["high", "low", "auto"]) },
  redirect: { convert: enumeration("RequestRedirect", ["follow", "error", "manual"]) },
  referrer: { convert: toUSVString },
  referrerPolicy: {
    convert: enumeration("ReferrerPolicy", [
      "",
      "no-referrer",
      "no-referrer-when-downgrade",
      "same-origin",
      "origin",
      "strict-origin",
      "origin-when-cross-origin",
      "strict-origin-when-cross-origin",
      "unsafe-url",
    ]),
  },
  signal: { convert: nullable(toAbortSignal) },
  window: { convert: toAny },
});

export type RequestInit = ReturnType<typeof toRequestInit>;

/** True if any member was given. */
export function isGiven(init: RequestInit): boolean {
  for (const name in init) {
    if (init[name as keyof RequestInit] !== undefined) return true;
  }
  return false;
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

/** The constructor's steps for everything but method, headers, body and signal. */
export function toRequestOptions(
  init: RequestInit,
  inherited: RequestOptions | null,
): RequestOptions {
  if (init.window !== undefined && init.window !== null) {
    throw new TypeError(`${CONSTRUCT}: The window can only be null`);
  }
  // Once anything is given, an inherited referrer is forgotten.
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
  };
}

/** Validates and normalises a method: six of them are put in upper case, three are forbidden. */
export function toMethod(method: string): string {
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
