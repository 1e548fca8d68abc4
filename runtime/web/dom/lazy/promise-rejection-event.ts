// PromiseRejectionEvent (HTML, section 8.1.4.7): "unhandledrejection" and "rejectionhandled".
// Thread: the isolate's.
import {
  defineInterface,
  dictionary,
  requireArguments,
  toAny,
  toDOMString,
  toObject,
} from "../../idl/webidl.ts";
import { Event, eventInitMembers, type EventInit } from "../event.ts";

export interface PromiseRejectionEventInit extends EventInit {
  promise: object;
  reason?: unknown;
}

const toPromiseRejectionEventInit = dictionary("PromiseRejectionEventInit", {
  ...eventInitMembers,
  promise: { convert: toObject, required: true },
  reason: { convert: toAny, default: undefined },
});

export class PromiseRejectionEvent extends Event {
  #promise: object;
  #reason: unknown;

  constructor(type: string, eventInitDict: PromiseRejectionEventInit) {
    requireArguments(arguments.length, 2, "Failed to construct 'PromiseRejectionEvent'");
    const name = toDOMString(type, "Failed to construct 'PromiseRejectionEvent': The type");
    const init = toPromiseRejectionEventInit(
      eventInitDict,
      "Failed to construct 'PromiseRejectionEvent': The event init",
    );
    super(name, init);
    this.#promise = init.promise;
    this.#reason = init.reason;
  }

  get promise(): object {
    return this.#promise;
  }
  get reason(): unknown {
    return this.#reason;
  }
}

defineInterface(PromiseRejectionEvent, "PromiseRejectionEvent");
