// Web IDL conversions of simple values: strings, booleans, enumerations, callbacks, interfaces, and the
// check of an operation's argument count. (Web IDL, section 3.2.) Thread: the isolate's.
import { charCodeAt, toWellFormed } from "./primordials.ts";

/** Converts a JS value to an IDL type; throws a TypeError whose message begins with `where`. */
export type Converter<T> = (value: unknown, where?: string) => T;

export const VALUE = "Value";

/** A TypeError about the value at `where`. */
export function typeError(where: string | undefined, problem: string): TypeError {
  return new TypeError(`${where ?? VALUE} ${problem}`);
}

/**
 * Throws a TypeError unless an operation got its required arguments.
 * @param where "Failed to execute 'atob' on 'Window'" or "Failed to construct 'URL'".
 */
export function requireArguments(present: number, required: number, where: string): void {
  if (present < required) {
    const plural = required === 1 ? "" : "s";
    throw new TypeError(
      `${where}: ${required} argument${plural} required, but only ${present} present.`,
    );
  }
}

/** An options argument that was not given: no member of it may come from Object.prototype. */
export const ABSENT: {} = { __proto__: null };

export const toAny: Converter<unknown> = (value) => value;

export const toBoolean: Converter<boolean> = (value) => !!value;

/** DOMString. */
export function toDOMString(value: unknown, where?: string): string {
  if (typeof value === "string") return value;
  if (typeof value === "symbol") throw typeError(where, "is a symbol, which has no string value.");
  return `${value as string}`;
}

// Up to here a look at each code unit costs less than the engine's function, which leaves JavaScript.
const LONGEST_SCAN = 16;

/** USVString: lone surrogates become U+FFFD. */
export function toUSVString(value: unknown, where?: string): string {
  const text = toDOMString(value, where);
  const { length } = text;
  if (length > LONGEST_SCAN) return toWellFormed(text);
  for (let i = 0; i < length; i++) {
    if ((charCodeAt(text, i) & 0xf800) === 0xd800) return toWellFormed(text);
  }
  return text;
}

/** ByteString: every code unit is at most 255. */
export function toByteString(value: unknown, where?: string): string {
  const text = toDOMString(value, where);
  for (let i = 0; i < text.length; i++) {
    const code = charCodeAt(text, i);
    if (code > 255) {
      throw typeError(
        where,
        `has the character ${code} at index ${i}, which is greater than 255 (a ByteString ends there).`,
      );
    }
  }
  return text;
}

/** `object`: anything but a primitive. */
export function toObject(value: unknown, where?: string): object {
  if (!isObject(value)) throw typeError(where, "is not an object.");
  return value;
}

export function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** A callback function: any callable. */
export function toCallback<F extends (...args: never[]) => unknown>(
  value: unknown,
  where?: string,
): F {
  if (typeof value !== "function") throw typeError(where, "is not a function.");
  return value as F;
}

/** `T?`: null and undefined become null. */
export function nullable<T>(convert: Converter<T>): Converter<T | null> {
  return (value, where) => (value === null || value === undefined ? null : convert(value, where));
}

/** An enumeration: one of `values`, else a TypeError that names them. */
export function enumeration<const T extends string>(
  name: string,
  values: readonly T[],
): Converter<T> {
  return (value, where) => {
    const text = toDOMString(value, where);
    for (let i = 0; i < values.length; i++) {
      if (values[i] === text) return values[i]!;
    }
    let list = "";
    for (let i = 0; i < values.length; i++) list += `${i === 0 ? "" : ", "}'${values[i]}'`;
    throw typeError(where, `'${text}' is not a valid value of ${name} (one of ${list}).`);
  };
}

/** An interface type: `is` does the brand check, usually `#state in value`. */
export function interfaceType<T extends object>(
  name: string,
  is: (value: object) => value is T,
): Converter<T> {
  return (value, where) => {
    if (!isObject(value) || !is(value)) throw typeError(where, `is not of type '${name}'.`);
    return value;
  };
}
