// The Web API layer's entry: installs the globals, and exports what the runtime calls (RuntimeHooks and
// BuildHooks in host/). Evaluated once, when the base snapshot is built; what it leaves in the heap is paid for by
// every isolate that boots. Thread: the isolate's.
import { lazyGlobals, shared } from "nano:bundle";
import { resumeWasmImports } from "./app/app.ts";
import { forgetExchanges } from "./exchange/exchanges.ts";
import { installGlobals } from "./globals.ts";
import type { BuildHooks } from "./host/build-hooks.ts";
import { startClock } from "./host/clock.ts";
import { ifLoaded, load, shareWithGroups, unload } from "./host/lazy-groups.ts";
import type { RuntimeHooks } from "./host/ops.ts";
import { resumeStackTraceLimit, suspendStackTraceLimit } from "./host/stack-trace-limit.ts";
import { forgetRejections } from "./html/rejections.ts";
import { resumeTimers, suspendTimers } from "./tasks/event-loop.ts";
import { forgetRequestUrl } from "./url/url.ts";
import { resumeWasm } from "./wasm/counted.ts";

shareWithGroups(shared);
installGlobals(lazyGlobals);

export { aborted, bodyError, bodyPart, dispatch, drained, setApp, setEnv } from "./app/dispatch.ts";
export { loadApp } from "./app/app.ts";
export { limitsChanged } from "./host/app-limits.ts";
export { examples } from "./app/examples.ts";
export { lazyGlobal } from "./host/lazy-groups.ts";
export { promiseHandled, promiseRejected, reportRejections } from "./html/rejections.ts";
export { runTasks } from "./tasks/event-loop.ts";
export { constructWasm } from "./wasm/counted.ts";

export function resume(): void {
  resumeStackTraceLimit();
  startClock();
  resumeTimers();
  resumeWasm();
  resumeWasmImports();
}

export const callHead: RuntimeHooks["callHead"] = (
  id,
  status,
  statusText,
  headers,
  hasBody,
  isCoded,
) => load("fetch").callHead(id, status, statusText, headers, hasBody, isCoded);
export const callBody: RuntimeHooks["callBody"] = (id, part, last) =>
  load("fetch").callBody(id, part, last);
export const callFailed: RuntimeHooks["callFailed"] = (id, code, problem) =>
  load("fetch").callFailed(id, code, problem);
export const callDrained: RuntimeHooks["callDrained"] = (id) => load("fetch").callDrained(id);
export const forwarded: RuntimeHooks["forwarded"] = (id, exchange, code, problem) =>
  load("fetch").forwarded(id, exchange, code, problem);

export const builder: BuildHooks["builder"] = () => load("rehearsal");

export function prepareSnapshot(): void {
  ifLoaded("rehearsal")?.freePlaces();
  unload("rehearsal");
  forgetExchanges();
  suspendTimers();
  forgetRejections();
  forgetRequestUrl();
  suspendStackTraceLimit();
}

/** Fails to compile if a hook is missing or has another signature. */
type Exports = typeof import("./main.ts");
true satisfies Exports extends RuntimeHooks & BuildHooks ? true : never;
