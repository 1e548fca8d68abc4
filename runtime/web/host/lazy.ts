// Lazy groups: parts of the Web APIs that most apps never touch, kept out of the base snapshot. Each
// folder lazy/<group>/ is bundled into a script of its own (runtime/CMakeLists.txt), which lies in the
// program's read-only data and costs an isolate nothing until load() is called for it: then it is
// compiled, evaluated, and what its index.ts exports is kept. An app that uses a group while its
// snapshot is built has it there ready for use.
//
// - Code outside a group uses it by load("group").member, and imports nothing but types from it.
// - Code inside a group imports values from its own folder, from core.ts and from intrinsics.ts, which
//   stay outside of its bundle: a class must exist once. (Types and const enums may come from anywhere.)
// - A group's globals are properties that the engine fills in when they are read for the first time;
//   nothing else tells them from ordinary ones (ops.exposeLazily).
//
// Thread: the isolate's.
import type { LazyGroup } from "./ops.ts";
import { lastIndexOf, slice } from "./primordials.ts";

interface Groups {
  compression: typeof import("./lazy/compression/index.ts");
  console: typeof import("./lazy/console/index.ts");
  crypto: typeof import("./lazy/crypto/index.ts");
  deferral: typeof import("./lazy/deferral/index.ts");
  encoding: typeof import("./lazy/encoding/index.ts");
  events: typeof import("./lazy/events/index.ts");
  exceptions: typeof import("./lazy/exceptions/index.ts");
  forms: typeof import("./lazy/forms/index.ts");
  inspect: typeof import("./lazy/inspect/index.ts");
  messaging: typeof import("./lazy/messaging/index.ts");
  performance: typeof import("./lazy/performance/index.ts");
  rehearsal: typeof import("./lazy/rehearsal/index.ts");
  streams: typeof import("./lazy/streams/index.ts");
  timeline: typeof import("./lazy/timeline/index.ts");
  urlpattern: typeof import("./lazy/urlpattern/index.ts");
  wasm: typeof import("./lazy/wasm/index.ts");
  fetch: typeof import("./lazy/fetch/index.ts");
  files: typeof import("./lazy/files/index.ts");
}
true satisfies LazyGroup extends keyof Groups ? true : never;

type Loaded = { [Name in LazyGroup]?: Groups[Name] };
const loaded: Loaded = { __proto__: null } as Loaded;

/**
 * The modules outside the groups that groups import, by their names: flat lists of names and values,
 * in a small part of the memory that objects of so many properties take, until a group asks for them.
 */
const lists: Record<string, unknown[]> = { __proto__: null as never };
let modules: Record<string, object> = { __proto__: null as never };

/** Lets groups import a module. Called once for each, when all of the core has been evaluated. */
export function shareModule(name: string, exports: object): void {
  const list: unknown[] = [];
  for (const key in exports) {
    list[list.length] = key;
    list[list.length] = (exports as Record<string, unknown>)[key];
  }
  lists[name] = list;
}

/** What a group exports. Evaluates it at the first call; throws only if the stack or memory is full. */
export function load<Name extends LazyGroup>(name: Name): Groups[Name] {
  return loaded[name] ?? evaluate(name);
}

/** What a group exports if it has been loaded: before that, nothing of its making can exist. */
export function ifLoaded<Name extends LazyGroup>(name: Name): Loaded[Name] {
  return loaded[name];
}

/**
 * Lets go of a group that is not needed any more, and of the modules if no other group has asked for
 * them; what the group has made lives on by itself.
 */
export function unload(name: LazyGroup): void {
  delete loaded[name];
  for (const _ in loaded) return;
  modules = { __proto__: null as never };
}

function evaluate<Name extends LazyGroup>(name: Name): Groups[Name] {
  let exports = {} as Groups[Name];
  const provide = (group: object) => {
    exports = group as Groups[Name];
  };
  ops.lazyScript(name)(ops, provide, requireShared);
  // A copy has values where the exports have getters.
  return (loaded[name] = { __proto__: null, ...exports } as Loaded[Name] & Groups[Name]);
}

/** @param path Relative to a group's file, in its folder or one below. */
function requireShared(path: string): object {
  const name = slice(path, lastIndexOf(path, "../") + 3);
  const list = lists[name];
  if (list === undefined) throw new Error(`A lazy group may not import ${path}`);
  return (modules[name] ??= moduleOf(list));
}

function moduleOf(list: readonly unknown[]): object {
  const module: Record<string, unknown> = { __proto__: null };
  for (let i = 0; i < list.length; i += 2) module[list[i] as string] = list[i + 1];
  // A copy has its properties in place, where the engine's inline caches find them.
  return { ...module };
}

/** Globals, each followed by the group that exports it by the same name. */
const globals: string[] = [];

/** Makes exports of a group properties of the global object, not enumerable, read when first used. */
export function exposeLazily(group: LazyGroup, names: readonly string[]): void {
  for (const name of names) {
    globals[globals.length] = name;
    globals[globals.length] = group;
    ops.exposeLazily(globalThis, name);
  }
}

/** RuntimeHooks.lazyGlobal */
export function lazyGlobal(name: string): unknown {
  let i = 0;
  while (globals[i] !== name) i += 2;
  return (load(globals[i + 1] as LazyGroup) as Record<string, unknown>)[name];
}
