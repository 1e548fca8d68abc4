// The blob URL store (File API, section 8). It lives and dies with its isolate, and every entry keeps its
// Blob alive until it is revoked. Thread: the isolate's.
import { Phase } from "../../host/ops.ts";
import {
  indexOf,
  mapDelete,
  mapGet,
  mapSet,
  numberText,
  random,
  slice,
  weakMapGet,
  weakMapSet,
} from "../../idl/primordials.ts";
import { isObject, toUSVString } from "../../idl/webidl.ts";
import { parseHref } from "../../url/url.ts";
import { isBlob, type Blob } from "../blob.ts";

const store = new Map<string, Blob>();
/** "Blob URL entries" of requests: a URL that is revoked later can still be fetched by them. */
const entries = new WeakMap<object, Blob>();

/** A version 4 UUID. */
function makeUuid(): string {
  // While modules are evaluated for a snapshot there is no randomness: builds are reproducible.
  if (ops.phase() !== Phase.Evaluating) return ops.randomUuid();
  let text = "";
  for (let i = 0; i < 32; i++) {
    const digit = i === 12 ? 4 : i === 16 ? 8 + random() * 4 : random() * 16;
    text += (i === 8 || i === 12 || i === 16 || i === 20 ? "-" : "") + numberText(digit | 0, 16);
  }
  return text;
}

/** URL.createObjectURL */
export function createObjectURL(value: unknown): string {
  if (!isObject(value) || !isBlob(value)) {
    throw new TypeError("Failed to execute 'createObjectURL' on 'URL': parameter 1 is not a Blob.");
  }
  // A server has no origin of its own: an opaque one.
  const url = `blob:null/${makeUuid()}`;
  mapSet(store, url, value);
  return url;
}

/** URL.revokeObjectURL. URLs that are not in the store are passed over. */
export function revokeObjectURL(value: unknown): void {
  const url = parseHref(toUSVString(value, "Failed to execute 'revokeObjectURL' on 'URL'"));
  if (url !== undefined) mapDelete(store, url);
}

/** "Resolve a blob URL", for a request that has just got it. */
export function rememberBlob(request: object, url: string): void {
  const hash = indexOf(url, "#");
  const blob = mapGet(store, hash === -1 ? url : slice(url, 0, hash));
  if (blob !== undefined) weakMapSet(entries, request, blob);
}

/** Lets a request that was made from another one have its URL's entry. */
export function inheritBlob(request: object, source: object): void {
  const blob = weakMapGet(entries, source) as Blob | undefined;
  if (blob !== undefined) weakMapSet(entries, request, blob);
}

/** The Blob behind a request's blob: URL, if it was in the store when the request was made. */
export function blobOfRequest(request: object): Blob | undefined {
  return weakMapGet(entries, request) as Blob | undefined;
}
