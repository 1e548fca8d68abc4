// The http group: MIME types, which are seldom looked into.
export { extractMimeType, mimeParameter, parseMimeType, serializeMimeType } from "./mime-type.ts";

declare global {
  interface LazyGroups {
    http: typeof import("./index.ts");
  }
}
