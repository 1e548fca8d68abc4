// Intrinsics that the request path and the parsers rely on, captured while the base snapshot is built:
// an app that patches a prototype breaks only itself. Syntax is preferred where there is some; this
// holds what has none. Thread: the isolate's.
import { uncurryThis } from "./webidl/convert.ts";

export { uncurryThis };

const text = String.prototype;
export const charCodeAt = uncurryThis(text.charCodeAt);
export const indexOf = uncurryThis(
  text.indexOf as (this: string, s: string, at?: number) => number,
);
export const lastIndexOf = uncurryThis(
  text.lastIndexOf as (this: string, s: string, from?: number) => number,
);
export const slice = uncurryThis(text.slice as (this: string, from: number, to?: number) => string);
export const split = uncurryThis(text.split as (this: string, separator: string) => string[]);
export const startsWith = uncurryThis(
  text.startsWith as (this: string, s: string, at?: number) => boolean,
);
export const toLowerCase = uncurryThis(text.toLowerCase as (this: string) => string);
export const toUpperCase = uncurryThis(text.toUpperCase as (this: string) => string);
export const replaceAll = uncurryThis(
  text.replaceAll as (this: string, what: string, by: string) => string,
);
export const { fromCharCode } = String;

const list = Array.prototype;
export const sort = uncurryThis(
  list.sort as <T>(this: T[], compare: (a: T, b: T) => number) => T[],
) as <T>(self: T[], compare: (a: T, b: T) => number) => T[];
export const splice = uncurryThis(list.splice as never) as <T>(
  self: T[],
  start: number,
  count: number,
  ...items: T[]
) => T[];

const bytes = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array<ArrayBuffer>;
export const setBytes = uncurryThis(
  bytes.set as (this: Uint8Array, source: Uint8Array, at: number) => void,
);
export const subarray = uncurryThis(
  bytes.subarray as (this: Uint8Array, from: number, to?: number) => Uint8Array<ArrayBuffer>,
);

const NativeMap = Map;
export const createMap = <K, V>(): Map<K, V> => new NativeMap<K, V>();
const { prototype: map } = NativeMap;
export const mapGet = uncurryThis(map.get) as <K, V>(self: Map<K, V>, key: K) => V | undefined;
export const mapSet = uncurryThis(map.set) as <K, V>(self: Map<K, V>, key: K, value: V) => unknown;
export const mapDelete = uncurryThis(map.delete) as <K, V>(self: Map<K, V>, key: K) => boolean;
export const mapHas = uncurryThis(map.has) as <K, V>(self: Map<K, V>, key: K) => boolean;
const { get: size } = Object.getOwnPropertyDescriptor(map, "size")!;
export const mapSize = uncurryThis(size as () => number) as (self: Map<unknown, unknown>) => number;
export const mapForEach = uncurryThis(map.forEach) as <K, V>(
  self: Map<K, V>,
  call: (value: V, key: K) => void,
) => void;

export const { ownKeys } = Reflect;
export const { getOwnPropertySymbols: ownSymbols, hasOwn } = Object;
const { prototype: object } = Object;
export const propertyIsEnumerable = uncurryThis(
  object.propertyIsEnumerable as (this: object, key: PropertyKey) => boolean,
);
export const isPrototypeOf = uncurryThis(object.isPrototypeOf);

export const { random } = Math;
export const encodeComponent = encodeURIComponent;
export const { stringify: stringifyJson, parse: parseJson } = JSON;

const NativePromise = Promise;
export const resolved = NativePromise.resolve.bind(NativePromise) as <T>(value: T) => Promise<T>;
export const rejected = NativePromise.reject.bind(NativePromise) as (
  reason: unknown,
) => Promise<never>;

/** A promise together with the functions that settle it. */
export interface Deferred<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: unknown) => void;
}

export function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new NativePromise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
