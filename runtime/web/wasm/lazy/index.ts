// The wasm group: streaming compilation, and modules that an app imports.
export { installModules, registerModules } from "./modules.ts";
export { moduleBytes } from "./streaming.ts";

declare global {
  interface LazyGroups {
    wasm: typeof import("./index.ts");
  }
}
