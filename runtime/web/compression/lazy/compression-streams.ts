// CompressionStream and DecompressionStream (Compression Standard, sections 5 and 6). Besides the
// standard's formats there is "zstd". Thread: the isolate's.
import { CompressionFormat } from "../../host/ops.ts";
import { defineInterface, enumeration, requireArguments } from "../../idl/webidl.ts";
import type { ReadableStream, WritableStream } from "../../streams/lazy/interfaces.ts";
import { Transcoder } from "./transcoder.ts";
import { createPair, type Pair } from "./transcoding-pair.ts";

const FORMATS = {
  __proto__: null as never,
  brotli: CompressionFormat.Brotli,
  deflate: CompressionFormat.Deflate,
  "deflate-raw": CompressionFormat.DeflateRaw,
  gzip: CompressionFormat.Gzip,
  zstd: CompressionFormat.Zstd,
};
type Format = Exclude<keyof typeof FORMATS, "__proto__">;

const toFormat = enumeration<Format>("CompressionFormat", [
  "deflate",
  "deflate-raw",
  "gzip",
  "brotli",
  "zstd",
]);

export class CompressionStream {
  #pair: Pair;

  constructor(format: Format) {
    const where = "Failed to construct 'CompressionStream'";
    requireArguments(arguments.length, 1, where);
    const number = FORMATS[toFormat(format, `${where}: The format`)];
    this.#pair = createPair(new Transcoder(number, true), "A chunk of a CompressionStream");
  }

  get readable(): ReadableStream {
    return this.#pair.readable;
  }
  get writable(): WritableStream {
    return this.#pair.writable;
  }
}

export class DecompressionStream {
  #pair: Pair;

  constructor(format: Format) {
    const where = "Failed to construct 'DecompressionStream'";
    requireArguments(arguments.length, 1, where);
    const number = FORMATS[toFormat(format, `${where}: The format`)];
    this.#pair = createPair(new Transcoder(number, false), "A chunk of a DecompressionStream");
  }

  get readable(): ReadableStream {
    return this.#pair.readable;
  }
  get writable(): WritableStream {
    return this.#pair.writable;
  }
}

defineInterface(CompressionStream, "CompressionStream");
defineInterface(DecompressionStream, "DecompressionStream");
