// The exceptions of Web Cryptography (section 14 and "the operation" of each algorithm).
// Thread: the isolate's.
import { DOMException } from "../../dom/dom-exception.ts";
import type { Awaitable } from "./algorithm.ts";

/**
 * The operation itself failed: a wrong tag, a bad padding, a length that the algorithm cannot do.
 */
export function operationError(message: string): DOMException {
  return new DOMException(message, "OperationError");
}

/** Key data that do not parse or do not fit the algorithm. */
export function dataError(message: string): DOMException {
  return new DOMException(message, "DataError");
}

/** Usages that are missing or not the algorithm's. */
export function usagesError(message: string): DOMException {
  return new DOMException(message, "SyntaxError");
}

/** A key that must not be used so. */
export function accessError(message: string): DOMException {
  return new DOMException(message, "InvalidAccessError");
}

/** An algorithm, operation or format that is not supported. */
export function notSupported(message: string): DOMException {
  return new DOMException(message, "NotSupportedError");
}

/** What a native op gives, or an OperationError if the operation failed. */
export async function orFail<T>(result: Awaitable<T | undefined>, message: string): Promise<T> {
  const value = await result;
  if (value === undefined) throw operationError(message);
  return value;
}
