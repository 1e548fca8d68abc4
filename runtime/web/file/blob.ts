// Blob (File API, section 3): an immutable list of byte parts that slices share. Thread: the isolate's.
import { concatenate } from "../idl/bytes.ts";
import { charCodeAt, replaceAll, subarray, toLowerCase } from "../idl/primordials.ts";
import {
  INTERNAL,
  copyBytes,
  defineInterface,
  dictionary,
  enumeration,
  isArrayBuffer,
  isArrayBufferView,
  isObject,
  iteratorMethod,
  sequenceFrom,
  toDOMString,
  toLongLongClamped,
  toUSVString,
} from "../idl/webidl.ts";
import { createByteStream, type ReadableStream } from "../streams/stream-access.ts";

/** Bytes that nobody changes any more. */
type Parts = readonly Uint8Array[];
type BlobPart = string | Blob | ArrayBuffer | ArrayBufferView;

const CHUNK = 65536;

export interface BlobOptions {
  endings: "transparent" | "native";
  type: string;
}

/** The members of BlobPropertyBag, for FilePropertyBag as well. */
export const blobOptionMembers = {
  endings: {
    convert: enumeration("EndingType", ["transparent", "native"]),
    default: "transparent",
  },
  type: { convert: toDOMString, default: "" },
} as const;
const toBlobOptions = dictionary("BlobPropertyBag", blobOptionMembers);

function toBlobPart(value: unknown, where?: string): BlobPart {
  if (isObject(value)) {
    if (isBlob(value) || isArrayBufferView(value) || isArrayBuffer(value)) return value;
  }
  return toUSVString(value, where);
}

/** The bytes of one part in a list of its own; what others may change is copied. */
function addPart(part: BlobPart, native: boolean, list: Uint8Array[]): number {
  if (typeof part === "string") {
    const text = native ? replaceAll(replaceAll(part, "\r\n", "\n"), "\r", "\n") : part;
    return add(ops.encodeUtf8(text), list);
  }
  if (!isBlob(part)) return add(copyBytes(part), list);
  const parts = blobParts(part);
  let size = 0;
  for (let i = 0; i < parts.length; i++) size += add(parts[i]!, list);
  return size;
}

function add(bytes: Uint8Array, list: Uint8Array[]): number {
  if (bytes.byteLength > 0) list[list.length] = bytes;
  return bytes.byteLength;
}

/** A media type in lower case; empty if it has characters outside U+0020 to U+007E. */
export function normalizeType(type: string): string {
  for (let i = 0; i < type.length; i++) {
    const code = charCodeAt(type, i);
    if (code < 0x20 || code > 0x7e) return "";
  }
  return toLowerCase(type);
}

export let isBlob: (value: object) => value is Blob;
export let blobParts: (blob: Blob) => Parts;
export let blobSize: (blob: Blob) => number;
export let blobType: (blob: Blob) => string;
/** Gives a new blob the content and type of something else. The type is normalised already. */
export let setBlob: (blob: Blob, parts: Parts, size: number, type: string) => void;

export class Blob {
  #parts: Parts = [];
  #size = 0;
  #type = "";

  static {
    isBlob = (value): value is Blob => #parts in value;
    blobParts = (blob) => blob.#parts;
    blobSize = (blob) => blob.#size;
    blobType = (blob) => blob.#type;
    setBlob = (blob, parts, size, type) => {
      blob.#parts = parts;
      blob.#size = size;
      blob.#type = type;
    };
  }

  constructor(blobParts: Iterable<BlobPart> | undefined = undefined, options: unknown = undefined) {
    if ((blobParts as unknown) === INTERNAL) return;
    const where = "Failed to construct 'Blob'";
    const parts = blobParts === undefined ? [] : toBlobParts(blobParts, `${where}: The parts`);
    fillBlob(this, parts, toBlobOptions(options, `${where}: The options`));
  }

  get size(): number {
    return this.#size;
  }

