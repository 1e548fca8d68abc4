// The runtime's clock as the Web APIs see it: events, timers and performance share it.
// Thread: the isolate's.
import type { Phase } from "./ops.ts";

const { floor } = Math;

/**
 * "Coarsen time": steps of 5 µs, what the standard lets isolated agents see. Finer ones serve timing
 * attacks more than measurements.
 */
const STEPS_PER_MS = 200;

/** The host's clock at the time origin. */
let origin = 0;
/** The time origin since the Unix epoch. Kept: the wall clock may be set meanwhile. */
let epoch = 0;

/** Milliseconds since the time origin, monotonic (High Resolution Time, section 4). */
export function now(): number {
  return coarsen(ops.now() - origin);
}

function coarsen(time: number): number {
  return floor(time * STEPS_PER_MS) / STEPS_PER_MS;
}

/** The time origin, in milliseconds since the Unix epoch. */
export function timeOrigin(): number {
  return epoch;
}

/** Makes this moment the time origin: after each boot. */
export function startClock(): void {
  origin = ops.now();
  epoch = coarsen(ops.timeOrigin() + origin);
}

export function phase(): Phase {
  return ops.phase();
}
