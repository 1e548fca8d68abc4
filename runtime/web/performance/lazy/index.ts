// The performance group: the `performance` object, which many apps ask for the time and few for more.
export { Performance, performance } from "./performance.ts";

declare global {
  interface LazyGroups {
    performance: typeof import("./index.ts");
  }
}
