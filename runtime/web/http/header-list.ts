// Header lists (Fetch Standard, section 2.2.2) as flat arrays of names, in lower case, and values.
// Names and values have been validated when they are in a list. Thread: the isolate's.
import {
  charCodeAt,
  mapGet,
  mapSet,
  ownKeys,
  slice,
  split,
  toLowerCase,
} from "../idl/primordials.ts";

export type HeaderList = string[];

/** Token characters (RFC 9110, section 5.6.2), by character code. */
const tokenCharacters = new Uint8Array(128);
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") {
  tokenCharacters[character.charCodeAt(0)] = 1;
  tokenCharacters[character.toUpperCase().charCodeAt(0)] = 1;
}

export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = charCodeAt(text, i);
    if (code > 127 || tokenCharacters[code] === 0) return false;
  }
  return text.length > 0;
}

// Valid names that were seen, with their lower case: nearly all names are constants of the app.
const knownNames = new Map<string, string>();
const MOST_KNOWN_NAMES = 256;
const LONGEST_KNOWN_NAME = 64;
let countOfKnown = 0;

/** The lower case of a valid header name; undefined if it is not valid. */
export function toLowerCaseName(name: string): string | undefined {
  const known = mapGet(knownNames, name);
  if (known !== undefined) return known;
  if (!isToken(name)) return undefined;
  if (countOfKnown === MOST_KNOWN_NAMES || name.length > LONGEST_KNOWN_NAME) {
    return toLowerCase(name);
  }
  // A property key is a string of its own: a part of a longer string would keep all of that alive.
  const key = ownKeys({ __proto__: null, [name]: null })[0] as string;
  const lower = toLowerCase(key);
  mapSet(knownNames, key, lower);
  countOfKnown++;
  return lower;
}

/**
 * True for a value, as most are, that is a ByteString, needs no normalisation and is valid: no control
 * characters, no space at either end.
 */
export function isPlainValue(value: string): boolean {
  const { length } = value;
  for (let i = 0; i < length; i++) {
    const code = charCodeAt(value, i);
    if (code < 0x20 || code > 0xff) return false;
  }
  return length === 0 || (charCodeAt(value, 0) !== 0x20 && charCodeAt(value, length - 1) !== 0x20);
}

/** Validates a header name and gives its lower case. */
export function toHeaderName(name: string, where: string): string {
  const lower = toLowerCaseName(name);
  if (lower === undefined) throw new TypeError(`${where}: '${name}' is not a valid header name`);
  return lower;
}

function isWhitespace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

/** "Normalize": without leading and trailing HTTP whitespace. */
export function normalizeValue(value: string): string {
  let begin = 0;
  let end = value.length;
  while (begin < end && isWhitespace(charCodeAt(value, begin))) begin++;
  while (end > begin && isWhitespace(charCodeAt(value, end - 1))) end--;
  return begin === 0 && end === value.length ? value : slice(value, begin, end);
}

/** Normalises a header value (a ByteString) and validates it: no NUL, no line breaks. */
export function toHeaderValue(value: string, name: string, where: string): string {
  const normalized = normalizeValue(value);
  for (let i = 0; i < normalized.length; i++) {
    const code = charCodeAt(normalized, i);
    if (code === 0 || code === 0x0a || code === 0x0d) {
      throw new TypeError(`${where}: The value of '${name}' has a NUL or a line break`);
    }
  }
  return normalized;
}

/** "Get": the values of a name, combined; null if there is none. The name is in lower case. */
export function getHeader(list: HeaderList, name: string): string | null {
  let combined: string | null = null;
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] === name) {
      combined = combined === null ? list[i + 1]! : `${combined}, ${list[i + 1]!}`;
    }
  }
  return combined;
}

/** A list from the host's "name\nvalue\n" block. */
export function parseBlock(block: string): HeaderList {
  if (block === "") return [];
  const list = split(block, "\n");
  // After the last line feed there is nothing.
  list.length -= 1;
  return list;
}

export function hasHeader(list: HeaderList, name: string): boolean {
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] === name) return true;
  }
  return false;
}

export function appendHeader(list: HeaderList, name: string, value: string): void {
  list[list.length] = name;
  list[list.length] = value;
}

export function copyList(list: HeaderList): HeaderList {
  const copy: HeaderList = [];
  for (let i = 0; i < list.length; i++) copy[i] = list[i]!;
  return copy;
}

/** "Set": the first header of that name gets the value, the others go. */
export function setHeader(list: HeaderList, name: string, value: string): void {
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] === name) {
      list[i + 1] = value;
      removeHeaders(list, name, i + 2);
      return;
    }
  }
  appendHeader(list, name, value);
}

/** Removes the headers of that name, from an index on. */
export function removeHeaders(list: HeaderList, name: string, from = 0): void {
  let to = from;
  for (let i = from; i < list.length; i += 2) {
    if (list[i] === name) continue;
    if (to !== i) {
      list[to] = list[i]!;
      list[to + 1] = list[i + 1]!;
    }
    to += 2;
  }
  // Setting it calls the engine's runtime, even to what it is.
  if (to !== list.length) list.length = to;
}

// Fields of the connection and of framing, which are the server's. Their lengths rule out nearly all
// other names without a comparison.
function isFramingField(name: string): boolean {
  switch (name.length) {
    case 4:
      return name === "date";
    case 10:
      return name === "connection" || name === "keep-alive";
    case 14:
      return name === "content-length";
    case 16:
      return name === "proxy-connection";
    case 17:
      return name === "transfer-encoding";
    default:
      return false;
  }
}

/** Fields of one connection (RFC 9110, section 7.6.1) beyond those above, but for Connection itself. */
export function isOfConnection(name: string): boolean {
  switch (name.length) {
    case 2:
      return name === "te";
    case 7:
      return name === "upgrade" || name === "trailer";
    case 10:
      return name === "connection";
    default:
      return false;
  }
}

/** True if a Connection field of the list names this one. */
export function isNamedByConnection(list: HeaderList, name: string): boolean {
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] === "connection" && hasOption(list[i + 1]!, name)) return true;
  }
  return false;
}

/** What of a response's fields is not only of the connection that it came by. */
export function withoutConnection(list: HeaderList): HeaderList {
  let has = false;
  for (let i = 0; i < list.length && !has; i += 2) has = isOfConnection(list[i]!);
  if (!has) return list;
  const rest: HeaderList = [];
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i]!;
    if (isOfConnection(name) || isNamedByConnection(list, name)) continue;
    appendHeader(rest, name, list[i + 1]!);
  }
  return rest;
}

/** True if one of the options in a Connection field's value is this one (RFC 9110, section 7.6.1). */
export function hasOption(value: string, option: string): boolean {
  const options = split(toLowerCase(value), ",");
  for (let i = 0; i < options.length; i++) {
    if (normalizeValue(options[i]!) === option) return true;
  }
  return false;
}

/**
 * The list in wire format, without the fields that the server adds by itself. Of those, an app decides
 * two: that the connection ends, and the Date; they come first (http/message.h).
 */
export function toWireFormat(list: HeaderList): string {
  let wire = "";
  let date = "";
  let close = "";
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i]!;
    const value = list[i + 1]!;
    if (!isFramingField(name)) wire += `${name}: ${value}\r\n`;
    else if (name === "date" && date === "" && value !== "") date = `date: ${value}\r\n`;
    else if (name === "connection" && hasOption(value, "close")) close = "connection: close\r\n";
  }
  return date === "" && close === "" ? wire : close + date + wire;
}
