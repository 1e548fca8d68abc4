// Pumps a stream into the request of a call, at the speed of the server. Thread: the isolate's.
import { load } from "../../host/lazy-groups.ts";
import { typedArrayName } from "../../idl/primordials.ts";
import type { ReadableStream } from "../../streams/stream-access.ts";
import type { OutgoingCall } from "./outgoing-call.ts";

const { drain: Drain, cancelReadable, notBytes } = load("streams");

export class StreamUpload extends Drain {
  readonly #call: OutgoingCall;
  #isOver = false;
  /** The server takes no more for now, or there is no connection yet. */
  #isWaiting = false;

  /** Of a call that was started for a stream. */
  constructor(call: OutgoingCall, stream: ReadableStream) {
    super(stream);
    this.#call = call;
    call.upload = this;
    if (ops.writeCall(call.id)) this.next();
    else this.#isWaiting = true;
  }

  chunkSteps(chunk: unknown): void {
    if (this.#isOver) return;
    if (typedArrayName(chunk) !== "Uint8Array") return this.#fail(notBytes(chunk));
    const part = chunk as Uint8Array;
    // An empty chunk would be the end in chunked framing.
    if (part.byteLength === 0 || ops.writeCall(this.#call.id, part)) this.next();
    else this.#isWaiting = !this.#isOver;
  }

  closeSteps(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    ops.endCall(this.#call.id);
  }

  errorSteps(error: unknown): void {
    if (!this.#isOver) this.#fail(error);
  }

  drained(): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.next();
  }

  /** The call is over: nobody takes the rest. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    cancelReadable(this.readable, this.#call.reason);
  }

  #fail(error: unknown): void {
    this.#isOver = true;
    cancelReadable(this.readable, error);
    this.#call.cancel(error);
  }
}
