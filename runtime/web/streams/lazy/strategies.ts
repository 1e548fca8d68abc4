// Queuing strategies (Streams Standard, section 7). Thread: the isolate's.
import {
  defineInterface,
  isObject,
  requireArguments,
  toCallback,
  toUnrestrictedDouble,
  typeError,
} from "../../idl/webidl.ts";
import { call, type Callback } from "./algorithms/callback.ts";
import type { SizeAlgorithm } from "./algorithms/readable-default-controller.ts";

/** QueuingStrategy; what is missing is undefined. */
export interface QueuingStrategy {
  readonly highWaterMark: number | undefined;
  readonly size: Callback | undefined;
}

const NO_STRATEGY: QueuingStrategy = { highWaterMark: undefined, size: undefined };

export function toQueuingStrategy(value: unknown, where: string): QueuingStrategy {
  if (value === undefined || value === null) return NO_STRATEGY;
  if (!isObject(value)) throw typeError(where, "is not an object (QueuingStrategy).");
  const { highWaterMark } = value as Record<string, unknown>;
  const mark =
    highWaterMark === undefined
      ? undefined
      : toUnrestrictedDouble(highWaterMark, "Member 'highWaterMark' of QueuingStrategy");
  const { size } = value as Record<string, unknown>;
  return {
    highWaterMark: mark,
    size: size === undefined ? undefined : toCallback(size, "Member 'size' of QueuingStrategy"),
  };
}

/** ExtractHighWaterMark. Throws a RangeError for NaN and what is less than 0. */
export function extractHighWaterMark(strategy: QueuingStrategy, fallback: number): number {
  const { highWaterMark } = strategy;
  if (highWaterMark === undefined) return fallback;
  if (highWaterMark >= 0) return highWaterMark;
  throw new RangeError(`A highWaterMark must be a number of at least 0, not ${highWaterMark}`);
}

/** ExtractSizeAlgorithm */
export function extractSizeAlgorithm(strategy: QueuingStrategy): SizeAlgorithm {
  const { size } = strategy;
  if (size === undefined || size === countSize) return undefined;
  return (chunk) => toUnrestrictedDouble(call(size, undefined, chunk), "A chunk's size");
}

// Functions of an object literal are no constructors, as Web IDL wants. Each is the same for all
// instances of its class.
const byteLengthSize = {
  size(chunk: unknown): unknown {
    return (chunk as { byteLength: unknown }).byteLength;
  },
}.size as Callback;
const countSize = {
  size(): number {
    return 1;
  },
}.size as Callback;

function toHighWaterMark(init: unknown, count: number, name: string): number {
  const where = `Failed to construct '${name}'`;
  requireArguments(count, 1, where);
  if (init !== undefined && init !== null && !isObject(init)) {
    throw typeError(where, "needs an object (QueuingStrategyInit).");
  }
  const value = (init as Record<string, unknown> | null | undefined)?.highWaterMark;
  if (value === undefined) throw typeError(where, "needs a highWaterMark.");
  return toUnrestrictedDouble(value, `${where}: highWaterMark`);
}

export class ByteLengthQueuingStrategy {
  readonly #highWaterMark: number;

  constructor(init: { highWaterMark: number }) {
    const name = "ByteLengthQueuingStrategy";
    this.#highWaterMark = toHighWaterMark(init, arguments.length, name);
  }

  get highWaterMark(): number {
    return this.#highWaterMark;
  }

  get size(): Callback {
    void this.#highWaterMark;
    return byteLengthSize;
  }
}

export class CountQueuingStrategy {
  readonly #highWaterMark: number;

  constructor(init: { highWaterMark: number }) {
    this.#highWaterMark = toHighWaterMark(init, arguments.length, "CountQueuingStrategy");
  }

  get highWaterMark(): number {
    return this.#highWaterMark;
  }

  get size(): Callback {
    void this.#highWaterMark;
    return countSize;
  }
}

defineInterface(ByteLengthQueuingStrategy, "ByteLengthQueuingStrategy");
defineInterface(CountQueuingStrategy, "CountQueuingStrategy");
