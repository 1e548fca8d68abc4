// The side that calls a method of a service (`env.ORDERS.total(1, 2)`): its answer is what came of it, or a session,
// if something goes by reference. Thread: the isolate's.
import { currentExchange } from "../../../exchange/exchanges.ts";
import { load } from "../../../host/lazy-groups.ts";
import { getHeader, parseBlock } from "../../../http/header-list.ts";
import { encodeComponent } from "../../../idl/primordials.ts";
import { FrameReader } from "./frames.ts";
import { requireFew } from "./reading.ts";
import { SESSION_TYPE, Session } from "./session.ts";

/** The host of such calls' URLs, which nobody looks at but the log. */
const RPC_HOST = "rpc.internal";

/** Which entry point is called. */
export interface Callee {
  /** The binding's name. */
  readonly service: string;
  /** Of the app itself, if that is the service; else "". */
  readonly entrypoint: string;
  /** JSON, of the app itself; else "". */
  readonly props: string;
}

/**
 * Calls a method of an entry point.
 * @param path The method's name, and names of what is behind it.
 * @param args Null: it is a property, which is read.
 */
export async function callMethod(
  callee: Callee,
  path: readonly string[],
  args: unknown[] | null,
): Promise<unknown> {
  const { service, entrypoint, props } = callee;
  const method = path[0]!;
  const exchange = currentExchange();
  requireFew(args);
  const session = new Session(true);
  const answer = session.first([rest(path), args]);
  try {
    const call = load("fetch").converse(
      service,
      `http://${RPC_HOST}/${encodeComponent(method)}`,
      [entrypoint, props, method],
      session.outbox,
    );
    const { status, headers, body } = await call.head;
    if (status !== 200 || body === null) {
      call.cancel(undefined);
      // Whether it was called is not known: it may be what has reached a limit.
      throw new TypeError(
        `${method}() of the service ${service} gave nothing: the server answered ${status} in its place, and its log says why`,
      );
    }
    if (getHeader(parseBlock(headers), "content-type") === SESSION_TYPE) {
      session.connect(call, exchange);
      void session.listen(new FrameReader(body));
    } else {
      session.takeLast((await body.readWhole()).bytes);
    }
  } catch (error) {
    // What the arguments have passed is not needed any more.
    session.close(error);
  }
  return await answer;
}

function rest(path: readonly string[]): string[] {
  const rest: string[] = [];
  for (let i = 1; i < path.length; i++) rest[i - 1] = path[i]!;
  return rest;
}
