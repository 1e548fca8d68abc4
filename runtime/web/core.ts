// What lazy groups (lazy.ts) may import from the rest of the Web APIs; their bundles refer to it by name.
export { AbortSignal, createSignal, signalFriend, toAbortSignal } from "./abort-signal.ts";
export {
  Blob,
  blobBytes,
  blobParts,
  blobSize,
  blobType,
  isBlob,
  setBlob,
  sliceBlob,
} from "./blob.ts";
export { readUint8Array } from "./body-mixin.ts";
export { boxed, concatenate, type Whole } from "./bytes.ts";
export { now, timeOrigin } from "./clock.ts";
export { requireRandomness } from "./crypto.ts";
export { DOMException, copyStack, exceptionMessage } from "./dom-exception.ts";
export { defineEventHandlers } from "./event-handlers.ts";
export { queueTask } from "./event-loop.ts";
export { EventTarget, dispatch, dispatchInTask, hasListeners } from "./event-target.ts";
export { Event, eventFriend, eventInitMembers } from "./event.ts";
export { keepAlive } from "./execution-context.ts";
export { isClientGone } from "./exchanges.ts";
export { File, fileName, fileOf, fileTime, isFile } from "./file.ts";
export { isToken, normalizeValue } from "./header-list.ts";
export { Headers } from "./headers.ts";
export { ifLoaded, load } from "./lazy.ts";
export {
  charCodeAt,
  deferred,
  fromCharCode,
  indexOf,
  lastIndexOf,
  mapDelete,
  mapGet,
  mapSet,
  parseJson,
  random,
  rejected,
  replaceAll,
  resolved,
  setBytes,
  slice,
  sort,
  startsWith,
  stringifyJson,
  subarray,
  toLowerCase,
} from "./primordials.ts";
export { logUncaught, report } from "./reporting.ts";
export { Request, requestFriend } from "./request.ts";
export { Response, responseFriend } from "./response.ts";
export { clone, cloneWithTransfer, toStructuredSerializeOptions } from "./structured-clone.ts";
export { URLSearchParams } from "./url-search-params.ts";
export { parseUrlEncoded } from "./url-encoded.ts";
export { URL, parseHref } from "./url.ts";
export {
  ABSENT,
  INTERNAL,
  bytesOf,
  copyBytes,
  define,
  defineInterface,
  defineIterable,
  dictionary,
  enforceRange,
  enumeration,
  illegalConstructor,
  interfaceType,
  isArrayBuffer,
  isArrayBufferView,
  isSharedArrayBuffer,
  isObject,
  iteratorMethod,
  nullable,
  requireArguments,
  sequence,
  sequenceFrom,
  toAllowSharedBufferSource,
  toAny,
  toBoolean,
  toBufferSource,
  toCallback,
  toDOMString,
  toDouble,
  toObject,
  toUSVString,
  toUint8Array,
  toUnrestrictedDouble,
  toUnsignedLong,
  toUnsignedLongLongEnforced,
  typeError,
  typedArrayName,
  uncurryThis,
  viewBuffer,
} from "./webidl.ts";
export { registerInterface } from "./webidl/platform-objects.ts";
export type { Converter } from "./webidl.ts";
