// Bodies (Fetch Standard, sections 2.2.4 and 5.2): what Request and Response carry.
//
// A body is kept as what it was made from, and a stream is made only for those who ask for one: text in,
// text out costs no stream. As soon as a stream has been handed out, its state counts (disturbed,
// locked), and reading the source leaves the stream as reading it would have. Thread: the isolate's.
import type { RemoteBody } from "../exchange/remote-body.ts";
import { Blob, blobBytes, blobParts, blobType, isBlob, streamParts } from "../file/blob.ts";
import { ifLoaded, load } from "../host/lazy-groups.ts";
import type { Whole } from "../idl/bytes.ts";
import {
  copyBytes,
  isArrayBuffer,
  isArrayBufferView,
  isObject,
  toDOMString,
  toUSVString,
} from "../idl/webidl.ts";
import {
  createByteStream,
  exhaust,
  isDisturbed,
  isLocked,
  isReadableStream,
  type ReadableStream,
} from "../streams/stream-access.ts";
import { serializeUrlEncoded } from "../url/url-encoded.ts";
import {
  isURLSearchParams,
  searchParamsList,
  type URLSearchParams,
} from "../url/url-search-params.ts";

export type FormData = InstanceType<LazyGroups["forms"]["FormData"]>;

export const TEXT_TYPE = "text/plain;charset=UTF-8";

export const enum BodyKind {
  Text,
  Bytes,
  Blob,
  Incoming,
  Fetched,
  /** The stream is all there is. */
  Stream,
}

type Bytes = Uint8Array<ArrayBuffer>;
type Source = string | Bytes | Blob | RemoteBody | null;

export class Body {
  readonly kind: BodyKind;
  /** By kind: a string, bytes that nobody changes, a Blob, an IncomingBody, a ResponseBody, null. */
  readonly source: Source;
  /** The Content-Type that the source implies, or null. */
  readonly type: string | null;
  stream: ReadableStream | null = null;
  /** The source was read, or given to another body, before there was a stream. */
  consumed = false;

  constructor(kind: BodyKind, source: Source, type: string | null) {
    this.kind = kind;
    this.source = source;
    this.type = type;
  }
}

/** A BodyInit after its conversion, but before anything was read from it. */
export type BodyInit =
  string | ReadableStream | Blob | FormData | URLSearchParams | ArrayBuffer | ArrayBufferView;

/** Converts to BodyInit. */
export function toBodyInit(value: unknown, where?: string): BodyInit {
  if (isObject(value)) {
    // What is asked most often and most cheaply comes first.
    if (
      isReadableStream(value) ||
      isArrayBufferView(value) ||
      isBlob(value) ||
      isURLSearchParams(value) ||
      isFormData(value) ||
      isArrayBuffer(value)
    ) {
      return value;
    }
  }
  return toUSVString(toDOMString(value, where));
}

let getOrigin: (stream: ReadableStream) => Body | undefined;

/** A constructor that gives its argument as the instance, so that a subclass can add fields to it. */
const Stamp = function (stream: ReadableStream) {
  return stream;
} as unknown as new (stream: ReadableStream) => object;

/**
 * Notes on a stream that was handed out which body is behind it: a stream that comes back untouched is
 * the source again, as in `new Response(response.body, response)`. A private field, not a WeakMap,
 * whose entries cost the garbage collector more than the stream does.
 */
class Origin extends Stamp {
  #body: Body;

  constructor(stream: ReadableStream, body: Body) {
    super(stream);
    this.#body = body;
  }

