// The fetch group: fetch() itself, and the rules of the mode "no-cors".
export { countSubrequest } from "./call-message.ts";
export { converse } from "./conversation.ts";
export { isCorsSafelisted, isNoCorsSafelistedName } from "./cors-safelist.ts";
export { forwardBody, forwardHead } from "./forward-body.ts";
export { callBody, callDrained, callFailed, callHead, forwarded } from "./outgoing-call.ts";
export { createAssets, createService } from "./service.ts";
export { schemeFetch } from "./scheme-fetch.ts";

declare global {
  interface LazyGroups {
    fetch: typeof import("./index.ts");
  }
}
