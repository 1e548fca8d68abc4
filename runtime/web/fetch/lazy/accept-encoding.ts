// Which content codings a client takes, by its Accept-Encoding (RFC 9110, section 12.5.3): whether a body
// that came coded can be sent on as it is. Where the field is not as it should be, the answer is no, since
// every client takes a body without coding. Thread: the isolate's.
import { charCodeAt, indexOf, slice, startsWith, toLowerCase } from "../../idl/primordials.ts";

function isBlank(text: string, at: number): boolean {
  const code = charCodeAt(text, at);
  return code === 0x20 || code === 0x09;
}

/** `text` from an index to another, without the white space around it. */
function trimmed(text: string, from: number, to: number): string {
  let begin = from;
  let end = to;
  while (begin < end && isBlank(text, begin)) begin++;
  while (begin < end && isBlank(text, end - 1)) end--;
  return slice(text, begin, end);
}

/** Where the element of a list that begins at `from` ends. */
function elementEnd(list: string, from: number): number {
  const comma = indexOf(list, ",", from);
  return comma === -1 ? list.length : comma;
}

/** A coding's name; gzip has two (RFC 9110, section 8.4.1.3). */
function codingName(list: string, from: number, to: number): string {
  const name = trimmed(list, from, to);
  return name === "x-gzip" ? "gzip" : name;
}

/** Whether "q=0.5" is a weight, and not zero. */
function isPositiveWeight(parameter: string): boolean {
  const { length } = parameter;
  if (!startsWith(parameter, "q=") || length < 3 || length > 7) return false;
  const one = parameter[2] === "1";
  if (!one && parameter[2] !== "0") return false;
  if (length > 3 && parameter[3] !== ".") return false;
  let positive = one;
  for (let i = 4; i < length; i++) {
    const code = charCodeAt(parameter, i);
    if (code < 0x30 || code > (one ? 0x30 : 0x39)) return false;
    positive ||= code !== 0x30;
  }
  return positive;
}

/** What the field says of a coding; null: nothing. Said twice, it must be yes both times. */
function verdictOn(name: string, field: string): boolean | null {
  let verdict: boolean | null = null;
  for (let at = 0; at < field.length;) {
    const end = elementEnd(field, at);
    const element = slice(field, at, end);
    at = end + 1;
    const semicolon = indexOf(element, ";");
    const hasWeight = semicolon !== -1;
    if (codingName(element, 0, hasWeight ? semicolon : element.length) !== name) continue;
    if (hasWeight && !isPositiveWeight(trimmed(element, semicolon + 1, element.length)))
      return false;
    verdict = true;
  }
  return verdict;
}

function acceptsOne(field: string | null, name: string): boolean {
  const isIdentity = name === "identity";
  // Without the field anything would be acceptable; but who does not ask for a coding often knows none.
  if (field === null) return isIdentity;
  return verdictOn(name, field) ?? verdictOn("*", field) ?? isIdentity;
}

/**
 * Whether a client whose Accept-Encoding is `header` (null: it has none) takes a body of this
 * Content-Encoding, which may list several: all of them then.
 */
export function accepts(header: string | null, codings: string): boolean {
  const field = header === null ? null : toLowerCase(header);
  const list = toLowerCase(codings);
  let coded = 0;
  for (let at = 0; at < list.length;) {
    const end = elementEnd(list, at);
    const name = codingName(list, at, end);
    at = end + 1;
    if (name === "" || name === "identity") continue;
    // Nobody means so many (see native/compression/content_decoder.h), and each costs a look at all of the
    // field.
    coded++;
    if (coded > 5 || !acceptsOne(field, name)) return false;
  }
  return coded > 0 || acceptsOne(field, "identity");
}
