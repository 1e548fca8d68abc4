// A call of a service whose request goes on while its response comes: messages both ways. Thread: the isolate's.
import { currentExchange } from "../../exchange/exchanges.ts";
import { CallBody, type ServiceAim } from "../../host/ops.ts";
import { deferred, type Deferred } from "../../idl/primordials.ts";
import { callMessage } from "./call-message.ts";
import { callError } from "./network-error.ts";
import { CallFailure, OutgoingCall, type CallMaker, type CallResponse } from "./outgoing-call.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What is sent, in order. */
export interface Outgoing {
  /** The next part; undefined: there is none for now. */
  take(): Bytes | undefined;
  /** None will come after those that are there. */
  readonly isEnded: boolean;
}

class Conversation implements CallMaker {
  readonly #call: OutgoingCall;
  readonly #url: string;
  readonly #outgoing: Outgoing;
  #head: Deferred<CallResponse> | null = deferred<CallResponse>();
  /** The response, once its head has come; rejected if none will come. */
  readonly head: Promise<CallResponse> = this.#head!.promise;
  /** The service takes no more for now. */
  #isWaiting = false;
  /** Nothing is sent any more. */
  #isOver = false;

  constructor(service: string, url: string, aim: ServiceAim, outgoing: Outgoing) {
    this.#url = url;
    this.#outgoing = outgoing;
    const message = callMessage(currentExchange(), service, "POST", url, [], aim, "");
    this.#call = new OutgoingCall(this, message, CallBody.Stream, undefined);
    this.#call.upload = this.#upload();
    this.wake();
  }

  #upload(): OutgoingCall["upload"] {
    return {
      drained: () => {
        this.#isWaiting = false;
        this.wake();
      },
      end: () => {
        this.#isOver = true;
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

  /** There is something to send, or nothing more will be. */
  wake(): void {
    while (!this.#isWaiting && !this.#isOver) {
      const part = this.#outgoing.take();
      if (part !== undefined) {
        this.#isWaiting = !ops.writeCall(this.#call.id, part);
      } else if (this.#outgoing.isEnded) {
        this.#isOver = true;
        ops.endCall(this.#call.id);
      } else {
        return;
      }
    }
  }

  /** Nothing more is wanted, either. */
  cancel(reason: unknown): void {
    this.#call.cancel(reason);
  }
}

/**
 * Begins one, for the exchange that is being answered.
 * @param service The name of the app's binding.
 * @param outgoing What there is of it is sent at once.
 * @throws A TypeError if it is refused.
 */
export function converse(
  service: string,
  url: string,
  aim: ServiceAim,
  outgoing: Outgoing,
): Conversation {
  return new Conversation(service, url, aim, outgoing);
}
