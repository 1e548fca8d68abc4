// Reporting an exception (HTML, section 8.1.4.6): an "error" event at the global object and, unless a
// listener takes care of it, a line in the log. Thread: the isolate's.
import { dispatch, dispatchInTask, hasListeners, hooks } from "./event-target.ts";
import { load } from "./lazy.ts";
import { ObjectKind } from "./ops.ts";
import { isObject, requireArguments } from "./webidl/convert.ts";

const ERROR_LEVEL = 3;
const globalObject = globalThis;

/** True while "error" is being dispatched: an exception in its listeners is only logged. */
let reporting = false;

/** The exception in words: its stack if it has one. Never throws. */
export function describe(exception: unknown): string {
  try {
    // Only errors are asked for their stack: other objects' getters are none of our business.
    if (isObject(exception) && ops.objectKind(exception) === ObjectKind.Error) {
      const { stack } = exception as { stack?: unknown };
      if (typeof stack === "string" && stack !== "") return withCauses(stack, exception);
    }
    return inspectValue(exception);
  } catch {
    return "an exception that throws when it is looked at";
  }
}

/** The stacks of an error's causes, of which the log is the only witness. */
function withCauses(stack: string, exception: object): string {
  let text = stack;
  let cause = (exception as { cause?: unknown }).cause;
  for (let depth = 0; cause !== undefined && depth < 8; depth++) {
    const inner = (cause as { stack?: unknown } | null)?.stack;
    text += `\nCaused by: ${typeof inner === "string" ? inner : inspectValue(cause)}`;
    cause = typeof cause === "object" ? (cause as { cause?: unknown } | null)?.cause : undefined;
  }
  return text;
}

let inspectValue = (value: unknown): string => {
  return typeof value === "symbol" ? value.toString() : `${value as string}`;
};

/** Lets the console's formatter describe exceptions that are no errors. */
export function setInspector(inspector: (value: unknown) => string): void {
  inspectValue = inspector;
}

/** Logs an exception that nobody caught. */
export function logUncaught(prefix: string, exception: unknown): void {
  ops.log(ERROR_LEVEL, `${prefix} ${describe(exception)}`);
}

/**
 * "Report an exception". Never throws.
 * @param inTask No script of the app's is on the stack: microtasks run after each listener.
 */
export function report(exception: unknown, inTask = false): void {
  if (!reporting && hasListeners(globalObject, "error")) {
    reporting = true;
    try {
      const event = load("events").createErrorEvent(exception, describe(exception));
      if (!(inTask ? dispatchInTask : dispatch)(globalObject, event)) return;
    } finally {
      reporting = false;
    }
  }
  logUncaught("Uncaught", exception);
}

hooks.report = report;

export const { reportError } = {
  reportError(exception: unknown): void {
    requireArguments(arguments.length, 1, "Failed to execute 'reportError'");
    report(exception);
  },
};
