// Array buffers and their views, seen through captured built-ins: what an app does to the prototypes
// does not matter. Thread: the isolate's.
import {
  bufferBytes,
  bufferDetached,
  bufferResizable,
  dataViewBuffer,
  dataViewBytes,
  dataViewOffset,
  setBytes,
  transferToFixedLength,
  typedArrayBuffer,
  typedArrayBytes,
  typedArrayLength,
  typedArrayName,
  typedArrayOffset,
} from "../../../idl/primordials.ts";

export type View = ArrayBufferView<ArrayBuffer>;
type ViewConstructor = new (buffer: ArrayBuffer, offset: number, length: number) => View;

/** An array type, for the views that a read gives back. */
export interface ViewType {
  readonly construct: ViewConstructor;
  /** Bytes. */
  readonly elementSize: number;
}

const DATA_VIEW: ViewType = { construct: DataView, elementSize: 1 };
const CONSTRUCTORS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Float16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];
const TYPED_ARRAYS: Record<string, ViewType> = { __proto__: null as never };
for (let i = 0; i < CONSTRUCTORS.length; i++) {
  const construct = CONSTRUCTORS[i]!;
  TYPED_ARRAYS[construct.name] = { construct, elementSize: construct.BYTES_PER_ELEMENT };
}

export function typeOfView(view: View): ViewType {
  const name = typedArrayName(view);
  return name === undefined ? DATA_VIEW : TYPED_ARRAYS[name]!;
}

export function viewBuffer(view: View): ArrayBuffer {
  const isDataView = typedArrayName(view) === undefined;
  return (isDataView ? dataViewBuffer(view) : typedArrayBuffer(view)) as ArrayBuffer;
}

/** Of a view whose buffer is not detached. */
export function viewOffset(view: View): number {
  return typedArrayName(view) === undefined ? dataViewOffset(view) : typedArrayOffset(view);
}

/** 0 if the buffer is detached. */
export function viewBytes(view: View): number {
  if (typedArrayName(view) !== undefined) return typedArrayBytes(view);
  return bufferDetached(dataViewBuffer(view)) ? 0 : dataViewBytes(view);
}

/** [[ArrayLength]] of a typed array, bytes of a DataView. */
export function viewElements(view: View): number {
  return typedArrayName(view) === undefined ? viewBytes(view) : typedArrayLength(view);
}

export const bufferLength: (buffer: ArrayBuffer) => number = bufferBytes;
export const isDetachedBuffer: (buffer: ArrayBuffer) => boolean = bufferDetached;
/** Throws a TypeError for a SharedArrayBuffer. */
export const isResizable: (buffer: ArrayBuffer) => boolean = bufferResizable;

/** TransferArrayBuffer. Throws a TypeError if the buffer may not be detached. */
export const transferArrayBuffer: (buffer: ArrayBuffer) => ArrayBuffer = transferToFixedLength;

/** CloneArrayBuffer. Throws a RangeError if there is no memory. */
export function cloneArrayBuffer(buffer: ArrayBuffer, offset: number, length: number): ArrayBuffer {
  return new Uint8Array(new Uint8Array(buffer, offset, length)).buffer;
}

/** CloneAsUint8Array. Throws a RangeError if there is no memory. */
export function cloneAsUint8Array(view: View): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new Uint8Array(viewBuffer(view), viewOffset(view), viewBytes(view)));
}

/** CopyDataBlockBytes. The ranges must lie in the buffers. */
export function copyBytes(
  target: ArrayBuffer,
  targetStart: number,
  source: ArrayBuffer,
  sourceStart: number,
  count: number,
): void {
  setBytes(new Uint8Array(target), new Uint8Array(source, sourceStart, count), targetStart);
}
