// TextEncoderStream and TextDecoderStream (Encoding Standard, sections 7.5 and 7.6), on
// TransformStream. Thread: the isolate's.
import {
  charCodeAt,
  defineInterface,
  load,
  slice,
  toAllowSharedBufferSource,
  toDOMString,
} from "../../core.ts";
import type { Decoder } from "../encoding/decoders.ts";
import type { TextDecoderOptions } from "../encoding/text-decoder.ts";
import { TransformStream } from "./interfaces.ts";

const NO_BYTES = new Uint8Array(0);

export class TextEncoderStream {
  #transform: TransformStream<unknown, Uint8Array>;

  constructor() {
    // A high surrogate at the end of a chunk waits for the low one at the beginning of the next.
    let pending = "";
    this.#transform = new TransformStream<unknown, Uint8Array>({
      transform(chunk, controller) {
        let text = pending + toDOMString(chunk, "A chunk of a TextEncoderStream");
        pending = "";
        const { length } = text;
        if (length === 0) return;
        const last = charCodeAt(text, length - 1);
        if (last >= 0xd800 && last <= 0xdbff) {
          pending = slice(text, length - 1, length);
          text = slice(text, 0, length - 1);
        }
        if (text !== "") controller.enqueue(ops.encodeUtf8(text));
      },
      flush(controller) {
        if (pending !== "") controller.enqueue(ops.encodeUtf8(pending));
      },
    });
  }

  get encoding(): string {
    void this.#transform;
    return "utf-8";
  }
  get readable() {
    return this.#transform.readable;
  }
  get writable() {
    return this.#transform.writable;
  }
}

export class TextDecoderStream {
  #encoding: string;
  #fatal: boolean;
  #ignoreBom: boolean;
  #transform: TransformStream<unknown, string>;

  constructor(label: string = "utf-8", options: TextDecoderOptions = {}) {
    const { createDecoder, getEncoding, toTextDecoderOptions } = load("encoding");
    const where = "Failed to construct 'TextDecoderStream'";
    this.#encoding = getEncoding(label, where);
    const { fatal, ignoreBOM } = toTextDecoderOptions(options, `${where}: The options`);
    this.#fatal = fatal;
    this.#ignoreBom = ignoreBOM;
    const decoder: Decoder = createDecoder(this.#encoding, fatal, ignoreBOM);
    this.#transform = new TransformStream<unknown, string>({
      transform(chunk, controller) {
        const bytes = toAllowSharedBufferSource(chunk, "A chunk of a TextDecoderStream");
        const text = decoder(bytes, true);
        if (text !== "") controller.enqueue(text);
      },
      flush(controller) {
        const text = decoder(NO_BYTES, false);
        if (text !== "") controller.enqueue(text);
      },
    });
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
  get readable() {
    return this.#transform.readable;
  }
  get writable() {
    return this.#transform.writable;
  }
}

defineInterface(TextEncoderStream, "TextEncoderStream");
defineInterface(TextDecoderStream, "TextDecoderStream");
