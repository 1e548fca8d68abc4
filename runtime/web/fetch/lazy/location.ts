// Where a response says that it leads (Fetch Standard, "location URL"). Thread: the isolate's.
import { parseBlock } from "../../http/header-list.ts";
import { charCodeAt, push } from "../../idl/primordials.ts";

/** The values of Location in the host's block of a response's fields; only one of them makes a redirect. */
export function locationsIn(headers: string): string[] {
  const list = parseBlock(headers);
  const found: string[] = [];
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] === "location") push(found, escapeBytes(list[i + 1]!));
  }
  return found;
}

/**
 * Bytes beyond ASCII as their escapes, as browsers and curl have it: what they mean, mostly UTF-8, is the
 * server's business, and it gets the same ones back.
 */
function escapeBytes(value: string): string {
  let escaped = "";
  for (let i = 0; i < value.length; i++) {
    const byte = charCodeAt(value, i);
    escaped += byte < 0x80 ? value[i]! : `%${HEX[byte >> 4]}${HEX[byte & 15]}`;
  }
  return escaped;
}

const HEX = "0123456789ABCDEF";
