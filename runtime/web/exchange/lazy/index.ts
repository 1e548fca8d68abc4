// The exchange group: responses whose bodies are streams.
export { sendStream } from "./response-stream.ts";

declare global {
  interface LazyGroups {
    exchange: typeof import("./index.ts");
  }
}
