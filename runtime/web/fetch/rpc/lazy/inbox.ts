// What the other app of a session asks for, in order. What it asks for while it does not take the answers
// waits, so that its answers do not fill this app's memory. Thread: the isolate's.
import { deferred } from "../../../idl/primordials.ts";
import { queueTask } from "../../../tasks/event-loop.ts";
import { Backlog, type Outbox } from "./outbox.ts";

/** So many are begun before what is quick among them has been answered. */
const BURST = 16;

/** What may wait, in bytes, and what one item takes beyond its message's. */
const MOST_WAITING = 32 << 20;
const OVERHEAD = 256;

export class Inbox<T> {
  readonly #outbox: Outbox;
  readonly #handle: (item: T) => void;
  readonly #fail: (error: unknown) => void;
  #waiting: Backlog<T> | null = null;
  #burst = BURST;

  /**
   * @param outbox Where the answers go.
   * @param fail Told what `handle` has thrown after take() had returned.
   */
  constructor(outbox: Outbox, handle: (item: T) => void, fail: (error: unknown) => void) {
    this.#outbox = outbox;
    this.#handle = handle;
    this.#fail = fail;
  }

  /** @param bytes Of its message. */
  take(item: T, bytes: number): void {
    if (this.#waiting !== null) return this.#wait(this.#waiting, item, bytes);
    if (this.#burst > 0 && this.#outbox.hasRoom) {
      this.#burst--;
      return this.#handle(item);
    }
    this.#waiting = new Backlog<T>();
    this.#wait(this.#waiting, item, bytes);
    void this.#catchUp(this.#waiting);
  }

  #wait(waiting: Backlog<T>, item: T, bytes: number): void {
    if (waiting.bytes > MOST_WAITING) {
      throw new RangeError(
        "The other app asks for more while it does not take what it has asked for: the call has been ended",
      );
    }
    waiting.put(item, bytes + OVERHEAD);
  }

  async #catchUp(waiting: Backlog<T>): Promise<void> {
    try {
      while (!waiting.isEmpty) {
        if (this.#burst === 0) await nextTask();
        if (!this.#outbox.hasRoom) await this.#outbox.room();
        this.#burst = BURST;
        while (this.#burst > 0 && this.#outbox.hasRoom && !waiting.isEmpty) {
          this.#burst--;
          this.#handle(waiting.take()!);
        }
      }
      this.#waiting = null;
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Nothing of it is done any more. */
  clear(): void {
    this.#waiting?.clear();
  }
}

function nextTask(): Promise<undefined> {
  const { promise, resolve } = deferred<undefined>();
  queueTask(resolve, undefined);
  return promise;
}
