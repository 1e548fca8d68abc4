// The listening group: apps that listen to "fetch" instead of exporting a handler.
export { ExtendableEvent, FetchEvent, listeningHandler } from "./fetch-event.ts";

declare global {
  interface LazyGroups {
    listening: typeof import("./index.ts");
  }
}
