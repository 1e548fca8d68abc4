// The runtime's clock as the Web APIs see it: events, timers and performance share it.
// Thread: the isolate's.

/** The host's clock at the time origin. */
let origin = 0;

/** Milliseconds since the time origin, monotonic (High Resolution Time, section 4). */
export function now(): number {
  return ops.now() - origin;
}

/** The time origin, in milliseconds since the Unix epoch. */
export function timeOrigin(): number {
  return ops.timeOrigin() + origin;
}

/** Makes this moment the time origin: after each boot. */
export function startClock(): void {
  origin = ops.now();
}

/** While a snapshot is being built: 0 evaluating, 1 warming up. 2: serving. */
export function phase(): 0 | 1 | 2 {
  return ops.phase();
}
