// TextEncoder (Encoding Standard, section 7.4). Thread: the isolate's.
import { toUint8Array } from "../idl/buffers.ts";
import { requireArguments, toDOMString } from "../idl/convert.ts";
import { defineInterface } from "../idl/define.ts";

export class TextEncoder {
  // Nothing to hold: the field is the brand.
  #brand = undefined;

  constructor() {}

  get encoding(): string {
    void this.#brand;
    return "utf-8";
  }

  encode(input: string = ""): Uint8Array<ArrayBuffer> {
    void this.#brand;
    return ops.encodeUtf8(
      toDOMString(input, "Failed to execute 'encode' on 'TextEncoder': parameter 1"),
    );
  }

  encodeInto(source: string, destination: Uint8Array): { read: number; written: number } {
    void this.#brand;
    const where = "Failed to execute 'encodeInto' on 'TextEncoder'";
    requireArguments(arguments.length, 2, where);
    const text = toDOMString(source, `${where}: parameter 1`);
    const result = ops.encodeUtf8Into(text, toUint8Array(destination, `${where}: parameter 2`));
    if (typeof result === "number") return { read: text.length, written: result };
    return { read: result[0], written: result[1] };
  }
}

defineInterface(TextEncoder, "TextEncoder");
