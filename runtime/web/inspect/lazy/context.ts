// State and options of one inspection, shared by the modules that describe the parts of a value.
// Thread: the isolate's.

export interface InspectOptions {
  /** Levels of nesting that are shown; deeper ones become [Object]. Default 2; null: all. */
  depth?: number | null;
  /** Also properties that are not enumerable, and what weak collections hold. */
  showHidden?: boolean;
  /** Proxies as such, with target and handler, instead of their targets. */
  showProxy?: boolean;
}

export interface Context {
  depth: number;
  showHidden: boolean;
  showProxy: boolean;
  /** Objects that are being described, outermost first. */
  readonly seen: object[];
  /** Those of them that were met again inside of themselves; the index gives their number. */
  readonly circular: object[];
  /** Spaces in front of the lines that are being made. */
  indent: number;
  /** The deepest level that was reached within the object that is being described. */
  deepest: number;
  /** Characters made so far: past a bound, nested objects are left out. */
  made: number;
  /** Describes a value, or an own property with its key, at a level of nesting (inspect.ts). */
  describe(value: unknown, level: number): string;
  describeProperty(object: object, key: string | symbol, level: number): string;
  describeItem(array: object, index: number, level: number): string;
}

/** Items of an array, a Map and so on that are shown. */
export const MAX_ITEMS = 100;
/** Columns that a line should not pass. */
export const LINE_WIDTH = 80;
export const DEFAULT_DEPTH = 2;
