// Web IDL conversions to numeric types. (Web IDL, sections 3.2.4 to 3.2.8.) Thread: the isolate's.
import { typeError, type Converter } from "./convert.ts";
import { abs, floor, isFinite, trunc } from "./primordials.ts";

/** ToNumber; a TypeError that says where for what has no number. */
function toNumber(value: unknown, where?: string): number {
  if (typeof value === "number") return value;
  if (typeof value === "symbol" || typeof value === "bigint") {
    throw typeError(where, `is a ${typeof value}, not a number.`);
  }
  return +(value as number);
}

/** `double`: NaN and the infinities are TypeErrors. */
export function toDouble(value: unknown, where?: string): number {
  const number = toNumber(value, where);
  if (!isFinite(number)) throw typeError(where, "is not a finite number.");
  return number;
}

/** `unrestricted double`. */
export const toUnrestrictedDouble: Converter<number> = toNumber;

/** `long`, modulo 2^32. */
export function toLong(value: unknown, where?: string): number {
  return toNumber(value, where) | 0;
}

/** `unsigned long`, modulo 2^32. */
export function toUnsignedLong(value: unknown, where?: string): number {
  return toNumber(value, where) >>> 0;
}

/** `unsigned short`, modulo 2^16. */
export function toUnsignedShort(value: unknown, where?: string): number {
  return toNumber(value, where) & 0xffff;
}

const TWO_TO_63 = 2 ** 63;
const TWO_TO_64 = 2 ** 64;

/** The remainder of a division by 2^64 that lies in [0, 2^64). */
function modulo64(value: unknown, where?: string): number {
  const number = trunc(toNumber(value, where));
  if (!isFinite(number) || number === 0) return 0;
  const remainder = number % TWO_TO_64;
  return remainder < 0 ? remainder + TWO_TO_64 : remainder + 0;
}

/** `long long`, modulo 2^64. */
export function toLongLong(value: unknown, where?: string): number {
  const number = modulo64(value, where);
  return number >= TWO_TO_63 ? number - TWO_TO_64 : number;
}

/** `unsigned long long`, modulo 2^64. */
export const toUnsignedLongLong: Converter<number> = modulo64;

/** `[EnforceRange]`: what is outside is a TypeError. */
export function enforceRange(lowest: number, highest: number): Converter<number> {
  return (value, where) => {
    const number = trunc(toDouble(value, where));
    if (number < lowest || number > highest) {
      throw typeError(where, `is outside the range ${lowest} to ${highest}.`);
    }
    return number + 0;
  };
}

/** `[Clamp]`: what is outside becomes the nearest bound; halves are rounded to the even number. */
export function clamp(lowest: number, highest: number): Converter<number> {
  return (value, where) => {
    const number = toNumber(value, where);
    if (number !== number) return 0;
    if (number <= lowest) return lowest;
    if (number >= highest) return highest;
    const below = floor(number);
    const fraction = number - below;
    const up = fraction > 0.5 || (fraction === 0.5 && abs(below % 2) === 1);
    return (up ? below + 1 : below) + 0;
  };
}

const { MAX_SAFE_INTEGER, MIN_SAFE_INTEGER } = Number;

export const toUnsignedShortEnforced = enforceRange(0, 0xffff);
export const toUnsignedLongEnforced = enforceRange(0, 0xffffffff);
export const toUnsignedLongLongEnforced = enforceRange(0, MAX_SAFE_INTEGER);
export const toLongLongClamped = clamp(MIN_SAFE_INTEGER, MAX_SAFE_INTEGER);
export const toUnsignedLongLongClamped = clamp(0, MAX_SAFE_INTEGER);
