// Installs the Web APIs on the global object, with the property attributes that Web IDL gives them.
// Runs once, while the base snapshot is built.
import { Crypto, crypto } from "./crypto/crypto.ts";
import { AbortController } from "./dom/abort-controller.ts";
import { AbortSignal } from "./dom/abort-signal.ts";
import { DOMException } from "./dom/dom-exception.ts";
import { defineEventHandlers } from "./dom/event-handlers.ts";
import { EventTarget } from "./dom/event-target.ts";
import { Event } from "./dom/event.ts";
import { TextEncoder } from "./encoding/text-encoder.ts";
import { fetch } from "./fetch/fetch.ts";
import { Headers } from "./fetch/headers.ts";
import { Request } from "./fetch/request.ts";
import { Response } from "./fetch/response.ts";
import { Blob } from "./file/blob.ts";
import { File } from "./file/file.ts";
import "./file/object-urls.ts";
import { exposeLazily, load } from "./host/lazy-groups.ts";
import { atob, btoa } from "./html/base64.ts";
import { queueMicrotask } from "./html/microtask.ts";
import { Navigator, navigator } from "./html/navigator.ts";
import { reportError } from "./html/reporting.ts";
import { structuredClone } from "./html/structured-clone.ts";
import { clearInterval, clearTimeout, setInterval, setTimeout } from "./html/timers.ts";
import { exposeAttribute, exposeInterface, exposeOperation } from "./idl/define.ts";
import { URLSearchParams } from "./url/url-search-params.ts";
import { URL } from "./url/url.ts";

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

/** Namespace objects of lazy groups, each followed by its group: their names have no capital letter. */
const lazyNamespaces = ["console", "console"];

/** The global object is an event target: "error", "unhandledrejection", "rejectionhandled". */
function makeGlobalEventTarget(): void {
  const prototype = Object.create(EventTarget.prototype, {
    [Symbol.toStringTag]: { value: "global", configurable: true },
  }) as object;
  Object.setPrototypeOf(globalThis, prototype);
  defineEventHandlers(globalThis, ["error", "unhandledrejection", "rejectionhandled"], {
    special: "error",
  });
}

/** @param lazyGlobals The interfaces of lazy groups, each followed by its group. */
export function installGlobals(lazyGlobals: readonly string[]): void {
  for (const [name, value] of Object.entries(interfaces)) exposeInterface(name, value);
  for (const [name, value] of Object.entries(operations)) exposeOperation(name, value);
  exposeAttribute("self", () => globalThis, { replaceable: true });
  exposeAttribute("caches", () => load("cache").caches);
  exposeAttribute("crypto", () => crypto);
  exposeAttribute("navigator", () => navigator);
  exposeAttribute("performance", () => load("performance").performance, { replaceable: true });
  exposeLazily([...lazyGlobals, ...lazyNamespaces]);
  makeGlobalEventTarget();
}
