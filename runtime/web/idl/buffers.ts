// Web IDL conversions to buffer source types, and the bytes behind them. (Web IDL, section 3.2.26.)
// Brand checks read internal slots, so that they see through any disguise; none of them throws.
// Thread: the isolate's.
import { ObjectKind } from "../host/ops.ts";
import { typeError } from "./convert.ts";
import {
  bufferDetached,
  bufferResizable,
  dataViewBuffer,
  dataViewBytes,
  dataViewOffset,
  typedArrayBuffer,
  typedArrayBytes,
  typedArrayName,
  typedArrayOffset,
} from "./primordials.ts";

const { isView } = ArrayBuffer;

/** True for an ArrayBuffer, also a detached one; false for a SharedArrayBuffer. */
export function isArrayBuffer(value: unknown): value is ArrayBuffer {
  // Not a getter that throws at everything else: streams are asked, too, in every response.
  return (
    typeof value === "object" && value !== null && ops.objectKind(value) === ObjectKind.ArrayBuffer
  );
}

/** True for a SharedArrayBuffer. */
export function isSharedArrayBuffer(value: unknown): value is SharedArrayBuffer {
  return (
    typeof value === "object" &&
    value !== null &&
    ops.objectKind(value) === ObjectKind.SharedArrayBuffer
  );
}

export function isArrayBufferView(value: unknown): value is ArrayBufferView {
  return isView(value);
}

/** BufferSource without [AllowShared] and [AllowResizable]: an ArrayBuffer or a view of one. */
export function toBufferSource(value: unknown, where?: string): ArrayBuffer | ArrayBufferView {
  const source = toAllowSharedBufferSource(value, where);
  const buffer = isView(source) ? viewBuffer(source) : source;
  if (isSharedArrayBuffer(buffer)) throw typeError(where, "must not be shared memory.");
  if (bufferResizable(buffer as ArrayBuffer)) {
    throw typeError(where, "must not be backed by a resizable ArrayBuffer.");
  }
  return source as ArrayBuffer | ArrayBufferView;
}

/** [AllowShared, AllowResizable] BufferSource. */
export function toAllowSharedBufferSource(
  value: unknown,
  where?: string,
): ArrayBufferLike | ArrayBufferView {
  if (isView(value) || isArrayBuffer(value) || isSharedArrayBuffer(value)) return value;
  throw typeError(where, "is not an ArrayBuffer or a view of one.");
}

/** [AllowShared] Uint8Array. */
export function toUint8Array(value: unknown, where?: string): Uint8Array {
  if (typedArrayName(value) === "Uint8Array") return value as Uint8Array;
  throw typeError(where, "is not a Uint8Array.");
}

export function viewBuffer(view: ArrayBufferView): ArrayBufferLike {
  return typedArrayName(view) === undefined ? dataViewBuffer(view) : typedArrayBuffer(view);
}

/** A Uint8Array over the bytes of a buffer source, without a copy; empty if it is detached. */
export function bytesOf(source: ArrayBufferLike | ArrayBufferView): Uint8Array {
  if (!isView(source)) {
    return isArrayBuffer(source) && bufferDetached(source)
      ? new Uint8Array(0)
      : new Uint8Array(source);
  }
  const name = typedArrayName(source);
  if (name === "Uint8Array") return source as Uint8Array;
  if (name !== undefined) {
    const length = typedArrayBytes(source);
    if (length === 0) return new Uint8Array(0);
    return new Uint8Array(typedArrayBuffer(source), typedArrayOffset(source), length);
  }
  const buffer = dataViewBuffer(source);
  if (isArrayBuffer(buffer) && bufferDetached(buffer)) return new Uint8Array(0);
  try {
    return new Uint8Array(buffer, dataViewOffset(source), dataViewBytes(source));
  } catch {
    return new Uint8Array(0); // Beyond the end of a buffer that has shrunk: nothing else tells.
  }
}

/** "Get a copy of the bytes held by the buffer source": the caller owns the result. */
export function copyBytes(source: ArrayBufferLike | ArrayBufferView): Uint8Array<ArrayBuffer> {
  const bytes = bytesOf(source);
  return typedArrayBytes(bytes) === 0 ? new Uint8Array(0) : new Uint8Array(bytes);
}
