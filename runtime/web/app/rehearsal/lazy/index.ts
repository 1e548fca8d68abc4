// What a build needs to know of the difference between the heap that it makes and the one that is served, and what it calls besides
// (BuilderHooks in host/build-hooks.ts). Thread: the isolate's.
import { load } from "../../../host/lazy-groups.ts";

export { globalNames } from "./names.ts";
export { holdPlaces, freePlaces } from "./places.ts";
export { tellHandlers } from "./uncalled.ts";
export { watch, watched } from "./watch.ts";

export function offerPlatform(): void {
  load("platform").offerPlatform();
}

declare global {
  interface LazyGroups {
    rehearsal: typeof import("./index.ts");
  }
}
