// MessageChannel (HTML, section 9.4.2): two entangled ports. Thread: the isolate's.
import { defineInterface } from "../../idl/webidl.ts";
import { portFriend, type MessagePort } from "./message-port.ts";

export class MessageChannel {
  #port1 = portFriend.create();
  #port2 = portFriend.create();

  constructor() {
    portFriend.entangle(this.#port1, this.#port2);
  }

  get port1(): MessagePort {
    return this.#port1;
  }

  get port2(): MessagePort {
    return this.#port2;
  }
}

defineInterface(MessageChannel, "MessageChannel");
