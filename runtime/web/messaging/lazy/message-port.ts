// MessagePort (HTML, section 9.4.4): one end of a channel.
//
// Both ends are in one realm, so that a message is cloned when it is posted and waits as a value. All
// state is in JavaScript: ports survive a snapshot with what they hold, nothing native keeps them
// alive, and a channel that an app lets go of is garbage, but for messages on their way.
// Thread: the isolate's.
import { DOMException } from "../../dom/dom-exception.ts";
import { defineEventHandlers } from "../../dom/event-handlers.ts";
import { EventTarget, dispatchInTask, hasListeners } from "../../dom/event-target.ts";
import { Event } from "../../dom/event.ts";
import {
  clone,
  cloneWithTransfer,
  toStructuredSerializeOptions,
} from "../../html/structured-clone.ts";
import { freeze } from "../../idl/primordials.ts";
import {
  ABSENT,
  INTERNAL,
  defineInterface,
  illegalConstructor,
  interfaceType,
  isObject,
  iteratorMethod,
  requireArguments,
  sequenceFrom,
  toObject,
} from "../../idl/webidl.ts";
import { queueTask } from "../../tasks/event-loop.ts";

interface Message {
  data: unknown;
  ports: readonly MessagePort[];
  /** The message after this one in the same queue. */
  next: Message | null;
}

interface PostOptions {
  transfer?: object[];
}

/** What modules that build on this one provide for it; set when they are evaluated. */
export const hooks = {} as {
  /** The event of a message that was posted (message-event.ts). */
  createMessageEvent(data: unknown, ports: readonly MessagePort[]): Event;
};

/** What MessageChannel needs of ports, and the streams that are transferred. */
export interface PortFriend {
  create(): MessagePort;
  entangle(one: MessagePort, other: MessagePort): void;
  /** "Message port post message steps" with an empty transfer list. Throws what cloning throws. */
  post(port: MessagePort, message: unknown): void;
  /** "Enable the port's port message queue"; messages go to `receive` instead of listeners. */
  receive(port: MessagePort, receive: (data: unknown) => void): void;
  /** "Disentangle". */
  disentangle(port: MessagePort): void;
}
export let portFriend: PortFriend;
export let isMessagePort: (value: unknown) => value is MessagePort;

const noPorts: readonly MessagePort[] = freeze([]);

export class MessagePort extends EventTarget {
  #other: MessagePort | null = null;
  #detached = false;
  #enabled = false;
  /** The port message queue. */
  #first: Message | null = null;
  #last: Message | null = null;
  /** Takes messages in place of listeners: of ports within the streams that were transferred. */
  #receiver: ((data: unknown) => void) | null = null;

  declare onmessage: ((this: MessagePort, event: Event) => unknown) | null;
  declare onmessageerror: ((this: MessagePort, event: Event) => unknown) | null;
  declare onclose: ((this: MessagePort, event: Event) => unknown) | null;

  constructor(key?: unknown) {
    illegalConstructor(key);
    super();
  }

  postMessage(message: unknown, transferOrOptions: object[] | PostOptions = ABSENT): void {
    const where = "Failed to execute 'postMessage' on 'MessagePort'";
    void this.#other; // The brand check comes before anything else.
    requireArguments(arguments.length, 1, where);
    const transfer = toTransferList(transferOrOptions, where);
    this.#post(message, transfer);
  }

