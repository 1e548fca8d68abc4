// The fetch group: fetch() itself, object URLs, and what the Fetch classes seldom need: MIME types and the
// rules of the mode "no-cors".
export { createObjectURL, inheritBlob, rememberBlob, revokeObjectURL } from "./blob-urls.ts";
export { isCorsSafelisted, isNoCorsSafelistedName } from "./cors-safelist.ts";
export { extractMimeType, mimeParameter, parseMimeType, serializeMimeType } from "./mime-type.ts";
export { schemeFetch } from "./scheme-fetch.ts";
