// The built-ins that the Web APIs rely on, captured while the base snapshot is built: an app that patches a
// prototype breaks only itself. This is the one file that reads methods off built-ins; whoever needs one
// takes it from here.
//
// The rule, for people and for the linter, in all of runtime/web/:
// - A method is called as a function from here (`slice(text, 1)`), never off a value (`text.slice(1)`); a
//   static one never off its constructor (`isArray(list)`, not `Array.isArray(list)`).
// - Syntax is preferred where there is some: `list[list.length] = item`, template literals, `{ ...copy }`.
// - No for-of, spread or destructuring of arrays, and no `new Uint8Array([1])`: they call an iterator that
//   can be patched. `const { 0: first, 1: second } = pair` does not.
//
// Free is what runs before any app does: the top level of modules outside of lazy/, which are evaluated in
// the base snapshot (a lazy group's is not: it may run after the app); globals.ts; host/, which lies below
// and captures its own; and app/rehearsal/lazy/, which only builds use. tests/web/groups-patched.test.ts
// loads every group while all methods throw.
//
// Thread: the isolate's.

const { call } = Function.prototype;
const { bind } = Function.prototype;

/** `method.call` as a function of its own, so that later changes of a prototype do not matter. */
export const uncurryThis = bind.bind(call) as <This, Arguments extends unknown[], Result>(
  method: (this: This, ...args: Arguments) => Result,
) => (self: This, ...args: Arguments) => Result;

/** The getter of an accessor property, as a function of the object that it reads. */
export function getterOf<T>(prototype: object, key: PropertyKey): (self: unknown) => T {
  const { get } = ownProperty(prototype, key)!;
  return uncurryThis(get as (this: unknown) => T);
}

// Objects and functions.

export const {
  apply,
  construct,
  defineProperty,
  deleteProperty,
  get: getProperty,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  ownKeys,
  preventExtensions,
  setPrototypeOf,
} = Reflect;
export const {
  create,
  freeze,
  getOwnPropertyNames: ownNames,
  getOwnPropertySymbols: ownSymbols,
  hasOwn,
  is,
  keys,
} = Object;
const { prototype: object } = Object;
export const isEnumerable = uncurryThis(
  object.propertyIsEnumerable as (this: object, key: PropertyKey) => boolean,
);
export const isPrototypeOf = uncurryThis(object.isPrototypeOf);

/** An own property's descriptor, without a prototype: what is absent must not be inherited. */
export function ownProperty(object: object, key: PropertyKey): PropertyDescriptor | undefined {
  const descriptor = getOwnPropertyDescriptor(object, key);
  if (descriptor !== undefined) setPrototypeOf(descriptor, null);
  return descriptor;
}

export const ProxyConstructor = Proxy;
export const objectPrototype = Object.prototype;
export const functionPrototype = Function.prototype;
export const functionText = uncurryThis(Function.prototype.toString);
/** Function.prototype.call */
export const callFunction = uncurryThis(
  Function.prototype.call as (this: unknown, ...args: unknown[]) => unknown,
) as unknown as (method: unknown, self: unknown, ...args: unknown[]) => unknown;

export const errorPrototype = Error.prototype;
/** The getter of every error's own `stack`; undefined if the engine makes it a data property. */
export const stackGetter = ownProperty(new Error(), "stack")?.get;
/** Gives an object a `stack` that begins at the caller of `until`. */
export const { captureStackTrace } = Error as unknown as {
  captureStackTrace(target: object, until: unknown): void;
};

// Strings, numbers and other primitives.

const text = String.prototype;
export const charCodeAt = uncurryThis(text.charCodeAt);
export const codePointAt = uncurryThis(text.codePointAt) as (self: string, at: number) => number;
export const indexOf = uncurryThis(
  text.indexOf as (this: string, part: string, from?: number) => number,
);
export const lastIndexOf = uncurryThis(
  text.lastIndexOf as (this: string, part: string, from?: number) => number,
);
export const repeat = uncurryThis(text.repeat);
export const replaceAll = uncurryThis(
  text.replaceAll as (this: string, part: string, by: string) => string,
);
export const slice = uncurryThis(text.slice as (this: string, from: number, to?: number) => string);
export const split = uncurryThis(text.split as (this: string, separator: string) => string[]);
export const startsWith = uncurryThis(
  text.startsWith as (this: string, part: string, at?: number) => boolean,
);
export const toLowerCase = uncurryThis(text.toLowerCase as (this: string) => string);
export const toUpperCase = uncurryThis(text.toUpperCase as (this: string) => string);
export const trim = uncurryThis(text.trim);
export const toWellFormed = uncurryThis(text.toWellFormed);
export const { fromCharCode } = String;
export const stringOf = String;

