// The messaging group: channels between parts of an app, and MessageEvent.
export { MessageChannel } from "./message-channel.ts";
export { MessageEvent } from "./message-event.ts";
export { MessagePort, portFriend } from "./message-port.ts";

declare global {
  interface LazyGroups {
    messaging: typeof import("./index.ts");
  }
}
