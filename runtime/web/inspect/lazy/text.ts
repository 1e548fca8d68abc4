// Strings, keys and widths as the inspector shows them. Thread: the isolate's.
import {
  charCodeAt,
  codePointAt,
  indexOf,
  is,
  numberText,
  repeat,
  slice,
  stringOf,
  symbolText,
} from "../../idl/primordials.ts";

const BACKSLASH = 0x5c;
const SHORT_ESCAPES: Record<string, string | undefined> = {
  __proto__: null as never,
  0x08: "\\b",
  0x09: "\\t",
  0x0a: "\\n",
  0x0b: "\\v",
  0x0c: "\\f",
  0x0d: "\\r",
  [BACKSLASH]: "\\\\",
};

function hexEscape(code: number): string {
  const digits = numberText(code, 16);
  return code < 0x100
    ? `\\x${repeat("0", 2 - digits.length)}${digits}`
    : `\\u${repeat("0", 4 - digits.length)}${digits}`;
}

/** Whether a surrogate at `at` belongs to a pair. */
function isPaired(text: string, at: number, code: number): boolean {
  if (code < 0xdc00) {
    const next = charCodeAt(text, at + 1);
    return next >= 0xdc00 && next <= 0xdfff;
  }
  const last = charCodeAt(text, at - 1);
  return last >= 0xd800 && last <= 0xdbff;
}

/** A string as a literal, in the quotes that need the fewest escapes. Never shortened. */
export function quote(text: string): string {
  let mark = "'";
  if (indexOf(text, "'") !== -1) {
    if (indexOf(text, '"') === -1) mark = '"';
    else if (indexOf(text, "`") === -1 && indexOf(text, "${") === -1) mark = "`";
  }
  const markCode = charCodeAt(mark, 0);
  let out = mark;
  let copied = 0;
  for (let at = 0; at < text.length; at++) {
    const code = charCodeAt(text, at);
    let escape: string;
    if (code === markCode) escape = `\\${mark}`;
    else if (code < 0x20 || code === BACKSLASH) escape = SHORT_ESCAPES[code] ?? hexEscape(code);
    else if (code < 0x7f) continue;
    else if (code < 0xa0 || code === 0x2028 || code === 0x2029) escape = hexEscape(code);
    else if (code < 0xd800 || code > 0xdfff || isPaired(text, at, code)) continue;
    else escape = hexEscape(code);
    out += slice(text, copied, at) + escape;
    copied = at + 1;
  }
  return out + slice(text, copied) + mark;
}

function isIdentifier(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = charCodeAt(text, at);
    const letter = (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a);
    const digit = code >= 0x30 && code <= 0x39;
    if (!letter && code !== 0x5f && code !== 0x24 && !(digit && at > 0)) return false;
  }
  return text.length > 0;
}

/** A value that is no object, as a literal. */
export function primitiveText(value: unknown): string {
  switch (typeof value) {
    case "string":
      return quote(value);
    case "symbol":
      return escapeControls(symbolText(value));
    case "bigint":
      return `${value}n`;
    default:
      return is(value, -0) ? "-0" : stringOf(value);
  }
}

/** A property's key: `name`, `'a name'`, `[Symbol(name)]`; in brackets if it is hidden. */
export function keyText(key: string | symbol, hidden: boolean): string {
  if (typeof key === "symbol") return `[${escapeControls(symbolText(key))}]`;
  // Written plainly, this one would read as the prototype.
  if (key === "__proto__") return "['__proto__']";
  const text = isIdentifier(key) ? key : quote(key);
  return hidden ? `[${text}]` : text;
}

/** Names of classes and symbols' descriptions are the app's: they must not break a line. */
export function escapeControls(text: string): string {
  let out = "";
  let copied = 0;
  for (let at = 0; at < text.length; at++) {
    const code = charCodeAt(text, at);
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
      out += slice(text, copied, at) + hexEscape(code);
      copied = at + 1;
    }
  }
  return copied === 0 ? text : out + slice(text, copied);
}

/** Cells that a text takes on a terminal: two for wide East Asian characters and emoji. */
export function cellWidth(text: string): number {
  let width = 0;
  for (let at = 0; at < text.length; at++) {
    const code = charCodeAt(text, at);
    if (code < 0x300) width++;
    else {
      const point = codePointAt(text, at);
      if (point > 0xffff) at++;
      width += wideness(point);
    }
  }
  return width;
}

function wideness(point: number): number {
  if (point < 0x370 || (point >= 0x200b && point <= 0x200f)) return 0;
  if ((point >= 0xfe00 && point <= 0xfe0f) || (point >= 0x1f3fb && point <= 0x1f3ff)) return 0;
  const wide =
    (point >= 0x1100 && point <= 0x115f) ||
    (point >= 0x2e80 && point <= 0xa4cf) ||
    (point >= 0xac00 && point <= 0xd7a3) ||
    (point >= 0xf900 && point <= 0xfaff) ||
    (point >= 0xfe30 && point <= 0xfe6f) ||
    (point >= 0xff01 && point <= 0xff60) ||
    (point >= 0xffe0 && point <= 0xffe6) ||
    (point >= 0x1f300 && point <= 0x1faff) ||
    (point >= 0x20000 && point <= 0x3fffd);
  return wide ? 2 : 1;
}
