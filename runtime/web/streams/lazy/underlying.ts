// The objects that scripts make streams of: underlying sources and sinks, and transformers (Streams
// Standard, sections 4.2.3, 5.2.3 and 6.2.3), as the algorithms see them. Thread: the isolate's.
import { freeze } from "../../idl/primordials.ts";
import { enumeration, toCallback, toObject, toUnsignedLongLongEnforced } from "../../idl/webidl.ts";
import {
  call,
  invoke1,
  invoke2,
  invokeLast0,
  invokeLast1,
  type Callback,
} from "./algorithms/callback.ts";
import type { Completion } from "./algorithms/promises.ts";
import type { Source } from "./algorithms/readable-default-controller.ts";
import type { Transform, Transformer } from "./algorithms/transform.ts";
import type { Sink } from "./algorithms/writable-controller.ts";

/** Web IDL's conversion of an optional argument of type `object`; undefined: it is missing. */
export function toOptionalObject(value: unknown, where: string): object | undefined {
  return value === undefined ? undefined : toObject(value, where);
}

type Members = Record<string, unknown>;

function callbackMember(object: object | undefined, name: string): Callback | undefined {
  const value = object === undefined ? undefined : (object as Members)[name];
  return value === undefined ? undefined : toCallback<Callback>(value, `Member '${name}'`);
}

/** Calls `start`; an exception is the constructor's. */
export function callStart(start: Callback | undefined, self: unknown, controller: object): unknown {
  return start === undefined ? undefined : call(start, self, controller);
}

/** "owning" is a proposal, which Web Platform Tests have tests of: the stream clones its chunks. */
type StreamType = "bytes" | "owning";
const toStreamType = enumeration("ReadableStreamType", ["bytes", "owning"]);

/** UnderlyingSource. Members are read, and converted, in the order of their names. */
export class UnderlyingSource implements Source {
  readonly autoAllocateChunkSize: number | undefined;
  readonly start: Callback | undefined;
  readonly type: StreamType | undefined;
  readonly object: object | undefined;
  /** The controller that scripts see. */
  controller: object | undefined = undefined;
  readonly #cancel: Callback | undefined;
  readonly #pull: Callback | undefined;

  constructor(object: object | undefined) {
    this.object = object;
    const members = (object ?? NO_MEMBERS) as Members;
    const size = members.autoAllocateChunkSize;
    this.autoAllocateChunkSize =
      size === undefined
        ? undefined
        : toUnsignedLongLongEnforced(size, "Member 'autoAllocateChunkSize'");
    this.#cancel = callbackMember(object, "cancel");
    this.#pull = callbackMember(object, "pull");
    this.start = callbackMember(object, "start");
    const { type } = members;
    this.type = type === undefined ? undefined : toStreamType(type, "Member 'type'");
  }

  pull(): Completion {
    if (this.#pull === undefined) return undefined;
    return invoke1(this.#pull, this.object, this.controller);
  }

  cancel(reason: unknown): Completion {
    if (this.#cancel === undefined) return undefined;
    return invokeLast1(this.#cancel, this.object, reason);
  }
}

const NO_MEMBERS = freeze({ __proto__: null });

/** UnderlyingSink */
export class UnderlyingSink implements Sink {
  readonly start: Callback | undefined;
  readonly type: unknown;
  readonly object: object | undefined;
  /** The controller that scripts see. */
  controller: object | undefined = undefined;
  readonly #abort: Callback | undefined;
  readonly #close: Callback | undefined;
  readonly #write: Callback | undefined;

  constructor(object: object | undefined) {
    this.object = object;
    this.#abort = callbackMember(object, "abort");
    this.#close = callbackMember(object, "close");
    this.start = callbackMember(object, "start");
    this.type = object === undefined ? undefined : (object as Members).type;
    this.#write = callbackMember(object, "write");
  }

  write(chunk: unknown): Completion {
    if (this.#write === undefined) return undefined;
    return invoke2(this.#write, this.object, chunk, this.controller);
  }

  close(): Completion {
    if (this.#close === undefined) return undefined;
    return invokeLast0(this.#close, this.object);
  }

  abort(reason: unknown): Completion {
    if (this.#abort === undefined) return undefined;
    return invokeLast1(this.#abort, this.object, reason);
  }
}

/** Transformer */
export class ScriptTransformer implements Transformer {
  readonly start: Callback | undefined;
  readonly readableType: unknown;
  readonly writableType: unknown;
  readonly object: object | undefined;
  /** The controller that scripts see. */
  controller: object | undefined = undefined;
  stream!: Transform;
  readonly #cancel: Callback | undefined;
  readonly #flush: Callback | undefined;
  readonly #transform: Callback | undefined;

  constructor(object: object | undefined) {
    this.object = object;
    this.#cancel = callbackMember(object, "cancel");
    this.#flush = callbackMember(object, "flush");
    this.readableType = object === undefined ? undefined : (object as Members).readableType;
    this.start = callbackMember(object, "start");
    this.#transform = callbackMember(object, "transform");
    this.writableType = object === undefined ? undefined : (object as Members).writableType;
  }

  transform(chunk: unknown): Completion {
    if (this.#transform === undefined) return this.stream.passOn(chunk);
    return invoke2(this.#transform, this.object, chunk, this.controller);
  }

  flush(): Completion {
    if (this.#flush === undefined) return undefined;
    return invokeLast1(this.#flush, this.object, this.controller);
  }

  cancel(reason: unknown): Completion {
    if (this.#cancel === undefined) return undefined;
    return invokeLast1(this.#cancel, this.object, reason);
  }
}
