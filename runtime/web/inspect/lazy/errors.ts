// Errors: the stack, put right where name and message have changed since it was captured, and the
// properties that belong to it. Thread: the isolate's.
import {
  charCodeAt,
  hasOwn,
  indexOf,
  isEnumerable,
  ownProperty,
  repeat,
  replaceAll,
  slice,
  stackGetter,
} from "../../idl/primordials.ts";
import type { Context } from "./context.ts";
import { headingOf } from "./custom.ts";
import { dataProperty } from "./names.ts";

/** Own properties that belong to an error although they are not enumerable. */
const DETAILS = ["cause", "errors", "error", "suppressed"];
const FIRST_FRAME = "\n    at ";

/** The `stack` string; undefined if there is none, or only by a getter of the app's own. */
function stackOf(error: object): string | undefined {
  const property = ownProperty(error, "stack");
  if (property === undefined) return undefined;
  let stack = property.value as unknown;
  if (stackGetter !== undefined && property.get === stackGetter) {
    try {
      // The engine's getter, which may call the app's Error.prepareStackTrace.
      stack = (error as { stack?: unknown }).stack;
    } catch {
      return undefined;
    }
  }
  return typeof stack === "string" && stack !== "" ? stack : undefined;
}

function isWordEnd(code: number): boolean {
  const letter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
  const digit = code >= 0x30 && code <= 0x39;
  return !letter && !digit && code !== 0x5f && code !== 0x24;
}

/** "ValidationError" of "ValidationError: no name\n…". */
function leadingWord(text: string): string {
  let end = 0;
  while (end < text.length && !isWordEnd(charCodeAt(text, end))) end++;
  return slice(text, 0, end);
}

function isGenericName(name: string): boolean {
  return (
    name === "Error" ||
    name === "TypeError" ||
    name === "RangeError" ||
    name === "SyntaxError" ||
    name === "ReferenceError" ||
    name === "EvalError" ||
    name === "URIError" ||
    name === "AggregateError"
  );
}

/** The error in words, with its stack if it has one; continuation lines are indented. */
export function errorText(context: Context, error: object, className: string | null): string {
  const name = dataProperty(error, "name");
  const ownMessage = dataProperty(error, "message");
  const message = typeof ownMessage === "string" ? ownMessage : "";
  // A name that somebody chose says more than the class's, which says more than "Error".
  let best = typeof name === "string" && name !== "" ? name : (className ?? "Error");
  if (isGenericName(best) && className !== null && !isGenericName(className)) best = className;
  let heading = headingOf(error) ?? (message === "" ? best : `${best}: ${message}`);

  const stack = stackOf(error);
  if (stack === undefined) return indentLines(context, `[${heading}]`);
  const framesAt = indexOf(stack, FIRST_FRAME);
  const captured = framesAt === -1 ? stack : slice(stack, 0, framesAt);
  const frames = framesAt === -1 ? "" : slice(stack, framesAt);
  // The text that was captured stays unless it misses something: it may say more ("Uncaught …").
  const word = leadingWord(captured);
  const nameFits = word === best || indexOf(captured, best) !== -1 || !isGenericName(word);
  const fits = nameFits && indexOf(captured, message) !== -1 && headingOf(error) === undefined;
  if (fits) heading = captured;
  return indentLines(context, frames === "" ? `[${heading}]` : heading + frames);
}

function indentLines(context: Context, text: string): string {
  return context.indent === 0 ? text : replaceAll(text, "\n", `\n${repeat(" ", context.indent)}`);
}

/** The keys to list beside the text: those that it says already go, an error's details come. */
export function errorKeys(
  error: object,
  keys: (string | symbol)[],
  text: string,
): (string | symbol)[] {
  const kept: (string | symbol)[] = [];
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (key === "name" || key === "message" || key === "stack") {
      const value = ownProperty(error, key)?.value as unknown;
      if (key === "stack" || (typeof value === "string" && indexOf(text, value) !== -1)) continue;
    }
    kept[kept.length] = key;
  }
  for (let i = 0; i < DETAILS.length; i++) {
    const key = DETAILS[i]!;
    if (hasOwn(error, key) && !isEnumerable(error, key) && !listed(kept, key)) {
      kept[kept.length] = key;
    }
  }
  return kept;
}

function listed(keys: (string | symbol)[], key: string): boolean {
  for (let i = 0; i < keys.length; i++) if (keys[i] === key) return true;
  return false;
}
