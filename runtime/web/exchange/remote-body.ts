// A body that stays with the host until it is asked for: whole, or part by part as a stream is read. Thread:
// the isolate's.
import { CallAmount } from "../host/ops.ts";
import { boxed, type Whole } from "../idl/bytes.ts";
import { deferred, type Deferred } from "../idl/primordials.ts";
import { createByteStream, type ReadableStream } from "../streams/stream-access.ts";

/** Stands for a reason that was not given. */
const NONE = Symbol("none");

export abstract class RemoteBody {
  #complete = false;
  #failure: unknown = NONE;
  #waiting: Deferred<Whole | string> | null = null;

  /** Asks the host: deliver() or fail() is called, perhaps before this returns. */
  protected abstract ask(amount: CallAmount): void;

  /** The stream was cancelled. */
  protected abstract cancel(reason: unknown): void;

  /** All of it, in a buffer of the caller's own. Called at most once, and not after stream(). */
  readWhole(): Promise<Whole> {
    return this.#read<Whole>(CallAmount.Whole);
  }

  /** The same, decoded from UTF-8: only of bodies whose host does that. */
  readText(): Promise<string> {
    return this.#read<string>(CallAmount.Text);
  }

  stream(): ReadableStream {
    return createByteStream(
      async () => {
        // The host may send an empty part to say that there are no more.
        while (!this.#complete) {
          const { bytes } = await this.#read<Whole>(CallAmount.Part);
          if (bytes.byteLength > 0) return bytes;
        }
        return null;
      },
      (reason) => this.cancel(reason),
    );
  }

  #read<T extends Whole | string>(amount: CallAmount): Promise<T> {
    const waiting = (this.#waiting = deferred<Whole | string>());
    if (this.#failure !== NONE) this.fail(this.#failure);
    else this.ask(amount);
    return waiting.promise as Promise<T>;
  }

  /** Somebody waits for a part. */
  get isRead(): boolean {
    return this.#waiting !== null;
  }

  deliver(part: ArrayBuffer | string, last: boolean): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (last) this.#complete = true;
    waiting?.resolve(typeof part === "string" ? part : boxed(new Uint8Array(part)));
  }

  /** The rest will not come. */
  fail(reason: unknown): void {
    this.#failure = reason;
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.reject(reason);
  }
}
