// Decoders of the Encoding Standard's encodings, with the state that a stream of chunks needs: a
// number, so that a decoder may be part of a snapshot. Thread: the isolate's.
import { DecodeFlag } from "../../host/ops.ts";

type Bytes = ArrayBufferLike | ArrayBufferView;

/**
 * Decodes a chunk. With `stream`, an incomplete character at its end is kept for the next call;
 * without, it is malformed, and the decoder begins anew. Throws a TypeError if it is fatal and the
 * input malformed.
 */
export type Decoder = (bytes: Bytes, stream: boolean) => string;

/** Carries the state of the decoder that is at work into decodeChunk and out of it. */
const carried = new Int32Array(1);

/** The decoder of an encoding, by its lower-case name. */
export function createDecoder(encoding: string, fatal: boolean, ignoreBom: boolean): Decoder {
  const utf8 = encoding === "utf-8";
  const number = ops.encodingNumber(encoding);
  const flags = (fatal ? DecodeFlag.Fatal : 0) | (ignoreBom ? DecodeFlag.KeepBom : 0);
  let state = 0;
  return (bytes, stream) => {
    // The usual case.
    if (utf8 && !stream && state === 0) return ops.decodeUtf8(bytes, fatal, ignoreBom);
    carried[0] = state;
    // After an error the decoder begins anew.
    state = 0;
    const text = ops.decodeChunk(
      number,
      bytes,
      stream ? flags | DecodeFlag.Stream : flags,
      carried,
    );
    state = carried[0];
    return text;
  };
}
