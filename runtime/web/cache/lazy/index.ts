// The cache group: the Cache API of Workers, `caches`.
export { Cache } from "./cache.ts";
export { CacheStorage, caches } from "./cache-storage.ts";

declare global {
  interface LazyGroups {
    cache: typeof import("./index.ts");
  }
}
