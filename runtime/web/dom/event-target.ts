// EventTarget (DOM Standard, section 2.7), also for the global object.
//
// No target here has a parent, so an event's path is its target alone: capturing listeners run before
// the others, both in phase AT_TARGET. Thread: the isolate's.
import {
  ABSENT,
  isObject,
  requireArguments,
  toBoolean,
  toDOMString,
  typeError,
} from "../idl/convert.ts";
import { defineInterface } from "../idl/define.ts";
import { apply } from "../idl/primordials.ts";
import { DOMException } from "./dom-exception.ts";
import { Event, eventFriend, isEvent } from "./event.ts";
import { ListenerList, type EventListener, type Listener, type Signal } from "./listener-list.ts";

export interface EventListenerOptions {
  capture?: boolean;
}
export interface AddEventListenerOptions extends EventListenerOptions {
  once?: boolean;
  passive?: boolean;
  signal?: Signal;
}

export interface EventHandler {
  value: object | null;
  listener: Listener | null;
}

/** What an event target holds; made when it is first needed, since most targets have no listener. */
export interface TargetState {
  listeners: ListenerList;
  /** Event handler attributes by event type (event-handlers.ts). */
  handlers: Map<string, EventHandler> | null;
  /** Called after a listener was added or removed. */
  observer: ((type: string) => void) | null;
}

/** What modules that build on this one provide for it; each sets its part once, when it is evaluated. */
export const hooks = {} as {
  /** Reports an exception that a listener threw (html/reporting.ts). */
  report(exception: unknown, inTask: boolean): void;
  /** The `signal` option (abort-signal.ts). */
  toSignal(value: unknown, where: string): Signal;
  isAborted(signal: Signal): boolean;
  addAlgorithm(signal: Signal, algorithm: () => void): void;
  removeAlgorithm(signal: Signal, algorithm: () => void): void;
};

const globalObject: object = globalThis;
let globalState: TargetState | null = null;

/** The state of a target; null if it has none yet. */
export let existingState: (target: object) => TargetState | null;
/** The state of a target, made if there is none. */
export let stateOf: (target: object) => TargetState;
/** The brand check: the event target that `self` is, undefined standing for the global object. */
export let targetOf: (self: unknown) => object;

export class EventTarget {
  #state: TargetState | null = null;

  constructor() {}

  addEventListener(
    type: string,
    callback: EventListener | null,
    options: AddEventListenerOptions | boolean = ABSENT,
  ): void {
    const target = targetOf(this);
    const where = "Failed to execute 'addEventListener' on 'EventTarget'";
    requireArguments(arguments.length, 2, where);
    const name = toDOMString(type, `${where}: parameter 1`);
    const listener = toListener(callback, where);
    let capture = false;
    let once = false;
    let passive = false;
    let signal: Signal | undefined;
    if (isObject(options)) {
      capture = toBoolean(options.capture);
      once = toBoolean(options.once);
      passive = toBoolean(options.passive);
      const given = options.signal;
      if (given !== undefined) signal = hooks.toSignal(given, `${where}: option 'signal'`);
    } else {
      capture = toBoolean(options);
    }
    if (listener === null || (signal !== undefined && hooks.isAborted(signal))) return;
    const state = stateOf(target);
    if (state.listeners.find(name, listener, capture) !== undefined) return;
    const entry: Listener = {
      type: name,
      callback: listener,
      capture,
      once,
      passive,
      removed: false,
      signal: null,
      onAbort: null,
    };
    addListener(state, entry);
    if (signal !== undefined) {
      entry.signal = signal;
      entry.onAbort = () => removeListener(state, entry);
      hooks.addAlgorithm(signal, entry.onAbort);
    }
  }

  removeEventListener(
    type: string,
    callback: EventListener | null,
    options: EventListenerOptions | boolean = ABSENT,
  ): void {
    const target = targetOf(this);
    const where = "Failed to execute 'removeEventListener' on 'EventTarget'";
    requireArguments(arguments.length, 2, where);
    const name = toDOMString(type, `${where}: parameter 1`);
    const listener = toListener(callback, where);
    const capture = toBoolean(isObject(options) ? options.capture : options);
    const state = existingState(target);
    if (state === null || listener === null) return;
    const entry = state.listeners.find(name, listener, capture);
    if (entry !== undefined) removeListener(state, entry);
  }

