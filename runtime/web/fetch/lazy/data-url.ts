// The data: URL processor (Fetch Standard, section 6). Thread: the isolate's.
import { load } from "../../host/lazy-groups.ts";
import { normalizeValue } from "../../http/header-list.ts";
import type { MimeType } from "../../http/lazy/mime-type.ts";
import {
  charCodeAt,
  indexOf,
  slice,
  startsWith,
  subarray,
  toLowerCase,
} from "../../idl/primordials.ts";

export interface DataUrl {
  type: MimeType;
  body: Uint8Array<ArrayBuffer>;
}

const DEFAULT_TYPE: MimeType = { essence: "text/plain", parameters: ["charset", "US-ASCII"] };

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** "Percent-decode" ASCII. */
function percentDecode(text: string): Uint8Array<ArrayBuffer> {
  const bytes = ops.encodeLatin1(text);
  let to = indexOf(text, "%");
  if (to === -1) return bytes;
  for (let at = to; at < bytes.length; at++) {
    let byte = bytes[at]!;
    if (byte === 0x25 && at + 2 < bytes.length) {
      const high = hexDigit(bytes[at + 1]!);
      const low = hexDigit(bytes[at + 2]!);
      if (high !== -1 && low !== -1) {
        byte = high * 16 + low;
        at += 2;
      }
    }
    bytes[to++] = byte;
  }
  return subarray(bytes, 0, to);
}

/** A MIME type without its ending ";base64", with spaces before that word; null if it has none. */
function withoutBase64(type: string): string | null {
  if (toLowerCase(slice(type, -6)) !== "base64") return null;
  let end = type.length - 6;
  while (end > 0 && charCodeAt(type, end - 1) === 0x20) end--;
  return end > 0 && charCodeAt(type, end - 1) === 0x3b ? slice(type, 0, end - 1) : null;
}

/**
 * Processes a data: URL; null: failure.
 * @param url Serialised, without a fragment.
 */
export function processDataUrl(url: string): DataUrl | null {
  const comma = indexOf(url, ",");
  if (comma === -1) return null;
  // The URL parser leaves spaces, but neither tabs nor line breaks in a path.
  let type = normalizeValue(slice(url, "data:".length, comma));
  let body = percentDecode(slice(url, comma + 1));
  const stripped = withoutBase64(type);
  if (stripped !== null) {
    const decoded = ops.decodeBase64(ops.decodeLatin1(body));
    if (decoded === undefined) return null;
    body = ops.encodeLatin1(decoded);
    type = stripped;
  }
  if (startsWith(type, ";")) type = `text/plain${type}`;
  return { type: load("http").parseMimeType(type) ?? DEFAULT_TYPE, body };
}
