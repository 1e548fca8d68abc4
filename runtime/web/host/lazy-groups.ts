// Lazy groups: parts of the Web APIs that most apps never touch, kept out of the base snapshot. Each folder
// lazy/ with an index.ts, however deep it lies, is a group, called as the folder that holds it. It is bundled
// into a script of its own (cmake/WebBundle.cmake), which lies in the program's read-only data and costs an
// isolate nothing until load() is called for it: then it is compiled, evaluated, and what its index.ts exports
// is kept. An app that uses a group while its snapshot is built has it there ready for use.
//
// - Code outside a group uses it by load("group").member, and imports nothing but types from it.
// - Code inside a group imports values from its own folder, and from outside of the lazy folders: those
//   values are handed to its script, since a class must exist once. (Types and const enums may come
//   from anywhere.)
// - What index.ts exports with a capital letter is a global: a property that the engine fills in when it
//   is read for the first time; nothing else tells it from an ordinary one (ops.exposeLazily).
//
// Thread: the isolate's.
import type { LazyGroup } from "./ops.ts";

declare global {
  /** Each group adds what it exports, by its name, in its index.ts: the loader lies below all of them. */
  interface LazyGroups {}
}

type Loaded = { [Name in LazyGroup]?: LazyGroups[Name] };
const loaded: Loaded = { __proto__: null } as Loaded;

/** What groups import from outside. Their scripts know it by its places in the list. */
let shared: readonly unknown[];

/** Lets groups be loaded. Called once, when all of the core has been evaluated. */
export function shareWithGroups(values: readonly unknown[]): void {
  shared = values;
}

/** What a group exports. Evaluates it at the first call; throws only if the stack or memory is full. */
export function load<Name extends LazyGroup>(name: Name): LazyGroups[Name] {
  return loaded[name] ?? evaluate(name);
}

/** What a group exports if it has been loaded: before that, nothing of its making can exist. */
export function ifLoaded<Name extends LazyGroup>(name: Name): Loaded[Name] {
  return loaded[name];
}

/** Lets go of a group that is not needed any more; what it has made lives on by itself. */
export function unload(name: LazyGroup): void {
  delete loaded[name];
}

function evaluate<Name extends LazyGroup>(name: Name): LazyGroups[Name] {
  const exports = ops.lazyScript(name)(ops, shared) as LazyGroups[Name];
  loaded[name] = exports as Loaded[Name];
  return exports;
}

/** Globals, each followed by the group that exports it by the same name. */
let globals: readonly string[];

/** Makes exports of groups properties of the global object, not enumerable, read when first used. */
export function exposeLazily(namesAndGroups: readonly string[]): void {
  globals = namesAndGroups;
  for (let i = 0; i < globals.length; i += 2) ops.exposeLazily(globalThis, globals[i]!);
}

/** RuntimeHooks.lazyGlobal */
export function lazyGlobal(name: string): unknown {
  let i = 0;
  while (globals[i] !== name) i += 2;
  return (load(globals[i + 1] as LazyGroup) as Record<string, unknown>)[name];
}
