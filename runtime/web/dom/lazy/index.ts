// The dom group: events that few apps see, and exceptions derived from DOMException.
export { CustomEvent } from "./custom-event.ts";
export { createErrorEvent } from "./error-information.ts";
export { ErrorEvent, isErrorEvent } from "./error-event.ts";
export { PromiseRejectionEvent } from "./promise-rejection-event.ts";
export { QuotaExceededError } from "./quota-exceeded-error.ts";

declare global {
  interface LazyGroups {
    dom: typeof import("./index.ts");
  }
}
