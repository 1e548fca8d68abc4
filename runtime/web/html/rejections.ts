// Promise rejections that nobody handles (HTML, section 8.1.4.7). V8 tells of each one at once; they
// are looked at when the microtask queue is empty. Thread: the isolate's.
import { dispatchInTask, hasListeners } from "../dom/event-target.ts";
import { load } from "../host/lazy-groups.ts";
import { Observed, Phase } from "../host/ops.ts";
import {
  mapDelete,
  mapForEach,
  mapSet,
  mapSize,
  weakMapDelete,
  weakMapGet,
  weakMapHas,
  weakMapSet,
} from "../idl/primordials.ts";
import { hooks, queueTask } from "../tasks/event-loop.ts";
import { isBlameless } from "./blameless.ts";
import { describe, logUncaught } from "./reporting.ts";

type AnyPromise = Promise<unknown>;

const globalObject = globalThis;

/** Why a promise was rejected, and what had led to that (ops.getContinuation). */
interface Rejection {
  readonly reason: unknown;
  readonly continuation: unknown;
}

/** "About-to-be-notified": rejected without a handler since the last report. */
let pending = new Map<AnyPromise, Rejection>();
/** Those that are being reported. Listeners may yet handle some of them. */
let current: Map<AnyPromise, Rejection> | null = null;
/** "Outstanding": reported, and still without a handler as far as we know. */
const outstanding = new WeakMap<AnyPromise, unknown>();
/** Got a handler after they were reported, by turns with their reasons. */
let handledLate: unknown[] = [];

/** RuntimeHooks.promiseRejected */
export function promiseRejected(promise: AnyPromise, reason: unknown): void {
  // It is told of when the request may be over.
  ops.nameRequest();
  mapSet(pending, promise, { reason, continuation: ops.getContinuation() });
}

/** RuntimeHooks.promiseHandled */
export function promiseHandled(promise: AnyPromise): void {
  if (mapDelete(pending, promise)) return;
  if (current !== null && mapDelete(current, promise)) return;
  if (!weakMapHas(outstanding, promise)) return;
  handledLate[handledLate.length] = promise;
  handledLate[handledLate.length] = weakMapGet(outstanding, promise);
  weakMapDelete(outstanding, promise);
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
  const continuation = ops.getContinuation();
  mapForEach(current, notifyOf);
  ops.setContinuation(continuation);
  current = null;
}

function notifyOf({ reason, continuation }: Rejection, promise: AnyPromise): void {
  ops.setContinuation(continuation);
  const unhandled = fire("unhandledrejection", promise, reason, true);
  if (unhandled && !isBlameless(reason)) {
    if (ops.phase() !== Phase.Serving) {
      const text = describe(reason);
      ops.observe(Observed.Rejection, text, text);
    }
    logUncaught("Uncaught (in promise)", reason);
  }
  // A listener that has handled it took it out of the list.
  if (mapDelete(current!, promise)) weakMapSet(outstanding, promise, reason);
}

/** False if a listener canceled the event. */
function fire(type: string, promise: AnyPromise, reason: unknown, cancelable: boolean): boolean {
  if (!hasListeners(globalObject, type)) return true;
  const { PromiseRejectionEvent } = load("dom");
  const init = { __proto__: null, cancelable, promise, reason };
  return dispatchInTask(globalObject, new PromiseRejectionEvent(type, init));
}

hooks.reportRejections = reportRejections;

/** Before a snapshot is written: rejections of the build were reported or are of no more interest. */
export function forgetRejections(): void {
  pending = new Map();
  handledLate = [];
}
