// Responses whose body is a fetched one that nobody has read from: the host moves it, without the app, and as
// it came if the client takes it so. Thread: the isolate's.
import type { Exchange } from "../../exchange/exchanges.ts";
import { consume, type Body } from "../body.ts";
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
