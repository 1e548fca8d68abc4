// TextDecoder (Encoding Standard, section 7.2). Thread: the isolate's.
import {
  ABSENT,
  defineInterface,
  dictionary,
  toAllowSharedBufferSource,
  toBoolean,
  toDOMString,
} from "../../idl/webidl.ts";
import { createDecoder, type Decoder } from "./decoders.ts";
import { encodingOfLabel } from "./encoding-labels.ts";

export interface TextDecoderOptions {
  fatal?: boolean;
  ignoreBOM?: boolean;
}
export interface TextDecodeOptions {
  stream?: boolean;
}

export const toTextDecoderOptions = dictionary("TextDecoderOptions", {
  fatal: { convert: toBoolean, default: false },
  ignoreBOM: { convert: toBoolean, default: false },
});
const toTextDecodeOptions = dictionary("TextDecodeOptions", {
  stream: { convert: toBoolean, default: false },
});

const NO_BYTES = new Uint8Array(0);

/** "Get an encoding" for FileReader; null: a label that has none. */
export function findEncoding(label: string): string | null {
  const encoding = encodingOfLabel(label);
  return encoding === undefined || encoding === "replacement" ? null : encoding;
}

/** "Get an encoding" for TextDecoder and TextDecoderStream; a RangeError for a label that has none. */
export function getEncoding(label: unknown, where: string): string {
  const text = toDOMString(label, `${where}: The encoding label`);
  const encoding = encodingOfLabel(text);
  if (encoding === undefined || encoding === "replacement") {
    throw new RangeError(`${where}: the encoding label '${text}' is invalid.`);
  }
  return encoding;
}

export class TextDecoder {
  #encoding: string;
  #fatal: boolean;
  #ignoreBom: boolean;
  #decoder: Decoder;

  constructor(label: string = "utf-8", options: TextDecoderOptions = ABSENT) {
    const where = "Failed to construct 'TextDecoder'";
    this.#encoding = getEncoding(label, where);
    const { fatal, ignoreBOM } = toTextDecoderOptions(options, `${where}: The options`);
    this.#fatal = fatal;
    this.#ignoreBom = ignoreBOM;
    this.#decoder = createDecoder(this.#encoding, fatal, ignoreBOM);
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

  decode(
    input: ArrayBufferLike | ArrayBufferView = NO_BYTES,
    options: TextDecodeOptions = ABSENT,
  ): string {
    const decoder = this.#decoder;
    const where = "Failed to execute 'decode' on 'TextDecoder'";
    // Resizable buffers are taken as well, as Node and Deno do.
    const bytes = toAllowSharedBufferSource(input, `${where}: parameter 1`);
    const stream =
      options !== undefined && toTextDecodeOptions(options, `${where}: The options`).stream;
    return decoder(bytes, stream);
  }
}

defineInterface(TextDecoder, "TextDecoder");
