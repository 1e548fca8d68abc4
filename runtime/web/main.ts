// The Web API layer's entry: installs the globals, and exports what the runtime calls (RuntimeHooks in
// ops.ts). Evaluated once, when the base snapshot is built; what it leaves in the heap is paid for by
// every isolate that boots. Thread: the isolate's.
import { resumeWasmImports } from "./app.ts";
import { startClock } from "./clock.ts";
import * as core from "./core.ts";
import { resumeTimers, suspendTimers } from "./event-loop.ts";
import { forgetExchanges } from "./exchanges.ts";
import { installGlobals } from "./globals.ts";
import * as intrinsics from "./intrinsics.ts";
import { ifLoaded, load, shareModule, unload } from "./lazy.ts";
import type { RuntimeHooks } from "./ops.ts";
import { forgetRejections } from "./rejections.ts";
import { resumeStackTraceLimit, suspendStackTraceLimit } from "./stack-trace-limit.ts";
import { forgetRequestUrl } from "./url.ts";

installGlobals();
shareModule("core.ts", core);
shareModule("intrinsics.ts", intrinsics);

export { aborted, bodyError, bodyPart, dispatch, drained, setApp, setEnv } from "./dispatch.ts";
export { examples } from "./examples.ts";
export { lazyGlobal } from "./lazy.ts";
export { promiseHandled, promiseRejected, reportRejections } from "./rejections.ts";
export { runTasks as fireTimers } from "./event-loop.ts";

export function resume(): void {
  resumeStackTraceLimit();
  startClock();
  resumeTimers();
  resumeWasmImports();
}

export const streamWasm: RuntimeHooks["streamWasm"] = (source, push, finish, abort) => {
  void load("wasm").streamWasm(source, push, finish, abort);
};

export const globalNames: RuntimeHooks["globalNames"] = () => load("rehearsal").globalNames();
export const holdPlaces: RuntimeHooks["holdPlaces"] = (names) =>
  load("rehearsal").holdPlaces(names);
export const watch: RuntimeHooks["watch"] = (names) => load("rehearsal").watch(names);

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
true satisfies Exports extends RuntimeHooks ? true : never;
