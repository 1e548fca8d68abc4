// The app: its default export and its `env`. Thread: the isolate's.
import { hasListeners } from "../dom/event-target.ts";
import { ifLoaded, load } from "../host/lazy-groups.ts";
import { isArray, keys, ownProperty, stringifyJson } from "../idl/primordials.ts";
import { define, isObject } from "../idl/webidl.ts";

type WasmImports = Parameters<LazyGroups["wasm"]["registerModules"]>[0];

export interface FetchHandler {
  fetch(request: unknown, env: object, context: unknown): unknown;
}

export interface ScheduledHandler {
  scheduled?(controller: object, env?: object, context?: unknown): unknown;
}

type DeferredHandler = ReturnType<LazyGroups["deferral"]["deferredHandler"]>;

const EXAMPLE = 'Write: export default { fetch(request) { return new Response("hello"); } }';

/** The default export. Its `fetch` is looked up for each request: an app may replace it. */
export let handler: FetchHandler | null = null;
/** The app's exports, if there are others than the default one. */
let namespace: Record<string, unknown> | null = null;
/** Of an app that has not been evaluated yet: what does that. */
let deferred: DeferredHandler | null = null;
/** The same object for every request, as on Workers. */
export const env: Record<string, unknown> = {};

/** Where variables are put besides, if the app asks for that: not services (app/platform). */
let texts: object | null = null;
/** Those of `env` that are no texts there: `texts` has what they stand for as JSON. */
const jsonVariables: Record<string, string> = { __proto__: null } as never;

let hasWasmImports = false;
let isListening = false;

/** Makes imported WebAssembly modules usable; called after each boot. */
export function resumeWasmImports(): void {
  if (hasWasmImports) load("wasm").installModules();
}

/**
 * RuntimeHooks.setApp
 * @param result The app's module namespace, or a list of it and of the .wasm files that it imports, or a
 *   function that gives a promise of either when the first request needs it.
 */
export function setApp(result: unknown): void {
  if (typeof result === "function") {
    deferred = load("deferral").deferredHandler(result as () => Promise<unknown>, adopt);
    handler = deferred;
    return;
  }
  adopt(result);
}

/** For lazy groups, which see of variables what they were when the base snapshot was made. */
export function appState() {
  return { handler, namespace, deferred };
}

/** RuntimeHooks.loadApp */
export function loadApp(): boolean {
  if (deferred === null) return false;
  void deferred.begin();
  return true;
}

/** Takes the app that was evaluated. Throws if it has no handler. */
function adopt(result: unknown): FetchHandler {
  deferred = null;
  let exported = result;
  if (isArray(result)) {
    exported = result[0];
    load("wasm").registerModules(result[1] as WasmImports);
    hasWasmImports = true;
  }
  const app = isObject(exported) ? (exported as { default?: unknown }).default : undefined;
  if (isObject(exported) && keys(exported).length > 1) {
    namespace = exported as Record<string, unknown>;
  }
  const entrypoint = ifLoaded("platform")?.classHandler(app);
  if (entrypoint) {
    const { prototype } = app as { prototype: Record<string, unknown> };
    tellHandlers(exported as object, prototype);
    return (handler = entrypoint);
  }
  const fetch = isObject(app) ? (app as { fetch?: unknown }).fetch : undefined;
  // The exports of a script that has none are an empty object.
  if (fetch === undefined && isListener(app)) {
    isListening = true;
    exposeVariables();
    ifLoaded("rehearsal")?.tellHandlers({}, (name) => hasListeners(globalThis, name));
    return (handler = load("listening").listeningHandler);
  }
  if (app === undefined) {
    throw new TypeError(`The app has no default export. ${EXAMPLE}`);
  }
  if (!isObject(app)) {
    const what = app === null ? "null" : `a ${typeof app}`;
    throw new TypeError(`The app's default export is ${what}, not an object. ${EXAMPLE}`);
  }
  if (fetch === undefined && typeof (app as ScheduledHandler).scheduled === "function") {
    tellHandlers(exported as object, app);
    return (handler = load("cron").withoutFetch(app as ScheduledHandler));
  }
  if (typeof fetch !== "function") {
    const what = typeof app === "function" ? "function" : "object";
    const problem =
      fetch === undefined
        ? `is ${what === "object" ? "an" : "a"} ${what} without a fetch method`
        : "has a `fetch` that is not a function";
    throw new TypeError(`The app's default export ${problem}. ${EXAMPLE}`);
  }
  tellHandlers(exported as object, app);
  return (handler = app as FetchHandler);
}

/** Whether the app listens for what nothing that it exports is called for. */
function isListener(app: unknown): boolean {
  if (hasListeners(globalThis, "fetch")) return true;
  const isExported = isObject(app) && typeof (app as ScheduledHandler).scheduled === "function";
  return !isExported && hasListeners(globalThis, "scheduled");
}

/** Tells a build which handlers the app has; nobody else. */
function tellHandlers(exported: object, app: object): void {
  ifLoaded("rehearsal")?.tellHandlers(
    exported,
    (name) => typeof (app as Record<string, unknown>)[name] === "function",
  );
}

/** RuntimeHooks.setEnv */
export function setEnv(
  pairs: unknown[],
  services: string[],
  assets: string,
  kv: string[] | undefined,
): void {
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i] as string;
    let value = pairs[i + 1];
    setVariable(env, name, value);
    if (typeof value !== "string") jsonVariables[name] = value = stringifyJson(value);
    if (texts !== null) setVariable(texts, name, value);
  }
  for (let i = 0; i < services.length; i++) {
    setVariable(env, services[i]!, load("fetch").createService(services[i]!));
  }
  if (assets !== "") setLazily(assets, () => load("fetch").createAssets(assets));
  if (kv !== undefined) {
    for (let i = 0; i < kv.length; i++) setLazily(kv[i]!, () => load("kv").createNamespace(i));
  }
  if (isListening) exposeVariables();
}

/** Gives `target` the app's variables, those that come later among them. */
export function alsoFill(target: object): void {
  texts = target;
  const names = keys(env);
  for (let i = 0; i < names.length; i++) {
    // Not what a getter gives: that is made when the app itself looks at it.
    const value: unknown = ownProperty(env, names[i]!)!.value;
    const text = typeof value === "string" ? value : jsonVariables[names[i]!];
    if (text !== undefined) setVariable(target, names[i]!, text);
  }
}

/** Made when the app first looks at it: few requests of one that has it do, and each boot would pay for it. */
function setLazily(name: string, make: () => object): void {
  let made: object | null = null;
  define(env, name, {
    get: () => (made ??= make()),
    set: (value: unknown) => setVariable(env, name, value),
    enumerable: true,
    configurable: true,
  });
}

/** Nobody hands `env` to a listener: as on Workers, its variables are global. */
function exposeVariables(): void {
  const names = keys(env);
  for (let i = 0; i < names.length; i++) setVariable(globalThis, names[i]!, env[names[i]!]!);
}

/** Not an assignment: a variable may be called __proto__. */
function setVariable(target: object, name: string, value: unknown): void {
  define(target, name, { value, writable: true, enumerable: true, configurable: true });
}
