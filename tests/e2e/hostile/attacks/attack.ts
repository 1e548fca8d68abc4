// What an attack of an app is, and what may come of it.

/** The worker ended: V8 did not look whether it was to stop. */
export const WORKER = "worker";
/** The response began, and was cut without its end. */
export const CUT = "cut";

export interface Attack {
  /** Statements of a request's handler; `keep` is a list that the isolate keeps, `env.ORIGIN` a server that helps. */
  code: string;
  /** What the client gets, any of them: the reason of a stop, a status of the app's own, WORKER or CUT. */
  expect: (string | number)[];
  body?: Buffer;
  /** It waits more than it computes: in a series, so many are made at once. */
  together?: number;
}

export type Attacks = Record<string, Attack>;

const several =
  (...expect: (string | number)[]) =>
  (code: string): Attack => ({ code, expect });

/** Computes for good. */
export const endless = several("cpu-limit");
/** Computes for good, in turns between which others have theirs, so that the time may be over first. */
export const inTurns = several("cpu-limit", "first-byte-limit");
/** Takes memory; which limit is reached first is up to the machine. */
export const heap = several("memory-limit", "cpu-limit");
export const external = several("external-memory-limit", "cpu-limit");
/** Takes so much at once, or in one step that V8 does not leave, that the worker may end. */
export const deadly = several(
  WORKER,
  "cpu-limit",
  "memory-limit",
  "external-memory-limit",
  500,
  200,
);
/** An exception that the app does not catch. */
export const throws = several(500);
