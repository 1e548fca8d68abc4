// Error.stackTraceLimit across a snapshot. V8 adds the property whenever it boots an isolate that runs
// code, but not to one that makes a snapshot: there stacks would be empty. And it aborts at boot if the
// snapshot's Error has the property already, as it does once an app has set it.
// Evaluated once, when the base snapshot is built. Thread: the isolate's.

/** V8's own default. */
const DEFAULT_LIMIT = 10;

const { deleteProperty } = Reflect;
const errors = Error as ErrorConstructor & { stackTraceLimit: number };
let limit: number = DEFAULT_LIMIT;

errors.stackTraceLimit = DEFAULT_LIMIT;

/** Takes the property away, before a snapshot is written. */
export function suspendStackTraceLimit(): void {
  limit = errors.stackTraceLimit;
  deleteProperty(errors, "stackTraceLimit");
}

/** Gives it back, with the value that the app chose if it did; but for a build, V8 has added it by now. */
export function resumeStackTraceLimit(): void {
  if (errors.stackTraceLimit !== limit) errors.stackTraceLimit = limit;
}