export const numberText = uncurryThis(Number.prototype.toString) as (
  self: number,
  radix?: number,
) => string;
export const toFixed = uncurryThis(Number.prototype.toFixed) as (
  self: number,
  digits: number,
) => string;
export const { isFinite, isNaN } = Number;
export const numberOf = Number;
export const { abs, floor, max, min, random, trunc } = Math;
export const { parseInt, parseFloat } = globalThis;

/** `Symbol.dispose`, or what compilers use in its place. */
export const disposeSymbol =
  (Symbol as unknown as { dispose?: symbol }).dispose ?? Symbol.for("Symbol.dispose");
export const symbolText = uncurryThis(Symbol.prototype.toString);
export const numberValue = uncurryThis(Number.prototype.valueOf);
export const stringValue = uncurryThis(String.prototype.valueOf);
export const booleanValue = uncurryThis(Boolean.prototype.valueOf);
export const symbolValue = uncurryThis(Symbol.prototype.valueOf);
export const bigintValue = uncurryThis(BigInt.prototype.valueOf);

export const encodeComponent = encodeURIComponent;
export const { stringify: stringifyJson, parse: parseJson } = JSON;

export const dateTime = uncurryThis(Date.prototype.getTime);
export const dateText = uncurryThis(Date.prototype.toISOString);

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

// Arrays and bytes.

export const { isArray } = Array;
/**
 * An array for records that are no app's: without a prototype, so that what is put into a place of it is seen
 * by no setter that an app has given Array.prototype.
 */
export function bareArray<T>(): T[] {
  const array: T[] = [];
  setPrototypeOf(array, null);
  return array;
}
const list = Array.prototype;
export const join = uncurryThis(list.join as (this: unknown[], by: string) => string);
export const push = uncurryThis(list.push as (this: unknown[], item: unknown) => number);
export const sort = uncurryThis(
  list.sort as <T>(this: T[], compare: (a: T, b: T) => number) => T[],
) as <T>(self: T[], compare: (a: T, b: T) => number) => T[];
export const splice = uncurryThis(list.splice as never) as <T>(
  self: T[],
  start: number,
  count: number,
  ...items: T[]
) => T[];

export const BytesConstructor = Uint8Array;
const TypedArrayPrototype = getPrototypeOf(Uint8Array.prototype) as Uint8Array<ArrayBuffer>;
export const setBytes = uncurryThis(
  TypedArrayPrototype.set as (this: Uint8Array, source: Uint8Array, at: number) => void,
);
export const subarray = uncurryThis(
  TypedArrayPrototype.subarray as (
    this: Uint8Array,
    from: number,
    to?: number,
  ) => Uint8Array<ArrayBuffer>,
);
/** "Uint8Array" and so on for a typed array, undefined for anything else. */
export const typedArrayName = getterOf<string | undefined>(TypedArrayPrototype, Symbol.toStringTag);
export const typedArrayLength = getterOf<number>(TypedArrayPrototype, "length");
export const typedArrayBytes = getterOf<number>(TypedArrayPrototype, "byteLength");
export const typedArrayOffset = getterOf<number>(TypedArrayPrototype, "byteOffset");
export const typedArrayBuffer = getterOf<ArrayBufferLike>(TypedArrayPrototype, "buffer");

export const dataViewBytes = getterOf<number>(DataView.prototype, "byteLength");
export const dataViewOffset = getterOf<number>(DataView.prototype, "byteOffset");
export const dataViewBuffer = getterOf<ArrayBufferLike>(DataView.prototype, "buffer");

export const bufferBytes = getterOf<number>(ArrayBuffer.prototype, "byteLength");
export const bufferDetached = getterOf<boolean>(ArrayBuffer.prototype, "detached");
export const bufferResizable = getterOf<boolean>(ArrayBuffer.prototype, "resizable");
export const transferToFixedLength = uncurryThis(
  ArrayBuffer.prototype.transferToFixedLength as (this: ArrayBuffer) => ArrayBuffer,
);

// Collections.

