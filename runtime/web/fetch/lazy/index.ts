// The fetch group: fetch() itself, the calls that it makes, which others make as well, and the rules of
// the mode "no-cors".
export { beginCall, beginEmptyCall } from "./begin-call.ts";
export { callMessage, countSubrequest } from "./call-message.ts";
export { converse } from "./conversation.ts";
export { isCorsSafelisted, isNoCorsSafelistedName } from "./cors-safelist.ts";
export { toFetched } from "./fetched-response.ts";
export { forwardBody, forwardHead } from "./forward-body.ts";
export { isRefusal } from "./network-error.ts";
export {
  callBody,
  callDrained,
  callFailed,
  callHead,
  forwarded,
  isCallFailure,
} from "./outgoing-call.ts";
export { createAssets, createService, referentOf, standsFor } from "./service.ts";
export { schemeFetch } from "./scheme-fetch.ts";

declare global {
  interface LazyGroups {
    fetch: typeof import("./index.ts");
  }
}