  dispatchEvent(event: Event): boolean {
    const target = targetOf(this);
    const where = "Failed to execute 'dispatchEvent' on 'EventTarget'";
    requireArguments(arguments.length, 1, where);
    if (!isEvent(event)) throw typeError(`${where}: parameter 1`, "is not of type 'Event'.");
    if (eventFriend.isDispatching(event)) {
      throw new DOMException(
        `${where}: the event is already being dispatched.`,
        "InvalidStateError",
      );
    }
    return dispatch(target, event, false);
  }

  static {
    existingState = (target) =>
      target === globalObject ? globalState : (target as EventTarget).#state;
    stateOf = (target) =>
      target === globalObject
        ? (globalState ??= newState())
        : ((target as EventTarget).#state ??= newState());
    targetOf = (self) => {
      // The global object's operations can be called without a `this`.
      if (self === undefined || self === null || self === globalObject) return globalObject;
      if (!isObject(self) || !(#state in self)) throw new TypeError("Illegal invocation");
      return self;
    };
  }
}

defineInterface(EventTarget, "EventTarget");

function toListener(value: unknown, where: string): EventListener | null {
  if (value === null || value === undefined) return null;
  if (isObject(value)) return value as EventListener;
  throw typeError(`${where}: parameter 2`, "is neither a function nor an object nor null.");
}

function newState(): TargetState {
  return { listeners: new ListenerList(), handlers: null, observer: null };
}

export function addListener(state: TargetState, listener: Listener): void {
  state.listeners.add(listener);
  state.observer?.(listener.type);
}

export function removeListener(state: TargetState, listener: Listener): void {
  if (listener.removed) return;
  listener.removed = true;
  state.listeners.remove(listener);
  // A signal that lives long must not collect what is of no more use.
  if (listener.signal !== null) hooks.removeAlgorithm(listener.signal, listener.onAbort!);
  state.observer?.(listener.type);
}

/** True if the target has a listener for events of this type. */
export function hasListeners(target: object, type: string): boolean {
  const state = existingState(target);
  return state !== null && state.listeners.hasType(type);
}

/**
 * Dispatches an event at a target that has no parents; true unless it was canceled.
 * @param trusted Events that the runtime makes are trusted.
 */
export function dispatch(target: object, event: Event, trusted = true): boolean {
  return run(target, event, trusted, false);
}

/**
 * The same for a trusted event that is dispatched from a task, with no script of the app's on the
 * stack: "clean up after running script" runs microtasks after each listener.
 */
export function dispatchInTask(target: object, event: Event): boolean {
  return run(target, event, true, true);
}

function run(target: object, event: Event, trusted: boolean, checkpoint: boolean): boolean {
  eventFriend.begin(event, target, trusted);
  const state = existingState(target);
  if (state !== null && !eventFriend.stopsPropagation(event)) {
    invoke(state, target, event, true, checkpoint);
    if (!eventFriend.stopsPropagation(event)) invoke(state, target, event, false, checkpoint);
  }
  return eventFriend.end(event);
}

/** "Invoke" and "inner invoke": the listeners of one kind, as they were when it began. */
function invoke(
  state: TargetState,
  target: object,
  event: Event,
  capture: boolean,
  checkpoint: boolean,
): void {
  // Listeners may add and remove others meanwhile.
  const listeners = state.listeners.forDispatch(eventFriend.type(event), capture);
  for (let i = 0; i < listeners.length; i++) {
    const listener = listeners[i]!;
    if (listener.removed) continue;
    if (listener.once) removeListener(state, listener);
    if (listener.passive) eventFriend.setPassive(event, true);
    try {
      const { callback } = listener;
      if (typeof callback === "function") {
        apply(callback, target, [event]);
      } else {
        const { handleEvent } = callback;
        if (typeof handleEvent !== "function") {
          throw new TypeError("The event listener has no 'handleEvent' method.");
        }
        apply(handleEvent, callback, [event]);
      }
    } catch (exception) {
      hooks.report(exception, checkpoint);
    }
    if (checkpoint) ops.runMicrotasks();
    if (listener.passive) eventFriend.setPassive(event, false);
    if (eventFriend.stopsImmediately(event)) return;
  }
}
