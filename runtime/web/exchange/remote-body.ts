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
  #isRead = false;
  /** What the host has given before it had been asked to the end. */
  #answer: Whole | string | null = null;
  #waiting: Deferred<Whole | string> | null = null;

  /** Asks the host: deliver() or fail() is called, perhaps before this returns. */
  protected abstract ask(amount: CallAmount): void;

  /** The stream was cancelled. */
  protected abstract cancel(reason: unknown): void;

  /**
   * All of it, in a buffer of the caller's own. Called at most once, and not after stream(). What is there
   * already is given at once: a promise is a turn of the engine's to wait for.
   */
  readWhole(): Whole | Promise<Whole> {
    return this.#read<Whole>(CallAmount.Whole);
  }

  /** The same, decoded from UTF-8: only of bodies whose host does that. */
  readText(): string | Promise<string> {
    return this.#read<string>(CallAmount.Text);
  }

  /** The next part, which is never empty; null after the last. Called when the one before has come. */
  async readPart(): Promise<Uint8Array<ArrayBuffer> | null> {
    // The host may send an empty part to say that there are no more.
    while (!this.#complete) {
      const { bytes } = await this.#read<Whole>(CallAmount.Part);
      if (bytes.byteLength > 0) return bytes;
    }
    return null;
  }

  stream(): ReadableStream {
    return createByteStream(
      () => this.readPart(),
      (reason) => this.cancel(reason),
    );
  }

  #read<T extends Whole | string>(amount: CallAmount): T | Promise<T> {
    if (this.#failure !== NONE) throw this.#failure;
    this.#isRead = true;
    this.ask(amount);
    const answer = this.#answer;
    if (answer !== null) {
      this.#answer = null;
      return answer as T;
    }
    // This may have come of it, too.
    if (this.#failure !== NONE) throw this.#failure;
    const waiting = (this.#waiting = deferred<Whole | string>());
    return waiting.promise as Promise<T>;
  }

  /** Somebody waits for a part. */
  get isRead(): boolean {
    return this.#isRead;
  }

  deliver(part: ArrayBuffer | string, last: boolean): void {
    if (last) this.#complete = true;
    if (!this.#isRead) return;
    this.#isRead = false;
    const answer = typeof part === "string" ? part : boxed(new Uint8Array(part));
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting === null) this.#answer = answer;
    else waiting.resolve(answer);
  }

  /** The rest will not come. */
  fail(reason: unknown): void {
    this.#failure = reason;
    this.#isRead = false;
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.reject(reason);
  }
}
