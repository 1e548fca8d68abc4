// What apps find on the global object beside the language itself: these names, and no others. One more is a
// promise to every app, and an internal one (an export of a lazy group whose name is capitalised by mistake)
// is a way into the Web APIs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { request } from "../../tools/harness/http.ts";
import { buildApps } from "./lib/apps.ts";
import { serve } from "./lib/server.ts";

const WEB = `
  AbortController AbortSignal Blob ByteLengthQueuingStrategy Cache CacheStorage CompressionStream
  CountQueuingStrategy Crypto
  CryptoKey CustomEvent DOMException DecompressionStream ErrorEvent Event EventTarget ExtendableEvent FetchEvent
  File FileReader FormData Headers MessageChannel MessageEvent MessagePort Navigator Performance
  PerformanceEntry PerformanceMark PerformanceMeasure PerformanceObserver PerformanceObserverEntryList
  ProgressEvent PromiseRejectionEvent QuotaExceededError ReadableByteStreamController ReadableStream
  ReadableStreamBYOBReader ReadableStreamBYOBRequest ReadableStreamDefaultController
  ReadableStreamDefaultReader Request Response SubtleCrypto TextDecoder TextDecoderStream TextEncoder
  TextEncoderStream TransformStream TransformStreamDefaultController URL URLPattern URLSearchParams
  WritableStream WritableStreamDefaultController WritableStreamDefaultWriter atob btoa caches clearInterval
  clearTimeout console crypto fetch navigator onerror onrejectionhandled onunhandledrejection performance
  queueMicrotask reportError self setInterval setTimeout structuredClone`;

test("the global object has the Web APIs' names and no others", async (t) => {
  const names = `Object.getOwnPropertyNames(globalThis)`;
  const { dist } = await buildApps(t, {
    globals: { files: `export default { fetch: () => Response.json(${names}) };` },
  });
  const server = await serve(t, dist);
  const { text } = await request(server, "globals.test", "/");
  const language = new Set(runInNewContext(names) as string[]);
  language.delete("console"); // V8's own, for its inspector.
  const found = (JSON.parse(text) as string[]).filter((name) => !language.has(name));
  assert.deepEqual(found.sort(), WEB.trim().split(/\s+/).sort());
});
