// First-in, first-out lists: a ring in an array of a power of two. Thread: the isolate's.

const NONE: never[] = [];
const FIRST = 4;

export class Queue<T> {
  #ring: (T | undefined)[] = NONE;
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: T): void {
    if (this.#length === this.#ring.length) this.#grow();
    const ring = this.#ring;
    ring[(this.#head + this.#length++) & (ring.length - 1)] = item;
  }

  /** The first item, which must exist. */
  peek(): T {
    return this.#ring[this.#head] as T;
  }

  /** Removes the first item, which must exist. */
  shift(): T {
    const ring = this.#ring;
    const item = ring[this.#head] as T;
    ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (ring.length - 1);
    this.#length--;
    return item;
  }

  clear(): void {
    this.#ring = NONE;
    this.#head = this.#length = 0;
  }

  /** Removes all items and gives them in order: what their steps add is not among them. */
  drain(): readonly T[] {
    const length = this.#length;
    if (length === 0) return NONE;
    const items = new Array<T>(length);
    for (let i = 0; i < length; i++) items[i] = this.shift();
    this.clear();
    return items;
  }

  #grow(): void {
    const old = this.#ring;
    const mask = old.length - 1;
    const size = old.length === 0 ? FIRST : old.length * 2;
    const ring = new Array<T | undefined>(size);
    for (let i = 0; i < size; i++) {
      ring[i] = i < old.length ? old[(this.#head + i) & mask] : undefined;
    }
    this.#ring = ring;
    this.#head = 0;
  }
}

/** "Queue-with-sizes" (Streams Standard, section 8.1): values and their sizes by turns. */
export class QueueWithSizes {
  readonly #items = new Queue<unknown>();
  /** [[queueTotalSize]] */
  totalSize = 0;

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /** EnqueueValueWithSize. Throws a RangeError unless the size is finite and not negative. */
  enqueue(value: unknown, size: number): void {
    if (!(size >= 0 && size < Infinity)) {
      throw new RangeError(`A chunk's size must be a finite number of at least 0, not ${size}`);
    }
    this.#items.push(value);
    this.#items.push(size);
    this.totalSize += size;
  }

  /** DequeueValue */
  dequeue(): unknown {
    const value = this.#items.shift();
    const total = this.totalSize - (this.#items.shift() as number);
    // Rounding can take the total below zero.
    this.totalSize = total < 0 ? 0 : total;
    return value;
  }

  /** PeekQueueValue */
  peek(): unknown {
    return this.#items.peek();
  }

  /** ResetQueue */
  reset(): void {
    this.#items.clear();
    this.totalSize = 0;
  }
}
