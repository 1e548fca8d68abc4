// Web IDL's conversion to ArrayBufferView without [AllowShared] and [AllowResizable] (section 3.2.26).
// Thread: the isolate's.
import { isArrayBufferView, isSharedArrayBuffer, typeError } from "../../idl/webidl.ts";
import { isResizable, viewBuffer, type View } from "./algorithms/views.ts";

export function toArrayBufferView(value: unknown, where: string): View {
  if (!isArrayBufferView(value)) throw typeError(where, "is not a view of an ArrayBuffer.");
  const buffer = viewBuffer(value as View);
  if (isSharedArrayBuffer(buffer)) {
    throw typeError(where, "must not be a view of shared memory.");
  }
  if (isResizable(buffer)) throw typeError(where, "must not be a view of a resizable ArrayBuffer.");
  return value as View;
}
