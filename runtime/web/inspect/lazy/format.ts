// The Console Standard's Formatter (section 2.2): what console makes of a call's arguments.
// Thread: the isolate's.
import { ObjectKind } from "../../host/ops.ts";
import {
  charCodeAt,
  errorPrototype,
  functionPrototype,
  indexOf,
  objectPrototype,
  ownProperty,
  parseFloat,
  parseInt,
  slice,
  stringOf,
} from "../../idl/primordials.ts";
import { inspect } from "./inspect.ts";
import { prototypeOf } from "./names.ts";
import { primitiveText } from "./text.ts";

/** Levels that %o shows. */
const DETAILED_DEPTH = 4;
const PERCENT = 0x25;

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** An argument by itself: strings as they are, all else inspected. */
function show(value: unknown): string {
  return typeof value === "string" ? value : inspect(value);
}

/** Whether an object has a toString of its own making; not asked of proxies and getters. */
function hasOwnWords(object: object): boolean {
  switch (ops.objectKind(object)) {
    case ObjectKind.Ordinary:
    case ObjectKind.Error:
      break;
    default:
      return false;
  }
  for (let at: object | null = object; at !== null; at = prototypeOf(at)) {
    const property = ownProperty(at, "toString");
    if (property === undefined) continue;
    const builtIn = at === objectPrototype || at === errorPrototype || at === functionPrototype;
    return !builtIn && typeof property.value === "function";
  }
  return false;
}

/** %s. An object's own toString is called, as the standard says; what it throws is not our caller's. */
function asString(value: unknown): string {
  if (!isObject(value)) return typeof value === "string" ? value : primitiveText(value);
  if (hasOwnWords(value)) {
    try {
      return stringOf(value);
    } catch {
      // It throws, or gives no string: the object is shown instead.
    }
  }
  return inspect(value, { depth: 0 });
}

/** %d, %i and %f, where the standard parses the value's string form. */
function asNumber(value: unknown, parse: (text: string) => number): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "symbol" || (isObject(value) && !hasOwnWords(value))) return "NaN";
  try {
    return primitiveText(parse(value as string));
  } catch {
    return "NaN";
  }
}

const parseDecimal = (text: string) => parseInt(text, 10);

/** What replaces "%" and `type`; undefined if that is no specifier. */
function convert(type: string, value: unknown): string | undefined {
  switch (type) {
    case "s":
      return asString(value);
    case "d":
    case "i":
      return asNumber(value, parseDecimal);
    case "f":
      return asNumber(value, parseFloat);
    case "o":
      return inspect(value, { depth: DETAILED_DEPTH, showHidden: true, showProxy: true });
    case "O":
      return inspect(value);
    case "c":
      return ""; // Style sheets have no use in a log.
    default:
      return undefined;
  }
}

/**
 * The text of a call's arguments: the first one's specifiers (%s %d %i %f %o %O %c %%) replaced by
 * those that follow it, and the rest appended. Throws if that is longer than the engine's strings can be.
 */
export function format(args: readonly unknown[]): string {
  if (args.length === 0) return "";
  const first = args[0];
  if (typeof first !== "string" || args.length === 1) return joinRest(show(first), args, 1);

  let text = "";
  let copied = 0;
  let used = 1;
  for (
    let at = indexOf(first, "%");
    at !== -1 && at + 1 < first.length;
    at = indexOf(first, "%", at + 1)
  ) {
    let replacement: string | undefined;
    if (charCodeAt(first, at + 1) === PERCENT) {
      replacement = "%";
    } else {
      if (used === args.length) continue; // Without a value, a specifier stays.
      replacement = convert(slice(first, at + 1, at + 2), args[used]);
      if (replacement === undefined) continue;
      used++;
    }
    text += slice(first, copied, at) + replacement;
    copied = at + 2;
    at++; // Past the specifier, so that "%%s" is "%s".
  }
  return joinRest(text + slice(first, copied), args, used);
}

function joinRest(text: string, args: readonly unknown[], from: number): string {
  for (let i = from; i < args.length; i++) text += ` ${show(args[i])}`;
  return text;
}
