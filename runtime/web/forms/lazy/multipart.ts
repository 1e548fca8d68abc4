// multipart/form-data: writing (HTML Standard, section 4.10.22.8) and reading (RFC 7578) of FormData.
//
// Reading is linear in the body's size whatever the body is: every byte is looked at by one search and
// copied at most once. Anything malformed is a TypeError. Thread: the isolate's.
import { Blob, blobParts, blobType, setBlob } from "../../file/blob.ts";
import { fileName, fileOf } from "../../file/file.ts";
import { Phase } from "../../host/ops.ts";
import { normalizeValue } from "../../http/header-list.ts";
import { concatenate } from "../../idl/bytes.ts";
import {
  charCodeAt,
  fromCharCode,
  indexOf,
  random,
  replaceAll,
  slice,
  startsWith,
  subarray,
  toLowerCase,
} from "../../idl/primordials.ts";
import { INTERNAL } from "../../idl/webidl.ts";
import { createFormData, formEntries, type FormData, type FormEntry } from "./form-data.ts";

/** RFC 2046, section 5.1.1. */
const LONGEST_BOUNDARY = 70;
/** Characters of one part's headers. */
const LONGEST_PART_HEAD = 16384;

/** A boundary that no content is likely to hold and nobody can foretell. */
function makeBoundary(): string {
  // While modules are evaluated for a snapshot there is no randomness: builds are reproducible.
  const unique =
    ops.phase() === Phase.Evaluating
      ? slice(`${random()}`, 2)
      : replaceAll(ops.randomUuid(), "-", "");
  return `----formdata-nano-${unique}`;
}

/** Line breaks as CRLF. */
function normalizeBreaks(text: string): string {
  if (indexOf(text, "\n") === -1 && indexOf(text, "\r") === -1) return text;
  const bare = replaceAll(replaceAll(text, "\r\n", "\n"), "\r", "\n");
  return replaceAll(bare, "\n", "\r\n");
}

function escapeName(name: string): string {
  return replaceAll(replaceAll(replaceAll(name, "\n", "%0A"), "\r", "%0D"), '"', "%22");
}

export interface Multipart {
  bytes: Uint8Array<ArrayBuffer>;
  type: string;
}

/** "multipart/form-data encoding algorithm". */
export function serializeMultipart(form: FormData): Multipart {
  const entries = formEntries(form);
  const boundary = makeBoundary();
  const parts: Uint8Array[] = [];
  let total = 0;
  const add = (bytes: Uint8Array): void => {
    parts[parts.length] = bytes;
    total += bytes.byteLength;
  };
  // Text is gathered until bytes follow, so that strings cost one encoding together.
  let text = "";
  for (let i = 0; i < entries.length; i++) {
    const { name, value } = entries[i]!;
    const escaped = escapeName(normalizeBreaks(name));
    text += `--${boundary}\r\nContent-Disposition: form-data; name="${escaped}"`;
    if (typeof value === "string") {
      text += `\r\n\r\n${normalizeBreaks(value)}\r\n`;
      continue;
    }
    const type = blobType(value);
    text += `; filename="${escapeName(fileName(value))}"\r\n`;
    text += `Content-Type: ${type === "" ? "application/octet-stream" : type}\r\n\r\n`;
    add(ops.encodeUtf8(text));
    const bytes = blobParts(value);
    for (let j = 0; j < bytes.length; j++) add(bytes[j]!);
    text = "\r\n";
  }
  add(ops.encodeUtf8(`${text}--${boundary}--\r\n`));
  return { bytes: concatenate(parts, total), type: `multipart/form-data; boundary=${boundary}` };
}

function malformed(problem: string): TypeError {
  return new TypeError(`The body is no well-formed multipart/form-data: ${problem}`);
}

/** Bytes of a name or a file name, held as Latin-1, as UTF-8. */
function decodeName(latin1: string): string {
  const text = ops.decodeUtf8(ops.encodeLatin1(latin1), false, true);
  if (indexOf(text, "%") === -1) return text;
  return replaceAll(replaceAll(replaceAll(text, "%0A", "\n"), "%0D", "\r"), "%22", '"');
}

