// The side that is called: answers the call of a method with what came of it, or with a session, if something goes
// by reference. Thread: the isolate's.
import { currentExchange } from "../../../exchange/exchanges.ts";
import type { RemoteBody } from "../../../exchange/remote-body.ts";
import { boxed, type Whole } from "../../../idl/bytes.ts";
import { deferred, isArray, type Deferred } from "../../../idl/primordials.ts";
import { own } from "../../../idl/webidl.ts";
import { createByteStream, type ReadableStream } from "../../../streams/stream-access.ts";
import { BodyKind, consume } from "../../body.ts";
import { requestFriend, type Request } from "../../request.ts";
import { Response } from "../../response.ts";
import { FrameReader } from "./frames.ts";
import { isPath } from "./messages.ts";
import type { Outbox, Wire } from "./outbox.ts";
import { isArguments, unreadable } from "./reading.ts";
import type { Remote } from "./references.ts";
import { SESSION_TYPE, Session } from "./session.ts";

/**
 * @param steps Calls the method of that path with the arguments; without them, it reads the property.
 * @returns What the other app is answered. What the steps throw is in it.
 */
export async function answerMethod(
  request: Request,
  steps: (path: readonly string[], args: unknown[] | null) => unknown,
): Promise<Response> {
  const body = requestFriend.body(request);
  if (body === null || body.kind !== BodyKind.Incoming) throw unreadable();
  consume(body);
  const reader = new FrameReader(body.source as RemoteBody);
  const first = await reader.next();
  if (first === null) throw unreadable();
  const session = new Session(false);
  const { value, stubs } = session.read(first);
  if (!isArray(value)) throw unreadable();
  const { 0: path, 1: args } = value as unknown[];
  if (!isPath(path) || !isArguments(args)) throw unreadable();
  const answer = session.perform(0, () => steps(path, args));
  // What was passed may be called before there is an answer.
  if (session.isUsed) return converse(session, reader, answer, stubs);
  const message = await answer;
  return session.isUsed ? converse(session, reader, message, stubs) : new Response(message);
}

function converse(
  session: Session,
  reader: FrameReader,
  answer: Uint8Array | Promise<Uint8Array>,
  stubs: readonly Remote[],
): Response {
  const wire = new ResponseWire(session);
  session.connect(wire, currentExchange());
  void session.listen(reader);
  void answerWhenDone(session, answer, stubs);
  return new Response(wire.stream, own({ headers: own({ "content-type": SESSION_TYPE }) }));
}

async function answerWhenDone(
  session: Session,
  answer: Uint8Array | Promise<Uint8Array>,
  stubs: readonly Remote[],
): Promise<void> {
  session.answer(await answer, stubs);
}

const CALLER_GONE =
  "The request that the stub was passed for is over: the app that has called is done, or gone";

/** Messages as the response's body. */
class ResponseWire implements Wire {
  readonly stream: ReadableStream;
  readonly #outbox: Outbox;
  #waiting: Deferred<Whole | null> | null = null;
  #failure: { readonly reason: unknown } | null = null;

  constructor(session: Session) {
    this.#outbox = session.outbox;
    this.stream = createByteStream(
      () => this.#next(),
      () => session.end(new Error(CALLER_GONE)),
    );
  }

  async #next(): Promise<Uint8Array | null> {
    const frame = this.#outbox.take();
    if (frame !== undefined) return frame;
    if (this.#failure !== null) throw this.#failure.reason;
    if (this.#outbox.isEnded) return null;
    this.#waiting = deferred<Whole | null>();
    return (await this.#waiting.promise)?.bytes ?? null;
  }

  wake(): void {
    if (this.#waiting === null) return;
    const frame = this.#outbox.take();
    if (frame !== undefined) this.#takeWaiting()?.resolve(boxed(frame));
    else if (this.#outbox.isEnded) this.#takeWaiting()?.resolve(null);
  }

  cancel(reason: unknown): void {
    this.#failure = own({ reason });
    this.#takeWaiting()?.reject(reason);
  }

  #takeWaiting(): Deferred<Whole | null> | null {
    const waiting = this.#waiting;
    this.#waiting = null;
    return waiting;
  }
}
