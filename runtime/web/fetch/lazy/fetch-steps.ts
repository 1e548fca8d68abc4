// Steps of fetching (Fetch Standard, section 4) that all schemes have in common. Thread: the isolate's.
import { blobBytes, isBlob } from "../../file/blob.ts";
import { load } from "../../host/lazy-groups.ts";
import { requestFriend, type Request } from "../request.ts";
import type { FetchedResponse } from "../response.ts";
import { matchesIntegrity } from "./integrity.ts";
import { networkError } from "./network-error.ts";
import { ResponseBody } from "./outgoing-call.ts";

/** Throws a network error if the body is not what the request's integrity, which is not empty, says. */
export async function checkIntegrity(request: Request, fetched: FetchedResponse): Promise<void> {
  // A body from the network is read here, and is bytes from now on.
  if (fetched.body instanceof ResponseBody) {
    fetched.body = (await fetched.body.readWhole()).bytes;
  }
  const { url, body } = fetched;
  const bytes = body === null ? null : isBlob(body) ? blobBytes(body) : body;
  if (bytes === null || !(await matchesIntegrity(bytes, requestFriend.integrity(request)))) {
    throw networkError(
      url,
      "its content is not what the request's integrity says",
      "ERR_INTEGRITY",
    );
  }
}

/** The request was aborted: nobody will read its body. */
export function cancelBody(request: Request, reason: unknown): void {
  const stream = requestFriend.body(request)?.stream;
  if (stream !== null && stream !== undefined) load("streams").cancelStream(stream, reason);
}
