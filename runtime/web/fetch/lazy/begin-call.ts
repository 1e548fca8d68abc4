// A call's request, with the body of a Request or a Response: however it is kept, it goes with as few steps as
// can be. Thread: the isolate's.
import type { IncomingBody } from "../../exchange/incoming-body.ts";
import { blobBytes, type Blob } from "../../file/blob.ts";
import { CallBody } from "../../host/ops.ts";
import { BodyKind, consume, requireUsable, streamOf, type Body } from "../body.ts";
import { OutgoingCall, type CallMaker, type CallMessage } from "./outgoing-call.ts";
import { StreamUpload } from "./stream-upload.ts";

/**
 * Sends a message. A body that is a stream is used afterwards.
 * @throws A network error if the host refuses the call; a TypeError for a body that cannot be read.
 */
export function beginCall(maker: CallMaker, message: CallMessage, body: Body): OutgoingCall {
  switch (body.kind) {
    case BodyKind.Text:
    case BodyKind.Bytes:
      return new OutgoingCall(maker, message, CallBody.Whole, body.source);
    case BodyKind.Blob:
      return new OutgoingCall(maker, message, CallBody.Whole, blobBytes(body.source as Blob));
  }
  requireUsable(body);
  if (body.kind === BodyKind.Incoming) {
    const { exchange } = body.source as IncomingBody;
    if (exchange.isOver) throw exchange.reason;
    consume(body);
    return new OutgoingCall(maker, message, CallBody.Exchange, exchange.id);
  }
  const stream = streamOf(body);
  const call = new OutgoingCall(maker, message, CallBody.Stream, undefined);
  new StreamUpload(call, stream);
  return call;
}

/** The same without a body, or with an empty one. */
export function beginEmptyCall(
  maker: CallMaker,
  message: CallMessage,
  isEmpty: boolean,
): OutgoingCall {
  return new OutgoingCall(maker, message, isEmpty ? CallBody.Whole : CallBody.None, "");
}
