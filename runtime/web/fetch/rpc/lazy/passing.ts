// What goes between apps beside values: objects and functions, of which the other gets a stub, streams, and
// messages of HTTP. Thread: the isolate's.
import { DOMException } from "../../../dom/dom-exception.ts";
import { blobBytes, type Blob } from "../../../file/blob.ts";
import { ifLoaded } from "../../../host/lazy-groups.ts";
import { copyList } from "../../../http/header-list.ts";
import { interfaceOf } from "../../../idl/platform-objects.ts";
import { bareArray } from "../../../idl/primordials.ts";
import { isLocked, isReadableStream, type ReadableStream } from "../../../streams/stream-access.ts";
import { BodyKind, consume, requireUsable, streamOf, type Body } from "../../body.ts";
import { headerList, inheritedOf, isHeaders } from "../../headers.ts";
import { requestFriend, type Request } from "../../request.ts";
import { responseFriend, type Response } from "../../response.ts";
import { callableIn } from "./callables.ts";
import { ErrorWriter, isError } from "./errors.ts";
import { remoteOf, stubOf, type Remote } from "./references.ts";
import { StreamSink, StreamSource, type WritableStream } from "./streams.ts";
import { isTarget } from "./targets.ts";

export const enum Kind {
  /** What the sender keeps: its number. */
  Sent,
  /** What the receiver keeps, and gets back: its number. */
  Back,
  /** A service of the sender's: its number. */
  Service,
  Readable,
  Writable,
  Headers,
  Request,
  Response,
  Error,
}

/** Who keeps what goes by reference: the session. */
export interface Keeper {
  /** Keeps it for the other app, under the next number. */
  keep(target: unknown): number;
  /** Does not keep what has that number: the message was not sent. */
  forget(id: number): void;
  /** What is kept for the other app under that number; throws if nothing is. */
  kept(id: number): unknown;
  /** What the other app keeps under that number. A stub of a call's arguments is released with the call's end. */
  remote(id: number, isStub: boolean, isService?: boolean): Remote;
  /** The number of what the other app of this session keeps; undefined: it is of another session. */
  idOf(remote: Remote): number | undefined;
}

/** Throws for what cannot be passed: V8's message about it, or an object that is more than its properties. */
export function refuse(what: unknown): never {
  if (typeof what === "string") throw new DOMException(what, "DataCloneError");
  const object = what as object;
  const { constructor } = object as { constructor?: { name?: unknown } };
  const name = typeof constructor === "function" ? constructor.name : undefined;
  const shown = typeof name === "string" && name !== "" ? `An instance of ${name}` : "An object";
  const reason = interfaceOf(object) ? "" : " of a class of the app's own";
  throw new DOMException(
    `${shown}${reason} cannot be passed between apps: values can be, such as texts, numbers, dates, bytes, and plain objects, lists, Maps and Sets of them, and functions and objects of classes that extend RpcTarget.`,
    "DataCloneError",
  );
}

/** What is about to be passed in one message. */
export class Passing {
  readonly keeper: Keeper;
  /** Numbers of what is kept for this message: getters in it may send others meanwhile. */
  readonly #kept = bareArray<number>();
  #errors: ErrorWriter | null = null;
  /** What is to be taken once the message is written: streams are locked then, and bodies used. */
  readonly #steps = bareArray<() => void>();

  constructor(keeper: Keeper) {
    this.keeper = keeper;
  }

  get errors(): ErrorWriter {
    return (this.#errors ??= new ErrorWriter());
  }

  /** Keeps it for the other app, and returns its number. */
  keep(target: unknown): number {
    return (this.#kept[this.#kept.length] = this.keeper.keep(target));
  }

  /** The message is not sent. */
  undo(): void {
    for (let i = 0; i < this.#kept.length; i++) this.keeper.forget(this.#kept[i]!);
  }

  later(steps: () => void): void {
    this.#steps[this.#steps.length] = steps;
  }

  /** The message is written. Throws if something cannot be taken any more. */
  take(): void {
    for (let i = 0; i < this.#steps.length; i++) this.#steps[i]!();
  }
}

/** What stands for an object in a message. */
export function pass(object: object, passing: Passing): unknown[] {
  const callable = callableIn(object);
  if (callable !== undefined) return passCallable(callable, passing);
  if (isTarget(object)) return [Kind.Sent, passing.keep(object)];
  if (isError(object)) return [Kind.Error, passing.errors.describe(object)];
  if (isReadableStream(object)) return passReadable(object, passing);
  if (ifLoaded("streams")?.isWritableStream(object)) {
    return passWritable(object as WritableStream, passing);
  }
  if (ifLoaded("fetch")?.referentOf(object)) return [Kind.Service, passing.keep(object)];
  if (isHeaders(object)) return [Kind.Headers, copyList(headerList(object)), inheritedOf(object)];
  if (responseFriend.is(object)) return passResponse(object, passing);
  if (requestFriend.is(object)) return passRequest(object, passing);
  return refuse(object);
}

function passCallable(callable: Function, passing: Passing): unknown[] {
  const remote = remoteOf(callable);
  if (remote === null) {
    const isService = ifLoaded("fetch")?.referentOf(callable) !== undefined;
    return [isService ? Kind.Service : Kind.Sent, passing.keep(callable)];
  }
  const id = passing.keeper.idOf(remote);
  if (id !== undefined) return [Kind.Back, id];
  // A third app's is asked by way of this one, which keeps its own stub.
  return [remote.isService ? Kind.Service : Kind.Sent, passing.keep(stubOf(remote.again()))];
}

function passReadable(stream: ReadableStream, passing: Passing): unknown[] {
  if (isLocked(stream)) throw locked("a reader");
  const source = new StreamSource(stream);
  passing.later(() => source.open());
  return [Kind.Readable, passing.keep(source)];
}

function passWritable(stream: WritableStream, passing: Passing): unknown[] {
  if (stream.locked) throw locked("a writer");
  const sink = new StreamSink(stream);
  passing.later(() => sink.open());
  return [Kind.Writable, passing.keep(sink)];
}

function locked(by: string): DOMException {
  return new DOMException(`A stream that is locked by ${by} cannot be passed`, "DataCloneError");
}

function passResponse(response: Response, passing: Passing): unknown[] {
  const status = responseFriend.status(response);
  if (status === 0) throw new DOMException("Response.error() cannot be passed", "DataCloneError");
  const { headers } = response;
  return [
    Kind.Response,
    status,
    responseFriend.statusText(response),
    copyList(headerList(headers)),
    responseFriend.inherited(response),
    content(responseFriend.body(response), passing),
  ];
}

function passRequest(request: Request, passing: Passing): unknown[] {
  return [
    Kind.Request,
    requestFriend.url(request),
    requestFriend.method(request),
    copyList(requestFriend.headerList(request)),
    requestFriend.redirect(request),
    content(requestFriend.body(request), passing),
  ];
}

/** Of a body, which is used then: null, text, bytes, or a stream. */
function content(body: Body | null, passing: Passing): unknown {
  if (body === null) return null;
  requireUsable(body);
  if (body.kind >= BodyKind.Incoming) return streamOf(body);
  passing.later(() => {
    requireUsable(body);
    consume(body);
  });
  return body.kind === BodyKind.Blob ? blobBytes(body.source as Blob) : body.source;
}
