// Range headers, as blob: URLs answer them (Fetch Standard, section 2.2.2). Thread: the isolate's.
import { charCodeAt, slice, startsWith } from "../../idl/primordials.ts";

export interface Range {
  /** Null: `end` counts the last bytes. */
  readonly start: number | null;
  /** Inclusive; null: to the end. */
  readonly end: number | null;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (charCodeAt(text, at) === 0x20 || charCodeAt(text, at) === 0x09) at++;
  return at;
}

function skipDigits(text: string, from: number): number {
  let at = from;
  while (charCodeAt(text, at) >= 0x30 && charCodeAt(text, at) <= 0x39) at++;
  return at;
}

function toNumber(text: string, begin: number, end: number): number | null {
  return begin === end ? null : +slice(text, begin, end);
}

/** "Parse a single range header value", with white space allowed; null: failure. */
export function parseRange(value: string): Range | null {
  if (!startsWith(value, "bytes")) return null;
  let at = skipBlanks(value, "bytes".length);
  if (value[at] !== "=") return null;
  const startBegin = skipBlanks(value, at + 1);
  const startEnd = skipDigits(value, startBegin);
  const start = toNumber(value, startBegin, startEnd);
  at = skipBlanks(value, startEnd);
  if (value[at] !== "-") return null;
  const endBegin = skipBlanks(value, at + 1);
  const endEnd = skipDigits(value, endBegin);
  const end = toNumber(value, endBegin, endEnd);
  if (endEnd !== value.length) return null;
  if (start === null && end === null) return null;
  return start !== null && end !== null && start > end ? null : { start, end };
}

/** The bytes of a resource that a range means, from an index to another (exclusive); null: none. */
export function resolveRange(range: Range, size: number): [from: number, to: number] | null {
  const { start, end } = range;
  if (start === null) {
    const from = end! < size ? size - end! : 0;
    return from === size ? null : [from, size];
  }
  if (start >= size) return null;
  return [start, end === null || end >= size ? size : end + 1];
}
