// "Extract error information" (HTML, section 8.1.4.6): the "error" event for an exception, with the place
// that its stack names. Thread: the isolate's.
import { charCodeAt, indexOf, lastIndexOf, slice, startsWith } from "../../idl/primordials.ts";
import { ErrorEvent } from "./error-event.ts";

interface Place {
  filename: string;
  lineno: number;
  colno: number;
}

/** How V8 begins each line of a stack after the error itself. */
const FRAME = "\n    at ";
/** The Web APIs' own scripts: nobody's mistakes are looked for there. */
const RUNTIME = "nano:";
const NOWHERE: Place = { filename: "", lineno: 0, colno: 0 };

/** @param text The exception in words: an error's stack. */
export function createErrorEvent(exception: unknown, text: string): ErrorEvent {
  const frames = indexOf(text, FRAME);
  const header = frames === -1 ? text : slice(text, 0, frames);
  // What is no error does not know where it comes from; reportError() is called from somewhere.
  const stack = frames === -1 ? (new Error().stack ?? "") : text;
  return new ErrorEvent("error", {
    cancelable: true,
    message: `Uncaught ${typeof exception === "string" ? exception : header}`,
    ...firstPlace(stack),
    error: exception,
  });
}

function firstPlace(stack: string): Place {
  let at = indexOf(stack, FRAME);
  while (at !== -1) {
    const begin = at + FRAME.length;
    at = indexOf(stack, FRAME, begin);
    const line = at === -1 ? slice(stack, begin) : slice(stack, begin, at);
    const place = parseFrame(line);
    if (place !== null && !startsWith(place.filename, RUNTIME)) return place;
  }
  return NOWHERE;
}

/** "name (file:line:column)" or "file:line:column"; null for frames that are in no script. */
function parseFrame(frame: string): Place | null {
  const newline = indexOf(frame, "\n");
  const line = newline === -1 ? frame : slice(frame, 0, newline);
  const end = line.length - (charCodeAt(line, line.length - 1) === 0x29 ? 1 : 0);
  const parenthesis = end === line.length ? -1 : lastIndexOf(line, "(");
  const begin = parenthesis === -1 ? (startsWith(line, "async ") ? 6 : 0) : parenthesis + 1;
  const place = slice(line, begin, end);
  const colon = lastIndexOf(place, ":");
  const before = colon === -1 ? -1 : lastIndexOf(place, ":", colon - 1);
  if (before === -1) return null;
  const lineno = +slice(place, before + 1, colon);
  const colno = +slice(place, colon + 1);
  if (!(lineno > 0 && colno > 0)) return null;
  return { filename: slice(place, 0, before), lineno, colno };
}
