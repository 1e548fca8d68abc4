// [[queue]] and [[queueTotalSize]] of a byte stream's controller (Streams Standard, section 4.7.2).
// Thread: the isolate's.
import { Queue } from "./queue.ts";
import { copyBytes } from "./views.ts";

/** "Readable byte stream queue entry" */
class Entry {
  readonly buffer: ArrayBuffer;
  byteOffset: number;
  byteLength: number;

  constructor(buffer: ArrayBuffer, byteOffset: number, byteLength: number) {
    this.buffer = buffer;
    this.byteOffset = byteOffset;
    this.byteLength = byteLength;
  }
}

export class ByteQueue {
  readonly #entries = new Queue<Entry>();
  /** Bytes. */
  totalSize = 0;

  /** ReadableByteStreamControllerEnqueueChunkToQueue */
  push(buffer: ArrayBuffer, byteOffset: number, byteLength: number): void {
    this.#entries.push(new Entry(buffer, byteOffset, byteLength));
    this.totalSize += byteLength;
  }

  /** Removes the first entry, which must exist, and gives its bytes. */
  shift(): Uint8Array<ArrayBuffer> {
    const { buffer, byteOffset, byteLength } = this.#entries.shift();
    this.totalSize -= byteLength;
    return new Uint8Array(buffer, byteOffset, byteLength);
  }

  /** Moves `count` bytes, which must be there, to `start` of a buffer. */
  moveTo(target: ArrayBuffer, start: number, count: number): void {
    this.totalSize -= count;
    while (count > 0) {
      const first = this.#entries.peek();
      const part = count < first.byteLength ? count : first.byteLength;
      copyBytes(target, start, first.buffer, first.byteOffset, part);
      if (first.byteLength === part) {
        this.#entries.shift();
      } else {
        first.byteOffset += part;
        first.byteLength -= part;
      }
      start += part;
      count -= part;
    }
  }

  /** ResetQueue */
  reset(): void {
    this.#entries.clear();
    this.totalSize = 0;
  }
}