const NativeMap = Map;
export const createMap = <K, V>(): Map<K, V> => new NativeMap<K, V>();
const { prototype: map } = NativeMap;
export const mapGet = uncurryThis(map.get) as <K, V>(self: Map<K, V>, key: K) => V | undefined;
export const mapSet = uncurryThis(map.set) as <K, V>(self: Map<K, V>, key: K, value: V) => unknown;
export const mapDelete = uncurryThis(map.delete) as <K, V>(self: Map<K, V>, key: K) => boolean;
export const mapHas = uncurryThis(map.has) as <K, V>(self: Map<K, V>, key: K) => boolean;
export const mapSize = getterOf<number>(map, "size");
export const mapForEach = uncurryThis(map.forEach) as <K, V>(
  self: Map<K, V>,
  call: (value: V, key: K) => void,
) => void;
export const mapEntries = uncurryThis(map.entries) as (
  self: unknown,
) => Iterator<[unknown, unknown]>;

const NativeSet = Set;
export const createSet = <T>(): Set<T> => new NativeSet<T>();
export const setSize = getterOf<number>(Set.prototype, "size");
export const setAdd = uncurryThis(Set.prototype.add) as <T>(self: Set<T>, value: T) => unknown;
export const setDelete = uncurryThis(Set.prototype.delete) as <T>(
  self: Set<T>,
  value: T,
) => boolean;
export const setHas = uncurryThis(Set.prototype.has) as <T>(self: Set<T>, value: T) => boolean;
export const setForEach = uncurryThis(Set.prototype.forEach) as <T>(
  self: Set<T>,
  call: (value: T) => void,
) => void;
export const setValues = uncurryThis(Set.prototype.values) as (self: unknown) => Iterator<unknown>;

type Next = (self: unknown) => IteratorResult<unknown>;
const iteratorNext = (iterator: object) =>
  uncurryThis((getPrototypeOf(iterator) as { next: () => never }).next) as Next;
export const nextOfMap = iteratorNext(new Map().entries());
export const nextOfSet = iteratorNext(new Set().values());

export const weakMapGet = uncurryThis(WeakMap.prototype.get) as (
  self: object,
  key: object,
) => unknown;
export const weakMapSet = uncurryThis(WeakMap.prototype.set) as (
  self: object,
  key: object,
  value: unknown,
) => unknown;
export const weakMapHas = uncurryThis(WeakMap.prototype.has) as (
  self: object,
  key: object,
) => boolean;
export const weakMapDelete = uncurryThis(WeakMap.prototype.delete) as (
  self: object,
  key: object,
) => boolean;
export const deref = uncurryThis(WeakRef.prototype.deref) as <T extends object>(
  self: WeakRef<T>,
) => T | undefined;
export const FinalizationRegistryConstructor = FinalizationRegistry;
/** FinalizationRegistry.prototype.register */
export const registerFinalizer = uncurryThis(FinalizationRegistry.prototype.register) as <T>(
  self: FinalizationRegistry<T>,
  target: object,
  held: T,
) => void;
export const weakSetAdd = uncurryThis(WeakSet.prototype.add) as (
  self: WeakSet<object>,
  value: object,
) => unknown;
export const weakSetHas = uncurryThis(WeakSet.prototype.has) as (
  self: WeakSet<object>,
  value: object,
) => boolean;

// Promises.

const NativePromise = Promise;
export const promisePrototype = Promise.prototype;
export const resolved = NativePromise.resolve.bind(NativePromise) as <T>(value: T) => Promise<T>;
export const rejected = NativePromise.reject.bind(NativePromise) as (
  reason: unknown,
) => Promise<never>;
export const promiseThen = uncurryThis(
  NativePromise.prototype.then as (
    this: Promise<unknown>,
    fulfilled?: (value: never) => unknown,
    rejected?: (reason: unknown) => unknown,
  ) => Promise<unknown>,
);
export const promiseWithResolvers = NativePromise.withResolvers.bind(NativePromise) as <
  T,
>() => PromiseWithResolvers<T>;

/** A promise together with the functions that settle it. */
export interface Deferred<T> {
  promise: Promise<T>;
  resolve: (value: T | Promise<T>) => void;
  reject: (reason: unknown) => void;
}

export function deferred<T>(): Deferred<T> {
  let resolve!: Deferred<T>["resolve"];
  let reject!: (reason: unknown) => void;
  const promise = new NativePromise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
