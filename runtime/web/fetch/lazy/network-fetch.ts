// "HTTP fetch" (Fetch Standard, section 4.3): requests that leave the process. None does yet: the embedder
// says why (runtime/embedder/outbound.h). Thread: the isolate's.
import { networkError } from "./network-error.ts";

/** Answers a request to an http: or https: URL. Throws a TypeError for a network error. */
export function networkFetch(url: string): never {
  throw networkError(url, ops.outboundRefusal());
}
