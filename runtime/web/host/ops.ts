// The native ops (runtime/ops/*.cc), typed. The runtime calls the bundle with them as `ops`; an app
// cannot reach them. A test compares names and numbers with those of the C++ (tests/unit/layers/).
import type { HttpOps } from "./http-ops.ts";
import type { CallId, ExchangeId } from "./ids.ts";
import type { KvOps } from "./kv-ops.ts";
import type { ObservationOps } from "./observation-ops.ts";
import type { IncomingAim, OutboundOps, Tally } from "./outbound-ops.ts";
import type { SubtleKeyOps, SubtleOps } from "./subtle-ops.ts";
import type { CompressionOps, DecodeOps, TextOps } from "./text-ops.ts";

export * from "./http-ops.ts";
export * from "./ids.ts";
export * from "./kv-ops.ts";
export * from "./observation-ops.ts";
export * from "./outbound-ops.ts";
export * from "./subtle-ops.ts";
export * from "./text-ops.ts";

export const enum LogLevel {
  Debug = 0,
  Info = 1,
  Warn = 2,
  Error = 3,
}

export const enum Phase {
  /** The app's modules are being evaluated for a snapshot: no randomness, no network, a frozen clock. */
  Evaluating = 0,
  /**
   * A warm-up request is being answered for a snapshot: values made now are thrown away with the answer,
   * or frozen into the heap if the app keeps them.
   */
  WarmingUp = 1,
  Serving = 2,
}

/** Why an exchange ends without the app. */
export const enum AbortCause {
  /** The client went away. */
  Gone = 0,
  Late = 1,
  TooLarge = 2,
  /** The server: since it stops, or for what its client does, or does not. */
  Ended = 3,
}

/** Of `appLimit` and `denied`. */
export const enum AppLimit {
  /** Timers that wait at once. */
  Timer = 0,
  /** Calls that one request leads to. */
  Subrequest = 1,
}

export interface EventLoopOps {
  /** Asks for `RuntimeHooks.runTasks` in `delay` milliseconds; negative: not any more. */
  armTimer(delay: number): void;
  /** Milliseconds of a monotonic clock with sub-millisecond digits, from an arbitrary origin. */
  now(): number;
  /** Milliseconds since the Unix epoch of `now() === 0`. */
  timeOrigin(): number;
  /** Runs all queued microtasks: the checkpoint between two tasks, such as timers. */
  runMicrotasks(): void;
  /** Queues a microtask. The engine has nobody to tell of an exception: `run` must not throw. */
  enqueueMicrotask(run: () => void): void;
}

export interface EmbedderOps {
  /** Writes log lines. */
  log(level: LogLevel, text: string): void;
  phase(): Phase;
  /** How many the app may have; Infinity: as many as it likes. 0 while it is built, when nobody counts. */
  appLimit(which: AppLimit): number;
  /** The app asked for one more, and an exception says that it did not get it. */
  denied(which: AppLimit): void;
  /** Has what the log calls the request that is being answered kept in its record, for when it is over. */
  nameRequest(): void;
  /** A deferred app has been evaluated; if a request waits for that, its handler is called next. */
  loaded(): void;
  /** What `RuntimeHooks.loadApp` began has failed; the reason is reported as an unhandled rejection. */
  notLoaded(): void;
}

/** The engine's own: what goes along with promises and awaits. */
export interface EngineOps {
  /** What `setContinuation` was given by the code that has led to this, promises and awaits included. */
  getContinuation(): unknown;
  setContinuation(value: unknown): void;
}

export interface CloneOps {
  /**
   * The structured clone of a value. An object whose prototype is neither `plainPrototype` nor null is
   * shown to `cloneHost`, which returns undefined if all objects of that prototype are ordinary ones,
   * null if this one is, the clone of a serialisable platform object, or throws. `dataCloneError` makes
   * the exception for V8's messages.
   *
   * To transfer, `buffers` holds the ArrayBuffers of the transfer list. Once the value is serialised,
   * `receive` is called: it replaces each of them by the one that takes its place, and does the same
   * with the platform objects in `hosts`, which are what `cloneHost` has returned.
   */
  structuredClone(
    value: unknown,
    plainPrototype: object,
    cloneHost: (object: object) => object | null | undefined,
    dataCloneError: (message: string) => Error,
    buffers?: ArrayBuffer[],
    receive?: (hosts: object[]) => void,
  ): unknown;
}

