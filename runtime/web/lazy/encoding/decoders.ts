// Decoders of the Encoding Standard's encodings, with the state that a stream of chunks needs.
// A further encoding plugs in here: createDecoder gives it a function that keeps its own state.
// Thread: the isolate's.
import { bytesOf, uncurryThis } from "../../core.ts";

type Bytes = ArrayBufferLike | ArrayBufferView;

/**
 * Decodes a chunk. With `stream`, an incomplete character at its end is kept for the next call;
 * without, it is malformed, and the decoder begins anew. Throws a TypeError if it is fatal and the
 * input malformed.
 */
export type Decoder = (bytes: Bytes, stream: boolean) => string;

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
const subarray = uncurryThis(
  typedArray.subarray as (this: Uint8Array, from: number, to: number) => Uint8Array,
);
const slice = uncurryThis(
  typedArray.slice as (this: Uint8Array, from: number, to: number) => Uint8Array,
);
const setBytes = uncurryThis(
  typedArray.set as (this: Uint8Array, source: Uint8Array, at: number) => void,
);

/** The decoder of an encoding, by its lower-case name. */
export function createDecoder(encoding: string, fatal: boolean, ignoreBom: boolean): Decoder {
  switch (encoding) {
    case "utf-8":
      return createChunkedDecoder(
        (bytes, keepBom) => ops.decodeUtf8(bytes, fatal, keepBom),
        incompleteUtf8,
        ignoreBom,
      );
    case "utf-16le":
    case "utf-16be": {
      const bigEndian = encoding === "utf-16be";
      return createChunkedDecoder(
        (bytes, keepBom) => ops.decodeUtf16(bytes, fatal, keepBom, bigEndian),
        (bytes) => incompleteUtf16(bytes, bigEndian),
        ignoreBom,
      );
    }
    case "windows-1252":
      return (bytes) => ops.decodeSingleByte(bytes, WINDOWS_1252, fatal);
    case "x-user-defined":
      return (bytes) => ops.decodeSingleByte(bytes, userDefined(), fatal);
    default:
      throw new RangeError(
        `The encoding '${encoding}' is not supported by this version of NANO. Supported are utf-8, ` +
          "utf-16le, utf-16be, windows-1252 (with latin1 and ascii) and x-user-defined.",
      );
  }
}

/**
 * A decoder of a Unicode encoding form.
 * @param incomplete The number of bytes at the end that begin a character without ending it.
 */
function createChunkedDecoder(
  decode: (bytes: Bytes, keepBom: boolean) => string,
  incomplete: (bytes: Uint8Array) => number,
  ignoreBom: boolean,
): Decoder {
  let pending: Uint8Array | null = null;
  let bomSeen = false;
  return (source, stream) => {
    // The usual case: one call for all of it.
    if (!stream && pending === null && !bomSeen) return decode(source, ignoreBom);
    let bytes = bytesOf(source);
    if (pending !== null) {
      const joined = new Uint8Array(pending.length + bytes.length);
      setBytes(joined, pending, 0);
      setBytes(joined, bytes, pending.length);
      bytes = joined;
      pending = null;
    }
    const keepBom = ignoreBom || bomSeen;
    if (!stream) {
      bomSeen = false;
      return decode(bytes, keepBom);
    }
    const kept = incomplete(bytes);
    const { length } = bytes;
    if (kept > 0) {
      pending = slice(bytes, length - kept, length);
      bytes = subarray(bytes, 0, length - kept);
    }
    if (bytes.length === 0) return "";
    // Set after the decoding: a chunk that is malformed ends the stream by its exception.
    const text = decode(bytes, keepBom);
    bomSeen = true;
    return text;
  };
}

/** How many bytes at the end are the beginning of a well-formed UTF-8 sequence. */
function incompleteUtf8(bytes: Uint8Array): number {
  const { length } = bytes;
  for (let back = 1; back <= 3 && back <= length; back++) {
    const byte = bytes[length - back]!;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    if (byte < 0xc2 || byte > 0xf4 || needed <= back) return 0;
    // Some second bytes make the sequence malformed at once: overlong forms, surrogates, beyond
    // U+10FFFF.
    if (back >= 2) {
      const second = bytes[length - back + 1]!;
      if (byte === 0xe0 && second < 0xa0) return 0;
      if (byte === 0xed && second > 0x9f) return 0;
      if (byte === 0xf0 && second < 0x90) return 0;
      if (byte === 0xf4 && second > 0x8f) return 0;
    }
    return back;
  }
  return 0;
}

/** An odd byte at the end, and a high surrogate without its low one. */
function incompleteUtf16(bytes: Uint8Array, bigEndian: boolean): number {
  const { length } = bytes;
  const odd = length & 1;
  const high = length - odd - (bigEndian ? 2 : 1);
  return odd + (high >= 0 && (bytes[high]! & 0xfc) === 0xd8 ? 2 : 0);
}

/** 0x80 to 0x9F; the rest is Latin-1. Index of the Encoding Standard, section 9. */
const WINDOWS_1252_C1 =
  "\u20AC\x81\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\x8D\u017D\x8F" +
  "\x90\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\x9D\u017E\u0178";
const WINDOWS_1252 = WINDOWS_1252_C1 + codeUnits(0xa0, 0xff);

function codeUnits(first: number, last: number): string {
  let text = "";
  for (let code = first; code <= last; code++) text += String.fromCharCode(code);
  return text;
}

let userDefinedTable = "";

function userDefined(): string {
  return (userDefinedTable ||= codeUnits(0xf780, 0xf7ff));
}
