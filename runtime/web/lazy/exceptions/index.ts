// The exceptions group: interfaces derived from DOMException.
export { QuotaExceededError } from "./quota-exceeded-error.ts";