/** Of the lazy group "rpc", and there when that is loaded. */
export interface ValueOps {
  /** What a call is for whose depth is below 0 (`dispatch`); undefined once the exchange has ended. */
  serviceAim(id: ExchangeId): IncomingAim | undefined;
  /**
   * Bytes from which `readValue` makes the same value, in any isolate. `pass` is given an object whose prototype is
   * neither `plainPrototype` nor null, and returns a value that is written in its place; or V8's message about what
   * cannot be cloned: then it throws.
   */
  writeValue(
    value: unknown,
    plainPrototype: object,
    pass: (what: unknown) => unknown,
  ): Uint8Array<ArrayBuffer>;
  /**
   * Throws an Error for bytes that mean nothing. `revive` is given what was written in the place of an object, and
   * returns that object; no other script is run.
   */
  readValue(bytes: ArrayBufferView, revive: (value: unknown) => unknown): unknown;
}

export interface CryptoOps {
  /** Fills the view's bytes from the engine's cryptographic generator. */
  randomFill(view: ArrayBufferView): void;
  /** A version 4 UUID in lower case. */
  randomUuid(): string;
}

/** What `urlSet` changes. */
export const enum UrlPart {
  Protocol = 0,
  Username = 1,
  Password = 2,
  Host = 3,
  Hostname = 4,
  Port = 5,
  Pathname = 6,
  Search = 7,
  Hash = 8,
}

/**
 * Parsed URLs are an href and eight numbers: the ends of protocol and username, start and end of the
 * host, the port, the starts of path, search and hash. -1 stands for a port, search or hash that is
 * absent. They are written to the `components` given; lone surrogates in strings become U+FFFD.
 */
export interface UrlOps {
  /** The basic URL parser: the href; undefined if it failed. Throws a RangeError beyond V8's strings. */
  urlParse(input: string, base: string | undefined, components: Int32Array): string | undefined;
  urlCanParse(input: string, base: string | undefined): boolean;
  /** The API's setters: the new href, or the same string if the value was refused. */
  urlSet(href: string, part: UrlPart, value: string, components: Int32Array): string;
}

/** What an object is by its internal slots. */
export const enum ObjectKind {
  Ordinary = 0,
  Function = 1,
  Array = 2,
  Arguments = 3,
  Proxy = 4,
  Promise = 5,
  Map = 6,
  Set = 7,
  MapIterator = 8,
  SetIterator = 9,
  WeakMap = 10,
  WeakSet = 11,
  WeakRef = 12,
  Date = 13,
  RegExp = 14,
  Error = 15,
  Number = 16,
  String = 17,
  Boolean = 18,
  Symbol = 19,
  BigInt = 20,
  ArrayBuffer = 21,
  SharedArrayBuffer = 22,
  TypedArray = 23,
  DataView = 24,
  Generator = 25,
  Module = 26,
  External = 27,
}

export const enum PromiseState {
  Pending = 0,
  Fulfilled = 1,
  Rejected = 2,
}

/** What console shows of a value that script cannot see. None of them runs any script. */
export interface InspectOps {
  objectKind(value: object): ObjectKind;
  isProxy(value: object): boolean;
  /** Bit 0: async, bit 1: a generator. */
  functionFlags(value: object): number;
  promiseState(promise: object): PromiseState;
  /** The value or reason of a settled promise. */
  promiseResult(promise: object): unknown;
  /** Null if the proxy is revoked. */
  proxyTarget(proxy: object): object | null;
  proxyHandler(proxy: object): object | null;
  /**
   * What a Map, a Set, their weak sisters or iterators still hold, and whether keys and values take
   * turns in it. Undefined for anything else.
   */
  previewEntries(collection: object): [entries: unknown[], keyed: boolean] | undefined;
  /** Own keys without array indices; no proxies. */
  namedKeys(value: object, onlyEnumerable: boolean): (string | symbol)[];
}

/** The names of the lazy groups (lazy-groups.ts). */
export type LazyGroup = keyof LazyGroups;

export interface WasmOps {
  /**
   * Counts what compiling these bytes takes, and gives it: `keepWasm` has to be called once. Throws a
   * RangeError if the app has reached its limit. 0 for what is no buffer source.
   */
  holdWasm(bytes: unknown): number;
  /** That is over. Counts the module, if one came of it, until it is collected. */
  keepWasm(held: number, module?: unknown): void;
}

