// Transferred streams (Streams Standard, section 8.2): an identity transform whose sides are at the two
// ends of a message channel. Thread: the isolate's.
import { DOMException } from "../../../dom/dom-exception.ts";
import { load } from "../../../host/lazy-groups.ts";
import { rejected } from "../../../idl/primordials.ts";
import type { MessagePort } from "../../../messaging/lazy/message-port.ts";
import { readableStreamPipeTo } from "./pipe-to.ts";
import { LazyPromise, then, type Completion } from "./promises.ts";
import {
  DefaultController,
  readableStreamDefaultControllerClose,
  readableStreamDefaultControllerEnqueue,
  readableStreamDefaultControllerError,
  startReadableStreamDefaultController,
} from "./readable-default-controller.ts";
import { Readable, isReadableStreamLocked } from "./readable.ts";
import {
  WritableController,
  startWritableStreamDefaultController,
  writableStreamDefaultControllerErrorIfNeeded,
} from "./writable-controller.ts";
import { Writable, isWritableStreamLocked } from "./writable.ts";

interface Message {
  readonly type: "chunk" | "close" | "error" | "pull";
  readonly value: unknown;
}

const PIPE_OPTIONS = {
  preventClose: false,
  preventAbort: false,
  preventCancel: false,
  signal: undefined,
};

/** The transfer steps: throws a DataCloneError for a stream that is locked; it is locked afterwards. */
export function transferReadable(readable: Readable): Readable {
  requireUnlocked(isReadableStreamLocked(readable), "ReadableStream");
  const { 0: port1, 1: port2 } = createChannel();
  const writable = new Writable();
  setUpCrossRealmTransformWritable(writable, port1);
  readableStreamPipeTo(readable, writable, PIPE_OPTIONS);
  const received = new Readable();
  setUpCrossRealmTransformReadable(received, port2);
  return received;
}

/** The transfer steps: throws a DataCloneError for a stream that is locked; it is locked afterwards. */
export function transferWritable(writable: Writable): Writable {
  requireUnlocked(isWritableStreamLocked(writable), "WritableStream");
  const { 0: port1, 1: port2 } = createChannel();
  const readable = new Readable();
  setUpCrossRealmTransformReadable(readable, port1);
  readableStreamPipeTo(readable, writable, PIPE_OPTIONS);
  const received = new Writable();
  setUpCrossRealmTransformWritable(received, port2);
  return received;
}

export function requireUnlocked(isLocked: boolean, name: string): void {
  if (!isLocked) return;
  throw new DOMException(`A locked ${name} cannot be transferred.`, "DataCloneError");
}

function createChannel(): [MessagePort, MessagePort] {
  const { portFriend } = load("messaging");
  const port1 = portFriend.create();
  const port2 = portFriend.create();
  portFriend.entangle(port1, port2);
  return [port1, port2];
}

/** PackAndPostMessage. Throws what the value's cloning throws. */
function post(port: MessagePort, type: Message["type"], value: unknown): void {
  load("messaging").portFriend.post(port, { __proto__: null, type, value } as Message);
}

/** PackAndPostMessageHandlingError: the other side is told of an exception as well. */
function postHandlingError(port: MessagePort, type: Message["type"], value: unknown): void {
  try {
    post(port, type, value);
  } catch (error) {
    sendError(port, error);
    throw error;
  }
}

/** CrossRealmTransformSendError */
function sendError(port: MessagePort, error: unknown): void {
  try {
    post(port, "error", error);
  } catch {
    // This side has failed already: there is nobody left to tell.
  }
}

function disentangle(port: MessagePort): void {
  load("messaging").portFriend.disentangle(port);
}

/** Sends a reason to the other side, and ends the channel. */
function end(port: MessagePort, reason: unknown): Completion {
  try {
    postHandlingError(port, "error", reason);
    return undefined;
  } catch (error) {
    return rejected(error);
  } finally {
    disentangle(port);
  }
}

function setUpCrossRealmTransformReadable(stream: Readable, port: MessagePort): void {
  const pull = (): undefined => {
    post(port, "pull", undefined);
  };
  const cancel = (reason: unknown): Completion => end(port, reason);
  const controller = new DefaultController(stream, { pull, cancel }, 0);
  load("messaging").portFriend.receive(port, (data) => {
    const { type, value } = data as Message;
    if (type === "chunk") return readableStreamDefaultControllerEnqueue(controller, value);
    if (type === "close") readableStreamDefaultControllerClose(controller);
    else if (type === "error") readableStreamDefaultControllerError(controller, value);
    disentangle(port);
  });
  startReadableStreamDefaultController(controller, undefined);
}

function setUpCrossRealmTransformWritable(stream: Writable, port: MessagePort): void {
  // Pending while the reader has not asked for a chunk.
  const backpressure = new LazyPromise();
  const writeChunk = (chunk: unknown): void => {
    backpressure.renew();
    try {
      postHandlingError(port, "chunk", chunk);
    } catch (error) {
      disentangle(port);
      throw error;
    }
  };
  const controller = new WritableController(
    stream,
    {
      write: (chunk) => then(backpressure.promise, () => writeChunk(chunk)),
      close() {
        post(port, "close", undefined);
        disentangle(port);
        return undefined;
      },
      abort: (reason) => end(port, reason),
    },
    1,
  );
  load("messaging").portFriend.receive(port, (data) => {
    const { type, value } = data as Message;
    if (type === "error") writableStreamDefaultControllerErrorIfNeeded(controller, value);
    // A write that waits goes on, and sees the stream's state.
    backpressure.resolve(undefined);
  });
  startWritableStreamDefaultController(controller, undefined);
}
