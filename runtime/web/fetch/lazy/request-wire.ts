// The header fields of a request that leaves, in wire format (Fetch Standard, section 4.6, "HTTP-network-or-
// cache fetch", what of it is a server's). Framing and the connection are the host's. Thread: the isolate's.
import { userAgent } from "../../html/navigator.ts";
import {
  hasHeader,
  isNamedByConnection,
  isOfConnection,
  type HeaderList,
} from "../../http/header-list.ts";

/** The fields by which a request is part of the trace of the one that is being answered. */
interface Traced {
  readonly traceparent: string;
  readonly tracestate: string | null;
}

export interface RequestWire {
  readonly headers: string;
  /** The Host that the app gave, or "". */
  readonly host: string;
}

/** What of the exchange that a request is made for matters to its fields. */
interface Answered {
  readonly host: string | null;
}

// Fields that speak of one connection (RFC 9110, section 7.6.1), and those by which a body is framed.
// Their lengths rule out nearly all other names without a comparison.
function isConnectionField(name: string): boolean {
  switch (name.length) {
    case 6:
      return name === "expect";
    case 10:
      return name === "connection" || name === "keep-alive";
    case 14:
      return name === "content-length";
    case 16:
      return name === "proxy-connection";
    case 17:
      return name === "transfer-encoding";
    default:
      return isOfConnection(name);
  }
}

/** What every request says unless the app does. */
const ACCEPT = "accept: */*\r\n";
const LANGUAGE = "accept-language: *\r\n";
const CODINGS = "accept-encoding: gzip, deflate, br, zstd\r\n";
const NO_CODING = "accept-encoding: identity\r\n";

const AGENT = `user-agent: ${userAgent}\r\n`;
const PLAIN: RequestWire = { headers: ACCEPT + LANGUAGE + AGENT + CODINGS, host: "" };

/**
 * @param exchange What is being answered, or null: an app that passes on the headers of its request does not
 *   mean the Host of that.
 * @param isForNetwork Strangers are asked, whom the address of the app's client is not for: Workers do not send
 *   CF-Connecting-IP on either, and Cloudflare's servers refuse who does.
 */
export function toRequestWire(
  list: HeaderList,
  exchange: Answered | null,
  isForNetwork: boolean,
): RequestWire {
  if (list.length === 0) return PLAIN;
  let headers = "";
  let host = "";
  let hasAccept = false;
  let hasLanguage = false;
  let hasAgent = false;
  let hasCodings = false;
  let hasRange = false;
  const hasConnection = hasHeader(list, "connection");
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i]!;
    const value = list[i + 1]!;
    switch (name) {
      case "host":
        if (exchange === null || value !== exchange.host) host = value;
        continue;
      case "accept":
        hasAccept = true;
        break;
      case "accept-language":
        hasLanguage = true;
        break;
      case "user-agent":
        hasAgent = true;
        break;
      case "accept-encoding":
        hasCodings = true;
        break;
      case "range":
        hasRange = true;
        break;
      case "cf-connecting-ip":
        if (isForNetwork) continue;
        break;
      default:
        if (isConnectionField(name)) continue;
    }
    if (hasConnection && isNamedByConnection(list, name)) continue;
    headers += `${name}: ${value}\r\n`;
  }
  if (!hasAccept) headers += ACCEPT;
  if (!hasLanguage) headers += LANGUAGE;
  if (!hasAgent) headers += AGENT;
  if (!hasCodings) headers += hasRange ? NO_CODING : CODINGS;
  return { headers, host };
}

/**
 * A trace goes on as it came (W3C Trace Context, "forwarding"): this server has no spans that others could be
 * children of. What the app says itself is about its own.
 */
export function traceWire(list: HeaderList, { traceparent, tracestate }: Traced): string {
  if (hasHeader(list, "traceparent") || hasHeader(list, "tracestate")) return "";
  const parent = `traceparent: ${traceparent}\r\n`;
  return tracestate === null || tracestate === ""
    ? parent
    : `${parent}tracestate: ${tracestate}\r\n`;
}
