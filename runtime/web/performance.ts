// Performance (High Resolution Time, section 7): now, timeOrigin, toJSON. Thread: the isolate's.
import { now, timeOrigin } from "./clock.ts";
import { EventTarget } from "./event-target.ts";
import { INTERNAL, defineInterface, illegalConstructor } from "./webidl/define.ts";

export class Performance extends EventTarget {
  #brand = undefined;

  constructor(key?: unknown) {
    illegalConstructor(key);
    super();
  }

  /** Milliseconds since the time origin, which is when this isolate was booted. */
  now(): number {
    void this.#brand;
    return now();
  }

  get timeOrigin(): number {
    void this.#brand;
    return timeOrigin();
  }

  toJSON(): { timeOrigin: number } {
    void this.#brand;
    return { timeOrigin: timeOrigin() };
  }
}

defineInterface(Performance, "Performance", { length: 0 });

export const performance = new Performance(INTERNAL);
