// The native ops of text and compression (runtime/ops/decode_ops.cc, text_ops.cc, compression_ops.cc),
// typed. A part of ops.ts, through which everybody else gets at it.

/** Flags of `decodeChunk`. */
export const enum DecodeFlag {
  /** Malformed input is a TypeError. */
  Fatal = 1,
  /** A byte order mark at the start of a Unicode text is kept. */
  KeepBom = 2,
  /** More will follow: a sequence that is not complete waits for it. */
  Stream = 4,
}

export interface DecodeOps {
  /**
   * The text of UTF-8 bytes; malformed sequences become U+FFFD, or a TypeError if `fatal`. A byte order
   * mark at the start is dropped unless `keepBom`. Throws a RangeError beyond V8's longest string.
   */
  decodeUtf8(bytes: ArrayBufferLike | ArrayBufferView, fatal: boolean, keepBom: boolean): string;
  /** Each byte is one Latin-1 character (that is isomorphic decoding, not windows-1252). */
  decodeLatin1(bytes: ArrayBufferLike | ArrayBufferView): string;
  /**
   * The number of an encoding by its name in lower case, -1 for none. It holds for one build of NANO,
   * as snapshots do.
   */
  encodingNumber(name: string): number;
  /**
   * Decodes a chunk. `state[0]` is what the decoder remembers of a text, 0 at its beginning; it is
   * changed. Throws a TypeError if the input is malformed and the flags say Fatal.
   */
  decodeChunk(
    encoding: number,
    bytes: ArrayBufferLike | ArrayBufferView,
    flags: number,
    state: Int32Array,
  ): string;
}

export const enum CompressionFormat {
  Gzip = 0,
  Deflate = 1,
  DeflateRaw = 2,
  Brotli = 3,
  Zstd = 4,
}

/** Stands for a native (de)compressor; of no other use than to be passed to these ops. */
export type CompressionHandle = ArrayBuffer & { readonly kind: "compression" };

/**
 * Handles must not be kept in a snapshot: they are made while serving, or closed in the same turn.
 * Pieces have at most 64 KB. After `compressionWrite` and `compressionFinish`, `compressionNext` gives
 * what else there is, and undefined at last. Malformed data is a TypeError, lack of memory a
 * RangeError; after either, the handle is good for nothing.
 */
export interface CompressionOps {
  compressionCreate(format: CompressionFormat, compress: boolean): CompressionHandle;
  /** Takes all of the chunk, copying what it cannot use at once. */
  compressionWrite(
    handle: CompressionHandle,
    chunk: ArrayBufferLike | ArrayBufferView,
  ): Uint8Array<ArrayBuffer> | undefined;
  compressionFinish(handle: CompressionHandle): Uint8Array<ArrayBuffer> | undefined;
  compressionNext(handle: CompressionHandle): Uint8Array<ArrayBuffer> | undefined;
  /** Frees the native state. Nothing happens if that has been done. */
  compressionClose(handle: CompressionHandle): void;
}

export interface TextOps {
  /** The low bytes of a string's code units (isomorphic encoding). */
  encodeLatin1(text: string): Uint8Array<ArrayBuffer>;
  /** The UTF-8 bytes of a string, lone surrogates as U+FFFD, in a buffer of exactly that length. */
  encodeUtf8(text: string): Uint8Array<ArrayBuffer>;
  /**
   * Writes as many whole characters of `text` as fit. Gives the number of bytes written if that is
   * all of it, else the code units read and the bytes written.
   */
  encodeUtf8Into(text: string, target: Uint8Array): number | [read: number, written: number];
  /** Base64 of a string's Latin-1 bytes; undefined if it has characters beyond U+00FF. */
  encodeBase64(text: string): string | undefined;
  /** "Forgiving-base64 decode" to Latin-1; undefined on failure. */
  decodeBase64(text: string): string | undefined;
  /** The length of a string's UTF-8 bytes. */
  utf8Length(text: string): number;
}
