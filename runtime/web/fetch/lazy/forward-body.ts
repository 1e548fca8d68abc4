// Responses whose body is a fetched one that nobody has read from: the host moves it, without the app, and as
// it came if the client takes it so. Those that another HEAD request got say what would be said then. Thread:
// the isolate's.
import type { Exchange } from "../../exchange/exchanges.ts";
import { consume, type Body } from "../body.ts";
import { Inherited } from "../headers.ts";
import { responseFriend, type Response } from "../response.ts";
import { accepts } from "./accept-encoding.ts";
import type { ResponseBody } from "./outgoing-call.ts";

/** Answers the exchange with a usable body of the kind Fetched. */
export function forwardBody(exchange: Exchange, response: Response, body: Body): void {
  const remote = body.source as ResponseBody;
  const { coding } = remote;
  const coded = responseFriend.header(response, "content-encoding");
  // The app may have said otherwise of it, and the client may not have been asked what it takes.
  const asItCame = coding === "" || (coded === coding && accepts(exchange.acceptEncoding, coding));
  consume(body);
  remote.forward(
    exchange,
    responseFriend.status(response),
    responseFriend.statusText(response),
    responseFriend.wire(response, asItCame),
    !asItCame,
  );
}

/**
 * Answers the exchange, of a HEAD request, with the response to another one. That this has no length does not
 * mean that a GET would find nothing (RFC 9110, section 8.6).
 */
export function forwardHead(exchange: Exchange, response: Response): void {
  const isCoded = (responseFriend.inherited(response) & Inherited.Coding) !== 0;
  const coded = isCoded ? responseFriend.header(response, "content-encoding") : null;
  const asItCame = coded === null || accepts(exchange.acceptEncoding, coded);
  ops.startBody(
    exchange.id,
    responseFriend.status(response),
    responseFriend.statusText(response),
    responseFriend.wire(response, asItCame),
    asItCame ? responseFriend.contentLength(response) : -1,
  );
  ops.endBody(exchange.id);
}
