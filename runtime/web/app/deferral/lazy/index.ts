// The deferral group: an app that its snapshot could not hold, until its first request has had it evaluated
// (compiler/evaluate/deferred_app.h). Thread: the isolate's.
import { load as loadGroup } from "../../../host/lazy-groups.ts";
import type { FetchHandler } from "../../app.ts";

/**
 * The handler of such an app. Requests that arrive while it is loaded wait for that; should it fail, the
 * next one tries again: the reason may have been the network's.
 * @param start Evaluates the app. One that takes the platform has a parameter.
 * @param adopt Takes what came of it, and gives the app's own handler, which is asked from then on.
 * @returns The handler. `begin` has the app evaluated without a request; whoever asked for that is told if it fails,
 *   and the reason is reported as any rejection that nobody handles. `ready` waits for it, as a request does.
 */
export function deferredHandler(
  start: (platform?: unknown) => Promise<unknown>,
  adopt: (result: unknown) => FetchHandler,
): FetchHandler & { begin(): Promise<void>; ready(): Promise<void> } {
  let loading: Promise<FetchHandler> | undefined;
  const load = async (): Promise<FetchHandler> => {
    try {
      const result = start.length === 0 ? start() : start(loadGroup("platform").platform);
      const handler = adopt(await result);
      ops.loaded();
      return handler;
    } catch (cause) {
      loading = undefined;
      throw new Error("The app could not be loaded", { cause });
    }
  };
  return {
    async fetch(request, env, context) {
      const handler = await (loading ??= load());
      return handler.fetch(request, env, context);
    },
    async ready() {
      await (loading ??= load());
    },
    async begin() {
      try {
        await (loading ??= load());
      } catch (error) {
        ops.notLoaded();
        throw error;
      }
    },
  };
}

declare global {
  interface LazyGroups {
    deferral: typeof import("./index.ts");
  }
}
