// The events group: events that few apps see.
export { CustomEvent } from "./custom-event.ts";
export { createErrorEvent } from "./error-information.ts";
export { ErrorEvent, isErrorEvent } from "./error-event.ts";
export { ExtendableEvent, FetchEvent, listeningHandler } from "./fetch-event.ts";
export { PromiseRejectionEvent } from "./promise-rejection-event.ts";
