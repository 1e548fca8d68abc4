// The items of arrays, typed arrays, maps, sets, their iterators, buffers and promises.
// Thread: the isolate's.
import { PromiseState } from "../../host/ops.ts";
import {
  BytesConstructor,
  bufferBytes,
  bufferDetached,
  dataViewBuffer,
  dataViewBytes,
  dataViewOffset,
  hasOwn,
  mapEntries,
  mapSize,
  min,
  nextOfMap,
  nextOfSet,
  numberOf,
  numberText,
  ownKeys,
  ownProperty,
  setSize,
  setValues,
  typedArrayBuffer,
  typedArrayBytes,
  typedArrayLength,
  typedArrayOffset,
} from "../../idl/primordials.ts";
import { MAX_ITEMS, type Context } from "./context.ts";

/** Adds an object's items to `parts`; gives how many of them are items that may share lines. */
export type AddItems = (context: Context, value: object, level: number, parts: string[]) => number;

/** Sparse arrays longer than this have few items: their keys are listed, not tried one by one. */
const MAX_PROBED_LENGTH = 1 << 25;
const MAX_BYTES = 50;

function addRest(parts: string[], count: number): void {
  if (count > 0) parts[parts.length] = `... ${count} more item${count === 1 ? "" : "s"}`;
}

/** The first indices of a long sparse array, in ascending order. */
function indicesOf(array: unknown[]): number[] {
  const keys = ownKeys(array);
  const indices: number[] = [];
  // Index keys come first.
  for (let i = 0; i < keys.length && i <= MAX_ITEMS; i++) {
    const index = numberOf(keys[i]);
    if (`${index}` !== keys[i] || index >= array.length) break;
    indices[i] = index;
  }
  return indices;
}

export const addArrayItems: AddItems = (context, value, level, parts) => {
  const array = value as unknown[];
  const { length } = array;
  const indices = length > MAX_PROBED_LENGTH ? indicesOf(array) : null;
  let index = 0;
  let known = 0;
  while (index < length && parts.length < MAX_ITEMS) {
    let next = index;
    if (indices !== null) next = indices[known] ?? length;
    else while (next < length && !hasOwn(array, next)) next++;
    if (next > index) {
      const holes = next - index;
      parts[parts.length] = `<${holes} empty item${holes === 1 ? "" : "s"}>`;
      index = next;
    } else {
      parts[parts.length] = context.describeItem(array, index, level);
      index++;
      known++;
    }
  }
  const items = parts.length;
  addRest(parts, length - index);
  return items;
};

/** Whether all of an array's shown items are numbers. */
export function isNumeric(array: unknown[]): boolean {
  const count = min(array.length, MAX_ITEMS);
  for (let i = 0; i < count; i++) {
    const value = ownProperty(array, i)?.value as unknown;
    if (typeof value !== "number" && typeof value !== "bigint") return false;
  }
  return true;
}

export const addTypedArrayItems: AddItems = (context, value, level, parts) => {
  const array = value as ArrayLike<number | bigint>;
  const length = typedArrayLength(array);
  const shown = min(length, MAX_ITEMS);
  for (let i = 0; i < shown; i++) parts[i] = context.describe(array[i], level);
  addRest(parts, length - shown);
  if (context.showHidden) {
    const buffer = context.describe(typedArrayBuffer(array), level + 1);
    parts[parts.length] = `[byteLength]: ${typedArrayBytes(array)}`;
    parts[parts.length] = `[byteOffset]: ${typedArrayOffset(array)}`;
    parts[parts.length] = `[buffer]: ${buffer}`;
  }
  return shown;
};

export const addSetItems: AddItems = (context, set, level, parts) => {
  const iterator = setValues(set);
  const size = setSize(set);
  const shown = min(size, MAX_ITEMS);
  for (let i = 0; i < shown; i++) parts[i] = context.describe(nextOfSet(iterator).value, level + 1);
  addRest(parts, size - shown);
  return 0;
};

