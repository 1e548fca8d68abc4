// What a request says that leaves the isolate, beside its body: its fields, and what of the exchange it is made for
// goes along. Thread: the isolate's.
import type { Exchange } from "../../exchange/exchanges.ts";
import { appLimit } from "../../host/app-limits.ts";
import { AppLimit, type ServiceAim } from "../../host/ops.ts";
import type { HeaderList } from "../../http/header-list.ts";
import { callError } from "./network-error.ts";
import type { CallMessage } from "./outgoing-call.ts";
import { toRequestWire, traceWire } from "./request-wire.ts";

/** The binding of the app's assets; null: it has none. */
let ownFiles: string | null = null;

export function setOwnFiles(name: string): void {
  ownFiles = name;
}

export function isOwnFiles(service: string): boolean {
  return service === ownFiles;
}

/**
 * @param service The name of the app's binding that answers it; "": the network.
 * @param aim What of the service is asked, if it is more than its fetch().
 * @param cf JSON of `request.cf`, or "": the network is not told.
 * @throws A network error if the exchange has led to as many calls as it may.
 */
export function callMessage(
  exchange: Exchange | null,
  service: string,
  method: string,
  url: string,
  fields: HeaderList,
  aim: ServiceAim | undefined,
  cf: string,
): CallMessage {
  // The app's own files are no other's.
  if (exchange !== null && !isOwnFiles(service)) countSubrequest(exchange, url);
  const { headers, host } = toRequestWire(fields, exchange, service === "");
  const isTraced = exchange !== null && exchange.traceparent !== "" && goesOn(service);
  return {
    service,
    method,
    url,
    host,
    headers: isTraced ? headers + traceWire(fields, exchange) : headers,
    depth: exchange === null ? 0 : exchange.depth,
    tally: exchange === null || service === "" ? null : exchange.shareTally(),
    aim,
    cf: service === "" || cf === "" ? undefined : cf,
  };
}

export function countSubrequest(exchange: Exchange, url: string): void {
  const limit = appLimit(AppLimit.Subrequest);
  if (limit === 0 || exchange.countCall() <= limit) return;
  ops.denied(AppLimit.Subrequest);
  throw callError(
    url,
    "ERR_TOO_MANY_SUBREQUESTS",
    `the request that is being answered has led to ${limit} calls, which is the limit ` +
      "(limits.subrequests in nano.yaml)",
  );
}

/** Whether calls to the network are part of a trace, when the host has said so. */
let networkIsTraced: boolean | undefined;

/** Of the request's trace. */
function goesOn(service: string): boolean {
  return service !== "" || (networkIsTraced ??= ops.isTraced());
}
