// Lists of byte parts. Thread: the isolate's.
import { setBytes } from "./primordials.ts";

/** One new array of all parts' bytes. */
export function concatenate(parts: readonly Uint8Array[], total: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(total);
  let at = 0;
  for (let i = 0; i < parts.length; i++) {
    setBytes(all, parts[i]!, at);
    at += parts[i]!.byteLength;
  }
  return all;
}

/**
 * Bytes on their way through a promise. The object has no prototype: resolving a promise with it runs
 * no `then` that an app may have put on Object.prototype.
 */
export interface Whole {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export function boxed(bytes: Uint8Array<ArrayBuffer>): Whole {
  return { __proto__: null, bytes } as unknown as Whole;
}
