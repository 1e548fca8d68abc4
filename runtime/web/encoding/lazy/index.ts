// The encoding group: TextDecoder and its encodings.
export { createDecoder } from "./decoders.ts";
export { TextDecoder, findEncoding, getEncoding, toTextDecoderOptions } from "./text-decoder.ts";

declare global {
  interface LazyGroups {
    encoding: typeof import("./index.ts");
  }
}
