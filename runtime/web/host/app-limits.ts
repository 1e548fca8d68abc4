// What an app may have at most (`limits` in nano.yaml): as the host has said, which is asked once, and again after it
// has said that they are others. Thread: the isolate's.
import { AppLimit } from "./ops.ts";

/** 0: it has not been asked. */
let timers = 0;
let subrequests = 0;

/** The limit, or Infinity; 0 while an app is built, which has none. */
export function appLimit(of: AppLimit): number {
  if (of === AppLimit.Timer) return timers || (timers = ops.appLimit(of));
  return subrequests || (subrequests = ops.appLimit(of));
}

/** RuntimeHooks.limitsChanged */
export function limitsChanged(): void {
  timers = subrequests = 0;
}
