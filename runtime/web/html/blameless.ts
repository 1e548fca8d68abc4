// Exceptions that are nobody's fault, such as the reason of an abort: should one come back as a rejection
// that nobody handles, it is not worth a line in the log. Thread: the isolate's.
import { weakSetAdd, weakSetHas } from "../idl/primordials.ts";

const blameless = new WeakSet<object>();

/** Keeps an exception out of the log from now on. */
export function excuse(exception: object): void {
  weakSetAdd(blameless, exception);
}

export function isBlameless(exception: unknown): boolean {
  return typeof exception === "object" && exception !== null && weakSetHas(blameless, exception);
}
