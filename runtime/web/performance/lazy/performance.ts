// Performance (High Resolution Time, section 7; User Timing, section 2; Performance Timeline, section 3).
// Thread: the isolate's.
import { EventTarget } from "../../dom/event-target.ts";
import { now, timeOrigin } from "../../host/clock.ts";
import { load } from "../../host/lazy-groups.ts";
import {
  INTERNAL,
  defineInterface,
  illegalConstructor,
  requireArguments,
  toDOMString,
} from "../../idl/webidl.ts";
import type { PerformanceEntry } from "../timeline/lazy/performance-entry.ts";
import type {
  PerformanceMark,
  PerformanceMarkOptions,
  PerformanceMeasure,
  PerformanceMeasureOptions,
} from "../timeline/lazy/user-timing.ts";

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

  mark(
    markName: string,
    markOptions: PerformanceMarkOptions | undefined = undefined,
  ): PerformanceMark {
    void this.#brand;
    requireArguments(arguments.length, 1, "Failed to execute 'mark' on 'Performance'");
    return load("timeline").mark(markName, markOptions);
  }

  clearMarks(markName: string | undefined = undefined): void {
    void this.#brand;
    const where = "Failed to execute 'clearMarks' on 'Performance': parameter 1";
    const name = markName === undefined ? undefined : toDOMString(markName, where);
    load("timeline").clearEntries("mark", name);
  }

  measure(
    measureName: string,
    startOrMeasureOptions: string | PerformanceMeasureOptions | undefined = undefined,
    endMark: string | undefined = undefined,
  ): PerformanceMeasure {
    void this.#brand;
    requireArguments(arguments.length, 1, "Failed to execute 'measure' on 'Performance'");
    return load("timeline").measure(measureName, startOrMeasureOptions, endMark);
  }

  clearMeasures(measureName: string | undefined = undefined): void {
    void this.#brand;
    const where = "Failed to execute 'clearMeasures' on 'Performance': parameter 1";
    const name = measureName === undefined ? undefined : toDOMString(measureName, where);
    load("timeline").clearEntries("measure", name);
  }

  getEntries(): PerformanceEntry[] {
    void this.#brand;
    return load("timeline").entriesOf(undefined, undefined);
  }

  getEntriesByType(type: string): PerformanceEntry[] {
    void this.#brand;
    const where = "Failed to execute 'getEntriesByType' on 'Performance'";
    requireArguments(arguments.length, 1, where);
    return load("timeline").entriesOf(undefined, toDOMString(type, `${where}: parameter 1`));
  }

  getEntriesByName(name: string, type: string | undefined = undefined): PerformanceEntry[] {
    void this.#brand;
    const where = "Failed to execute 'getEntriesByName' on 'Performance'";
    requireArguments(arguments.length, 1, where);
    const wanted = toDOMString(name, `${where}: parameter 1`);
    return load("timeline").entriesOf(
      wanted,
      type === undefined ? undefined : toDOMString(type, `${where}: parameter 2`),
    );
  }
}

defineInterface(Performance, "Performance", { length: 0 });

export const performance = new Performance(INTERNAL);
