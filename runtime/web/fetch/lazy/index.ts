// The fetch group: fetch() itself, and the rules of the mode "no-cors".
export { isCorsSafelisted, isNoCorsSafelistedName } from "./cors-safelist.ts";
export { schemeFetch } from "./scheme-fetch.ts";

declare global {
  interface LazyGroups {
    fetch: typeof import("./index.ts");
  }
}
