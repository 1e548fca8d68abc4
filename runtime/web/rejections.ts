// Promise rejections that nobody handles (HTML, section 8.1.4.7). V8 tells of each one at once; they
// are looked at when the microtask queue is empty. Thread: the isolate's.
import { dispatch, hasListeners } from "./event-target.ts";
import { load } from "./lazy.ts";
import { logUncaught } from "./reporting.ts";

type AnyPromise = Promise<unknown>;

const globalObject = globalThis;

/** Rejected without a handler since the last report. */
let pending = new Map<AnyPromise, unknown>();
/** Those that are being reported. A listener may yet handle some of them. */
let current: Map<AnyPromise, unknown> | null = null;
/** Reported, and still without a handler as far as we know. */
const outstanding = new WeakMap<AnyPromise, unknown>();
/** Got a handler after they were reported. */
let handledLate: AnyPromise[] = [];

export function promiseRejected(promise: AnyPromise, reason: unknown): void {
  pending.set(promise, reason);
}

export function promiseHandled(promise: AnyPromise): void {
  if (pending.delete(promise) || current?.delete(promise)) return;
  if (outstanding.has(promise)) handledLate[handledLate.length] = promise;
}

export function reportRejections(): void {
  if (handledLate.length > 0) {
    const promises = handledLate;
    handledLate = [];
    for (let i = 0; i < promises.length; i++) {
      const promise = promises[i]!;
      const reason = outstanding.get(promise);
      outstanding.delete(promise);
      fire("rejectionhandled", promise, reason, false);
    }
  }
  if (pending.size === 0) return;
  current = pending;
  pending = new Map();
  for (const [promise, reason] of current) {
    outstanding.set(promise, reason);
    current.delete(promise);
    if (fire("unhandledrejection", promise, reason, true)) {
      logUncaught("Uncaught (in promise)", reason);
    }
  }
  current = null;
}

/** False if a listener canceled the event. */
function fire(type: string, promise: AnyPromise, reason: unknown, cancelable: boolean): boolean {
  if (!hasListeners(globalObject, type)) return true;
  const { PromiseRejectionEvent } = load("events");
  return dispatch(globalObject, new PromiseRejectionEvent(type, { cancelable, promise, reason }));
}

/** Before a snapshot is written: rejections of the build were reported or are of no more interest. */
export function forgetRejections(): void {
  pending = new Map();
  handledLate = [];
}