  static {
    getOrigin = (stream) => (#body in stream ? (stream as Origin).#body : undefined);
  }
}

function isFormData(value: object): value is FormData {
  return ifLoaded("forms")?.isFormData(value) ?? false;
}

/** "Extract" a body. A TypeError for a stream that is disturbed or locked. */
export function extractBody(init: BodyInit): Body {
  if (typeof init === "string") return new Body(BodyKind.Text, init, TEXT_TYPE);
  if (isBlob(init)) {
    const type = blobType(init);
    return new Body(BodyKind.Blob, init, type === "" ? null : type);
  }
  if (isArrayBufferView(init) || isArrayBuffer(init)) {
    return new Body(BodyKind.Bytes, copyBytes(init), null);
  }
  if (isURLSearchParams(init)) {
    const text = serializeUrlEncoded(searchParamsList(init));
    return new Body(BodyKind.Text, text, "application/x-www-form-urlencoded;charset=UTF-8");
  }
  if (isFormData(init)) {
    const { bytes, type } = load("forms").serializeMultipart(init);
    return new Body(BodyKind.Bytes, bytes, type);
  }
  if (isDisturbed(init)) throw new TypeError("The body's stream has been read from already");
  if (isLocked(init)) throw new TypeError("The body's stream is locked by a reader");
  return bodyOfStream(init);
}

function bodyOfStream(stream: ReadableStream): Body {
  const origin = getOrigin(stream);
  const body =
    origin === undefined
      ? new Body(BodyKind.Stream, null, null)
      : new Body(origin.kind, origin.source, null);
  body.stream = stream;
  return body;
}

export function isUsed(body: Body): boolean {
  return body.consumed || (body.stream !== null && isDisturbed(body.stream));
}

/** "Unusable": disturbed or locked. */
export function isUnusable(body: Body): boolean {
  return isUsed(body) || (body.stream !== null && isLocked(body.stream));
}

/** Throws if the body is unusable. */
export function requireUsable(body: Body): void {
  if (isUsed(body)) throw new TypeError("The body has been used already; clone() it before");
  if (body.stream !== null && isLocked(body.stream)) {
    throw new TypeError("The body's stream is locked by a reader");
  }
}

/** Marks a usable body as read. Of an incoming body the reading must have begun. */
export function consume(body: Body): void {
  body.consumed = true;
  if (body.stream !== null) exhaust(body.stream);
}

/** What the `body` attribute shows. */
export function streamOf(body: Body): ReadableStream {
  if (body.stream !== null) return body.stream;
  const stream = (body.stream = openStream(body));
  if (body.consumed) exhaust(stream);
  else if (body.kind !== BodyKind.Stream) new Origin(stream, body);
  return stream;
}

function openStream(body: Body): ReadableStream {
  if (body.consumed) return createByteStream(() => null);
  switch (body.kind) {
    case BodyKind.Text:
      return streamOnce(() => ops.encodeUtf8(body.source as string));
    case BodyKind.Bytes:
      return streamParts([body.source as Bytes]);
    case BodyKind.Blob:
      return streamParts(blobParts(body.source as Blob));
    default:
      return (body.source as RemoteBody).stream();
  }
}

function streamOnce(produce: () => Uint8Array): ReadableStream {
  let done = false;
  return createByteStream(() => {
    if (done) return null;
    done = true;
    const part = produce();
    return part.byteLength === 0 ? null : part;
  });
}

/** All bytes, in an array of the caller's own. The body must be usable; it is used afterwards. */
export function readBytes(body: Body): Bytes | Whole | Promise<Whole> {
  if (body.kind === BodyKind.Stream) return load("streams").readAll(body.stream!);
  if (body.kind >= BodyKind.Incoming) {
    try {
      return (body.source as RemoteBody).readWhole();
    } finally {
      consume(body);
    }
  }
  consume(body);
  if (body.kind === BodyKind.Text) return ops.encodeUtf8(body.source as string);
  if (body.kind === BodyKind.Bytes) return new Uint8Array(body.source as Bytes);
  return blobBytes(body.source as Blob);
}

/** The same of a body of the kind Fetched, as text; the host decodes it. */
export function readFetchedText(body: Body): string | Promise<string> {
  try {
    return (body.source as RemoteBody).readText();
  } finally {
    consume(body);
  }
}

/** "Clone a body": two that give the same; the first takes the place of the one given. */
export function teeBody(body: Body): [Body, Body] {
  requireUsable(body);
  if (body.kind < BodyKind.Incoming) {
    return [body, new Body(body.kind, body.source, body.type)];
  }
  const streams = load("streams").teeStream(streamOf(body));
  return [withStream(body, streams[0]), withStream(body, streams[1])];
}

function withStream(body: Body, stream: ReadableStream): Body {
  const copy = new Body(BodyKind.Stream, null, body.type);
  copy.stream = stream;
  return copy;
}

/** "Create a proxy": gives the content to a new body and leaves this one used. */
export function moveBody(body: Body): Body {
  requireUsable(body);
  if (body.kind === BodyKind.Stream) {
    return withStream(body, load("streams").proxyStream(body.stream!));
  }
  // Nobody has read from it: the source gives the new body all, and it can be sent on as it comes.
  const moved = new Body(body.kind, body.source, body.type);
  consume(body);
  return moved;
}
