// A (de)compressor that may be part of a snapshot. While the app is being built, chunks are only kept:
// they are worked on when the stream is finished, in one turn, or by the first chunk after the boot.
// So native state never has to outlive a snapshot. Thread: the isolate's.
import { Phase, type CompressionFormat, type CompressionHandle } from "../../host/ops.ts";
import { copyBytes } from "../../idl/webidl.ts";

type Bytes = ArrayBuffer | ArrayBufferView;
export type Piece = Uint8Array<ArrayBuffer>;

/**
 * write() and finish() give the first piece of output, next() the further ones, and undefined when
 * there is no more for now; only then comes the next chunk. They throw a TypeError for malformed data
 * and a RangeError if there is no memory; the transcoder has to be closed then.
 */
export class Transcoder {
  readonly #format: CompressionFormat;
  readonly #compress: boolean;
  #handle: CompressionHandle | null = null;
  /** Chunks from the time of the build, and how many of them are done. */
  #kept: Uint8Array[] = [];
  #keptAt = 0;
  /** All output of a stream that was finished during the build. */
  #made: Piece[] | null = null;
  #madeAt = 0;
  #finishing = false;

  constructor(format: CompressionFormat, compress: boolean) {
    this.#format = format;
    this.#compress = compress;
  }

  write(chunk: Bytes): Piece | undefined {
    const building = ops.phase() !== Phase.Serving;
    if (building || this.#keptAt < this.#kept.length) {
      this.#kept[this.#kept.length] = copyBytes(chunk);
      return building ? undefined : this.next();
    }
    return ops.compressionWrite(this.#open(), chunk);
  }

  finish(): Piece | undefined {
    this.#finishing = true;
    if (ops.phase() !== Phase.Serving) this.#made = this.#makeAll();
    return this.next();
  }

  next(): Piece | undefined {
    if (this.#made !== null) return this.#made[this.#madeAt++];
    return this.#make();
  }

  /** Frees the native state. */
  close(): void {
    if (this.#handle !== null) ops.compressionClose(this.#handle);
    this.#handle = null;
    this.#kept = [];
    this.#made = [];
  }

  #open(): CompressionHandle {
    return (this.#handle ??= ops.compressionCreate(this.#format, this.#compress));
  }

  #make(): Piece | undefined {
    const handle = this.#open();
    let piece = ops.compressionNext(handle);
    while (piece === undefined && this.#keptAt < this.#kept.length) {
      const chunk = this.#kept[this.#keptAt]!;
      this.#kept[this.#keptAt++] = NOTHING;
      piece = ops.compressionWrite(handle, chunk);
    }
    if (piece === undefined && this.#finishing) {
      this.#finishing = false;
      piece = ops.compressionFinish(handle);
    }
    return piece;
  }

  #makeAll(): Piece[] {
    const made: Piece[] = [];
    try {
      for (let piece = this.#make(); piece !== undefined; piece = this.#make()) {
        made[made.length] = piece;
      }
      return made;
    } finally {
      this.close();
    }
  }
}

const NOTHING = new Uint8Array(0);
