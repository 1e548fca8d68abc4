// TextEncoderStream and TextDecoderStream (Encoding Standard, sections 7.5 and 7.6). Thread: the
// isolate's.
import type { Decoder } from "../../encoding/lazy/decoders.ts";
import type { TextDecoderOptions } from "../../encoding/lazy/text-decoder.ts";
import { load } from "../../host/lazy-groups.ts";
import { charCodeAt, rejected, slice } from "../../idl/primordials.ts";
import {
  ABSENT,
  defineInterface,
  toAllowSharedBufferSource,
  toDOMString,
} from "../../idl/webidl.ts";
import { createTransform } from "./access.ts";
import type { Completion } from "./algorithms/promises.ts";
import type { Transform } from "./algorithms/transform.ts";
import { exposeReadable, type ReadableStream } from "./readable-stream.ts";
import { exposeWritable, type WritableStream } from "./writable-stream.ts";

const NO_BYTES = new Uint8Array(0);

/** A transform of chunks, where `undefined` and what was thrown are the ends of a step. */
function createTextTransform(
  transform: (chunk: unknown) => string | Uint8Array | undefined,
  flush: () => string | Uint8Array | undefined,
): Transform {
  const enqueue = (result: string | Uint8Array | undefined): void => {
    if (result !== undefined) stream.enqueue(result);
  };
  const step = (run: () => void): Completion => {
    try {
      run();
      return undefined;
    } catch (error) {
      return rejected(error);
    }
  };
  const stream: Transform = createTransform({
    transform: (chunk) => step(() => enqueue(transform(chunk))),
    flush: () => step(() => enqueue(flush())),
    cancel: () => undefined,
  });
  return stream;
}

export class TextEncoderStream {
  readonly #transform: Transform;

  constructor() {
    // A high surrogate at the end of a chunk waits for the low one at the beginning of the next.
    let pending = "";
    const encode = (chunk: unknown): Uint8Array | undefined => {
      let text = pending + toDOMString(chunk, "A chunk of a TextEncoderStream");
      pending = "";
      const { length } = text;
      if (length === 0) return undefined;
      const last = charCodeAt(text, length - 1);
      if (last >= 0xd800 && last <= 0xdbff) {
        pending = slice(text, length - 1, length);
        text = slice(text, 0, length - 1);
      }
      return text === "" ? undefined : ops.encodeUtf8(text);
    };
    const flush = (): Uint8Array | undefined =>
      pending === "" ? undefined : ops.encodeUtf8(pending);
    this.#transform = createTextTransform(encode, flush);
  }

  get encoding(): string {
    void this.#transform;
    return "utf-8";
  }
  get readable(): ReadableStream {
    return exposeReadable(this.#transform.readable.stream);
  }
  get writable(): WritableStream {
    return exposeWritable(this.#transform.writable.stream);
  }
}

export class TextDecoderStream {
  readonly #encoding: string;
  readonly #fatal: boolean;
  readonly #ignoreBom: boolean;
  readonly #transform: Transform;

  constructor(label: string = "utf-8", options: TextDecoderOptions = ABSENT) {
    const { createDecoder, getEncoding, toTextDecoderOptions } = load("encoding");
    const where = "Failed to construct 'TextDecoderStream'";
    this.#encoding = getEncoding(label, where);
    const { fatal, ignoreBOM } = toTextDecoderOptions(options, `${where}: The options`);
    this.#fatal = fatal;
    this.#ignoreBom = ignoreBOM;
    const decoder: Decoder = createDecoder(this.#encoding, fatal, ignoreBOM);
    const decode = (bytes: ArrayBufferLike | ArrayBufferView, more: boolean) => {
      const text = decoder(bytes, more);
      return text === "" ? undefined : text;
    };
    this.#transform = createTextTransform(
      (chunk) => decode(toAllowSharedBufferSource(chunk, "A chunk of a TextDecoderStream"), true),
      () => decode(NO_BYTES, false),
    );
  }

  get encoding(): string {
    return this.#encoding;
  }
  get fatal(): boolean {
    return this.#fatal;
  }
  get ignoreBOM(): boolean {
    return this.#ignoreBom;
  }
  get readable(): ReadableStream {
    return exposeReadable(this.#transform.readable.stream);
  }
  get writable(): WritableStream {
    return exposeWritable(this.#transform.writable.stream);
  }
}

defineInterface(TextEncoderStream, "TextEncoderStream");
defineInterface(TextDecoderStream, "TextDecoderStream");
