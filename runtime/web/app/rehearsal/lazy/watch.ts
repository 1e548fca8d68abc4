// Watches an app in its rehearsal, in an isolate that is thrown away: what it does that could not be
// stored in a snapshot, or would be frozen in it. Each finding goes to ops.observe with the stack that
// led to it. Thread: the isolate's.
import { load } from "../../../host/lazy-groups.ts";
import { Observed } from "../../../host/ops.ts";
import {
  captureStackTrace,
  construct,
  defineProperty,
  ownProperty,
} from "../../../idl/primordials.ts";
import { resolve, shown } from "./names.ts";

type Callable = (...args: unknown[]) => unknown;

/** More of a kind are not told. */
const MOST = 64;
const FRAMES = 50;
const counts: number[] = [];

function note(kind: Observed, what: string, caller: Callable): void {
  const count = (counts[kind] = (counts[kind] ?? 0) + 1);
  if (count > MOST) return;
  const limit = ownProperty(Error, "stackTraceLimit");
  const trace: { stack?: unknown } = {};
  defineProperty(Error, "stackTraceLimit", { value: FRAMES, writable: true, configurable: true });
  captureStackTrace(trace, caller);
  const { stack } = trace;
  if (limit !== undefined) defineProperty(Error, "stackTraceLimit", limit);
  ops.observe(kind, what, typeof stack === "string" ? stack : "");
}

/** Replaces a method by one whose calls are noted. */
function noteCalls(owner: object, key: string, kind: Observed, what: string): void {
  const descriptor = ownProperty(owner, key);
  const method = descriptor?.value as Callable | undefined;
  if (descriptor === undefined || typeof method !== "function") return;
  const watched = new Proxy(method, {
    apply(target, self, args: unknown[]): unknown {
      note(kind, what, watched as Callable);
      return Reflect.apply(target, self, args);
    },
  });
  defineProperty(owner, key, { ...descriptor, value: watched });
}

/** Replaces a constructor by one that is noted, also where instances tell it. */
function noteConstructions(
  owner: object,
  key: string,
  kind: Observed,
  what: string,
  isOfInterest: (args: unknown[]) => boolean,
): void {
  const descriptor = ownProperty(owner, key)!;
  const made = descriptor.value as Callable & { prototype?: object };
  if (typeof made !== "function" || made.prototype === undefined) return;
  const handler: ProxyHandler<Callable> = {
    construct(target, args: unknown[], self) {
      if (isOfInterest(args)) note(kind, what, handler.construct as Callable);
      return construct(target, args, self as Callable) as object;
    },
    apply(target, self, args: unknown[]) {
      if (isOfInterest(args)) note(kind, what, handler.apply as Callable);
      return Reflect.apply(target, self, args);
    },
  };
  const watched = new Proxy(made, handler);
  defineProperty(owner, key, { ...descriptor, value: watched });
  const constructor = ownProperty(made.prototype, "constructor");
  if (constructor !== undefined) {
    defineProperty(made.prototype, "constructor", { ...constructor, value: watched });
  }
}

/** The values of properties that are watched, by owner and key. */
const watchedValues = new WeakMap<object, Map<PropertyKey, { name: string; value: unknown }>>();

/** Notes that a property is read, written or described. */
function noteUses(name: string): void {
  const place = resolve(name);
  if (place === undefined) return;
  const { owner, key } = place;
  const descriptor = ownProperty(owner, key);
  if (!descriptor?.configurable || !("value" in descriptor)) return;
  const what = shown(name);
  const { value, enumerable } = descriptor as { value: unknown; enumerable: boolean };
  const accessor = {
    get(): unknown {
      note(Observed.Absent, what, accessor.get);
      return value;
    },
    set(this: object, next: unknown): void {
      note(Observed.Absent, what, accessor.set as Callable);
      defineProperty(this, key, {
        value: next,
        writable: true,
        enumerable: this !== owner,
        configurable: true,
      });
    },
  };
  defineProperty(owner, key, { ...accessor, enumerable, configurable: true });
  let keys = watchedValues.get(owner);
  if (keys === undefined) watchedValues.set(owner, (keys = new Map()));
  keys.set(key, { name: what, value });
}

/** Notes what is done to all properties of an object, if some of them are watched. */
function noteWhole(owner: object, operation: string): void {
  const descriptor = ownProperty(owner, operation)!;
  const whole = descriptor.value as Callable;
  const watched = (object: unknown, ...rest: unknown[]): unknown => {
    const keys = watchedValues.get(object as object);
    if (keys !== undefined) {
      for (const { name } of keys.values()) note(Observed.Absent, name, watched as Callable);
    }
    return whole(object, ...rest);
  };
  defineProperty(owner, operation, { ...descriptor, value: watched });
}

