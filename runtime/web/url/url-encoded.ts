// application/x-www-form-urlencoded: parser and serialiser (URL Standard, sections 5.1 and 5.2), on
// flat lists of names and values. Thread: the isolate's.
import { charCodeAt, encodeComponent, indexOf, replaceAll, slice } from "../idl/primordials.ts";

const PERCENT = 0x25;
const AMPERSAND = 0x26;
const PLUS = 0x2b;
const EQUALS = 0x3d;

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** The byte of a percent-encoded triplet at `at`, or -1. */
function tripletAt(text: string, at: number): number {
  if (charCodeAt(text, at) !== PERCENT || at + 2 >= text.length) return -1;
  const high = hexDigit(charCodeAt(text, at + 1));
  const low = hexDigit(charCodeAt(text, at + 2));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/**
 * Percent-decodes a well-formed string to bytes and these as UTF-8, without dropping a byte order
 * mark. Characters that stand for themselves cannot be in the middle of an encoded one, so each run of
 * triplets is decoded by itself.
 */
function percentDecode(text: string): string {
  let result = "";
  let copied = 0;
  let at = indexOf(text, "%");
  while (at !== -1) {
    if (tripletAt(text, at) < 0) {
      at = indexOf(text, "%", at + 1);
      continue;
    }
    result += slice(text, copied, at);
    let end = at;
    while (tripletAt(text, end) >= 0) end += 3;
    const bytes = new Uint8Array((end - at) / 3);
    for (let i = 0; i < bytes.length; i++) bytes[i] = tripletAt(text, at + 3 * i);
    result += ops.decodeUtf8(bytes, false, true);
    copied = end;
    at = indexOf(text, "%", end);
  }
  return copied === 0 ? text : result + slice(text, copied);
}

function decode(text: string): string {
  return percentDecode(indexOf(text, "+") === -1 ? text : replaceAll(text, "+", " "));
}

/** Parses a USVString, or the part of it between two indices: names and values in turn. */
export function parseUrlEncoded(input: string, from = 0, to = input.length): string[] {
  const list: string[] = [];
  let begin = from;
  let equals = -1;
  let encoded = false;
  for (let at = from; at <= to; at++) {
    const code = at < to ? charCodeAt(input, at) : AMPERSAND;
    if (code === PERCENT || code === PLUS) encoded = true;
    else if (code === EQUALS && equals === -1) equals = at;
    if (code !== AMPERSAND) continue;
    if (at > begin) {
      const name = slice(input, begin, equals === -1 ? at : equals);
      const value = equals === -1 ? "" : slice(input, equals + 1, at);
      list[list.length] = encoded ? decode(name) : name;
      list[list.length] = encoded ? decode(value) : value;
    }
    begin = at + 1;
    equals = -1;
    encoded = false;
  }
  return list;
}

// The percent-encode set leaves ASCII letters and digits and "*-._"; encodeURIComponent leaves these
// and "!~'()".
function isPlain(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2a ||
    code === 0x2d ||
    code === 0x2e ||
    code === 0x5f
  );
}

function encode(text: string): string {
  let i = 0;
  while (i < text.length && isPlain(charCodeAt(text, i))) i++;
  if (i === text.length) return text;
  let encoded = replaceAll(encodeComponent(text), "%20", "+");
  encoded = replaceAll(encoded, "!", "%21");
  encoded = replaceAll(encoded, "'", "%27");
  encoded = replaceAll(encoded, "(", "%28");
  encoded = replaceAll(encoded, ")", "%29");
  return replaceAll(encoded, "~", "%7E");
}

/** Serialises names and values in turn, all of them USVStrings. */
export function serializeUrlEncoded(list: readonly string[]): string {
  let output = "";
  for (let i = 0; i < list.length; i += 2) {
    if (i > 0) output += "&";
    output += `${encode(list[i]!)}=${encode(list[i + 1]!)}`;
  }
  return output;
}
