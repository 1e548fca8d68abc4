// Entry points: the exports of an app that others can call, by `fetch` or by their methods. Thread: the isolate's.
import { load } from "../../../host/lazy-groups.ts";
import type { ExchangeId, ServiceAim } from "../../../host/ops.ts";
import {
  apply,
  create,
  getPrototypeOf,
  isPrototypeOf,
  keys,
  ownProperty,
  parseJson,
} from "../../../idl/primordials.ts";
import { define, isObject, own } from "../../../idl/webidl.ts";
import { requestFriend, type Request } from "../../../fetch/request.ts";
import { Response } from "../../../fetch/response.ts";
import { appState, env, type FetchHandler } from "../../app.ts";
import { createContext, giveProps } from "../../execution-context.ts";
import { WorkerEntrypoint } from "./classes.ts";

type EntrypointClass = new (ctx: unknown, env: unknown) => object;

/** The name of a service that is the app itself (runtime/embedder/outbound.h). */
const SELF = ":self";

/** What no other app can call: it is called for other reasons, or is no method of the app's. */
const RESERVED: Record<string, boolean> = own({
  constructor: true,
  fetch: true,
  connect: true,
  dup: true,
  scheduled: true,
  queue: true,
  email: true,
  tail: true,
  trace: true,
  test: true,
  alarm: true,
});

let defaultClass: EntrypointClass | null = null;
let services: object | null = null;

export function isEntrypoint(value: unknown): value is EntrypointClass {
  if (typeof value !== "function") return false;
  const prototype = ownProperty(value, "prototype")?.value as unknown;
  return isObject(prototype) && isPrototypeOf(WorkerEntrypoint.prototype, prototype);
}

/** The handler of an app whose default export is such a class; null: it is none. */
export function classHandler(app: unknown): FetchHandler | null {
  if (!isEntrypoint(app)) return null;
  defaultClass = app;
  return { fetch: (request, own, context) => fetchOf(app, request, own, context) };
}

function fetchOf(app: EntrypointClass, request: unknown, env: object, context: unknown): unknown {
  const instance = new app(context, env) as { fetch?: unknown };
  if (typeof instance.fetch !== "function") {
    throw new TypeError(`The entry point '${app.name}' has no fetch method`);
  }
  return (instance as FetchHandler).fetch(request, env, context);
}

/** The export of that name, if others can call it. */
function find(name: string): unknown {
  if (name === "" || name === "default") return defaultClass ?? appState().handler;
  const { namespace } = appState();
  if (namespace === null || ownProperty(namespace, name) === undefined) return undefined;
  return namespace[name];
}

function hasFetch(value: unknown): value is FetchHandler {
  return isObject(value) && typeof (value as { fetch?: unknown }).fetch === "function";
}

/**
 * Answers a call of another app, or of this one, that is not for the default handler.
 * @returns What a handler's fetch() may return.
 */
export async function answerAimed(id: ExchangeId, request: Request): Promise<unknown> {
  const aim = load("rpc").aimOf(id);
  const { deferred } = appState();
  if (deferred !== null) await deferred.ready();
  return answer(aim, request);
}

function answer(aim: ServiceAim, request: Request): unknown {
  const { 0: name, 1: props, 2: method } = aim;
  const context = createContext();
  if (props !== "") giveProps(context, parseJson(props) as object);
  const entrypoint = find(name);
  if (method !== "") return answerMethod(name, entrypoint, method, request, context);
  if (isEntrypoint(entrypoint)) return fetchOf(entrypoint, request, env, context);
  if (hasFetch(entrypoint)) return entrypoint.fetch(request, env, context);
  throw new TypeError(unknown(name, entrypoint));
}

function unknown(name: string, value: unknown): string {
  return value === undefined
    ? `The app has no export '${name}'`
    : `The app's export '${name}' is no entry point: neither a class that extends WorkerEntrypoint nor an object with a fetch method`;
}

async function answerMethod(
  name: string,
  entrypoint: unknown,
  method: string,
  request: Request,
  context: unknown,
): Promise<Response> {
  const rpc = load("rpc");
  let outcome;
  try {
    const values = rpc.fromBytes(await rpc.bytesOf(requestFriend.body(request))) as unknown[];
    outcome = rpc.toBytes(own({ value: await call(name, entrypoint, method, values, context) }));
  } catch (thrown) {
    outcome = thrownBytes(rpc, thrown);
  }
  return new Response(outcome);
}

function thrownBytes(rpc: LazyGroups["rpc"], thrown: unknown): Uint8Array<ArrayBuffer> {
  try {
    return rpc.toBytes(own({ thrown: rpc.describeThrown(thrown) }));
  } catch (error) {
    // What was thrown is no error, and cannot be passed either.
    return rpc.toBytes(own({ thrown: rpc.describeThrown(error) }));
  }
}

function call(
  name: string,
  entrypoint: unknown,
  method: string,
  values: unknown[],
  context: unknown,
): unknown {
  if (!isEntrypoint(entrypoint)) {
    const shown = name === "" ? "default" : name;
    throw new TypeError(
      entrypoint === undefined || !hasFetch(entrypoint)
        ? unknown(shown, entrypoint)
        : `The app's export '${shown}' is an object: methods can be called of classes that extend WorkerEntrypoint`,
    );
  }
  const found = methodOf(entrypoint, method);
  if (found === undefined) {
    throw new TypeError(`The entry point '${entrypoint.name}' has no method '${method}'`);
  }
  return apply(found, new entrypoint(context, env), values);
}

/** A method of the class or of one that it extends, below WorkerEntrypoint. No property of an instance is one. */
function methodOf(entrypoint: EntrypointClass, name: string): Function | undefined {
  if (RESERVED[name]) return undefined;
  let prototype = entrypoint.prototype as object | null;
  while (prototype !== null && prototype !== WorkerEntrypoint.prototype) {
    const property = ownProperty(prototype, name);
    if (property !== undefined) {
      return typeof property.value === "function" ? (property.value as Function) : undefined;
    }
    prototype = getPrototypeOf(prototype);
  }
  return undefined;
}

/** `ctx.exports`: each entry point as a service. */
export function ownExports(): object {
  if (services !== null) return services;
  services = create(null) as object;
  const { createService } = load("fetch");
  const { namespace } = appState();
  const names = namespace === null ? ["default"] : keys(namespace);
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const value = find(name);
    if (!isEntrypoint(value) && !hasFetch(value)) continue;
    const service = createService(SELF, name);
    define(services, name, { value: service, enumerable: true });
  }
  return services;
}
