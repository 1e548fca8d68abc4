// The file group: FileReader and its events, and the store of object URLs.
export {
  blobOfRequest,
  createObjectURL,
  inheritBlob,
  rememberBlob,
  revokeObjectURL,
} from "./blob-urls.ts";
export { FileReader } from "./file-reader.ts";
export { ProgressEvent } from "./progress-event.ts";

declare global {
  interface LazyGroups {
    file: typeof import("./index.ts");
  }
}
