// The listeners of an event target, in the order in which they were added. (DOM Standard, section 2.7.)
//
// Most targets have one or two, which an array holds. Many are kept by type, phase and callback, so that
// neither adding nor removing one is linear in their number, and that an event costs what listens to it.
// Thread: the isolate's.
import { createMap, mapDelete, mapForEach, mapGet, mapSet, mapSize } from "../idl/primordials.ts";
import type { Event } from "./event.ts";

type ListenerFunction = (this: object, event: never) => unknown;
interface ListenerObject {
  handleEvent(event: Event): unknown;
}
export type EventListener = ListenerFunction | ListenerObject;

/** An AbortSignal, as those see it that it builds on (abort-signal.ts). */
export interface Signal {
  readonly aborted: boolean;
}

export interface Listener {
  type: string;
  callback: EventListener;
  capture: boolean;
  once: boolean;
  passive: boolean;
  removed: boolean;
  /** The `signal` option, and what is among its algorithms until the listener is removed. */
  signal: Signal | null;
  onAbort: (() => void) | null;
}

type ByCallback = Map<EventListener, Listener>;
/** Phases are never mixed in one dispatch, so that only the order in each of them counts. */
type ByType = Map<string, ByCallback>;

const MOST_SEARCHED = 32;

export class ListenerList {
  #few: Listener[] = [];
  /** Null as long as there are few. */
  #capturing: ByType | null = null;
  #others: ByType | null = null;

  #of(type: string, capture: boolean): ByCallback | undefined {
    return mapGet(capture ? this.#capturing! : this.#others!, type);
  }

  find(type: string, callback: EventListener, capture: boolean): Listener | undefined {
    if (this.#others !== null) {
      const listeners = this.#of(type, capture);
      return listeners === undefined ? undefined : mapGet(listeners, callback);
    }
    const few = this.#few;
    for (let i = 0; i < few.length; i++) {
      const listener = few[i]!;
      if (
        listener.callback === callback &&
        listener.type === type &&
        listener.capture === capture
      ) {
        return listener;
      }
    }
    return undefined;
  }

  /** Adds a listener that find() does not find. */
  add(listener: Listener): void {
    const few = this.#few;
    if (this.#others === null && few.length < MOST_SEARCHED) {
      few[few.length] = listener;
      return;
    }
    if (this.#others === null) {
      this.#capturing = createMap();
      this.#others = createMap();
      this.#few = [];
      for (let i = 0; i < few.length; i++) this.#index(few[i]!);
    }
    this.#index(listener);
  }

  #index(listener: Listener): void {
    const { type, callback, capture } = listener;
    let listeners = this.#of(type, capture);
    if (listeners === undefined) {
      listeners = createMap();
      mapSet(capture ? this.#capturing! : this.#others!, type, listeners);
    }
    mapSet(listeners, callback, listener);
  }

  /** Removes a listener that is in the list. */
  remove(listener: Listener): void {
    if (this.#others !== null) {
      const listeners = this.#of(listener.type, listener.capture)!;
      mapDelete(listeners, listener.callback);
      if (mapSize(listeners) === 0) {
        mapDelete(listener.capture ? this.#capturing! : this.#others, listener.type);
      }
      return;
    }
    const few = this.#few;
    let to = 0;
    for (let i = 0; i < few.length; i++) if (few[i] !== listener) few[to++] = few[i]!;
    few.length = to;
  }

  hasType(type: string): boolean {
    if (this.#others !== null) {
      return this.#of(type, false) !== undefined || this.#of(type, true) !== undefined;
    }
    const few = this.#few;
    for (let i = 0; i < few.length; i++) if (few[i]!.type === type) return true;
    return false;
  }

  /** The listeners of one kind as they are now, in a list of its own. */
  forDispatch(type: string, capture: boolean): readonly Listener[] {
    const found: Listener[] = [];
    if (this.#others !== null) {
      const listeners = this.#of(type, capture);
      if (listeners === undefined) return found;
      mapForEach(listeners, (listener) => {
        found[found.length] = listener;
      });
      return found;
    }
    const few = this.#few;
    for (let i = 0; i < few.length; i++) {
      const listener = few[i]!;
      if (listener.type === type && listener.capture === capture) found[found.length] = listener;
    }
    return found;
  }
}
