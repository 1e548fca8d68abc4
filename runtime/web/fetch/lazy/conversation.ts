// A call of a service whose request goes on while its response comes: messages both ways. Thread: the isolate's.
import { currentExchange } from "../../exchange/exchanges.ts";
import { CallBody, type ServiceAim } from "../../host/ops.ts";
import { bareArray, deferred, splice, type Deferred } from "../../idl/primordials.ts";
import { callMessage } from "./call-message.ts";
import { callError } from "./network-error.ts";
import { CallFailure, OutgoingCall, type CallMaker, type CallResponse } from "./outgoing-call.ts";

type Bytes = Uint8Array<ArrayBuffer>;

class Conversation implements CallMaker {
  readonly #call: OutgoingCall;
  readonly #url: string;
  #head: Deferred<CallResponse> | null = deferred<CallResponse>();
  /** The response, once its head has come; rejected if none will come. */
  readonly head: Promise<CallResponse> = this.#head!.promise;
  /** What the service does not take for now. */
  readonly #queue = bareArray<Bytes>();
  #isWaiting = false;
  /** Nothing is sent after what waits. */
  #isEnding = false;
  #isOver = false;

  constructor(service: string, url: string, aim: ServiceAim, first: Bytes) {
    this.#url = url;
    const message = callMessage(currentExchange(), service, "POST", url, [], aim, "");
    this.#call = new OutgoingCall(this, message, CallBody.Stream, undefined);
    this.#call.upload = this.#upload();
    this.send(first);
  }

  #upload(): OutgoingCall["upload"] {
    return {
      drained: () => this.#goOn(),
      end: () => {
        this.#isOver = true;
        this.#queue.length = 0;
      },
    };
  }

  onHead(response: CallResponse): void {
    this.#takeHead().resolve(response);
  }

  onFailed(reason: unknown): void {
    const { reject } = this.#takeHead();
    if (reason instanceof CallFailure) reject(callError(this.#url, reason.code, reason.problem));
    else reject(reason);
  }

  #takeHead(): Deferred<CallResponse> {
    const head = this.#head!;
    this.#head = null;
    return head;
  }

  send(bytes: Bytes): void {
    if (this.#isOver || this.#isEnding) return;
    if (this.#isWaiting) this.#queue[this.#queue.length] = bytes;
    else this.#isWaiting = !ops.writeCall(this.#call.id, bytes);
  }

  /** Nothing more will be sent. */
  end(): void {
    this.#isEnding = true;
    if (!this.#isWaiting) this.#finish();
  }

  /** Nothing more is wanted, either. */
  cancel(reason: unknown): void {
    this.#call.cancel(reason);
  }

  /** The service takes more. */
  #goOn(): void {
    this.#isWaiting = false;
    while (!this.#isWaiting && this.#queue.length > 0) {
      this.#isWaiting = !ops.writeCall(this.#call.id, splice(this.#queue, 0, 1)[0]!);
    }
    if (this.#isEnding && !this.#isWaiting) this.#finish();
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    ops.endCall(this.#call.id);
  }
}

/**
 * Begins one, for the exchange that is being answered.
 * @param service The name of the app's binding.
 * @param first What is sent at once.
 * @throws A TypeError if it is refused.
 */
export function converse(
  service: string,
  url: string,
  aim: ServiceAim,
  first: Uint8Array<ArrayBuffer>,
): Conversation {
  return new Conversation(service, url, aim, first);
}
