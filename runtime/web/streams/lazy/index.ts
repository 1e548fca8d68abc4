// The streams group: the Streams Standard, the encoding streams, and what bodies need of both.
export * from "./interfaces.ts";
export {
  cancelStream,
  createByteStream,
  createTransform,
  exhaust,
  isDisturbed,
  isLocked,
  isReadableStream,
  proxyStream,
  readAll,
  teeStream,
} from "./access.ts";
export { sendStream } from "./response-stream.ts";
export { TextDecoderStream, TextEncoderStream } from "./text-streams.ts";
