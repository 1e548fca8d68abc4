// ExtendableEvent and FetchEvent (Service Workers, sections 4.4 and 4.6), for apps that listen to
// "fetch" instead of exporting a handler, as Workers had them before modules. Thread: the isolate's.
import { DOMException } from "../../../dom/dom-exception.ts";
import { dispatch } from "../../../dom/event-target.ts";
import { Event, eventFriend, eventInitMembers, type EventInit } from "../../../dom/event.ts";
import { Request, requestFriend } from "../../../fetch/request.ts";
import {
  defineInterface,
  dictionary,
  interfaceType,
  requireArguments,
  toDOMString,
} from "../../../idl/webidl.ts";
import { keepAlive } from "../../execution-context.ts";

export interface FetchEventInit extends EventInit {
  request: Request;
}

const toExtendableEventInit = dictionary("ExtendableEventInit", eventInitMembers);
const toFetchEventInit = dictionary("FetchEventInit", {
  ...eventInitMembers,
  request: { convert: interfaceType("Request", requestFriend.is), required: true },
});

export class ExtendableEvent extends Event {
  #extendable = true;

  constructor(type: string, eventInitDict: EventInit | undefined = undefined) {
    requireArguments(arguments.length, 1, "Failed to construct 'ExtendableEvent'");
    const name = toDOMString(type, "Failed to construct 'ExtendableEvent': The type");
    super(name, toExtendableEventInit(eventInitDict));
  }

  /** Keeps the app alive until the promise settles, also when the event is over: as on Workers. */
  waitUntil(promise: unknown): void {
    void this.#extendable;
    requireArguments(arguments.length, 1, "Failed to execute 'waitUntil' on 'ExtendableEvent'");
    void keepAlive(promise);
  }
}

defineInterface(ExtendableEvent, "ExtendableEvent");

let responseOf: (event: FetchEvent) => unknown;

export class FetchEvent extends ExtendableEvent {
  #request: Request;
  #responded = false;
  #response: unknown;

  constructor(type: string, eventInitDict: FetchEventInit) {
    requireArguments(arguments.length, 2, "Failed to construct 'FetchEvent'");
    const name = toDOMString(type, "Failed to construct 'FetchEvent': The type");
    const init = toFetchEventInit(
      eventInitDict,
      "Failed to construct 'FetchEvent': The event init",
    );
    super(name, init);
    this.#request = init.request;
  }

  get request(): Request {
    return this.#request;
  }

  /** Answers with a Response or a promise of one. No other listener is asked then. */
  respondWith(response: unknown): void {
    const responded = this.#responded;
    const where = "Failed to execute 'respondWith' on 'FetchEvent'";
    requireArguments(arguments.length, 1, where);
    if (responded) {
      throw new DOMException(`${where}: it has been called before.`, "InvalidStateError");
    }
    if (!eventFriend.isDispatching(this)) {
      throw new DOMException(
        `${where}: the event is over. Call it before the listener returns or awaits; it takes a promise.`,
        "InvalidStateError",
      );
    }
    this.#responded = true;
    this.#response = response;
    eventFriend.stopImmediately(this);
  }

  /** Part of the Workers interface. There is no origin server that a request could pass through to. */
  passThroughOnException(): void {
    void this.#request;
  }

  static {
    responseOf = (event) => {
      if (event.#responded) return event.#response;
      throw new TypeError(
        'No listener of "fetch" called event.respondWith(). ' +
          "It has to be called before the listener returns, and takes a promise.",
      );
    };
  }
}

defineInterface(FetchEvent, "FetchEvent");

/** The handler of an app that listens to "fetch". */
export const listeningHandler = {
  fetch(request: unknown): unknown {
    const event = new FetchEvent("fetch", { request: request as Request, cancelable: true });
    dispatch(globalThis, event);
    return responseOf(event);
  },
};
