// The body of an incoming request, which stays with the server until it is asked for. Thread: the
// isolate's.
import { CallAmount } from "../host/ops.ts";
import type { BodyReceiver, Exchange } from "./exchanges.ts";
import { RemoteBody } from "./remote-body.ts";

export class IncomingBody extends RemoteBody implements BodyReceiver {
  readonly exchange: Exchange;

  constructor(exchange: Exchange) {
    super();
    this.exchange = exchange;
  }

  protected ask(amount: CallAmount): void {
    if (this.exchange.isOver) this.fail(this.exchange.reason);
    else ops.readBody(this.exchange.id, amount !== CallAmount.Part);
  }

  /** What is not read, the server throws away. */
  protected cancel(): void {}

  end(): void {
    if (this.isRead) this.fail(this.exchange.reason);
  }
}
