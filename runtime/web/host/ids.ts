// The numbers by which the host and the Web APIs know what is in flight. A part of ops.ts, through which
// everybody else gets at it.

/** A request in flight; 0 is never one. */
export type ExchangeId = number;

/** A call in flight; 0 is never one. */
export type CallId = number;
