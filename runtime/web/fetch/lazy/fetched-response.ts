// What a call has brought, as a response is made of it. Thread: the isolate's.
import { getHeader, parseBlock } from "../../http/header-list.ts";
import { split, toLowerCase, trim } from "../../idl/primordials.ts";
import { Inherited } from "../headers.ts";
import { isNullBodyStatus, type FetchedResponse } from "../response.ts";
import type { CallResponse, ResponseBody } from "./outgoing-call.ts";

/**
 * @param url Without a fragment.
 * @param isOfHead The request was a HEAD request, so that its fields speak of a body that there is not.
 */
export function toFetched(
  { status, statusText, headers, isCoded, body }: CallResponse,
  url: string,
  redirected: boolean,
  isOfHead: boolean,
): FetchedResponse {
  const response: FetchedResponse = {
    url,
    redirected,
    status,
    statusText,
    headers,
    body: body !== null && isNullBodyStatus(status) ? dropped(body) : body,
    inherited: Inherited.Connection,
  };
  if (body === null && !isOfHead) return response;
  response.inherited! |= isOfHead ? Inherited.OfHead | Inherited.Length : Inherited.Length;
  if (isCoded) {
    const coding = getHeader(parseBlock(headers), "content-encoding");
    if (coding !== null && isDecodable(coding)) {
      if (body !== null) body.coding = coding;
      response.inherited! |= Inherited.Coding;
    }
  }
  return response;
}

/** "Handle content codings": with an unknown one among them, the bytes stay as they are. */
function isDecodable(codings: string): boolean {
  const names = split(toLowerCase(codings), ",");
  for (let i = 0; i < names.length; i++) {
    switch (trim(names[i]!)) {
      case "":
      case "br":
      case "deflate":
      case "gzip":
      case "identity":
      case "x-gzip":
      case "zstd":
        break;
      default:
        return false;
    }
  }
  return true;
}

function dropped(body: ResponseBody): null {
  body.cancel(undefined);
  return null;
}
