// MessageEvent (HTML, section 9.1). Thread: the isolate's.
import { Event, eventFriend, eventInitMembers, type EventInit } from "../../dom/event.ts";
import { freeze } from "../../idl/primordials.ts";
import {
  defineInterface,
  dictionary,
  requireArguments,
  sequence,
  toAny,
  toDOMString,
  toUSVString,
} from "../../idl/webidl.ts";
import { hooks, isMessagePort, toMessagePort, type MessagePort } from "./message-port.ts";

/** Of MessageEventSource only ports exist here. */
function toSource(value: unknown, where?: string): MessagePort | null {
  if (value === null || value === undefined) return null;
  if (isMessagePort(value)) return value;
  throw new TypeError(`${where ?? "The source"} is not of type 'MessagePort'.`);
}

const toPorts = sequence(toMessagePort);
const noPorts: readonly MessagePort[] = freeze([]);

export interface MessageEventInit<T = unknown> extends EventInit {
  data?: T;
  origin?: string;
  lastEventId?: string;
  source?: MessagePort | null;
  ports?: readonly MessagePort[];
}

const toMessageEventInit = dictionary("MessageEventInit", {
  ...eventInitMembers,
  data: { convert: toAny, default: null },
  lastEventId: { convert: toDOMString, default: "" },
  origin: { convert: toUSVString, default: "" },
  ports: { convert: toPorts, default: () => [] },
  source: { convert: toSource, default: null },
});

export class MessageEvent<T = unknown> extends Event {
  #data: T = null as T;
  #origin = "";
  #lastEventId = "";
  #source: MessagePort | null = null;
  #ports = noPorts;

  constructor(type: string, eventInitDict: MessageEventInit<T> | undefined = undefined) {
    requireArguments(arguments.length, 1, "Failed to construct 'MessageEvent'");
    const name = toDOMString(type, "Failed to construct 'MessageEvent': The type");
    if (eventInitDict === undefined) {
      super(name);
      return;
    }
    const init = toMessageEventInit(
      eventInitDict,
      "Failed to construct 'MessageEvent': The event init",
    );
    super(name, init);
    this.#data = init.data as T;
    this.#origin = init.origin;
    this.#lastEventId = init.lastEventId;
    this.#source = init.source;
    this.#ports = freeze(init.ports);
  }

  get data(): T {
    return this.#data;
  }
  get origin(): string {
    return this.#origin;
  }
  get lastEventId(): string {
    return this.#lastEventId;
  }
  get source(): MessagePort | null {
    return this.#source;
  }
  get ports(): readonly MessagePort[] {
    return this.#ports;
  }

  initMessageEvent(
    type: string,
    bubbles: boolean = false,
    cancelable: boolean = false,
    data: T = null as T,
    origin: string = "",
    lastEventId: string = "",
    source: MessagePort | null = null,
    ports: MessagePort[] = [],
  ): void {
    const where = "Failed to execute 'initMessageEvent' on 'MessageEvent'";
    void this.#data; // The brand check comes before anything else.
    requireArguments(arguments.length, 1, where);
    const name = toDOMString(type, `${where}: parameter 1`);
    const newOrigin = toUSVString(origin, `${where}: parameter 5`);
    const newId = toDOMString(lastEventId, `${where}: parameter 6`);
    const newSource = toSource(source, `${where}: parameter 7`);
    const newPorts = toPorts(ports, `${where}: parameter 8`);
    if (eventFriend.isDispatching(this)) return;
    eventFriend.initialize(this, name, bubbles, cancelable);
    this.#data = data;
    this.#origin = newOrigin;
    this.#lastEventId = newId;
    this.#source = newSource;
    this.#ports = freeze(newPorts);
  }

  static {
    hooks.createMessageEvent = (data, ports) => {
      const event = new MessageEvent("message");
      event.#data = data;
      event.#ports = ports;
      return event;
    };
  }
}

defineInterface(MessageEvent, "MessageEvent", {
  shows: ["type", "data", "origin", "lastEventId", "source", "ports"],
});
