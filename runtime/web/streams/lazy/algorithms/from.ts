// ReadableStreamFromIterable (Streams Standard, section 4.9.1), with the algorithms of Web IDL on async
// sequences (section 3.2.22): open, get the next value, close. Thread: the isolate's.
import { rejected, resolved } from "../../../idl/primordials.ts";
import { isObject, typeError } from "../../../idl/webidl.ts";
import { call, type Callback } from "./callback.ts";
import { then, type Completion } from "./promises.ts";
import {
  createReadableStream,
  readableStreamDefaultControllerClose,
  readableStreamDefaultControllerEnqueue,
  type DefaultController,
} from "./readable-default-controller.ts";
import type { Readable } from "./readable.ts";

const where = "Failed to execute 'from' on 'ReadableStream': The source";

/** The iterator of an async sequence. `isAsync`: it gives promises itself. */
interface IteratorRecord {
  readonly iterator: object;
  readonly next: Callback;
  readonly isAsync: boolean;
}

interface IterResult {
  readonly done: unknown;
  readonly value: unknown;
}

/** Throws a TypeError for what is not iterable, and what its methods throw. */
export function readableStreamFromIterable(iterable: unknown): Readable {
  const record = openAsyncSequence(iterable);
  const controller: DefaultController = createReadableStream(
    {
      pull: () => pull(record, controller),
      cancel: (reason) => close(record, reason),
    },
    0,
  );
  return controller.stream;
}

function openAsyncSequence(iterable: unknown): IteratorRecord {
  if (iterable === undefined || iterable === null) throw typeError(where, "is not iterable.");
  const asyncMethod = methodOf(iterable, Symbol.asyncIterator);
  const method = asyncMethod ?? methodOf(iterable, Symbol.iterator);
  if (method === undefined) throw typeError(where, "is not iterable.");
  const iterator = call(method, iterable);
  if (!isObject(iterator)) throw typeError(where, "has an iterator that is not an object.");
  const { next } = iterator as { next: Callback };
  return { iterator, next, isAsync: asyncMethod !== undefined };
}

/** GetMethod. */
function methodOf(value: unknown, key: PropertyKey): Callback | undefined {
  const method = (value as Record<PropertyKey, unknown>)[key];
  if (method === undefined || method === null) return undefined;
  if (typeof method !== "function") {
    throw typeError(where, `has a ${String(key)} that is not a function.`);
  }
  return method as Callback;
}

function pull(record: IteratorRecord, controller: DefaultController): Completion {
  let next: Promise<unknown>;
  try {
    const result = call(record.next, record.iterator);
    next = record.isAsync ? resolved(result) : settle(record, result, true);
  } catch (error) {
    return rejected(error);
  }
  return then(next, (result: unknown) => {
    if (requireResult(result).done) readableStreamDefaultControllerClose(controller);
    else readableStreamDefaultControllerEnqueue(controller, (result as IterResult).value);
  });
}

function close(record: IteratorRecord, reason: unknown): Completion {
  let returned: Promise<unknown>;
  try {
    const method = methodOf(record.iterator, "return");
    if (method === undefined) return undefined;
    const result = call(method, record.iterator, reason);
    returned = record.isAsync ? resolved(result) : settle(record, result, false);
  } catch (error) {
    return rejected(error);
  }
  return then(returned, requireResult);
}

function requireResult(result: unknown): IterResult {
  if (isObject(result)) return result as IterResult;
  throw typeError(where, "has an iterator whose result is not an object.");
}

/**
 * AsyncFromSyncIteratorContinuation (ECMA-262, section 27.1.6.4): waits for the value of a result of a
 * synchronous iterator, which is closed if the value is a promise that fails and `mustClose` is true.
 */
function settle(record: IteratorRecord, result: unknown, mustClose: boolean): Promise<unknown> {
  const { done: isDone, value } = requireResult(result);
  const done = !!isDone;
  const fail = (error: unknown): never => {
    if (!done && mustClose) closeQuietly(record.iterator);
    throw error;
  };
  let promise: Promise<unknown>;
  try {
    promise = resolved(value);
  } catch (error) {
    return fail(error);
  }
  return then(promise, (value: unknown) => ({ done, value }), fail);
}

/** IteratorClose for a throw completion, which what goes wrong here does not replace. */
function closeQuietly(iterator: object): void {
  try {
    const method = methodOf(iterator, "return");
    if (method !== undefined) call(method, iterator);
  } catch {
    // The first error is the one to tell.
  }
}