  start(): void {
    if (this.#enabled) return;
    this.#enabled = true;
    for (let message = this.#first; message !== null; message = message.next) {
      queueTask(MessagePort.#deliver, this as MessagePort);
    }
  }

  close(): void {
    this.#detached = true;
    this.#disentangle();
  }

  /** "Message port post message steps". */
  #post(message: unknown, transfer: readonly object[]): void {
    const target = this.#other;
    // A message that takes along the port it is for can never arrive.
    let doomed = false;
    for (let i = 0; i < transfer.length; i++) {
      if (transfer[i] === this) {
        throw new DOMException(
          "A port cannot be transferred by a message that it posts itself.",
          "DataCloneError",
        );
      }
      doomed ||= transfer[i] === target;
    }
    let data: unknown;
    let ports = noPorts;
    if (transfer.length === 0) {
      data = clone(message);
    } else {
      const received: object[] = [];
      data = cloneWithTransfer(message, transfer, received);
      ports = portsOf(received);
    }
    if (target === null || doomed) return;
    target.#enqueue({ data, ports, next: null });
  }

  #enqueue(message: Message): void {
    if (this.#last === null) this.#first = message;
    else this.#last.next = message;
    this.#last = message;
    if (this.#enabled) queueTask(MessagePort.#deliver, this as MessagePort);
  }

  /** The task of one message. The port may have been transferred meanwhile, and its queue with it. */
  static #deliver(port: MessagePort): void {
    const message = port.#first;
    if (message === null) return;
    port.#first = message.next;
    if (message.next === null) port.#last = null;
    const { data, ports } = message;
    if (port.#receiver !== null) port.#receiver(data);
    else if (hasListeners(port, "message"))
      dispatchInTask(port, hooks.createMessageEvent(data, ports));
  }

  #disentangle(): void {
    const other = this.#other;
    if (other === null) return;
    this.#other = other.#other = null;
    queueTask(fireClose, other);
  }

  /** The transfer steps and the transfer-receiving steps. */
  #transfer(): MessagePort {
    if (this.#detached) {
      throw new DOMException(
        "A MessagePort that is closed or was transferred cannot be transferred.",
        "DataCloneError",
      );
    }
    this.#detached = true;
    const heir = new MessagePort(INTERNAL);
    heir.#first = this.#first;
    heir.#last = this.#last;
    this.#first = this.#last = null;
    const other = this.#other;
    if (other !== null) {
      this.#other = null;
      heir.#other = other;
      other.#other = heir;
    }
    return heir;
  }

  static {
    isMessagePort = (value): value is MessagePort => isObject(value) && #detached in value;
    portFriend = {
      create: () => new MessagePort(INTERNAL),
      entangle(one, other) {
        one.#other = other;
        other.#other = one;
      },
      post: (port, message) => port.#post(message, noPorts),
      receive(port, receive) {
        port.#receiver = receive;
        port.start();
      },
      disentangle: (port) => port.#disentangle(),
    };
    defineInterface(MessagePort, "MessagePort", {
      length: 0,
      is: isMessagePort,
      transfer: (port) => (port as MessagePort).#transfer(),
    });
  }
}

defineEventHandlers(MessagePort.prototype, ["message"], {
  is: isMessagePort,
  // "The first time a MessagePort object's onmessage IDL attribute is set" it is started.
  onSet: (port) => (port as MessagePort).start(),
});
defineEventHandlers(MessagePort.prototype, ["messageerror", "close"], { is: isMessagePort });

export const toMessagePort = interfaceType("MessagePort", isMessagePort);

function fireClose(port: MessagePort): void {
  dispatchInTask(port, new Event("close"));
}

/** The overloads of postMessage: a sequence of transferables, or a dictionary with one. */
function toTransferList(value: unknown, where: string): readonly object[] {
  if (value === undefined || value === null) return noPorts;
  if (isObject(value)) {
    const place = `${where}: parameter 2`;
    const method = iteratorMethod(value, place);
    if (method !== undefined) return sequenceFrom(value, method, toObject, place);
  }
  return toStructuredSerializeOptions(value, `${where}: The options`).transfer ?? noPorts;
}

function portsOf(received: readonly object[]): readonly MessagePort[] {
  let ports: MessagePort[] | null = null;
  for (let i = 0; i < received.length; i++) {
    const object = received[i]!;
    if (isMessagePort(object)) (ports ??= [])[ports.length] = object;
  }
  return ports === null ? noPorts : freeze(ports);
}
