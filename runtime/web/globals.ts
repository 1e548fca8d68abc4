// Installs the Web APIs on the global object, with the property attributes that Web IDL gives them.
// Runs once, while the base snapshot is built.
import { AbortController } from "./abort-controller.ts";
import { AbortSignal } from "./abort-signal.ts";
import { atob, btoa } from "./base64.ts";
import { Blob } from "./blob.ts";
import { Crypto, crypto } from "./crypto.ts";
import { DOMException } from "./dom-exception.ts";
import { defineEventHandlers } from "./event-handlers.ts";
import { EventTarget } from "./event-target.ts";
import { Event } from "./event.ts";
import { fetch } from "./fetch.ts";
import { File } from "./file.ts";
import { Headers } from "./headers.ts";
import { create, entries, setPrototypeOf } from "./intrinsics.ts";
import { exposeLazily, load } from "./lazy.ts";
import { queueMicrotask } from "./microtask.ts";
import { Navigator, navigator } from "./navigator.ts";
import { reportError } from "./reporting.ts";
import { Request } from "./request.ts";
import { Response } from "./response.ts";
import { structuredClone } from "./structured-clone.ts";
import { TextEncoder } from "./text-encoder.ts";
import { clearInterval, clearTimeout, setInterval, setTimeout } from "./timers.ts";
import { URLSearchParams } from "./url-search-params.ts";
import { URL } from "./url.ts";
import { exposeAttribute, exposeInterface, exposeOperation } from "./webidl/define.ts";

const interfaces = {
  AbortController,
  AbortSignal,
  Blob,
  Crypto,
  DOMException,
  Event,
  EventTarget,
  File,
  Headers,
  Navigator,
  Request,
  Response,
  TextEncoder,
  URL,
  URLSearchParams,
};

const streamInterfaces = [
  "ByteLengthQueuingStrategy",
  "CountQueuingStrategy",
  "ReadableByteStreamController",
  "ReadableStream",
  "ReadableStreamBYOBReader",
  "ReadableStreamBYOBRequest",
  "ReadableStreamDefaultController",
  "ReadableStreamDefaultReader",
  "TextDecoderStream",
  "TextEncoderStream",
  "TransformStream",
  "TransformStreamDefaultController",
  "WritableStream",
  "WritableStreamDefaultController",
  "WritableStreamDefaultWriter",
];

const timelineInterfaces = [
  "PerformanceEntry",
  "PerformanceMark",
  "PerformanceMeasure",
  "PerformanceObserver",
  "PerformanceObserverEntryList",
];

/** Operations of WindowOrWorkerGlobalScope, fetch included. */
const operations = {
  atob,
  btoa,
  clearInterval,
  clearTimeout,
  fetch,
  queueMicrotask,
  reportError,
  setInterval,
  setTimeout,
  structuredClone,
};

/** The global object is an event target: "error", "unhandledrejection", "rejectionhandled". */
function makeGlobalEventTarget(): void {
  const prototype = create(EventTarget.prototype, {
    [Symbol.toStringTag]: { value: "global", configurable: true },
  }) as object;
  setPrototypeOf(globalThis, prototype);
  defineEventHandlers(globalThis, ["error", "unhandledrejection", "rejectionhandled"], {
    special: "error",
  });
}

export function installGlobals(): void {
  for (const [name, value] of entries(interfaces)) exposeInterface(name, value);
  for (const [name, value] of entries(operations)) exposeOperation(name, value);
  exposeAttribute("self", () => globalThis, { replaceable: true });
  exposeAttribute("crypto", () => crypto);
  exposeAttribute("navigator", () => navigator);
  exposeAttribute("performance", () => load("performance").performance, { replaceable: true });
  exposeLazily("streams", streamInterfaces);
  exposeLazily("compression", ["CompressionStream", "DecompressionStream"]);
  exposeLazily("console", ["console"]);
  exposeLazily("crypto", ["CryptoKey", "SubtleCrypto"]);
  exposeLazily("encoding", ["TextDecoder"]);
  exposeLazily("events", [
    "CustomEvent",
    "ErrorEvent",
    "ExtendableEvent",
    "FetchEvent",
    "PromiseRejectionEvent",
  ]);
  exposeLazily("exceptions", ["QuotaExceededError"]);
  exposeLazily("files", ["FileReader", "ProgressEvent"]);
  exposeLazily("forms", ["FormData"]);
  exposeLazily("messaging", ["MessageChannel", "MessageEvent", "MessagePort"]);
  exposeLazily("performance", ["Performance"]);
  exposeLazily("timeline", timelineInterfaces);
  exposeLazily("urlpattern", ["URLPattern"]);
  makeGlobalEventTarget();
}
