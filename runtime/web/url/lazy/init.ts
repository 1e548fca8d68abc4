// URLPatternInit (URL Pattern Standard, section 3.2): components given one by one, completed from a base
// URL. Thread: the isolate's.
import { charCodeAt, lastIndexOf, slice, startsWith } from "../../idl/primordials.ts";
import { dictionary, toUSVString } from "../../idl/webidl.ts";
import {
  canonicalizeHash,
  canonicalizeHostname,
  canonicalizeOpaquePathname,
  canonicalizePassword,
  canonicalizePathname,
  canonicalizePort,
  canonicalizeProtocol,
  canonicalizeSearch,
  canonicalizeUsername,
  hasOpaquePath,
  isSpecialScheme,
  parseUrl,
  type UrlParts,
} from "./canonicalize.ts";
import { escapePattern } from "./part-text.ts";
import type { PatternOptions } from "./parts.ts";

export type PatternInit = Partial<UrlParts> & { baseURL?: string };

export const defaultOptions: PatternOptions = { delimiter: "", prefix: "", ignoreCase: false };

const member = { convert: toUSVString };

/** Members in the order of their names, as they are read. */
export const toPatternInit = dictionary("URLPatternInit", {
  baseURL: member,
  hash: member,
  hostname: member,
  password: member,
  pathname: member,
  port: member,
  protocol: member,
  search: member,
  username: member,
}) as (value: unknown, where?: string) => PatternInit;

/** For patterns, or for the components of a URL, which are canonicalised. */
type Purpose = "pattern" | "url";

/** "Process a base URL string". */
function inherited(text: string, purpose: Purpose): string {
  return purpose === "pattern" ? escapePattern(text) : text;
}

/** What a base URL gives: nothing that is less specific than a component of `init`. */
function inheritFrom(
  base: UrlParts,
  init: PatternInit,
  purpose: Purpose,
  result: PatternInit,
): void {
  if (init.protocol !== undefined) return;
  result.protocol = inherited(base.protocol, purpose);
  if (init.hostname !== undefined) return;
  result.hostname = inherited(base.hostname, purpose);
  if (init.port !== undefined) return;
  result.port = base.port;
  if (purpose === "url" && init.username === undefined) {
    result.username = base.username;
    if (init.password === undefined) result.password = base.password;
  }
  if (init.pathname !== undefined) return;
  result.pathname = inherited(base.pathname, purpose);
  if (init.search !== undefined) return;
  result.search = inherited(base.search, purpose);
  if (init.hash !== undefined) return;
  result.hash = inherited(base.hash, purpose);
}

function isAbsolutePathname(pathname: string, purpose: Purpose): boolean {
  if (startsWith(pathname, "/")) return true;
  return purpose === "pattern" && (startsWith(pathname, "\\/") || startsWith(pathname, "{/"));
}

/** A pathname resolved against that of a base URL. */
function resolvePathname(pathname: string, base: UrlParts | null, purpose: Purpose): string {
  if (base === null || hasOpaquePath(base) || isAbsolutePathname(pathname, purpose)) {
    return pathname;
  }
  const basePath = inherited(base.pathname, purpose);
  return slice(basePath, 0, lastIndexOf(basePath, "/") + 1) + pathname;
}

function withoutLeading(text: string, character: string): string {
  return startsWith(text, character) ? slice(text, 1) : text;
}

/**
 * "Process a URLPatternInit". A TypeError if the base URL is none, or a component of a URL is invalid.
 * @param result What holds for components that neither `init` nor its base URL have.
 */
export function processInit(init: PatternInit, purpose: Purpose, result: PatternInit): PatternInit {
  const isUrl = purpose === "url";
  let base: UrlParts | null = null;
  if (init.baseURL !== undefined) {
    base = parseUrl(init.baseURL) ?? null;
    if (base === null) throw new TypeError(`Invalid base URL '${init.baseURL}'`);
    inheritFrom(base, init, purpose, result);
  }
  if (init.protocol !== undefined) {
    const { protocol } = init;
    const last = protocol.length - 1;
    const stripped = charCodeAt(protocol, last) === 0x3a ? slice(protocol, 0, last) : protocol;
    result.protocol = isUrl ? canonicalizeProtocol(stripped) : stripped;
  }
  if (init.username !== undefined) {
    result.username = isUrl ? canonicalizeUsername(init.username) : init.username;
  }
  if (init.password !== undefined) {
    result.password = isUrl ? canonicalizePassword(init.password) : init.password;
  }
  if (init.hostname !== undefined) {
    result.hostname = isUrl ? canonicalizeHostname(init.hostname) : init.hostname;
  }
  const protocol = result.protocol ?? "";
  if (init.port !== undefined) {
    result.port = isUrl ? canonicalizePort(init.port, protocol) : init.port;
  }
  if (init.pathname !== undefined) {
    const pathname = resolvePathname(init.pathname, base, purpose);
    const canonicalize =
      protocol === "" || isSpecialScheme(protocol)
        ? canonicalizePathname
        : canonicalizeOpaquePathname;
    result.pathname = isUrl ? canonicalize(pathname) : pathname;
  }
  if (init.search !== undefined) {
    const search = withoutLeading(init.search, "?");
    result.search = isUrl ? canonicalizeSearch(search) : search;
  }
  if (init.hash !== undefined) {
    const hash = withoutLeading(init.hash, "#");
    result.hash = isUrl ? canonicalizeHash(hash) : hash;
  }
  return result;
}
