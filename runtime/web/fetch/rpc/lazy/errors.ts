// Errors as another app sees them: what they are called, what they say and what is data in them, but not their
// stack, which is the business of the app that has made them. Thread: the isolate's.
import { DOMException } from "../../../dom/dom-exception.ts";
import { ObjectKind } from "../../../host/ops.ts";
import {
  captureStackTrace,
  createMap,
  createSet,
  getPrototypeOf,
  isArray,
  isPrototypeOf,
  keys,
  mapGet,
  mapHas,
  mapSet,
  objectPrototype,
  ownProperty,
  setAdd,
  setHas,
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

const NONE: Record<string, boolean> = own({});

/** Of causes of causes, and of lists in lists: what is deeper is not told. */
const MOST_DEPTH = 6;
/** Of a list of errors, and of an object's properties. */
const MOST_ITEMS = 100;

export function isError(value: object): value is Error {
  return isPrototypeOf(Error.prototype, value) || isPrototypeOf(DOMException.prototype, value);
}

/**
 * What is told of the errors in one message. Each object is told once, however often it is met: a few lists that are in
 * each other many times over would be more than there is memory.
 */
export class ErrorWriter {
  /** Null: it is being told, and is among its own causes. */
  readonly #errors = createMap<object, Described | null>();
  readonly #copies = createMap<object, object>();

  /** No getter of the error and no trap makes this throw. */
  describe(error: Error, depth: number = 0): Described {
    const known = mapGet(this.#errors, error);
    if (known) return known;
    mapSet(this.#errors, error, null);
    const described = this.#describe(error, depth);
    mapSet(this.#errors, error, described);
    return described;
  }

  #describe(error: Error, depth: number): Described {
    const described = own({
      isException: isPrototypeOf(DOMException.prototype, error),
      name: textOf(() => error.name, "Error"),
      message: textOf(() => error.message, ""),
    });
    try {
      const cause = ownProperty(error, "cause");
      return {
        ...described,
        properties: this.#copyProperties(error, {}, 0, SPECIAL) as Record<string, unknown>,
        ...(cause !== undefined && "value" in cause
          ? { cause: this.#describeCause(cause.value, depth) }
          : undefined),
        ...(isPrototypeOf(AggregateError.prototype, error)
          ? { errors: this.#describeErrors((error as AggregateError).errors, depth) }
          : undefined),
      };
    } catch {
      // A proxy that looks like an error.
      return described;
    }
  }

  #describeCause(cause: unknown, depth: number): Cause {
    if (!isObject(cause) || !isError(cause)) return { value: this.#copy(cause, 0) };
    const isCircle = mapGet(this.#errors, cause) === null;
    if (isCircle || depth === MOST_DEPTH) return { value: undefined };
    return { error: this.describe(cause, depth + 1) };
  }

  #describeErrors(errors: unknown, depth: number): Cause[] {
    const list: Cause[] = [];
    if (!isArray(errors)) return list;
    for (let i = 0; i < errors.length && i < MOST_ITEMS; i++) {
      list[i] = this.#describeCause(errors[i], depth);
    }
    return list;
  }

  /** A copy of what is data in a value; undefined for what is not. It can be passed in any case. */
  #copy(value: unknown, depth: number): unknown {
    if (!isObject(value)) return typeof value === "symbol" ? undefined : value;
    if (typeof value === "function" || depth === MOST_DEPTH) return undefined;
    const known = mapGet(this.#copies, value);
    if (known !== undefined) return known;
    if (isArray(value)) {
      const list: unknown[] = [];
      mapSet(this.#copies, value, list);
      for (let i = 0; i < value.length && i < MOST_ITEMS; i++) {
        list[i] = this.#copy(value[i], depth + 1);
      }
      return list;
    }
    const prototype = getPrototypeOf(value);
    if (prototype === objectPrototype || prototype === null) {
      const copy = {};
      mapSet(this.#copies, value, copy);
      return this.#copyProperties(value, copy, depth, NONE);
    }
    return ops.objectKind(value) === ObjectKind.Date ? value : undefined;
  }

  /** @param left Names of what is not copied. */
  #copyProperties(
    object: object,
    copy: object,
    depth: number,
    left: Record<string, boolean>,
  ): object {
    const names = keys(object);
    for (let i = 0; i < names.length && i < MOST_ITEMS; i++) {
      const name = names[i]!;
      const property = ownProperty(object, name);
      if (property === undefined || !("value" in property) || left[name]) continue;
      const value = this.#copy(property.value, depth + 1);
      if (value !== undefined) {
        define(copy, name, { value, writable: true, enumerable: true, configurable: true });
      }
    }
    return copy;
  }
}

function textOf(read: () => unknown, fallback: string): string {
  try {
    return `${read() as string}`;
  } catch {
    return fallback;
  }
}

/** The same as errors of this app's, without stacks: those of one message, each of which is made once, too. */
export class ErrorReader {
  /** Undefined: it makes no sense, or is being made. */
  readonly #errors = createMap<object, Error | DOMException | undefined>();
  readonly #properties = createSet<object>();

  /** @param told Another app's word; undefined is returned if it makes no sense. */
  read(told: unknown, depth: number = 0): Error | DOMException | undefined {
    if (!isObject(told) || depth > MOST_DEPTH) return undefined;
    if (mapHas(this.#errors, told)) return mapGet(this.#errors, told);
    mapSet(this.#errors, told, undefined);
    const error = this.#make(told, depth);
    mapSet(this.#errors, told, error);
    return error;
  }

  #make(told: object, depth: number): Error | DOMException | undefined {
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
      for (let i = 0; i < errors.length && i < MOST_ITEMS; i++) {
        list[i] = this.#readCause(errors[i], depth);
      }
      hide(error, "errors", list);
    }
    if (cause !== undefined) hide(error, "cause", this.#readCause(cause, depth));
    if (isObject(properties)) this.#giveProperties(error, properties);
    return error;
  }

  #readCause(told: unknown, depth: number): unknown {
    if (!isObject(told)) return undefined;
    const { error, value } = told as { error?: unknown; value?: unknown };
    return error === undefined ? value : this.read(error, depth + 1);
  }

  #giveProperties(error: object, properties: object): void {
    // Those of two errors are never one object, and to ask for its names again and again could take for ever.
    if (setHas(this.#properties, properties)) return;
    setAdd(this.#properties, properties);
    const names = keys(properties);
    for (let i = 0; i < names.length && i < MOST_ITEMS; i++) {
      const name = names[i]!;
      if (SPECIAL[name]) continue;
      const value = (properties as Record<string, unknown>)[name];
      define(error, name, { value, writable: true, enumerable: true, configurable: true });
    }
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
