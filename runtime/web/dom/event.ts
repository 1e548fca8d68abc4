// Event (DOM Standard, section 2.2), and the dispatch flags that EventTarget works with.
// Thread: the isolate's.
import { now } from "../host/clock.ts";
import { dictionary } from "../idl/containers.ts";
import { requireArguments, toBoolean, toDOMString } from "../idl/convert.ts";
import { defineInterface } from "../idl/define.ts";
import { defineProperty } from "../idl/primordials.ts";

export interface EventInit {
  bubbles?: boolean;
  cancelable?: boolean;
  composed?: boolean;
}

const NONE = 0;
const CAPTURING_PHASE = 1;
const AT_TARGET = 2;
const BUBBLING_PHASE = 3;

/** The members of EventInit, for dictionaries that inherit from it. */
export const eventInitMembers = {
  bubbles: { convert: toBoolean, default: false },
  cancelable: { convert: toBoolean, default: false },
  composed: { convert: toBoolean, default: false },
} as const;
const toEventInit = dictionary("EventInit", eventInitMembers);

/** State of a dispatch, for EventTarget only. */
export interface EventFriend {
  type(event: Event): string;
  isDispatching(event: Event): boolean;
  /** Begins a dispatch: the event's target is `target`, its phase AT_TARGET. */
  begin(event: Event, target: object, trusted: boolean): void;
  setPassive(event: Event, passive: boolean): void;
  stopImmediately(event: Event): void;
  stopsImmediately(event: Event): boolean;
  stopsPropagation(event: Event): boolean;
  /** Ends a dispatch; true unless the event was canceled. */
  end(event: Event): boolean;
  initialize(event: Event, type: string, bubbles: boolean, cancelable: boolean): void;
}
export let eventFriend: EventFriend;
export let isEvent: (value: unknown) => value is Event;

// [LegacyUnforgeable]: an own property of each event, always with this getter.
let isTrustedDescriptor: PropertyDescriptor;

export class Event {
  #type: string;
  #bubbles = false;
  #cancelable = false;
  #composed = false;
  #target: object | null = null;
  #currentTarget: object | null = null;
  #phase = NONE;
  #dispatching = false;
  #stopPropagation = false;
  #stopImmediately = false;
  #canceled = false;
  #inPassiveListener = false;
  #trusted = false;
  #timeStamp = now();

  constructor(type: string, eventInitDict: EventInit | undefined = undefined) {
    requireArguments(arguments.length, 1, "Failed to construct 'Event'");
    this.#type = toDOMString(type, "Failed to construct 'Event': The type");
    if (eventInitDict !== undefined) {
      const init = toEventInit(eventInitDict, "Failed to construct 'Event': The event init");
      this.#bubbles = init.bubbles;
      this.#cancelable = init.cancelable;
      this.#composed = init.composed;
    }
    defineProperty(this, "isTrusted", isTrustedDescriptor);
  }

  get type(): string {
    return this.#type;
  }
  get target(): object | null {
    return this.#target;
  }
  get srcElement(): object | null {
    return this.#target;
  }
  get currentTarget(): object | null {
    return this.#currentTarget;
  }

  composedPath(): object[] {
    return this.#currentTarget === null ? [] : [this.#currentTarget];
  }

  get eventPhase(): number {
    return this.#phase;
  }

  stopPropagation(): void {
    this.#stopPropagation = true;
  }

  get cancelBubble(): boolean {
    return this.#stopPropagation;
  }
  set cancelBubble(value: boolean) {
    this.#stopPropagation = this.#stopPropagation || !!value;
  }

  stopImmediatePropagation(): void {
    this.#stopPropagation = true;
    this.#stopImmediately = true;
  }

  get bubbles(): boolean {
    return this.#bubbles;
  }
  get cancelable(): boolean {
    return this.#cancelable;
  }

  get returnValue(): boolean {
    return !this.#canceled;
  }
  set returnValue(value: boolean) {
    if (!this.#canceled && !value) this.#cancel();
  }

  preventDefault(): void {
    this.#cancel();
  }
  get defaultPrevented(): boolean {
    return this.#canceled;
  }
  get composed(): boolean {
    return this.#composed;
  }
  get timeStamp(): number {
    return this.#timeStamp;
  }

  initEvent(type: string, bubbles: boolean = false, cancelable: boolean = false): void {
    requireArguments(arguments.length, 1, "Failed to execute 'initEvent' on 'Event'");
    this.#initialize(type, bubbles, cancelable);
  }

  #initialize(type: string, bubbles: boolean, cancelable: boolean): void {
    const name = toDOMString(type, "The event's type");
    if (this.#dispatching) return;
    this.#stopPropagation = this.#stopImmediately = this.#canceled = false;
    this.#trusted = false;
    this.#target = null;
    this.#type = name;
    this.#bubbles = !!bubbles;
    this.#cancelable = !!cancelable;
  }

  #cancel(): void {
    if (this.#cancelable && !this.#inPassiveListener) this.#canceled = true;
  }

  static {
    const { get } = Object.getOwnPropertyDescriptor(
      {
        get isTrusted() {
          return (this as unknown as Event).#trusted;
        },
      },
      "isTrusted",
    )!;
    // As short as it can be: it is read for each event.
    isTrustedDescriptor = { __proto__: null, get, enumerable: true } as PropertyDescriptor;

    isEvent = (value): value is Event =>
      typeof value === "object" && value !== null && #type in value;
    eventFriend = {
      type: (event) => event.#type,
      isDispatching: (event) => event.#dispatching,
      begin(event, target, trusted) {
        event.#trusted = trusted;
        event.#dispatching = true;
        event.#target = event.#currentTarget = target;
        event.#phase = AT_TARGET;
      },
      setPassive(event, passive) {
        event.#inPassiveListener = passive;
      },
      stopImmediately(event) {
        event.#stopPropagation = true;
        event.#stopImmediately = true;
      },
      stopsImmediately: (event) => event.#stopImmediately,
      stopsPropagation: (event) => event.#stopPropagation,
      end(event) {
        event.#phase = NONE;
        event.#currentTarget = null;
        event.#dispatching = event.#stopPropagation = event.#stopImmediately = false;
        return !event.#canceled;
      },
      initialize: (event, type, bubbles, cancelable) =>
        event.#initialize(type, bubbles, cancelable),
    };
  }
}

defineInterface(Event, "Event", {
  shows: ["type", "target", "bubbles", "cancelable", "defaultPrevented"],
  constants: { NONE, CAPTURING_PHASE, AT_TARGET, BUBBLING_PHASE },
});
