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
