// The compression group: CompressionStream and DecompressionStream.
export { CompressionStream, DecompressionStream } from "./compression-streams.ts";
