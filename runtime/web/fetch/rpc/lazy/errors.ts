// Errors as another app sees them: what they are called, what they say and what is data in them, but not their
// stack, which is the business of the app that has made them. Thread: the isolate's.
import { DOMException } from "../../../dom/dom-exception.ts";
import { ObjectKind } from "../../../host/ops.ts";
import {
  captureStackTrace,
  getPrototypeOf,
  isArray,
  isPrototypeOf,
  keys,
  objectPrototype,
  ownProperty,
} from "../../../idl/primordials.ts";
import { define, isObject, own } from "../../../idl/webidl.ts";

/** An error in a message. */
interface Described {
  readonly isException: boolean;
  readonly name: string;
  readonly message: string;
  /** Own enumerable properties that are data. */
  readonly properties?: Record<string, unknown>;
  readonly cause?: Cause;
  /** Of an AggregateError. */
  readonly errors?: readonly Cause[];
}
type Cause = { readonly error: Described } | { readonly value: unknown };

const ERRORS: Record<string, ErrorConstructor> = own({
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
});

/** What is no property of data, whatever it holds. */
const SPECIAL: Record<string, boolean> = own({
  name: true,
  message: true,
  stack: true,
  cause: true,
  errors: true,
  remote: true,
});

/** Of causes of causes, and of lists in lists: what is deeper is not told. */
const MOST_DEPTH = 6;
/** Of a list of errors, and of an object's properties. */
const MOST_ITEMS = 100;

export function isError(value: object): value is Error {
  return isPrototypeOf(Error.prototype, value) || isPrototypeOf(DOMException.prototype, value);
}

/** What is told of an error. No getter of it and no trap makes it throw. */
export function describeError(error: Error, depth: number = 0): Described {
  const described = own({
    isException: isPrototypeOf(DOMException.prototype, error),
    name: textOf(() => error.name, "Error"),
    message: textOf(() => error.message, ""),
  });
  try {
    const cause = ownProperty(error, "cause");
    return {
      ...described,
      properties: propertiesOf(error, 0) as Record<string, unknown>,
      ...(cause !== undefined && "value" in cause
        ? { cause: describeCause(cause.value, depth) }
        : undefined),
      ...(isPrototypeOf(AggregateError.prototype, error)
        ? { errors: describeErrors((error as AggregateError).errors, depth) }
        : undefined),
    };
  } catch {
    // A proxy that looks like an error.
    return described;
  }
}

function textOf(read: () => unknown, fallback: string): string {
  try {
    return `${read() as string}`;
  } catch {
    return fallback;
  }
}

function describeCause(cause: unknown, depth: number): Cause {
  if (isObject(cause) && isError(cause)) {
    return depth < MOST_DEPTH ? { error: describeError(cause, depth + 1) } : { value: undefined };
  }
  return { value: dataOf(cause, 0) };
}

function describeErrors(errors: unknown, depth: number): Cause[] {
  const list: Cause[] = [];
  if (!isArray(errors)) return list;
  for (let i = 0; i < errors.length && i < MOST_ITEMS; i++)
    list[i] = describeCause(errors[i], depth);
  return list;
}

/** A copy of what is data in a value; undefined for what is not. It can be passed in any case. */
function dataOf(value: unknown, depth: number): unknown {
  if (!isObject(value)) return typeof value === "symbol" ? undefined : value;
  if (typeof value === "function" || depth === MOST_DEPTH) return undefined;
  if (isArray(value)) {
    const list: unknown[] = [];
    for (let i = 0; i < value.length && i < MOST_ITEMS; i++) list[i] = dataOf(value[i], depth + 1);
    return list;
  }
  const prototype = getPrototypeOf(value);
  if (prototype === objectPrototype || prototype === null) return propertiesOf(value, depth);
  return ops.objectKind(value) === ObjectKind.Date ? value : undefined;
}

function propertiesOf(object: object, depth: number): object {
  const copy = {};
  const names = keys(object);
  for (let i = 0; i < names.length && i < MOST_ITEMS; i++) {
    const name = names[i]!;
    const property = ownProperty(object, name);
    if (property === undefined || !("value" in property)) continue;
    if (depth === 0 && SPECIAL[name]) continue;
    const value = dataOf(property.value, depth + 1);
    if (value !== undefined) {
      define(copy, name, { value, writable: true, enumerable: true, configurable: true });
    }
  }
  return copy;
}

/**
 * The same as an error of this app's, without a stack.
 * @param told Another app's word; undefined is returned if it makes no sense.
 */
export function errorFrom(told: unknown, depth: number = 0): Error | DOMException | undefined {
  if (!isObject(told) || depth > MOST_DEPTH) return undefined;
  const { isException, name, message, properties, cause, errors } = told as Partial<Described>;
  if (typeof name !== "string" || typeof message !== "string") return undefined;
  if (isException === true) return withoutStack(new DOMException(message, name), name, message);
  const error = isArray(errors)
    ? new AggregateError([], message)
    : new (ERRORS[name] ?? Error)(message);
  withoutStack(error, name, message);
  if (error.name !== name) hide(error, "name", name);
  if (isArray(errors)) {
    const list: unknown[] = [];
    for (let i = 0; i < errors.length && i < MOST_ITEMS; i++) list[i] = causeFrom(errors[i], depth);
    hide(error, "errors", list);
  }
  if (cause !== undefined) hide(error, "cause", causeFrom(cause, depth));
  if (isObject(properties)) giveProperties(error, properties);
  return error;
}

function causeFrom(told: unknown, depth: number): unknown {
  if (!isObject(told)) return undefined;
  const { error, value } = told as { error?: unknown; value?: unknown };
  return error === undefined ? value : errorFrom(error, depth + 1);
}

function giveProperties(error: object, properties: object): void {
  const names = keys(properties);
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    if (SPECIAL[name]) continue;
    const value = (properties as Record<string, unknown>)[name];
    define(error, name, { value, writable: true, enumerable: true, configurable: true });
  }
}

function withoutStack<T extends object>(error: T, name: string, message: string): T {
  hide(error, "stack", message === "" ? name : `${name}: ${message}`);
  return error;
}

function hide(error: object, name: string, value: unknown): void {
  define(error, name, { value, writable: true, configurable: true });
}

/** What the other app has thrown is thrown again: an error's stack leads to the call. */
export function rethrown(thrown: unknown, from: Function): unknown {
  if (!isObject(thrown) || !isError(thrown)) return thrown;
  captureStackTrace(thrown, from);
  if (!isPrototypeOf(DOMException.prototype, thrown)) {
    define(thrown, "remote", { value: true, writable: true, configurable: true, enumerable: true });
  }
  return thrown;
}
