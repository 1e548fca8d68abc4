// Calls of functions that scripts gave (Web IDL, section 3.12). Thread: the isolate's.
import { callFunction, rejected, resolved } from "../../../idl/primordials.ts";
import { isObject } from "../../../idl/webidl.ts";
import { promiseResolvedWith, type Completion } from "./promises.ts";

export type Callback = (this: unknown, ...args: unknown[]) => unknown;

/** Function.prototype.call, the intrinsic. */
export const call: (callback: Callback, self: unknown, ...args: unknown[]) => unknown =
  callFunction;

// Invoke a callback whose return type is a promise: an exception becomes a rejection. One function for
// each number of arguments, since scripts see how many there are, and spreading can be patched.

/** For what is called once, at a stream's end. */
export function invokeLast0(callback: Callback, self: unknown): Completion {
  try {
    return promiseResolvedWith(call(callback, self));
  } catch (error) {
    return rejected(error);
  }
}

/** For what is called once, at a stream's end. */
export function invokeLast1(callback: Callback, self: unknown, first: unknown): Completion {
  try {
    return promiseResolvedWith(call(callback, self, first));
  } catch (error) {
    return rejected(error);
  }
}

/** For what is called for each chunk. */
export function invoke1(callback: Callback, self: unknown, first: unknown): Completion {
  try {
    return completionOf(call(callback, self, first));
  } catch (error) {
    return rejected(error);
  }
}

/** For what is called for each chunk. */
export function invoke2(
  callback: Callback,
  self: unknown,
  first: unknown,
  second: unknown,
): Completion {
  try {
    return completionOf(call(callback, self, first, second));
  } catch (error) {
    return rejected(error);
  }
}

/** A promise that was returned is taken as it is, which saves a promise and two microtasks a chunk. */
function completionOf(value: unknown): Completion {
  return isObject(value) ? resolved(value) : undefined;
}