export const addMapItems: AddItems = (context, map, level, parts) => {
  const iterator = mapEntries(map);
  const size = mapSize(map);
  const shown = min(size, MAX_ITEMS);
  for (let i = 0; i < shown; i++) {
    const entry = nextOfMap(iterator).value as [unknown, unknown];
    const key = context.describe(entry[0], level + 1);
    parts[i] = `${key} => ${context.describe(entry[1], level + 1)}`;
  }
  addRest(parts, size - shown);
  return 0;
};

function addPreview(
  context: Context,
  collection: object,
  level: number,
  parts: string[],
  pair: (key: string, value: string) => string,
): number {
  const preview = ops.previewEntries(collection);
  if (preview === undefined) return 0;
  const entries = preview[0];
  const step = preview[1] ? 2 : 1;
  const size = entries.length / step;
  const shown = min(size, MAX_ITEMS);
  for (let i = 0; i < shown; i++) {
    const text = context.describe(entries[i * step], level + 1);
    parts[i] = step === 1 ? text : pair(text, context.describe(entries[i * step + 1], level + 1));
  }
  addRest(parts, size - shown);
  return 0;
}

/** What an iterator has yet to give. */
export const addRemainingItems: AddItems = (context, iterator, level, parts) =>
  addPreview(context, iterator, level, parts, (key, value) => `[ ${key}, ${value} ]`);

/** Whether an iterator gives pairs, as `map.entries()` does. */
export function givesPairs(iterator: object): boolean {
  return ops.previewEntries(iterator)?.[1] === true;
}

export const addWeakItems: AddItems = (context, collection, level, parts) => {
  // What they hold depends on the garbage collector, so it is shown only on request.
  if (context.showHidden) {
    return addPreview(context, collection, level, parts, (key, value) => `${key} => ${value}`);
  }
  parts[0] = "<items unknown>";
  return 0;
};

function bytesText(buffer: ArrayBufferLike): string {
  const bytes = new BytesConstructor(buffer);
  const length = typedArrayLength(bytes);
  const shown = min(length, MAX_BYTES);
  let text = "";
  for (let i = 0; i < shown; i++) {
    const byte = bytes[i]!;
    text += `${i === 0 ? "" : " "}${byte < 16 ? "0" : ""}${numberText(byte, 16)}`;
  }
  const rest = length - shown;
  return rest === 0 ? text : `${text} ... ${rest} more byte${rest === 1 ? "" : "s"}`;
}

export const addBufferParts: AddItems = (_context, buffer, _level, parts) => {
  if (bufferDetached(buffer)) {
    parts[0] = "(detached)";
  } else {
    parts[0] = `[Uint8Contents]: <${bytesText(buffer as ArrayBuffer)}>`;
  }
  parts[1] = `byteLength: ${bufferBytes(buffer)}`;
  return 0;
};

export const addSharedBufferParts: AddItems = (_context, buffer, _level, parts) => {
  const bytes = new BytesConstructor(buffer as SharedArrayBuffer);
  parts[0] = `[Uint8Contents]: <${bytesText(buffer as SharedArrayBuffer)}>`;
  parts[1] = `byteLength: ${typedArrayLength(bytes)}`;
  return 0;
};

export const addDataViewParts: AddItems = (context, view, level, parts) => {
  const buffer = dataViewBuffer(view);
  try {
    parts[0] = `byteLength: ${dataViewBytes(view)}`;
    parts[1] = `byteOffset: ${dataViewOffset(view)}`;
  } catch {
    parts[0] = "(out of bounds)"; // Its buffer was detached or has shrunk.
  }
  parts[parts.length] = `buffer: ${context.describe(buffer, level + 1)}`;
  return 0;
};

export const addPromiseParts: AddItems = (context, promise, level, parts) => {
  const state = ops.promiseState(promise);
  if (state === PromiseState.Pending) {
    parts[0] = "<pending>";
  } else {
    const result = context.describe(ops.promiseResult(promise), level + 1);
    parts[0] = state === PromiseState.Rejected ? `<rejected> ${result}` : result;
  }
  return 0;
};
