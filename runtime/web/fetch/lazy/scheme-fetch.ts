// "Scheme fetch" (Fetch Standard, section 4.3): who answers a request, by its URL's scheme; data: and blob:
// URLs here, what needs the network in network-fetch.ts. Thread: the isolate's.
import { blobSize, blobType, sliceBlob } from "../../file/blob.ts";
import { load } from "../../host/lazy-groups.ts";
import type { ServiceAim } from "../../host/ops.ts";
import { indexOf, slice, startsWith } from "../../idl/primordials.ts";
import { requestFriend, type Request } from "../request.ts";
import { responseFriend, type FetchedResponse, type Response } from "../response.ts";
import { processDataUrl } from "./data-url.ts";
import { cancelBody, checkIntegrity } from "./fetch-steps.ts";
import { networkError } from "./network-error.ts";
import { networkFetch } from "./network-fetch.ts";
import { parseRange, resolveRange } from "./range.ts";

/**
 * Answers a request.
 * @param service Who is asked for http: and https: URLs: an app's binding; "": the network.
 * @param aim What of the service is asked, if it is more than its fetch().
 * @throws A TypeError for a network error, and the signal's reason on abort: what is known at once, else as a
 *   rejection.
 */
export function schemeFetch(request: Request, service = "", aim?: ServiceAim): Promise<Response> {
  const url = requestFriend.url(request);
  return startsWith(url, "http:") || startsWith(url, "https:")
    ? networkFetch(request, url, service, aim)
    : localFetch(request, url);
}

async function localFetch(request: Request, url: string): Promise<Response> {
  const signal = requestFriend.signal(request);
  if (signal.aborted) {
    cancelBody(request, signal.reason);
    throw signal.reason;
  }
  const hash = indexOf(url, "#");
  const fetched = respond(request, hash === -1 ? url : slice(url, 0, hash));
  // The response comes later than the call returns.
  await undefined;
  if (requestFriend.integrity(request) !== "") await checkIntegrity(request, fetched);
  if (signal.aborted) {
    cancelBody(request, signal.reason);
    throw signal.reason;
  }
  return responseFriend.make(fetched);
}

function respond(request: Request, url: string): FetchedResponse {
  if (startsWith(url, "data:")) return respondToData(request, url);
  if (startsWith(url, "blob:")) return respondToBlob(request, url);
  throw networkError(url, `the scheme ${slice(url, 0, indexOf(url, ":"))} cannot be fetched`);
}

function respondToData(request: Request, url: string): FetchedResponse {
  const data = processDataUrl(url);
  if (data === null) throw networkError(url, "it is not a well-formed data: URL");
  return {
    url,
    status: 200,
    statusText: "OK",
    headers: ["content-type", load("http").serializeMimeType(data.type)],
    body: requestFriend.method(request) === "HEAD" ? null : data.body,
  };
}

function respondToBlob(request: Request, url: string): FetchedResponse {
  const method = requestFriend.method(request);
  if (method !== "GET") throw networkError(url, `the method ${method} is not possible for blobs`);
  const blob = load("file").blobOfRequest(request);
  if (blob === undefined) {
    throw networkError(url, "there is no such object URL, or it has been revoked");
  }
  const size = blobSize(blob);
  const header = requestFriend.header(request, "range");
  if (header === null) {
    return {
      url,
      status: 200,
      statusText: "OK",
      headers: ["content-length", `${size}`, "content-type", blobType(blob)],
      body: blob,
    };
  }
  const range = parseRange(header);
  const bounds = range === null ? null : resolveRange(range, size);
  if (bounds === null) throw networkError(url, `the range '${header}' is not in the blob`);
  const { 0: from, 1: to } = bounds;
  return {
    url,
    status: 206,
    statusText: "Partial Content",
    headers: [
      "content-length",
      `${to - from}`,
      "content-type",
      blobType(blob),
      "content-range",
      `bytes ${from}-${to - 1}/${size}`,
    ],
    body: sliceBlob(blob, from, to),
  };
}
