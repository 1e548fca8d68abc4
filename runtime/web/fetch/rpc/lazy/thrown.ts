// What a call has thrown, as the other app is told of it. Thread: the isolate's.
import { DOMException } from "../../../dom/dom-exception.ts";
import { isPrototypeOf } from "../../../idl/primordials.ts";
import { define, isObject, own } from "../../../idl/webidl.ts";
import { unreadable } from "./passing.ts";

/** An error without its stack, which is the other app's business; or what else was thrown. */
type Thrown =
  | { kind: "error" | "exception"; name: string; message: string }
  | { kind: "value"; value: unknown };

const ERRORS: Record<string, ErrorConstructor> = own({
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
});

/** What is told of an exception. */
export function describeThrown(thrown: unknown): Thrown {
  const isException = isObject(thrown) && isPrototypeOf(DOMException.prototype, thrown);
  if (isException || (isObject(thrown) && isPrototypeOf(Error.prototype, thrown))) {
    const { name, message } = thrown as Error;
    return { kind: isException ? "exception" : "error", name: `${name}`, message: `${message}` };
  }
  return { kind: "value", value: thrown };
}

/** The same as an exception of this app's; its stack leads to the call. It is the other app's word. */
export function exceptionOf(told: unknown): unknown {
  if (!isObject(told)) return unreadable();
  const thrown = told as Thrown;
  if (thrown.kind === "value") return thrown.value;
  const name = `${thrown.name}`;
  const message = `${thrown.message}`;
  if (thrown.kind === "exception") return new DOMException(message, name);
  const error = new (ERRORS[name] ?? Error)(message);
  if (error.name !== name) {
    define(error, "name", { value: name, writable: true, configurable: true });
  }
  define(error, "remote", { value: true, writable: true, configurable: true, enumerable: true });
  return error;
}
