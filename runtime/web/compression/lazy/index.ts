// The compression group: CompressionStream and DecompressionStream.
export { CompressionStream, DecompressionStream } from "./compression-streams.ts";

declare global {
  interface LazyGroups {
    compression: typeof import("./index.ts");
  }
}
