// The files group: FileReader and its events.
export { FileReader } from "./file-reader.ts";
export { ProgressEvent } from "./progress-event.ts";
