// The url group: URLPattern.
export { URLPattern } from "./url-pattern.ts";

declare global {
  interface LazyGroups {
    url: typeof import("./index.ts");
  }
}