/** A parameter's value, quoted or a token, from `at`; a backslash escapes a quote or a backslash. */
function parameterValue(line: string, at: number): { value: string; end: number } {
  if (charCodeAt(line, at) !== 0x22) {
    const semicolon = indexOf(line, ";", at);
    const end = semicolon === -1 ? line.length : semicolon;
    return { value: normalizeValue(slice(line, at, end)), end };
  }
  let value = "";
  for (let i = at + 1; i < line.length; i++) {
    const code = charCodeAt(line, i);
    if (code === 0x22) return { value, end: i + 1 };
    const next = charCodeAt(line, i + 1);
    // Browsers leave the backslashes of a Windows path alone.
    if (code === 0x5c && (next === 0x22 || next === 0x5c)) i++;
    value += fromCharCode(charCodeAt(line, i));
  }
  throw malformed("a quoted string does not end");
}

interface Disposition {
  name: string | null;
  filename: string | null;
}

function parseDisposition(value: string): Disposition {
  const result: Disposition = { name: null, filename: null };
  let at = indexOf(value, ";");
  const kind = at === -1 ? value : slice(value, 0, at);
  if (toLowerCase(normalizeValue(kind)) !== "form-data") {
    throw malformed("a part's Content-Disposition is not form-data");
  }
  while (at !== -1) {
    const equals = indexOf(value, "=", at);
    if (equals === -1) break;
    const key = toLowerCase(normalizeValue(slice(value, at + 1, equals)));
    const parameter = parameterValue(value, equals + 1);
    if (key === "name") result.name ??= decodeName(parameter.value);
    if (key === "filename") result.filename ??= decodeName(parameter.value);
    at = indexOf(value, ";", parameter.end);
  }
  return result;
}

interface PartHead extends Disposition {
  type: string;
}

/** The header fields of a part: lines that each end with CRLF. */
function parsePartHead(head: string): PartHead {
  let disposition: Disposition | null = null;
  let type = "text/plain";
  for (let begin = 0; begin < head.length;) {
    const end = indexOf(head, "\r\n", begin);
    const line = slice(head, begin, end);
    begin = end + 2;
    const colon = indexOf(line, ":");
    if (colon < 1) throw malformed("a part has a header without a name");
    const name = toLowerCase(slice(line, 0, colon));
    const value = normalizeValue(slice(line, colon + 1));
    if (name === "content-disposition") disposition = parseDisposition(value);
    else if (name === "content-type") type = value;
  }
  if (disposition === null || disposition.name === null) {
    throw malformed("a part has no Content-Disposition with a name");
  }
  return { name: disposition.name, filename: disposition.filename, type };
}

/**
 * Parses a body. The Files of the result share `bytes`, which nobody may change any more.
 * @param boundary The Content-Type's parameter; null if it has none.
 */
export function parseMultipart(bytes: Uint8Array, boundary: string | null): FormData {
  if (boundary === null || boundary === "" || boundary.length > LONGEST_BOUNDARY) {
    throw malformed("the Content-Type has no usable boundary");
  }
  // One character a byte: offsets hold for both.
  const text = ops.decodeLatin1(bytes);
  const delimiter = `--${boundary}`;
  const separator = `\r\n${delimiter}`;
  const entries: FormEntry[] = [];
  // What comes before the first boundary is a preamble, to be passed over.
  let at = startsWith(text, delimiter) ? 0 : indexOf(text, separator) + 2;
  if (at === 1) throw malformed("the boundary does not occur");
  for (;;) {
    at += delimiter.length;
    if (startsWith(text, "--", at)) return createFormData(entries);
    // Transport padding is allowed after a boundary.
    while (charCodeAt(text, at) === 0x20 || charCodeAt(text, at) === 0x09) at++;
    if (!startsWith(text, "\r\n", at))
      throw malformed("a boundary is not followed by a line break");
    at += 2;
    const headEnd = indexOf(slice(text, at, at + LONGEST_PART_HEAD), "\r\n\r\n");
    if (headEnd === -1) throw malformed("a part's headers do not end or are too long");
    const head = parsePartHead(slice(text, at, at + headEnd + 2));
    const begin = at + headEnd + 4;
    // An empty part's separator may begin with the line break that ends its headers.
    const end = indexOf(text, separator, begin - 2);
    if (end === -1) throw malformed("the last boundary is missing");
    const content = subarray(bytes, begin, end < begin ? begin : end);
    entries[entries.length] = { name: head.name!, value: partValue(content, head) };
    at = end + 2;
  }
}

function partValue(content: Uint8Array, head: PartHead): FormEntry["value"] {
  if (head.filename === null) return ops.decodeUtf8(content, false, true);
  const blob = new Blob(INTERNAL as never);
  setBlob(blob, content.byteLength === 0 ? [] : [content], content.byteLength, "");
  return fileOf(blob, head.filename, toLowerCase(head.type));
}