/** A group's script: it returns what its index.ts exports. `shared` is what it imports (lazy-groups.ts). */
export type LazyScript = (ops: Ops, shared: readonly unknown[]) => object;

export interface LazyOps {
  /** Compiles a group's script. */
  lazyScript(group: LazyGroup): LazyScript;
  /**
   * Defines a property (writable, configurable, not enumerable) whose value is that of
   * `RuntimeHooks.lazyGlobal(name)`, asked for when the property is read for the first time.
   */
  exposeLazily(target: object, name: string): void;
}

/** Each group is declared beside its users; they are all members of the one `ops` object. */
export interface Ops
  extends
    HttpOps,
    EventLoopOps,
    EmbedderOps,
    OutboundOps,
    EngineOps,
    DecodeOps,
    TextOps,
    CompressionOps,
    CloneOps,
    ValueOps,
    KvOps,
    CryptoOps,
    SubtleOps,
    SubtleKeyOps,
    UrlOps,
    InspectOps,
    ObservationOps,
    WasmOps,
    LazyOps {}

/** Parameter of the function that the bundle is wrapped in (cmake/WebBundle.cmake). */
declare global {
  const ops: Ops;
}

/** What the runtime calls (runtime/isolate/). The bundle's entry module, main.ts, exports all of it. */
export interface RuntimeHooks {
  /** Registers the app's module namespace; throws a TypeError if it has no usable default export. */
  setApp(namespace: unknown): void;
  /** `env`: a flat list of names and values (texts, or of JSON), services, namespaces, assets by a name; once, after each boot. */
  setEnv(pairs: unknown[], services: string[], assets: string, kv?: string[]): void;
  /** Called after each boot, before anything else: re-arms timers that were set during the build. */
  resume(): void;
  /**
   * Answers a request. `url` is absolute and serialised as the URL Standard says; `headers` is a list
   * of "name\nvalue\n" pairs with names in lower case; `depth` says how many apps call each other in a row, up
   * to this one (below 0: `serviceAim` tells what of it is called), `tally` counts the calls of all of them, and `traceparent` is that of `headers`, if it is
   * valid. Never throws.
   */
  dispatch(
    id: ExchangeId,
    method: string,
    url: string,
    headers: string,
    hasBody: boolean,
    depth: number,
    tally: Tally | undefined,
    traceparent: string | undefined,
  ): void;
  /** A part of a request's body in answer to `readBody`; `last` with the final one. */
  bodyPart(id: ExchangeId, part: ArrayBuffer, last: boolean): void;
  bodyError(id: ExchangeId, reason: string): void;
  drained(id: ExchangeId): void;
  /** `visitor` is as `visitorOf` has it. */
  aborted(id: ExchangeId, cause: AbortCause, requestId: string, visitor: string): void;
  runTasks(): void;
  /**
   * The head of a call's response, which `isCoded` if it has a Content-Encoding; `statusText` is undefined for
   * "OK". Returns what must be alive for the body, if there is one, to be wanted.
   */
  callHead(
    id: CallId,
    status: number,
    statusText: string | undefined,
    headers: string,
    hasBody: boolean,
    isCoded: boolean,
  ): object | undefined;
  /** `part` is a string if text was asked for. */
  callBody(id: CallId, part: ArrayBuffer | string, last: boolean): void;
  /** The call came to nothing, or its response broke off. */
  callFailed(id: CallId, code: string, problem: string): void;
  callDrained(id: CallId): void;
  /** The exchange was answered with the call's body, which has ended, or broken off if there is a code. */
  forwarded(id: CallId, exchange: ExchangeId, code: string, problem: string): void;
  /** A promise was rejected with no handler, or got one after all (in the order that V8 tells). */
  promiseRejected(promise: Promise<unknown>, reason: unknown): void;
  promiseHandled(promise: Promise<unknown>): void;
  /** Called when the microtask queue is empty: reports rejections that are still without a handler. */
  reportRejections(): void;
  /** The value of a global that `exposeLazily` defined. */
  lazyGlobal(name: string): unknown;
  /** The module that `new WebAssembly.Module(source, options)` gives, of that target. Throws what it throws. */
  constructWasm(source: unknown, options: unknown): object;
  /**
   * Has a deferred app evaluated before a request needs it. False: it is there already. Else `loaded` or
   * `notLoaded` is called, unless the app never comes to an end. Never throws.
   */
  loadApp(): boolean;
  /** What `appLimit` says is not what it was. */
  limitsChanged(): void;
}
