// The end of what goes by reference: stubs are released, and objects that no stub needs are disposed. Thread: the
// isolate's.
import { logUncaught } from "../../../html/reporting.ts";
import { apply, disposeSymbol } from "../../../idl/primordials.ts";
import { define, isObject } from "../../../idl/webidl.ts";
import { isReference, remoteOf, type Remote } from "./references.ts";
import { isTarget } from "./targets.ts";

/** Objects that a call gives are disposed with all stubs in them. */
export function disposable(value: unknown, stubs: readonly Remote[]): unknown {
  if (stubs.length > 0 && isObject(value) && !isReference(value) && !(disposeSymbol in value)) {
    define(value, disposeSymbol, { value: () => release(stubs), configurable: true });
  }
  return value;
}

export function release(stubs: readonly Remote[]): void {
  for (let i = 0; i < stubs.length; i++) stubs[i]!.release();
}

/** What was kept for the other app is not any more: its class may have something to do. */
export function dispose(target: unknown): void {
  const remote = remoteOf(target);
  if (remote !== null) return remote.release();
  if (!isObject(target) || !isTarget(target)) return;
  const steps = (target as unknown as Record<symbol, unknown>)[disposeSymbol];
  if (typeof steps === "function") guarded(steps, target, undefined);
}

/** Calls what is the app's, whose exceptions are nobody's here. */
export function guarded(steps: Function, self: unknown, argument: unknown): void {
  try {
    apply(steps, self, [argument]);
  } catch (error) {
    logUncaught("A callback about a stub threw:", error);
  }
}
