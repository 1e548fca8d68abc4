// What an app may have at most (`limits` in nano.yaml): as the host has said, which is asked once, and again after it
// has said that they are others. Thread: the isolate's.
import { AppLimit } from "./ops.ts";

/** By AppLimit; 0: it has not been asked. */
const known = [0, 0];

/** The limit, or Infinity; 0 while an app is built, which has none. */
export function appLimit(of: AppLimit): number {
  return known[of]! || (known[of] = ops.appLimit(of));
}

/** RuntimeHooks.limitsChanged */
export function limitsChanged(): void {
  known.fill(0);
}
