// Reporting an exception (HTML, section 8.1.4.6): an "error" event at the global object and, unless a
// listener takes care of it, a line in the log. Thread: the isolate's.
import {
  dispatch,
  dispatchInTask,
  hasListeners,
  hooks as targetHooks,
} from "../dom/event-target.ts";
import { load } from "../host/lazy-groups.ts";
import { LogLevel, ObjectKind } from "../host/ops.ts";
import { isObject, requireArguments } from "../idl/convert.ts";
import { hooks as taskHooks } from "../tasks/event-loop.ts";

const globalObject = globalThis;

/** True while "error" is being dispatched: an exception in its listeners is only logged. */
let reporting = false;

/**
 * The exception in words, as console.error would show it: stack, causes, the errors of an
 * AggregateError, properties of its own, and what is no error at all. Never throws.
 */
export function describe(exception: unknown): string {
  try {
    return load("inspect").inspect(exception);
  } catch {
    return "an exception that cannot be shown";
  }
}

/** An error's own stack, for the message and the place that an ErrorEvent tells; else as above. */
function stackOf(exception: unknown): string {
  try {
    if (isObject(exception) && ops.objectKind(exception) === ObjectKind.Error) {
      const { stack } = exception as { stack?: unknown };
      if (typeof stack === "string" && stack !== "") return stack;
    }
  } catch {
    // A getter of the app's own.
  }
  return describe(exception);
}

/** Logs an exception that nobody caught. */
export function logUncaught(prefix: string, exception: unknown): void {
  ops.log(LogLevel.Error, `${prefix} ${describe(exception)}`);
}

/**
 * "Report an exception". Never throws.
 * @param inTask No script of the app's is on the stack: microtasks run after each listener.
 */
export function report(exception: unknown, inTask = false): void {
  if (!reporting && hasListeners(globalObject, "error")) {
    reporting = true;
    try {
      const event = load("dom").createErrorEvent(exception, stackOf(exception));
      if (!(inTask ? dispatchInTask : dispatch)(globalObject, event)) return;
    } finally {
      reporting = false;
    }
  }
  logUncaught("Uncaught", exception);
}

targetHooks.report = report;
taskHooks.report = report;

export const { reportError } = {
  reportError(exception: unknown): void {
    requireArguments(arguments.length, 1, "Failed to execute 'reportError'");
    report(exception);
  },
};
