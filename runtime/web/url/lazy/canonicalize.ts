// Canonicalisation of URL components (URL Pattern Standard, section 3.1) by the URL parser, and URLs cut
// into components. All functions throw a TypeError for what no URL can have. Thread: the isolate's.
import { UrlPart } from "../../host/ops.ts";
import {
  charCodeAt,
  codePointAt,
  indexOf,
  replaceAll,
  slice,
  toLowerCase,
} from "../../idl/primordials.ts";
import type { Encode } from "./parts.ts";

/** The components of a URL without their delimiters; what is absent is empty. */
export interface UrlParts {
  protocol: string;
  username: string;
  password: string;
  hostname: string;
  port: string;
  pathname: string;
  search: string;
  hash: string;
}

// As UrlOps writes them: ends of protocol and username, start and end of the host, the port, starts of
// path, search and hash.
const offsets = new Int32Array(8);

function cut(href: string): UrlParts {
  const protocolEnd = offsets[0]!;
  const usernameEnd = offsets[1]!;
  const hostStart = offsets[2]!;
  const hostEnd = offsets[3]!;
  const port = offsets[4]!;
  const pathStart = offsets[5]!;
  const searchStart = offsets[6]!;
  const hashStart = offsets[7]!;
  const usernameStart = protocolEnd + 2;
  const searchEnd = hashStart === -1 ? href.length : hashStart;
  const pathEnd = searchStart === -1 ? searchEnd : searchStart;
  const hasUserInformation = charCodeAt(href, hostStart) === 0x40;
  return {
    protocol: slice(href, 0, protocolEnd - 1),
    username: usernameEnd > usernameStart ? slice(href, usernameStart, usernameEnd) : "",
    password: hostStart > usernameEnd ? slice(href, usernameEnd + 1, hostStart) : "",
    hostname: slice(href, hasUserInformation ? hostStart + 1 : hostStart, hostEnd),
    port: port === -1 ? "" : `${port}`,
    pathname: slice(href, pathStart, pathEnd),
    search: searchStart === -1 ? "" : slice(href, searchStart + 1, searchEnd),
    hash: hashStart === -1 ? "" : slice(href, hashStart + 1),
  };
}

/** The components of a URL that is parsed; undefined if it is none. */
export function parseUrl(input: string, base?: string): UrlParts | undefined {
  const href = ops.urlParse(input, base, offsets);
  return href === undefined ? undefined : cut(href);
}

/** Whether the path of a URL is opaque (there is no base that makes it relative). */
export function hasOpaquePath({ protocol, hostname, pathname }: UrlParts): boolean {
  return !isSpecialScheme(protocol) && hostname === "" && charCodeAt(pathname, 0) !== 0x2f;
}

const DUMMY = "https://dummy.invalid/";

function withPart(part: UrlPart, value: string): UrlParts {
  return cut(ops.urlSet(DUMMY, part, value, offsets));
}

export const specialSchemes: readonly string[] = ["http", "https", "ws", "wss", "ftp", "file"];

export function isSpecialScheme(protocol: string): boolean {
  return defaultPort(protocol) !== undefined;
}

/** The default port of a special scheme, empty if it has none; undefined for other schemes. */
export function defaultPort(protocol: string): string | undefined {
  switch (protocol) {
    case "http":
    case "ws":
      return "80";
    case "https":
    case "wss":
      return "443";
    case "ftp":
      return "21";
    case "file":
      return "";
    default:
      return undefined;
  }
}

function invalid(what: string, value: string): TypeError {
  return new TypeError(`Invalid ${what} '${value}'`);
}

export const canonicalizeProtocol: Encode = (value) => {
  if (value === "") return value;
  const url = parseUrl(`${value}://dummy.invalid/`);
  if (url === undefined) throw invalid("protocol", value);
  return url.protocol;
};

export const canonicalizeUsername: Encode = (value) =>
  value === "" ? value : withPart(UrlPart.Username, value).username;

export const canonicalizePassword: Encode = (value) =>
  value === "" ? value : withPart(UrlPart.Password, value).password;

export const canonicalizeHostname: Encode = (value) => {
  if (value === "") return value;
  // A refused value leaves the host as it was: no value gives two hosts.
  for (let i = 0; i < 2; i++) {
    const before = i === 0 ? "dummy.invalid" : "another.invalid";
    const { hostname } = cut(ops.urlSet(`https://${before}/`, UrlPart.Hostname, value, offsets));
    if (hostname !== before) return hostname;
  }
  throw invalid("hostname", value);
};

/** Pieces of an IPv6 address in brackets: only their characters can be checked. */
export const canonicalizeIPv6Hostname: Encode = (value) => {
  for (let i = 0; i < value.length; i++) {
    if (indexOf("0123456789abcdefABCDEF[]:", value[i]!) === -1) {
      throw invalid("IPv6 address", value);
    }
  }
  return toLowerCase(value);
};

function withoutBreaks(value: string): string {
  return replaceAll(replaceAll(replaceAll(value, "\t", ""), "\n", ""), "\r", "");
}

/** @param protocol Whose default port becomes empty. */
export function canonicalizePort(value: string, protocol?: string): string {
  if (value === "") return value;
  // The parser's port state reads digits; what comes after them ends it.
  const text = withoutBreaks(value);
  let port = 0;
  let at = 0;
  for (; at < text.length; at++) {
    const digit = charCodeAt(text, at) - 0x30;
    if (digit < 0 || digit > 9) break;
    port = port * 10 + digit;
    if (port > 65535) throw invalid("port", value);
  }
  if (at === 0) throw invalid("port", value);
  const canonical = `${port}`;
  return protocol !== undefined && canonical === defaultPort(protocol) ? "" : canonical;
}

export const canonicalizePathname: Encode = (value) => {
  if (value === "") return value;
  if (charCodeAt(value, 0) === 0x2f) return withPart(UrlPart.Pathname, value).pathname;
  // Pieces of a path must not get a slash, nor "." be dropped after one.
  return slice(withPart(UrlPart.Pathname, `/-${value}`).pathname, 2);
};

/** The path of a URL whose scheme is not special: everything is as it is but for what is not ASCII. */
export const canonicalizeOpaquePathname: Encode = (value) => {
  if (value === "") return value;
  // Something before and after it, so that neither slashes nor spaces at its ends mean anything.
  const url = parseUrl(`x:-${value}-`);
  if (url === undefined) throw invalid("pathname", value);
  const cutShort = indexOf(value, "?") !== -1 || indexOf(value, "#") !== -1;
  return slice(url.pathname, 1, cutShort ? url.pathname.length : -1);
};

export const canonicalizeSearch: Encode = (value) =>
  value === "" ? value : withPart(UrlPart.Search, `?${value}`).search;

export const canonicalizeHash: Encode = (value) =>
  value === "" ? value : withPart(UrlPart.Hash, `#${value}`).hash;

/** Whether a pattern of a hostname is that of an IPv6 address. */
export function isIPv6Pattern(pattern: string): boolean {
  if (pattern.length < 2) return false;
  const first = codePointAt(pattern, 0);
  if (first === 0x5b) return true;
  return (first === 0x7b || first === 0x5c) && charCodeAt(pattern, 1) === 0x5b;
}
