// Tells a build which entry points an app has and whether it has a handler of cron triggers, and
// says of each export that other platforms call and NANO does not that it is so: once, in the build.
// Thread: the isolate's.
import { ifLoaded } from "../../../host/lazy-groups.ts";
import { LogLevel, Observed } from "../../../host/ops.ts";
import { keys } from "../../../idl/primordials.ts";
import { isObject } from "../../../idl/webidl.ts";

/** Exports of Workers that nothing calls, and what would. */
const UNCALLED = {
  queue: "queues",
  email: "incoming mail",
  tail: "tail events",
  trace: "tail events",
};

/** Whether something is a class of the Durable Object kind. */
function isObjectClass(value: unknown): boolean {
  if (typeof value !== "function" || ifLoaded("platform")?.isEntrypoint(value)) return false;
  try {
    const { prototype } = value as { prototype?: object };
    return isObject(prototype) && ("fetch" in prototype || "alarm" in prototype);
  } catch {
    return false; // A proxy that cannot be looked at is no such class.
  }
}

/** Whether other apps can call it (app/platform/lazy/entrypoints.ts). */
function isEntrypoint(value: unknown): boolean {
  if (ifLoaded("platform")?.isEntrypoint(value)) return true;
  try {
    return isObject(value) && typeof (value as { fetch?: unknown }).fetch === "function";
  } catch {
    return false;
  }
}

function tellEntrypoints(namespace: object): void {
  ops.observe(Observed.EntryPoint, "default", "");
  const exported = keys(namespace);
  for (let i = 0; i < exported.length; i++) {
    const name = exported[i]!;
    if (name === "default" || !isEntrypoint((namespace as Record<string, unknown>)[name])) continue;
    ops.observe(Observed.EntryPoint, name, "");
  }
}

/** @param isCallable Whether the app has something to be called by that name. */
export function tellHandlers(namespace: object, isCallable: (name: string) => boolean): void {
  tellEntrypoints(namespace);
  // A proxy may answer for any name, as that of itty-router does.
  const isProxy = isCallable("a name that nobody gives");
  if (isProxy) ops.observe(Observed.Scheduled, "anything", "");
  else if (isCallable("scheduled")) ops.observe(Observed.Scheduled, "scheduled", "");
  if (isProxy) return;
  const names = keys(UNCALLED);
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as keyof typeof UNCALLED;
    if (!isCallable(name)) continue;
    ops.log(LogLevel.Warn, `\`${name}\` is never called: NANO has no ${UNCALLED[name]} yet.`);
  }
  const exported = keys(namespace);
  for (let i = 0; i < exported.length; i++) {
    const name = exported[i]!;
    if (name === "default" || !isObjectClass((namespace as Record<string, unknown>)[name]))
      continue;
    ops.log(
      LogLevel.Warn,
      `The exported class \`${name}\` gets no requests if it is meant as a Durable Object: NANO has none yet.`,
    );
  }
}
