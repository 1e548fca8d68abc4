// MIME types: parsing, serialising (MIME Sniffing Standard, section 4) and extracting from a header (Fetch
// Standard, section 2.2.2). Thread: the isolate's.
import { charCodeAt, indexOf, slice, toLowerCase } from "../../idl/primordials.ts";
import { isToken, normalizeValue } from "../header-list.ts";

export interface MimeType {
  /** "type/subtype" in lower case. */
  readonly essence: string;
  /** Names, in lower case, and values in turn. */
  readonly parameters: string[];
}

interface Quoted {
  value: string;
  /** After the closing quote, or the end of the text. */
  end: number;
}

/** "Collect an HTTP quoted string", extracted, from the opening quote. */
function collectQuotedString(text: string, quote: number): Quoted {
  let value = "";
  let copied = quote + 1;
  for (let at = copied; at < text.length; at++) {
    const code = charCodeAt(text, at);
    if (code === 0x22) return { value: value + slice(text, copied, at), end: at + 1 };
    if (code === 0x5c && at + 1 < text.length) {
      value += slice(text, copied, at);
      copied = ++at;
    }
  }
  return { value: value + slice(text, copied), end: text.length };
}

/** Tabs, visible ASCII, spaces and all of Latin-1 above: "HTTP quoted-string token code points". */
function isQuotable(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = charCodeAt(value, i);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f || code > 0xff) return false;
  }
  return true;
}

/** The index of a character, or the text's end. */
function find(text: string, character: string, from: number): number {
  const at = indexOf(text, character, from);
  return at === -1 ? text.length : at;
}

function isWhitespace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

/** The parameters of a MIME type, from the semicolon before the first one. */
function parseParameters(text: string, from: number): string[] {
  const parameters: string[] = [];
  const seen: Record<string, true> = { __proto__: null as never };
  let equals = -1;
  for (let at = from; at < text.length;) {
    at++;
    while (at < text.length && isWhitespace(charCodeAt(text, at))) at++;
    const semicolon = find(text, ";", at);
    if (equals < at) equals = find(text, "=", at);
    if (semicolon < equals) {
      at = semicolon;
      continue;
    }
    const name = toLowerCase(slice(text, at, equals));
    at = equals + 1;
    if (at >= text.length) break;
    let value: string;
    if (charCodeAt(text, at) === 0x22) {
      const quoted = collectQuotedString(text, at);
      value = quoted.value;
      at = find(text, ";", quoted.end);
    } else {
      const end = find(text, ";", at);
      value = normalizeValue(`-${slice(text, at, end)}`);
      value = slice(value, 1);
      at = end;
      if (value === "") continue;
    }
    if (isToken(name) && isQuotable(value) && !seen[name]) {
      seen[name] = true;
      parameters[parameters.length] = name;
      parameters[parameters.length] = value;
    }
  }
  return parameters;
}

function valueOf(parameters: readonly string[], name: string): string | null {
  for (let i = 0; i < parameters.length; i += 2) {
    if (parameters[i] === name) return parameters[i + 1]!;
  }
  return null;
}

/** "Parse a MIME type"; null: failure. */
export function parseMimeType(input: string): MimeType | null {
  const text = normalizeValue(input);
  const slash = indexOf(text, "/");
  if (slash === -1) return null;
  const semicolon = find(text, ";", slash);
  const subtype = normalizeValue(`-${slice(text, slash + 1, semicolon)}`);
  if (!isToken(slice(text, 0, slash)) || !isToken(slice(subtype, 1))) return null;
  return {
    essence: toLowerCase(`${slice(text, 0, slash)}/${slice(subtype, 1)}`),
    parameters: parseParameters(text, semicolon),
  };
}

/** The value of a parameter, whose name is in lower case; null if there is none. */
export function mimeParameter(type: MimeType, name: string): string | null {
  return valueOf(type.parameters, name);
}

/** "Serialize a MIME type". */
export function serializeMimeType({ essence, parameters }: MimeType): string {
  let text = essence;
  for (let i = 0; i < parameters.length; i += 2) {
    const value = parameters[i + 1]!;
    text += `;${parameters[i]!}=${isToken(value) ? value : quote(value)}`;
  }
  return text;
}

function quote(value: string): string {
  let quoted = '"';
  for (let i = 0; i < value.length; i++) {
    const character = value[i]!;
    quoted += character === '"' || character === "\\" ? `\\${character}` : character;
  }
  return `${quoted}"`;
}

/** "Get, decode, and split": the values between the commas of a header, which may be quoted. */
function splitValues(text: string): string[] {
  const values: string[] = [];
  let begin = 0;
  let opening = -1;
  for (let at = 0; ;) {
    const comma = find(text, ",", at);
    if (opening < at) opening = find(text, '"', at);
    if (opening < comma) {
      at = collectQuotedString(text, opening).end;
      continue;
    }
    values[values.length] = slice(text, begin, comma);
    if (comma === text.length) return values;
    begin = at = comma + 1;
  }
}

/** "Extract a MIME type" from a Content-Type header's combined value; null: failure. */
export function extractMimeType(header: string | null): MimeType | null {
  if (header === null) return null;
  const values = splitValues(header);
  let charset: string | null = null;
  let type: MimeType | null = null;
  for (let i = 0; i < values.length; i++) {
    const next = parseMimeType(values[i]!);
    if (next === null || next.essence === "*/*") continue;
    const own = valueOf(next.parameters, "charset");
    if (type === null || next.essence !== type.essence) charset = own;
    else if (own !== null) charset = own;
    else if (charset !== null) {
      next.parameters[next.parameters.length] = "charset";
      next.parameters[next.parameters.length] = charset;
    }
    type = next;
  }
  return type;
}
