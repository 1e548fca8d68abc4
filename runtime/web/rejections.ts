// Promise rejections that nobody handles (HTML, section 8.1.4.7). V8 tells of each one at once; they
// are looked at when the microtask queue is empty. Thread: the isolate's.
import { hooks, queueTask } from "./event-loop.ts";
import { dispatchInTask, hasListeners } from "./event-target.ts";
import { isClientGone } from "./exchanges.ts";
import { weakMapGet, weakMapSet } from "./intrinsics.ts";
import { load } from "./lazy.ts";
import { Observed } from "./ops.ts";
import { mapDelete, mapSet, mapSize } from "./primordials.ts";
import { describe, logUncaught } from "./reporting.ts";

type AnyPromise = Promise<unknown>;

const globalObject = globalThis;
/** Of ops.phase. */
const SERVING = 2;

/** "About-to-be-notified": rejected without a handler since the last report. */
let pending = new Map<AnyPromise, unknown>();
/** Those that are being reported. Listeners may yet handle some of them. */
let current: Map<AnyPromise, unknown> | null = null;
/** "Outstanding": reported, and still without a handler as far as we know. undefined: no longer. */
const outstanding = new WeakMap<AnyPromise, { reason: unknown } | undefined>();
/** Got a handler after they were reported, by turns with their reasons. */
let handledLate: unknown[] = [];

/** RuntimeHooks.promiseRejected */
export function promiseRejected(promise: AnyPromise, reason: unknown): void {
  mapSet(pending, promise, reason);
}

/** RuntimeHooks.promiseHandled */
export function promiseHandled(promise: AnyPromise): void {
  if (mapDelete(pending, promise)) return;
  if (current !== null && mapDelete(current, promise)) return;
  const reported = weakMapGet(outstanding, promise) as { reason: unknown } | undefined;
  if (reported === undefined) return;
  handledLate[handledLate.length] = promise;
  handledLate[handledLate.length] = reported.reason;
  weakMapSet(outstanding, promise, undefined);
}

/** RuntimeHooks.reportRejections: "notify about rejected promises", in a task that is done at once. */
export function reportRejections(): void {
  if (mapSize(pending) === 0 && handledLate.length === 0) return;
  notify();
  ops.runMicrotasks();
  // What the listeners reject in their turn is a task behind those that wait already: a listener that
  // always rejects must not keep everybody else from running.
  if (mapSize(pending) > 0 || handledLate.length > 0) queueTask(notify, undefined);
}

function notify(): void {
  const late = handledLate;
  handledLate = [];
  for (let i = 0; i < late.length; i += 2) {
    fire("rejectionhandled", late[i] as AnyPromise, late[i + 1], false);
  }
  if (mapSize(pending) === 0) return;
  current = pending;
  pending = new Map();
  for (const [promise, reason] of current) {
    const unhandled = fire("unhandledrejection", promise, reason, true);
    if (unhandled && !isClientGone(reason)) {
      if (ops.phase() !== SERVING) {
        const text = describe(reason);
        ops.observe(Observed.Rejection, text, text);
      }
      logUncaught("Uncaught (in promise)", reason);
    }
    // A listener that has handled it took it out of the list.
    if (mapDelete(current, promise)) weakMapSet(outstanding, promise, { reason });
  }
  current = null;
}

/** False if a listener canceled the event. */
function fire(type: string, promise: AnyPromise, reason: unknown, cancelable: boolean): boolean {
  if (!hasListeners(globalObject, type)) return true;
  const { PromiseRejectionEvent } = load("events");
  const init = { __proto__: null, cancelable, promise, reason };
  return dispatchInTask(globalObject, new PromiseRejectionEvent(type, init));
}

hooks.reportRejections = reportRejections;

/** Before a snapshot is written: rejections of the build were reported or are of no more interest. */
export function forgetRejections(): void {
  pending = new Map();
  handledLate = [];
}