  get type(): string {
    return this.#type;
  }

  slice(
    start: number | undefined = undefined,
    end: number | undefined = undefined,
    contentType: string | undefined = undefined,
  ): Blob {
    const size = this.#size;
    const where = "Failed to execute 'slice' on 'Blob'";
    const from = start === undefined ? 0 : clampIndex(toLongLongClamped(start, where), size);
    const to = end === undefined ? size : clampIndex(toLongLongClamped(end, where), size);
    const type = contentType === undefined ? "" : toDOMString(contentType, where);
    return blobOf(
      sliceParts(this.#parts, from, to),
      to > from ? to - from : 0,
      normalizeType(type),
    );
  }

  stream(): ReadableStream {
    return streamParts(this.#parts);
  }

  // The brand check of a promise's operation is a rejection: these are async for that.
  async text(): Promise<string> {
    return ops.decodeUtf8(concatenate(this.#parts, this.#size), false, false);
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return concatenate(this.#parts, this.#size).buffer;
  }

  async bytes(): Promise<Uint8Array> {
    return concatenate(this.#parts, this.#size);
  }
}

function blobOf(parts: Parts, size: number, type: string): Blob {
  const blob = new Blob(INTERNAL as never);
  setBlob(blob, parts, size, type);
  return blob;
}

/** The bytes from one index to another, of which the first is not greater, with the same type. */
export function sliceBlob(blob: Blob, from: number, to: number): Blob {
  return blobOf(sliceParts(blobParts(blob), from, to), to - from, blobType(blob));
}

/** Gives a new blob the bytes of converted parts. */
export function fillBlob(blob: Blob, parts: BlobPart[], options: BlobOptions): void {
  const list: Uint8Array[] = [];
  let size = 0;
  for (let i = 0; i < parts.length; i++) {
    size += addPart(parts[i]!, options.endings === "native", list);
  }
  setBlob(blob, list, size, normalizeType(options.type));
}

/** sequence<BlobPart>. */
export function toBlobParts(value: unknown, where: string): BlobPart[] {
  const method = isObject(value) ? iteratorMethod(value, where) : undefined;
  if (method === undefined) throw new TypeError(`${where} are not a list (an iterable object)`);
  return sequenceFrom(value as object, method, toBlobPart, where);
}

function clampIndex(index: number, size: number): number {
  if (index < 0) return index + size < 0 ? 0 : index + size;
  return index > size ? size : index;
}

/** The bytes from one index to another, shared. */
function sliceParts(parts: Parts, from: number, to: number): Parts {
  const list: Uint8Array[] = [];
  let begin = 0;
  for (let i = 0; i < parts.length && begin < to; i++) {
    const part = parts[i]!;
    const end = begin + part.byteLength;
    if (end > from) {
      const first = from > begin ? from - begin : 0;
      const last = to < end ? to - begin : part.byteLength;
      if (last > first) list[list.length] = subarray(part, first, last);
    }
    begin = end;
  }
  return list;
}

/** A byte stream of copies, 64 KB each at most. */
export function streamParts(parts: Parts): ReadableStream {
  let index = 0;
  let at = 0;
  return createByteStream(() => {
    const part = parts[index];
    if (part === undefined) return null;
    const end = at + CHUNK < part.byteLength ? at + CHUNK : part.byteLength;
    const chunk = new Uint8Array(subarray(part, at, end));
    at = end;
    if (at === part.byteLength) {
      index++;
      at = 0;
    }
    return chunk;
  });
}

/** All bytes in one new array. */
export function blobBytes(blob: Blob): Uint8Array<ArrayBuffer> {
  return concatenate(blobParts(blob), blobSize(blob));
}

defineInterface(Blob, "Blob", {
  shows: ["size", "type"],
  clone(instance) {
    const blob = instance as Blob;
    return blobOf(blobParts(blob), blobSize(blob), blobType(blob));
  },
});
