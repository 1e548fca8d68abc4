// TransformStream and its controller (Streams Standard, sections 6.2 and 6.3), as Web IDL shows them.
// Thread: the isolate's.
import { INTERNAL, defineInterface, illegalConstructor } from "../../idl/webidl.ts";
import { requireUnlocked, transferReadable, transferWritable } from "./algorithms/cross-realm.ts";
import { readableStreamDefaultControllerGetDesiredSize } from "./algorithms/readable-default-controller.ts";
import { isReadableStreamLocked, type Readable } from "./algorithms/readable.ts";
import { Transform } from "./algorithms/transform.ts";
import { isWritableStreamLocked, type Writable } from "./algorithms/writable.ts";
import { exposeReadable, type ReadableStream } from "./readable-stream.ts";
import { extractHighWaterMark, extractSizeAlgorithm, toQueuingStrategy } from "./strategies.ts";
import { ScriptTransformer, callStart, toOptionalObject } from "./underlying.ts";
import { exposeWritable, type WritableStream } from "./writable-stream.ts";

/** The two sides of a stream: what a transferred one consists of. */
interface Sides {
  readonly readable: Readable;
  readonly writable: Writable;
}

let isTransformStream: (value: object) => value is TransformStream;
let sidesOf: (stream: TransformStream) => Sides;

export class TransformStream {
  readonly #readable: Readable;
  readonly #writable: Writable;

  static {
    isTransformStream = (value): value is TransformStream => #readable in value;
    sidesOf = (stream) => ({ readable: stream.#readable, writable: stream.#writable });
  }

  constructor(
    transformer: unknown = undefined,
    writableStrategy: unknown = undefined,
    readableStrategy: unknown = undefined,
  ) {
    if (transformer === INTERNAL) {
      const sides = writableStrategy as Sides;
      this.#readable = sides.readable;
      this.#writable = sides.writable;
      return;
    }
    const where = "Failed to construct 'TransformStream'";
    const object = toOptionalObject(transformer, `${where}: The transformer`);
    const forWritable = toQueuingStrategy(writableStrategy, `${where}: The writable strategy`);
    const forReadable = toQueuingStrategy(readableStrategy, `${where}: The readable strategy`);
    const converted = new ScriptTransformer(object);
    if (converted.readableType !== undefined || converted.writableType !== undefined) {
      throw new RangeError(`${where}: a transformer has no 'readableType' and 'writableType'`);
    }
    const readable = {
      highWaterMark: extractHighWaterMark(forReadable, 0),
      size: extractSizeAlgorithm(forReadable),
    };
    const writable = {
      highWaterMark: extractHighWaterMark(forWritable, 1),
      size: extractSizeAlgorithm(forWritable),
    };
    const transform = new Transform(writable, readable, converted);
    this.#readable = transform.readable.stream;
    this.#writable = transform.writable.stream;
    converted.stream = transform;
    converted.controller = new TransformStreamDefaultController(INTERNAL, transform);
    transform.start(callStart(converted.start, object, converted.controller));
  }

  get readable(): ReadableStream {
    return exposeReadable(this.#readable);
  }

  get writable(): WritableStream {
    return exposeWritable(this.#writable);
  }
}

export class TransformStreamDefaultController {
  readonly #transform: Transform;

  constructor(key: unknown = undefined, transform: Transform | undefined = undefined) {
    illegalConstructor(key);
    this.#transform = transform!;
  }

  get desiredSize(): number | null {
    return readableStreamDefaultControllerGetDesiredSize(this.#transform.readable);
  }

  enqueue(chunk: unknown = undefined): void {
    this.#transform.enqueue(chunk);
  }

  error(reason: unknown = undefined): void {
    this.#transform.error(reason);
  }

  terminate(): void {
    this.#transform.terminate();
  }
}

/** The transfer steps. */
function transfer(stream: TransformStream): TransformStream {
  const { readable, writable } = sidesOf(stream);
  requireUnlocked(isReadableStreamLocked(readable), "TransformStream");
  requireUnlocked(isWritableStreamLocked(writable), "TransformStream");
  const sides: Sides = {
    readable: transferReadable(readable),
    writable: transferWritable(writable),
  };
  return new TransformStream(INTERNAL, sides);
}

defineInterface(TransformStream, "TransformStream", {
  is: isTransformStream as (object: object) => boolean,
  transfer: (stream) => transfer(stream as TransformStream),
});
defineInterface(TransformStreamDefaultController, "TransformStreamDefaultController");
