// What a session sends: messages that its wire has not taken yet, and room for what asks for more of them. Thread:
// the isolate's.
import { bareArray, deferred, splice, type Deferred } from "../../../idl/primordials.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What carries messages to the other app: it takes them out of the outbox. */
export interface Wire {
  /** There is something to take, or nothing more will come. */
  wake(): void;
  /** Nothing will be taken, and nothing more is wanted, either. */
  cancel(reason: unknown): void;
}

/** Above so many bytes that wait, the other app's calls wait, too: their answers would be more of them. */
const ENOUGH = 1 << 20;
/** With so many, answers of calls that were slow have come at once, and nobody takes them. */
const FULL = 128 << 20;

/** Items that wait, in order, and how many bytes they are. */
export class Backlog<T> {
  readonly #items = bareArray<T | undefined>();
  readonly #sizes = bareArray<number>();
  /** What comes before it was taken: that is cut off in large pieces, each of which moves the rest once. */
  #head = 0;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#head === this.#items.length;
  }

  put(item: T, bytes: number): void {
    const at = this.#items.length;
    this.#items[at] = item;
    this.#sizes[at] = bytes;
    this.#bytes += bytes;
  }

  take(): T | undefined {
    if (this.isEmpty) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#bytes -= this.#sizes[this.#head]!;
    this.#head++;
    if (this.isEmpty) {
      this.clear();
    } else if (this.#head >= 64 && this.#head * 2 >= this.#items.length) {
      splice(this.#items, 0, this.#head);
      splice(this.#sizes, 0, this.#head);
      this.#head = 0;
    }
    return item;
  }

  clear(): void {
    this.#items.length = this.#sizes.length = this.#head = this.#bytes = 0;
  }
}

export class Outbox {
  readonly #frames = new Backlog<Bytes>();
  #wire: Wire | null = null;
  #isEnded = false;
  /** Somebody waits for less to be here. */
  #room: Deferred<undefined> | null = null;

  /** Nothing will be put here any more. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  get hasRoom(): boolean {
    return this.#frames.bytes < ENOUGH;
  }

  get isFull(): boolean {
    return this.#frames.bytes > FULL;
  }

  /** When there is room. */
  room(): Promise<undefined> {
    return (this.#room ??= deferred<undefined>()).promise;
  }

  /** From now on somebody takes what is here. */
  connect(wire: Wire): void {
    this.#wire = wire;
    if (!this.#frames.isEmpty || this.#isEnded) wire.wake();
  }

  put(frame: Bytes): void {
    if (this.#isEnded) return;
    this.#frames.put(frame, frame.byteLength);
    this.#wire?.wake();
  }

  /** The next message; undefined: there is none for now. */
  take(): Bytes | undefined {
    const frame = this.#frames.take();
    if (this.#room !== null && this.hasRoom) {
      this.#room.resolve(undefined);
      this.#room = null;
    }
    return frame;
  }

  /** Nothing comes after what is here. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#wire?.wake();
  }

  /** What is here is not sent, either. */
  cancel(reason: unknown): void {
    this.#isEnded = true;
    this.#frames.clear();
    this.#wire?.cancel(reason);
  }
}
