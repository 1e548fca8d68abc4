// ReadableStreamDefaultController, ReadableByteStreamController and ReadableStreamBYOBRequest (Streams
// Standard, sections 4.6 to 4.8), as Web IDL shows them. Thread: the isolate's.
import {
  clone,
  cloneWithTransfer,
  toStructuredSerializeOptions,
} from "../../html/structured-clone.ts";
import {
  INTERNAL,
  defineInterface,
  illegalConstructor,
  requireArguments,
  toUnsignedLongLongEnforced,
} from "../../idl/webidl.ts";
import {
  getBYOBRequest,
  respond,
  respondWithNewView,
  type ByobRequest,
} from "./algorithms/byob-request.ts";
import {
  readableByteStreamControllerClose,
  readableByteStreamControllerEnqueue,
  readableByteStreamControllerError,
  readableByteStreamControllerGetDesiredSize,
  type ByteController,
} from "./algorithms/readable-byte-controller.ts";
import {
  readableStreamDefaultControllerCanCloseOrEnqueue,
  readableStreamDefaultControllerClose,
  readableStreamDefaultControllerEnqueue,
  readableStreamDefaultControllerError,
  readableStreamDefaultControllerGetDesiredSize,
  type DefaultController,
} from "./algorithms/readable-default-controller.ts";
import type { Readable } from "./algorithms/readable.ts";
import { bufferLength, isDetachedBuffer, viewBuffer, viewBytes } from "./algorithms/views.ts";
import { toArrayBufferView } from "./array-buffer-view.ts";

function cannot(operation: string, { state }: Readable): TypeError {
  const why = state === "readable" ? "is closing" : `is ${state}`;
  return new TypeError(`The stream ${why}: ${operation}() is not possible any more`);
}

export class ReadableStreamDefaultController {
  readonly #controller: DefaultController;

  constructor(key: unknown = undefined, controller: DefaultController | undefined = undefined) {
    illegalConstructor(key);
    this.#controller = controller!;
  }

  get desiredSize(): number | null {
    return readableStreamDefaultControllerGetDesiredSize(this.#controller);
  }

  close(): void {
    this.#requireOpen("close");
    readableStreamDefaultControllerClose(this.#controller);
  }

  enqueue(chunk: unknown = undefined, options: unknown = undefined): void {
    this.#requireOpen("enqueue");
    const controller = this.#controller;
    const owned = controller.isOwning ? this.#own(chunk, options) : chunk;
    readableStreamDefaultControllerEnqueue(controller, owned);
  }

  /** The clone of a chunk. The stream fails if there cannot be one. */
  #own(chunk: unknown, options: unknown): unknown {
    const where = "Failed to execute 'enqueue' on 'ReadableStreamDefaultController': The options";
    const { transfer } = toStructuredSerializeOptions(options, where);
    try {
      return transfer === undefined ? clone(chunk) : cloneWithTransfer(chunk, transfer, []);
    } catch (error) {
      readableStreamDefaultControllerError(this.#controller, error);
      throw error;
    }
  }

  error(error: unknown = undefined): void {
    readableStreamDefaultControllerError(this.#controller, error);
  }

  #requireOpen(operation: string): void {
    if (readableStreamDefaultControllerCanCloseOrEnqueue(this.#controller)) return;
    throw cannot(operation, this.#controller.stream);
  }
}

export class ReadableByteStreamController {
  readonly #controller: ByteController;

  constructor(key: unknown = undefined, controller: ByteController | undefined = undefined) {
    illegalConstructor(key);
    this.#controller = controller!;
  }

  get byobRequest(): ReadableStreamBYOBRequest | null {
    const request = getBYOBRequest(this.#controller);
    if (request === null) return null;
    request.object ??= new ReadableStreamBYOBRequest(INTERNAL, request);
    return request.object as ReadableStreamBYOBRequest;
  }

  get desiredSize(): number | null {
    return readableByteStreamControllerGetDesiredSize(this.#controller);
  }

  close(): void {
    this.#requireOpen("close");
    readableByteStreamControllerClose(this.#controller);
  }

  enqueue(chunk: unknown): void {
    const controller = this.#controller;
    const where = "Failed to execute 'enqueue' on 'ReadableByteStreamController'";
    requireArguments(arguments.length, 1, where);
    const view = toArrayBufferView(chunk, `${where}: The chunk`);
    if (viewBytes(view) === 0) throw new TypeError(`${where}: The chunk is empty`);
    if (bufferLength(viewBuffer(view)) === 0) throw new TypeError(`${where}: The buffer is empty`);
    this.#requireOpen("enqueue");
    readableByteStreamControllerEnqueue(controller, view);
  }

  error(error: unknown = undefined): void {
    readableByteStreamControllerError(this.#controller, error);
  }

  #requireOpen(operation: string): void {
    const { closeRequested, stream } = this.#controller;
    if (closeRequested || stream.state !== "readable") throw cannot(operation, stream);
  }
}

export class ReadableStreamBYOBRequest {
  readonly #request: ByobRequest;

  constructor(key: unknown = undefined, request: ByobRequest | undefined = undefined) {
    illegalConstructor(key);
    this.#request = request!;
  }

  get view(): Uint8Array | null {
    return this.#request.view;
  }

  respond(bytesWritten: unknown): void {
    const request = this.#request;
    const where = "Failed to execute 'respond' on 'ReadableStreamBYOBRequest'";
    requireArguments(arguments.length, 1, where);
    const count = toUnsignedLongLongEnforced(bytesWritten, `${where}: The number of bytes`);
    const { controller, view } = request;
    if (controller === undefined) throw answered(where);
    if (isDetachedBuffer(viewBuffer(view!))) {
      throw new TypeError(`${where}: The view's buffer is detached`);
    }
    respond(controller, count);
  }

  respondWithNewView(view: unknown): void {
    const request = this.#request;
    const where = "Failed to execute 'respondWithNewView' on 'ReadableStreamBYOBRequest'";
    requireArguments(arguments.length, 1, where);
    const newView = toArrayBufferView(view, `${where}: The view`);
    const { controller } = request;
    if (controller === undefined) throw answered(where);
    if (isDetachedBuffer(viewBuffer(newView))) {
      throw new TypeError(`${where}: The view's buffer is detached`);
    }
    respondWithNewView(controller, newView);
  }
}

function answered(where: string): TypeError {
  return new TypeError(`${where}: The request was answered already, or is not valid any more`);
}

/** What scripts see of a controller, made once for each. */
export function exposeDefaultController(
  controller: DefaultController,
): ReadableStreamDefaultController {
  return new ReadableStreamDefaultController(INTERNAL, controller);
}

/** What scripts see of a controller, made once for each. */
export function exposeByteController(controller: ByteController): ReadableByteStreamController {
  return new ReadableByteStreamController(INTERNAL, controller);
}

defineInterface(ReadableStreamDefaultController, "ReadableStreamDefaultController");
defineInterface(ReadableByteStreamController, "ReadableByteStreamController");
defineInterface(ReadableStreamBYOBRequest, "ReadableStreamBYOBRequest");
