// The Streams Standard's classes. Thread: the isolate's.
export {
  ReadableByteStreamController,
  ReadableStreamBYOBRequest,
  ReadableStreamDefaultController,
} from "./readable-controllers.ts";
export { ReadableStreamBYOBReader, ReadableStreamDefaultReader } from "./readable-readers.ts";
export { ReadableStream } from "./readable-stream.ts";
export { ByteLengthQueuingStrategy, CountQueuingStrategy } from "./strategies.ts";
export { TransformStream, TransformStreamDefaultController } from "./transform-stream.ts";
export {
  WritableStream,
  WritableStreamDefaultController,
  WritableStreamDefaultWriter,
} from "./writable-stream.ts";
