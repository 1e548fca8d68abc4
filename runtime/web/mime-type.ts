// Parsing MIME types as far as the Fetch classes need it: the essence and one parameter.
// (MIME Sniffing Standard, section 4.4.) Thread: the isolate's.
import { charCodeAt, indexOf, slice, toLowerCase } from "./primordials.ts";
import { isToken, normalizeValue } from "./header-list.ts";

/** "type/subtype" in lower case, or null if the text is no MIME type. */
export function mimeEssence(text: string): string | null {
  const trimmed = normalizeValue(text);
  const semicolon = indexOf(trimmed, ";");
  const essence = normalizeValue(semicolon === -1 ? trimmed : slice(trimmed, 0, semicolon));
  const slash = indexOf(essence, "/");
  if (slash === -1) return null;
  if (!isToken(slice(essence, 0, slash)) || !isToken(slice(essence, slash + 1))) return null;
  return toLowerCase(essence);
}

/** "Collect an HTTP quoted string", extracted, from the character after the opening quote. */
function quotedString(text: string, begin: number): { value: string; end: number } {
  let value = "";
  let at = begin;
  let copied = begin;
  for (; at < text.length; at++) {
    const code = charCodeAt(text, at);
    if (code === 0x22) return { value: value + slice(text, copied, at), end: at + 1 };
    if (code === 0x5c && at + 1 < text.length) {
      value += slice(text, copied, at);
      copied = ++at;
    }
  }
  return { value: value + slice(text, copied, at), end: at };
}

/** The value of a parameter, whose name is in lower case; null if it is absent or malformed. */
export function mimeParameter(text: string, name: string): string | null {
  let at = indexOf(text, ";");
  while (at !== -1 && at < text.length) {
    at++;
    const semicolon = indexOf(text, ";", at);
    const equals = indexOf(text, "=", at);
    if (equals === -1) return null;
    if (semicolon !== -1 && semicolon < equals) {
      at = semicolon;
      continue;
    }
    const found = toLowerCase(normalizeValue(slice(text, at, equals)));
    at = equals + 1;
    let value: string;
    if (charCodeAt(text, at) === 0x22) {
      const quoted = quotedString(text, at + 1);
      value = quoted.value;
      at = indexOf(text, ";", quoted.end);
    } else {
      const end = indexOf(text, ";", at);
      value = normalizeValue(slice(text, at, end === -1 ? text.length : end));
      at = end;
      if (value === "") continue;
    }
    if (found === name) return value;
  }
  return null;
}
