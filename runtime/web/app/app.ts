// The app: its default export and its `env`. Thread: the isolate's.
import { hasListeners } from "../dom/event-target.ts";
import { ifLoaded, load } from "../host/lazy-groups.ts";
import { isArray, keys, ownProperty } from "../idl/primordials.ts";
import { define, isObject } from "../idl/webidl.ts";

type WasmImports = Parameters<LazyGroups["wasm"]["registerModules"]>[0];

export interface FetchHandler {
  fetch(request: unknown, env: object, context: unknown): unknown;
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
  const found = findHandler(result);
  return (handler = ifLoaded("rehearsal")?.rehearsed(found) ?? found);
}

function findHandler(result: unknown): FetchHandler {
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
    ifLoaded("rehearsal")?.warnOfUncalled(
      exported as object,
      (name) => typeof prototype[name] === "function",
    );
    return entrypoint;
  }
  const fetch = isObject(app) ? (app as { fetch?: unknown }).fetch : undefined;
  // The exports of a script that has none are an empty object.
  if (fetch === undefined && hasListeners(globalThis, "fetch")) {
    isListening = true;
    exposeVariables();
    ifLoaded("rehearsal")?.warnOfUncalled({}, (name) => hasListeners(globalThis, name));
    return load("listening").listeningHandler;
  }
  if (app === undefined) {
    throw new TypeError(`The app has no default export. ${EXAMPLE}`);
  }
  if (!isObject(app)) {
    const what = app === null ? "null" : `a ${typeof app}`;
    throw new TypeError(`The app's default export is ${what}, not an object. ${EXAMPLE}`);
  }
  if (typeof fetch !== "function") {
    const what = typeof app === "function" ? "function" : "object";
    const problem =
      fetch === undefined
        ? `is ${what === "object" ? "an" : "a"} ${what} without a fetch method`
        : "has a `fetch` that is not a function";
    throw new TypeError(`The app's default export ${problem}. ${EXAMPLE}`);
  }
  ifLoaded("rehearsal")?.warnOfUncalled(
    exported as object,
    (name) => typeof (app as Record<string, unknown>)[name] === "function",
  );
  return app as FetchHandler;
}

/** RuntimeHooks.setEnv */
export function setEnv(pairs: string[], services: string[], assets: string): void {
  for (let i = 0; i < pairs.length; i += 2) {
    setVariable(env, pairs[i]!, pairs[i + 1]!);
    if (texts !== null) setVariable(texts, pairs[i]!, pairs[i + 1]!);
  }
  for (let i = 0; i < services.length; i++) {
    setVariable(env, services[i]!, load("fetch").createService(services[i]!));
  }
  if (assets !== "") setAssets(assets);
  if (isListening) exposeVariables();
}

/** Gives `target` the app's variables, those that come later among them. */
export function alsoFill(target: object): void {
  texts = target;
  const names = keys(env);
  for (let i = 0; i < names.length; i++) {
    // Not what a getter gives: the app's assets are made when the app itself looks at them.
    const value: unknown = ownProperty(env, names[i]!)!.value;
    if (typeof value === "string") setVariable(target, names[i]!, value);
  }
}

/** Made when the app first looks at it: few requests of one with assets do, and each boot would pay for it. */
function setAssets(name: string): void {
  let assets: object | null = null;
  define(env, name, {
    get: () => (assets ??= load("fetch").createAssets(name)),
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
