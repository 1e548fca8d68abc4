// The platform group: what an app takes from the platform by its name, as the module "cloudflare:workers" and
// the bundle's first line do (compiler/bundle/platform_modules.h). Loaded while an app is built that asks
// for any of it. Thread: the isolate's.
import { currentExchange } from "../../../exchange/exchanges.ts";
import { ifLoaded, load } from "../../../host/lazy-groups.ts";
import { deleteProperty } from "../../../idl/primordials.ts";
import { define, requireArguments } from "../../../idl/webidl.ts";
import { alsoFill, env } from "../../app.ts";
import { keepAlive } from "../../execution-context.ts";
import { DurableObject, WorkerEntrypoint, WorkflowEntrypoint } from "./classes.ts";
import { scopedEnv, withEnv } from "./with-env.ts";

export { answerAimed, classHandler, isEntrypoint, ownExports } from "./entrypoints.ts";

/** Where a script that is evaluated at once finds `platform` (compiler/bundle/bundle_form.h). */
const OFFER = "__NANO_PLATFORM__";

/**
 * `env` as the app sees it, until something has asked for `withEnv`: then it is another object, which looks
 * up whose turn it is.
 */
let moduleEnv: object | undefined;
let hasScopes = false;
/** What `process.env` and `import.meta.env` stand for: the variables, without services. */
let variables: Record<string, unknown> | undefined;

/** A rehearsal notes what is read of it; else it is the object itself. */
function live<T extends object>(object: T, name: string): T {
  return ifLoaded("rehearsal")?.watched(object, name) ?? object;
}

function environment(): object {
  if (moduleEnv === undefined) {
    const own = live(env, "env");
    moduleEnv = hasScopes ? scopedEnv(own) : own;
  }
  return moduleEnv;
}

function variablesAs(name: string): object {
  if (variables === undefined) {
    // What the expression process.env.NODE_ENV is replaced by.
    variables = { NODE_ENV: "production" };
    alsoFill(variables);
  }
  return live(variables, name);
}

/** Keeps the app alive until the promise settles: `ctx.waitUntil` of the request that led to the call. */
function waitUntil(promise: unknown): void {
  requireArguments(arguments.length, 1, "Failed to execute 'waitUntil'");
  if (currentExchange() === null) {
    throw new TypeError(
      "Failed to execute 'waitUntil': no request has led to this call. Call it in a handler, or in what that calls or awaits.",
    );
  }
  ifLoaded("cron")?.noteKept(promise);
  void keepAlive(promise);
}

/** What the platform has by this name. */
export function platform(name: string): unknown {
  switch (name) {
    case "env":
      return environment();
    case "process.env":
    case "import.meta.env":
      return variablesAs(name);
    case "waitUntil":
      return waitUntil;
    case "withEnv":
      hasScopes = true;
      return withEnv;
    case "WorkerEntrypoint":
      return WorkerEntrypoint;
    case "RpcTarget":
      return load("rpc").rpcTarget;
    case "RpcStub":
      return load("rpc").rpcStub;
    case "DurableObject":
      return DurableObject;
    case "WorkflowEntrypoint":
      return WorkflowEntrypoint;
    default:
      throw new TypeError(`The platform has no '${name}'`);
  }
}

/** BuildHooks.offerPlatform */
export function offerPlatform(): void {
  define(globalThis, OFFER, {
    configurable: true,
    get() {
      deleteProperty(globalThis, OFFER);
      return platform;
    },
  });
}

declare global {
  interface LazyGroups {
    platform: typeof import("./index.ts");
  }
}
