// CustomEvent (DOM Standard, section 2.4). Thread: the isolate's.
import { ABSENT, defineInterface, dictionary, requireArguments, toAny } from "../../idl/webidl.ts";
import { Event, eventFriend, type EventInit } from "../event.ts";

export interface CustomEventInit<T = unknown> extends EventInit {
  detail?: T;
}

const toCustomEventInit = dictionary("CustomEventInit", {
  detail: { convert: toAny, default: null },
});

export class CustomEvent<T = unknown> extends Event {
  #detail: T;

  constructor(type: string, eventInitDict: CustomEventInit<T> = ABSENT) {
    requireArguments(arguments.length, 1, "Failed to construct 'CustomEvent'");
    super(type, eventInitDict);
    this.#detail = toCustomEventInit(eventInitDict).detail as T;
  }

  get detail(): T {
    return this.#detail;
  }

  initCustomEvent(
    type: string,
    bubbles: boolean = false,
    cancelable: boolean = false,
    detail: T = null as T,
  ): void {
    requireArguments(arguments.length, 1, "Failed to execute 'initCustomEvent' on 'CustomEvent'");
    void this.#detail; // The brand check comes before anything else.
    const dispatching = eventFriend.isDispatching(this);
    eventFriend.initialize(this, type, bubbles, cancelable);
    if (!dispatching) this.#detail = detail;
  }
}

defineInterface(CustomEvent, "CustomEvent", { shows: ["type", "target", "detail"] });
