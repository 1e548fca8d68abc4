// What a build needs to know of the difference between the heap that it makes and the one that is served.
export { globalNames } from "./names.ts";
export { holdPlaces, freePlaces } from "./places.ts";
export { warnOfUncalled } from "./uncalled.ts";
export { watch, watched } from "./watch.ts";

declare global {
  interface LazyGroups {
    rehearsal: typeof import("./index.ts");
  }
}
