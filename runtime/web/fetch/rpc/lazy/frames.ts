// Messages of a session as they go over the bodies of one call: four bytes of length, the lowest first, and
// so many of the message. Thread: the isolate's.
import type { RemoteBody } from "../../../exchange/remote-body.ts";
import { concatenate } from "../../../idl/bytes.ts";
import { BytesConstructor, bareArray, setBytes, subarray } from "../../../idl/primordials.ts";
import { own } from "../../../idl/webidl.ts";

/** Of one message: what is longer goes as a stream. */
export const MOST_BYTES = 32 << 20;
const HEAD = 4;

type Bytes = Uint8Array<ArrayBuffer>;

export function frameOf(message: Uint8Array): Bytes {
  const length = message.byteLength;
  const frame = new BytesConstructor(HEAD + length);
  for (let i = 0; i < HEAD; i++) frame[i] = length >>> (8 * i);
  setBytes(frame, message, HEAD);
  return frame;
}

/** Finds the messages in a body. */
export class FrameReader {
  readonly #body: RemoteBody;
  #parts = bareArray<Bytes>();
  #size = 0;

  constructor(body: RemoteBody) {
    this.#body = body;
  }

  /**
   * The next one; null after the last.
   * @throws A TypeError for what is no message, or ends within one; else as the body does.
   */
  async next(): Promise<Bytes | null> {
    if (this.#size < HEAD && !(await this.#has(HEAD))) {
      if (this.#size === 0) return null;
      throw broken();
    }
    const head = this.#take(HEAD);
    let length = 0;
    for (let i = HEAD - 1; i >= 0; i--) length = length * 256 + head[i]!;
    if (length > MOST_BYTES) throw broken();
    if (this.#size < length && !(await this.#has(length))) throw broken();
    return this.#take(length);
  }

  async #has(count: number): Promise<boolean> {
    while (this.#size < count) {
      const part = await this.#read();
      if (part === null) return false;
      this.#parts[this.#parts.length] = part;
      this.#size += part.byteLength;
    }
    return true;
  }

  async #read(): Promise<Bytes | null> {
    try {
      return await this.#body.readPart();
    } catch (cause) {
      throw new TypeError(
        "The call was broken off: the other app was stopped, or has reached a limit, and the server's log says why",
        own({ cause }),
      );
    }
  }

  #take(count: number): Bytes {
    const parts = this.#parts;
    const all = parts.length === 1 ? parts[0]! : concatenate(parts, this.#size);
    parts.length = 0;
    this.#size -= count;
    if (this.#size > 0) parts[0] = subarray(all, count);
    return subarray(all, 0, count);
  }
}

function broken(): TypeError {
  return new TypeError("The other app's message is incomplete, or no message");
}
