// The wasm group: streaming compilation, and modules that an app imports.
export { installModules, registerModules, type WasmImport } from "./modules.ts";
export { streamWasm } from "./streaming.ts";
