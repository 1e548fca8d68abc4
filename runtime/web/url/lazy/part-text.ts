// Lists of parts as regular expressions and as pattern strings (URL Pattern Standard, sections 2.2 and
// 2.3). Thread: the isolate's.
import { charCodeAt, indexOf, slice } from "../../idl/primordials.ts";
import {
  FULL_WILDCARD,
  PartType,
  segmentWildcard,
  type Part,
  type PatternOptions,
} from "./parts.ts";
import { characterAt, isNameCharacter } from "./tokenizer.ts";

function escapeCharacters(text: string, special: string): string {
  let escaped = "";
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    escaped += indexOf(special, character) === -1 ? character : `\\${character}`;
  }
  return escaped;
}

const escapeRegExp = (text: string): string => escapeCharacters(text, ".+*?^${}()[]|/\\");

/** "Escape a pattern string". */
export const escapePattern = (text: string): string => escapeCharacters(text, "+*?:{}()\\");

function partRegExp(part: Part, options: PatternOptions): string {
  const { type, modifier } = part;
  if (type === PartType.FixedText) {
    const text = escapeRegExp(part.value);
    return modifier === "" ? text : `(?:${text})${modifier}`;
  }
  let value = part.value;
  if (type === PartType.SegmentWildcard) value = segmentWildcard(options);
  else if (type === PartType.FullWildcard) value = FULL_WILDCARD;
  const repeats = modifier === "*" || modifier === "+";
  if (part.prefix === "" && part.suffix === "") {
    return repeats ? `((?:${value})${modifier})` : `(${value})${modifier}`;
  }
  const prefix = escapeRegExp(part.prefix);
  const suffix = escapeRegExp(part.suffix);
  if (!repeats) return `(?:${prefix}(${value})${suffix})${modifier}`;
  // The group has the prefixes and suffixes between repetitions, not the outer ones.
  const group = `((?:${value})(?:${suffix}${prefix}(?:${value}))*)`;
  return `(?:${prefix}${group}${suffix})${modifier === "*" ? "?" : ""}`;
}

/** "Generate a regular expression and name list": the first half; the names are those of the parts. */
export function regExpText(parts: readonly Part[], options: PatternOptions): string {
  let text = "^";
  for (let i = 0; i < parts.length; i++) text += partRegExp(parts[i]!, options);
  return `${text}$`;
}

function isNumbered(part: Part): boolean {
  const code = charCodeAt(part.name, 0);
  return code >= 0x30 && code <= 0x39;
}

/** Whether what follows a ":name" would be taken for a part of the name. */
function runsInto(next: Part): boolean {
  if (next.prefix !== "" || next.suffix !== "") return false;
  if (next.type === PartType.FixedText) return isNameCharacter(characterAt(next.value, 0), false);
  return isNumbered(next);
}

function needsBraces(
  part: Part,
  previous: Part | undefined,
  next: Part | undefined,
  options: PatternOptions,
): boolean {
  if (part.suffix !== "" || (part.prefix !== "" && part.prefix !== options.prefix)) return true;
  if (
    !isNumbered(part) &&
    part.type === PartType.SegmentWildcard &&
    part.modifier === "" &&
    next !== undefined &&
    runsInto(next)
  ) {
    return true;
  }
  return (
    part.prefix === "" &&
    previous?.type === PartType.FixedText &&
    options.prefix !== "" &&
    slice(previous.value, -1) === options.prefix
  );
}

function groupText(
  part: Part,
  previous: Part | undefined,
  braces: boolean,
  options: PatternOptions,
): string {
  const numbered = isNumbered(part);
  let text = numbered ? "" : `:${part.name}`;
  if (part.type === PartType.RegExp) {
    text += `(${part.value})`;
  } else if (part.type === PartType.SegmentWildcard) {
    if (numbered) text += `(${segmentWildcard(options)})`;
    else if (isNameCharacter(characterAt(part.suffix, 0), false)) text += "\\";
  } else {
    const asterisk =
      numbered &&
      (previous === undefined ||
        previous.type === PartType.FixedText ||
        previous.modifier !== "" ||
        braces ||
        part.prefix !== "");
    text += asterisk ? "*" : `(${FULL_WILDCARD})`;
  }
  return text;
}

/** "Generate a pattern string". */
export function patternText(parts: readonly Part[], options: PatternOptions): string {
  let text = "";
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (part.type === PartType.FixedText) {
      const value = escapePattern(part.value);
      text += part.modifier === "" ? value : `{${value}}${part.modifier}`;
      continue;
    }
    const previous = i === 0 ? undefined : parts[i - 1];
    const next = i + 1 < parts.length ? parts[i + 1] : undefined;
    const braces = needsBraces(part, previous, next, options);
    const inner =
      escapePattern(part.prefix) +
      groupText(part, previous, braces, options) +
      escapePattern(part.suffix);
    text += `${braces ? `{${inner}}` : inner}${part.modifier}`;
  }
  return text;
}
