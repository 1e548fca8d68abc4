// What lazy groups (lazy.ts) may import from the rest of the Web APIs; their bundles refer to it by name.
export { AbortSignal } from "./abort-signal.ts";
export { Blob, blobParts, blobType, isBlob, setBlob } from "./blob.ts";
export { concatenate } from "./bytes.ts";
export { DOMException } from "./dom-exception.ts";
export { Event, eventFriend, eventInitMembers } from "./event.ts";
export { watchOutput } from "./exchanges.ts";
export { File, fileName, fileOf, fileTime, isFile } from "./file.ts";
export { normalizeValue } from "./header-list.ts";
export { Headers } from "./headers.ts";
export { load } from "./lazy.ts";
export {
  charCodeAt,
  deferred,
  fromCharCode,
  indexOf,
  lastIndexOf,
  mapDelete,
  mapGet,
  mapSet,
  random,
  replaceAll,
  slice,
  startsWith,
  subarray,
  toLowerCase,
} from "./primordials.ts";
export { logUncaught } from "./reporting.ts";
export { Request } from "./request.ts";
export { Response } from "./response.ts";
export { URLSearchParams } from "./url-search-params.ts";
export { URL } from "./url.ts";
export {
  INTERNAL,
  bytesOf,
  defineInterface,
  defineIterable,
  dictionary,
  isObject,
  requireArguments,
  sequence,
  toAllowSharedBufferSource,
  toAny,
  toBoolean,
  toDOMString,
  toObject,
  toUSVString,
  toUnsignedLong,
  typedArrayName,
  uncurryThis,
} from "./webidl.ts";
