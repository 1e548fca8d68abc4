// The timeline group: user timing and the performance timeline.
export { PerformanceObserverEntryList } from "./entry-list.ts";
export { PerformanceEntry } from "./performance-entry.ts";
export { PerformanceObserver } from "./performance-observer.ts";
export { clearEntries, entriesOf } from "./timeline.ts";
export { PerformanceMark, PerformanceMeasure, mark, measure } from "./user-timing.ts";

declare global {
  interface LazyGroups {
    timeline: typeof import("./index.ts");
  }
}