/** What the watched property was, for those who ask for its descriptor or define another. */
function noteReflection(): void {
  const watchedAt = (owner: unknown, key: unknown) =>
    watchedValues.get(owner as object)?.get(typeof key === "symbol" ? key : String(key));
  for (const owner of [Object, Reflect] as object[]) {
    const get = ownProperty(owner, "getOwnPropertyDescriptor")!;
    const described = get.value as Callable;
    const getOwnPropertyDescriptor = (object: unknown, key: unknown): unknown => {
      const found = described(object, key) as PropertyDescriptor | undefined;
      const watched = watchedAt(object, key);
      if (watched === undefined || found?.get === undefined) return found;
      note(Observed.Absent, watched.name, getOwnPropertyDescriptor as Callable);
      const { enumerable, configurable } = found;
      return { value: watched.value, writable: true, enumerable, configurable };
    };
    defineProperty(owner, "getOwnPropertyDescriptor", { ...get, value: getOwnPropertyDescriptor });
    const define = ownProperty(owner, "defineProperty")!;
    const defined = define.value as Callable;
    const watchedDefine = (object: unknown, key: unknown, attributes: unknown): unknown => {
      const watched = watchedAt(object, key);
      if (watched !== undefined) note(Observed.Absent, watched.name, watchedDefine as Callable);
      return defined(object, key, attributes);
    };
    defineProperty(owner, "defineProperty", { ...define, value: watchedDefine });
    noteWhole(owner, "preventExtensions");
  }
}

/** What is asked of any object that is awaited, logged or made JSON of. */
const UNASKED = ["then", "toJSON", "constructor"];
let watching = false;
/** By their names. */
const standIns = new Map<string, object>();
const namesOf = new WeakMap<object, { name: string; object: object }>();

/** Stands in for an object whose properties come when the app is served, and notes what is read of it. */
export function watched<T extends object>(object: T, name: string): T {
  if (!watching) return object;
  const known = standIns.get(name);
  if (known !== undefined) return known as T;
  const made = standInFor(object, name);
  standIns.set(name, made);
  namesOf.set(made, { name, object });
  return made;
}

function standInFor<T extends object>(object: T, name: string): T {
  const read = (key: PropertyKey, caller: unknown): void => {
    if (typeof key !== "string" || key in object || UNASKED.includes(key)) return;
    note(Observed.Variable, `${name}.${key}`, caller as Callable);
  };
  const handler: ProxyHandler<T> = {
    get(target, key) {
      read(key, handler.get);
      return Reflect.get(target, key);
    },
    has(target, key) {
      read(key, handler.has);
      return Reflect.has(target, key);
    },
    getOwnPropertyDescriptor(target, key) {
      read(key, handler.getOwnPropertyDescriptor);
      return Reflect.getOwnPropertyDescriptor(target, key);
    },
    ownKeys(target) {
      note(Observed.Variable, `all of ${name}`, handler.ownKeys as Callable);
      return Reflect.ownKeys(target);
    },
    preventExtensions(target) {
      note(Observed.Frozen, name, handler.preventExtensions as Callable);
      return Reflect.preventExtensions(target);
    },
    defineProperty(target, key, attributes) {
      const done = Reflect.defineProperty(target, key, attributes);
      if (Reflect.getOwnPropertyDescriptor(target, key)?.configurable === false) {
        note(Observed.Frozen, `${name}.${String(key)}`, handler.defineProperty as Callable);
      }
      return done;
    },
  };
  return new Proxy(object, handler);
}

/** The app's handler, which gets a stand-in for its `env` as the module has it. */
export function rehearsed<T extends { fetch(...args: unknown[]): unknown }>(handler: T): T {
  if (!watching) return handler;
  return {
    fetch: (request: unknown, env: object, context: unknown) =>
      handler.fetch(request, watched(env, "env"), context),
  } as T;
}

/** A stand-in cannot be cloned, what it stands for can. */
function noteClones(): void {
  const descriptor = ownProperty(globalThis, "structuredClone")!;
  const clone = descriptor.value as Callable;
  const structuredClone = (value: unknown, ...rest: unknown[]): unknown => {
    const of = namesOf.get(value as object);
    if (of === undefined) return clone(value, ...rest);
    note(Observed.Variable, `all of ${of.name}`, structuredClone as Callable);
    return clone(of.object, ...rest);
  };
  defineProperty(globalThis, "structuredClone", { ...descriptor, value: structuredClone });
}

/** @param absent Names of what V8 lacks while it makes a snapshot, one a line. */
export function watch(absent: string): void {
  watching = true;
  const always = () => true;
  for (const name of Object.getOwnPropertyNames(Intl)) {
    if (name === "getCanonicalLocales" || name === "supportedValuesOf") continue;
    noteConstructions(Intl, name, Observed.Intl, `Intl.${name}`, always);
  }
  noteCalls(FinalizationRegistry.prototype, "register", Observed.Finalizer, "FinalizationRegistry");
  noteCalls(Math, "random", Observed.Random, "Math.random()");
  noteCalls(Date, "now", Observed.Clock, "Date.now()");
  noteCalls(load("performance").Performance.prototype, "now", Observed.Clock, "performance.now()");
  noteConstructions(globalThis, "Date", Observed.Clock, "new Date()", (args) => args.length === 0);
  // A live one does not survive a snapshot.
  const shared = "SharedArrayBuffer";
  noteConstructions(globalThis, shared, Observed.Absent, shared, always);
  for (const name of absent.split("\n")) if (name !== "") noteUses(name);
  noteReflection();
  noteClones();
  for (const operation of ["freeze", "seal", "defineProperties"]) noteWhole(Object, operation);
}
