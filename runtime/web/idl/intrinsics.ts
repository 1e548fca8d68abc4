// Intrinsics that the inspector (lazy/inspect/) relies on, captured while the base snapshot is built: it must describe
// an app's values even if the app has patched every prototype. For the same reason the inspector's
// code has no for-of, spread and destructuring of arrays (they call an iterator that can be patched)
// and no regular expressions. Thread: the isolate's.
import { uncurryThis } from "./webidl/convert.ts";

const { getOwnPropertyDescriptor } = Reflect;
export const {
  construct,
  defineProperty,
  deleteProperty,
  getPrototypeOf,
  ownKeys,
  setPrototypeOf,
} = Reflect;

/** An own property's descriptor, without a prototype: what is absent must not be inherited. */
export function ownProperty(object: object, key: PropertyKey): PropertyDescriptor | undefined {
  const descriptor = getOwnPropertyDescriptor(object, key);
  if (descriptor !== undefined) setPrototypeOf(descriptor, null);
  return descriptor;
}

export const { is } = Object;
export const { isArray } = Array;
export const { floor, max, min } = Math;
export const { isNaN } = Number;
export const { parseInt, parseFloat } = globalThis;
export const numberOf = Number;
export const stringOf = String;
/** Gives an object a `stack` that begins at the caller of `until`. */
export const { captureStackTrace } = Error as unknown as {
  captureStackTrace(target: object, until: unknown): void;
};

export const hasOwn = Object.hasOwn;
export const isEnumerable = uncurryThis(
  Object.prototype.propertyIsEnumerable as (this: object, key: PropertyKey) => boolean,
);

const text = String.prototype;
export const charCodeAt = uncurryThis(text.charCodeAt);
export const codePointAt = uncurryThis(text.codePointAt) as (self: string, at: number) => number;
export const indexOf = uncurryThis(
  text.indexOf as (this: string, part: string, from?: number) => number,
);
export const lastIndexOf = uncurryThis(
  text.lastIndexOf as (this: string, part: string, from?: number) => number,
);
export const slice = uncurryThis(text.slice as (this: string, from: number, to?: number) => string);
export const startsWith = uncurryThis(
  text.startsWith as (this: string, part: string, at?: number) => boolean,
);
export const repeat = uncurryThis(text.repeat);
export const replaceAll = uncurryThis(
  text.replaceAll as (this: string, part: string, by: string) => string,
);

export const join = uncurryThis(Array.prototype.join as (this: unknown[], by: string) => string);

export const functionText = uncurryThis(Function.prototype.toString);
export const symbolText = uncurryThis(Symbol.prototype.toString);
export const numberText = uncurryThis(Number.prototype.toString) as (
  self: number,
  radix?: number,
) => string;
export const toFixed = uncurryThis(Number.prototype.toFixed) as (
  self: number,
  digits: number,
) => string;

export const dateTime = uncurryThis(Date.prototype.getTime);
export const dateText = uncurryThis(Date.prototype.toISOString);

export const numberValue = uncurryThis(Number.prototype.valueOf);
export const stringValue = uncurryThis(String.prototype.valueOf);
export const booleanValue = uncurryThis(Boolean.prototype.valueOf);
export const symbolValue = uncurryThis(Symbol.prototype.valueOf);
export const bigintValue = uncurryThis(BigInt.prototype.valueOf);

/** The getter of an accessor property, as a function of the object that it reads. */
export function getterOf<T>(prototype: object, key: PropertyKey): (self: unknown) => T {
  const { get } = ownProperty(prototype, key)!;
  return uncurryThis(get as (this: unknown) => T);
}

