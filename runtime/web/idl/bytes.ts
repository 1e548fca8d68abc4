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
 * Bytes on their way through a promise. Object.prototype is not behind the object: resolving a promise
 * with it runs no `then` that an app may have put there. (An object without any prototype is a hash
 * table to the engine, which takes a call of its runtime to make.)
 */
export class Whole {
  readonly bytes: Uint8Array<ArrayBuffer>;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.bytes = bytes;
  }
}
Object.setPrototypeOf(Whole.prototype, null);

export function boxed(bytes: Uint8Array<ArrayBuffer>): Whole {
  return new Whole(bytes);
}
