// Event handler attributes, such as `signal.onabort` (HTML, section 8.1.8.1). Thread: the isolate's.
import { ifLoaded } from "../host/lazy-groups.ts";
import { isObject } from "../idl/convert.ts";
import { define, own } from "../idl/define.ts";
import { apply, mapGet, mapSet, ownProperty } from "../idl/primordials.ts";
import {
  addListener,
  existingState,
  removeListener,
  stateOf,
  targetOf,
  type EventHandler,
} from "./event-target.ts";
import type { Event } from "./event.ts";

type ErrorEvent = InstanceType<LazyGroups["dom"]["ErrorEvent"]>;

/** "The event handler processing algorithm". */
function process(handler: EventHandler, target: object, event: Event, special: boolean): void {
  const { value } = handler;
  // [LegacyTreatNonObjectAsNull] lets any object be a handler; one that is not callable does nothing.
  if (typeof value !== "function") return;
  if (special && ifLoaded("dom")?.isErrorEvent(event)) {
    const { message, filename, lineno, colno, error } = event as ErrorEvent;
    if (apply(value, target, [message, filename, lineno, colno, error]) === true) {
      event.preventDefault();
    }
  } else if (apply(value, target, [event]) === false) {
    event.preventDefault();
  }
}

function set(target: object, type: string, value: unknown, special: boolean): void {
  const state = stateOf(target);
  const handlers = (state.handlers ??= new Map());
  let handler = mapGet(handlers, type);
  if (handler === undefined) mapSet(handlers, type, (handler = { value: null, listener: null }));
  const entry = handler;
  entry.value = isObject(value) ? value : null;
  if (entry.value === null) {
    if (entry.listener !== null) removeListener(state, entry.listener);
    entry.listener = null;
  } else if (entry.listener === null) {
    // A handler keeps its place among the listeners when it is replaced by another.
    entry.listener = {
      type,
      callback: (event: Event) => process(entry, target, event, special),
      capture: false,
      once: false,
      passive: false,
      removed: false,
      signal: null,
      onAbort: null,
    };
    addListener(state, entry.listener);
  }
}

export interface HandlerOptions {
  /** The brand check of the interface; without one the owner is the global object. */
  is?: (target: object) => boolean;
  /**
   * The type whose handler is an OnErrorEventHandler: called with message, filename, lineno, colno and
   * error, and canceling by returning true.
   */
  special?: "error";
  /** Called after a handler has been set. */
  onSet?: (target: object, type: string) => void;
}

/** Defines the attributes `on<type>` on an interface's prototype or on the global object. */
export function defineEventHandlers(
  owner: object,
  types: readonly string[],
  options: HandlerOptions,
): void {
  const { is, special, onSet } = own(options);
  const check = (self: unknown): object => {
    const target = targetOf(self);
    if (is !== undefined && !is(target)) throw new TypeError("Illegal invocation");
    return target;
  };
  for (let i = 0; i < types.length; i++) {
    const type = types[i]!;
    const name = `on${type}`;
    // Accessors of an object literal have the names and lengths that Web IDL asks for.
    const accessor = {
      get [name](): unknown {
        const handlers = existingState(check(this))?.handlers;
        return (handlers && mapGet(handlers, type)?.value) ?? null;
      },
      set [name](value: unknown) {
        const target = check(this);
        set(target, type, value, type === special);
        onSet?.(target, type);
      },
    };
    const descriptor = ownProperty(accessor, name)!;
    define(owner, name, descriptor);
  }
}
