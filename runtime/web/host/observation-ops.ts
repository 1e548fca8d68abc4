// What a rehearsal is told of an app (compiler/evaluate/rehearsal.h).

/** What a rehearsal finds. */
export const enum Observed {
  /** Something that V8 lacks while it makes a snapshot was used. */
  Absent = 0,
  Intl = 1,
  Finalizer = 2,
  Random = 3,
  Clock = 4,
  /** A promise was rejected and nobody handled it. */
  Rejection = 5,
  /** A variable was read that comes when the app is served. */
  Variable = 6,
  /** The app has a handler of cron triggers. */
  Scheduled = 7,
  /** What variables come into was made such that none can: it was frozen. */
  Frozen = 8,
  /** An export that other apps can call. */
  EntryPoint = 9,
}

export interface ObservationOps {
  /** Tells the rehearsal, if this is one, what the app did and the stack that led to it. */
  observe(kind: Observed, what: string, stack: string): void;
}