export const ProxyConstructor = Proxy;
export const RegExpConstructor = RegExp;
export const regExpExec = uncurryThis(RegExp.prototype.exec) as (
  self: RegExp,
  text: string,
) => RegExpExecArray | null;
export const regExpSource = getterOf<string>(RegExp.prototype, "source");
/** Flags in the order in which RegExp.prototype.flags gives them, each with its getter. */
export const regExpFlags = [
  { flag: "d", read: getterOf<boolean>(RegExp.prototype, "hasIndices") },
  { flag: "g", read: getterOf<boolean>(RegExp.prototype, "global") },
  { flag: "i", read: getterOf<boolean>(RegExp.prototype, "ignoreCase") },
  { flag: "m", read: getterOf<boolean>(RegExp.prototype, "multiline") },
  { flag: "s", read: getterOf<boolean>(RegExp.prototype, "dotAll") },
  { flag: "u", read: getterOf<boolean>(RegExp.prototype, "unicode") },
  { flag: "v", read: getterOf<boolean>(RegExp.prototype, "unicodeSets") },
  { flag: "y", read: getterOf<boolean>(RegExp.prototype, "sticky") },
];

export const weakMapGet = uncurryThis(WeakMap.prototype.get) as (
  self: object,
  key: object,
) => unknown;
export const weakMapSet = uncurryThis(WeakMap.prototype.set) as (
  self: object,
  key: object,
  value: unknown,
) => unknown;
export const mapSize = getterOf<number>(Map.prototype, "size");
export const setSize = getterOf<number>(Set.prototype, "size");
export const mapEntries = uncurryThis(Map.prototype.entries) as (
  self: unknown,
) => Iterator<[unknown, unknown]>;
export const setValues = uncurryThis(Set.prototype.values) as (self: unknown) => Iterator<unknown>;

type Next = (self: unknown) => IteratorResult<unknown>;
const iteratorNext = (iterator: object) =>
  uncurryThis((getPrototypeOf(iterator) as { next: () => never }).next) as Next;
export const nextOfMap = iteratorNext(new Map().entries());
export const nextOfSet = iteratorNext(new Set().values());

const TypedArrayPrototype = getPrototypeOf(Uint8Array.prototype)!;
export const typedArrayName = getterOf<string>(TypedArrayPrototype, Symbol.toStringTag);
export const typedArrayLength = getterOf<number>(TypedArrayPrototype, "length");
export const typedArrayBytes = getterOf<number>(TypedArrayPrototype, "byteLength");
export const typedArrayOffset = getterOf<number>(TypedArrayPrototype, "byteOffset");
export const typedArrayBuffer = getterOf<object>(TypedArrayPrototype, "buffer");

export const dataViewBytes = getterOf<number>(DataView.prototype, "byteLength");
export const dataViewOffset = getterOf<number>(DataView.prototype, "byteOffset");
export const dataViewBuffer = getterOf<object>(DataView.prototype, "buffer");

export const bufferBytes = getterOf<number>(ArrayBuffer.prototype, "byteLength");
export const bufferDetached = getterOf<boolean>(ArrayBuffer.prototype, "detached");
export const BytesConstructor = Uint8Array;

/** The getter of every error's own `stack`; undefined if the engine makes it a data property. */
export const stackGetter = ownProperty(new Error(), "stack")?.get;
export const errorPrototype = Error.prototype;
export const objectPrototype = Object.prototype;
export const functionPrototype = Function.prototype;

export const promiseThen = uncurryThis(
  Promise.prototype.then as (
    this: Promise<unknown>,
    fulfilled?: (value: never) => unknown,
    rejected?: (reason: unknown) => unknown,
  ) => Promise<unknown>,
);
export const promiseWithResolvers = Promise.withResolvers.bind(Promise) as <
  T,
>() => PromiseWithResolvers<T>;
/** Function.prototype.call */
export const callFunction = uncurryThis(
  Function.prototype.call as (this: unknown, ...args: unknown[]) => unknown,
) as unknown as (method: unknown, self: unknown, ...args: unknown[]) => unknown;
export const bufferResizable = getterOf<boolean>(ArrayBuffer.prototype, "resizable");
export const transferToFixedLength = uncurryThis(
  ArrayBuffer.prototype.transferToFixedLength as (this: ArrayBuffer) => ArrayBuffer,
);
