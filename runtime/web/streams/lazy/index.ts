// The streams group: the Streams Standard, the encoding streams, and what bodies need of both.
export * from "./interfaces.ts";
export {
  drain,
  cancelReadable,
  cancelStream,
  createByteStream,
  createTransform,
  exhaust,
  isDisturbed,
  isLocked,
  isReadableStream,
  notBytes,
  proxyStream,
  readAll,
  teeStream,
} from "./access.ts";
export { openReader } from "./chunk-reader.ts";
export { openWriter } from "./chunk-writer.ts";
export { isWritableStream } from "./writable-stream.ts";
export { TextDecoderStream, TextEncoderStream } from "./text-streams.ts";

declare global {
  interface LazyGroups {
    streams: typeof import("./index.ts");
  }
}
