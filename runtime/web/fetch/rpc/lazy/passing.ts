// What goes between apps beside values: objects and functions, of which the other gets a stub, streams, and
// messages of HTTP. Thread: the isolate's.
import { DOMException } from "../../../dom/dom-exception.ts";
import { blobBytes, type Blob } from "../../../file/blob.ts";
import { load } from "../../../host/lazy-groups.ts";
import { copyList } from "../../../http/header-list.ts";
import { interfaceOf } from "../../../idl/platform-objects.ts";
import { isArray, promiseThen, typedArrayName } from "../../../idl/primordials.ts";
import { own } from "../../../idl/webidl.ts";
import {
  createByteStream,
  isLocked,
  isReadableStream,
  type ReadableStream,
} from "../../../streams/stream-access.ts";
import { BodyKind, consume, requireUsable, streamOf, type Body } from "../../body.ts";
import {
  Guard,
  Headers,
  createHeaders,
  headerList,
  inheritedOf,
  isHeaders,
  type Inherited,
} from "../../headers.ts";
import { Request, requestFriend } from "../../request.ts";
import { Response, responseFriend } from "../../response.ts";
import { callableIn } from "./callables.ts";
import { remoteOf, stubOf, type Remote } from "./references.ts";
import { RpcTarget, isTarget } from "./targets.ts";

const enum Kind {
  /** What the sender keeps: its number. */
  Sent,
  /** What the receiver keeps, and gets back: its number. */
  Back,
  Readable,
  Headers,
  Request,
  Response,
}

/** Who keeps what goes by reference: the session. */
export interface Keeper {
  /** Keeps it for the other app, under the next number. */
  keep(target: unknown): number;
  readonly lastKept: number;
  /** Keeps nothing of what came after that number: the message was not sent. */
  forget(lastKept: number): void;
  /** What is kept for the other app under that number; throws if nothing is. */
  kept(id: number): unknown;
  /** What the other app keeps under that number. A stub of a call's arguments is released with the call's end. */
  remote(id: number, isStub: boolean): Remote;
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

/** What stands for an object in a message. */
export function pass(object: object, keeper: Keeper): unknown[] {
  const callable = callableIn(object);
  if (callable !== undefined) return passCallable(callable, keeper);
  if (isTarget(object)) return [Kind.Sent, keeper.keep(object)];
  if (isReadableStream(object)) return passStream(object, keeper);
  if (isHeaders(object)) return [Kind.Headers, copyList(headerList(object)), inheritedOf(object)];
  if (responseFriend.is(object)) return passResponse(object);
  if (requestFriend.is(object)) return passRequest(object);
  return refuse(object);
}

function passCallable(callable: Function, keeper: Keeper): unknown[] {
  const remote = remoteOf(callable);
  if (remote === null) return [Kind.Sent, keeper.keep(callable)];
  const id = keeper.idOf(remote);
  if (id !== undefined) return [Kind.Back, id];
  // A third app's is asked by way of this one, which keeps its own stub.
  return [Kind.Sent, keeper.keep(stubOf(remote.again()))];
}

/** A stream's chunks, one for each call. */
class StreamSource extends RpcTarget {
  readonly #reader: ReturnType<LazyGroups["streams"]["openReader"]>;

  constructor(stream: ReadableStream) {
    super();
    this.#reader = load("streams").openReader(stream);
  }

  /** Null: there are no more. */
  async pull(): Promise<Uint8Array | null> {
    for (;;) {
      const chunk = await this.#reader.read();
      if (chunk === null) return null;
      if (typedArrayName(chunk.value) !== "Uint8Array") {
        const error = load("streams").notBytes(chunk.value);
        this.#reader.cancel(error);
        throw error;
      }
      if ((chunk.value as Uint8Array).byteLength > 0) return chunk.value as Uint8Array;
    }
  }

  cancel(reason: unknown): void {
    this.#reader.cancel(reason);
  }
}

function passStream(stream: ReadableStream, keeper: Keeper): unknown[] {
  if (isLocked(stream)) {
    throw new DOMException(
      "A stream that is locked by a reader cannot be passed",
      "DataCloneError",
    );
  }
  return [Kind.Readable, keeper.keep(new StreamSource(stream))];
}

function passResponse(response: Response): unknown[] {
  const status = responseFriend.status(response);
  if (status === 0) throw new DOMException("Response.error() cannot be passed", "DataCloneError");
  const { headers } = response;
  return [
    Kind.Response,
    status,
    responseFriend.statusText(response),
    copyList(headerList(headers)),
    responseFriend.inherited(response),
    content(responseFriend.body(response)),
  ];
}

function passRequest(request: Request): unknown[] {
  return [
    Kind.Request,
    requestFriend.url(request),
    requestFriend.method(request),
    copyList(requestFriend.headerList(request)),
    requestFriend.redirect(request),
    content(requestFriend.body(request)),
  ];
}

/** Of a body, which is used then: null, text, bytes, or a stream. */
function content(body: Body | null): unknown {
  if (body === null) return null;
  requireUsable(body);
  if (body.kind >= BodyKind.Incoming) return streamOf(body);
  consume(body);
  return body.kind === BodyKind.Blob ? blobBytes(body.source as Blob) : body.source;
}

/** What a message has in the place of an object, as an object. It is another app's word. */
export function revive(told: unknown, keeper: Keeper): unknown {
  if (!isArray(told)) throw unreadable();
  const id = told[1] as number;
  switch (told[0]) {
    case Kind.Sent:
      return stubOf(keeper.remote(id, true));
    case Kind.Back:
      return keeper.kept(id);
    case Kind.Readable:
      return streamFrom(keeper.remote(id, false));
    case Kind.Headers:
      return headersFrom(told[1], told[2]);
    case Kind.Request:
      return requestFrom(told);
    case Kind.Response:
      return responseFrom(told);
    default:
      throw unreadable();
  }
}

function streamFrom(remote: Remote): ReadableStream {
  return createByteStream(
    async () => {
      const part = await remote.use(["pull"], []);
      if (typedArrayName(part) === "Uint8Array") return part as Uint8Array;
      remote.release();
      return null;
    },
    (reason) => {
      const release = (): void => remote.release();
      void promiseThen(remote.use(["cancel"], [reason]), release, release);
    },
  );
}

function requestFrom(told: unknown[]): Request {
  const { 1: url, 2: method, 3: headers, 4: redirect, 5: body } = told;
  const init = own<Record<string, unknown>>({
    method,
    headers: headersFrom(headers, 0),
    redirect,
    duplex: "half",
  });
  if (body !== null) init.body = body;
  return new Request(url as string, init);
}

function responseFrom(told: unknown[]): Response {
  const { 1: status, 2: statusText, 3: headers, 4: inherited, 5: body } = told;
  return new Response(body, own({ status, statusText, headers: headersFrom(headers, inherited) }));
}

function headersFrom(told: unknown, inherited: unknown): Headers {
  if (!isArray(told)) throw unreadable();
  const checked = new Headers();
  for (let i = 0; i + 1 < told.length; i += 2) {
    checked.append(told[i] as string, told[i + 1] as string);
  }
  return createHeaders(headerList(checked), Guard.None, (inherited as Inherited) & 15);
}

export function unreadable(): TypeError {
  return new TypeError("The other app's message has what cannot be read");
}
