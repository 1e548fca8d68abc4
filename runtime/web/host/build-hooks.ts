// What builds call of the Web APIs' bundle (runtime/builder/), beside RuntimeHooks (ops.ts). Thread: the isolate's.

/** What builds call besides (runtime/builder/). */
export interface BuildHooks {
  /** Called once before a snapshot is written: lets go of what must not be in it. */
  prepareSnapshot(): void;
  /** What has the hooks that no isolate which serves needs. */
  builder(): BuilderHooks;
}

export interface BuilderHooks {
  /** Names of all that is reachable from the global object, one a line. */
  globalNames(): string;
  /** Before an app's snapshot is made: stand-ins for what is there only when requests are served. */
  holdPlaces(names: string): void;
  /** Before an app's rehearsal: has `observe` told what it does with those names, and more. */
  watch(names: string): void;
  /** Before a script is run that takes the platform (app/platform): puts it where that looks for it, once. */
  offerPlatform(): void;
}
