// Entry points: the exports of an app that others can call, by `fetch` or by their methods. Thread: the isolate's.
import { load } from "../../../host/lazy-groups.ts";
import type { ExchangeId, IncomingAim } from "../../../host/ops.ts";
import {
  ProxyConstructor,
  create,
  getProperty,
  isPrototypeOf,
  keys,
  ownProperty,
  parseJson,
  stringifyJson,
} from "../../../idl/primordials.ts";
import { define, isObject, own } from "../../../idl/webidl.ts";
import type { Request } from "../../../fetch/request.ts";
import type { Response } from "../../../fetch/response.ts";
import { appState, env, type FetchHandler, type ScheduledHandler } from "../../app.ts";
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
  const handler: FetchHandler & ScheduledHandler = {
    fetch: (request, own, context) => fetchOf(app, request, own, context),
  };
  // Looked up again for each call, as every method.
  if (typeof (app.prototype as ScheduledHandler).scheduled === "function") {
    handler.scheduled = (controller, _, context) =>
      (new app(context, env) as Required<ScheduledHandler>).scheduled(controller);
  }
  return handler;
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
  if (aim[3] !== "") return load("cron").answerScheduled(aim[3]);
  return answer(aim, request);
}

function answer(aim: IncomingAim, request: Request): unknown {
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
  return rpc.answerMethod(request, (path, args) => {
    const { instance, member } = memberOf(name, entrypoint, method, context);
    return rpc.use(member, path, args, instance);
  });
}

/** A new instance, and what of the class or of one that it extends has that name. No property of an instance does. */
function memberOf(
  name: string,
  entrypoint: unknown,
  method: string,
  context: unknown,
): { instance: object; member: unknown } {
  if (!isEntrypoint(entrypoint)) {
    const shown = name === "" ? "default" : name;
    throw new TypeError(
      entrypoint === undefined || !hasFetch(entrypoint)
        ? unknown(shown, entrypoint)
        : `The app's export '${shown}' is an object: methods can be called of classes that extend WorkerEntrypoint`,
    );
  }
  const instance = new entrypoint(context, env);
  const found = RESERVED[method]
    ? undefined
    : load("rpc").memberOfClass(instance, method, WorkerEntrypoint.prototype);
  if (found === undefined) {
    throw new TypeError(`The entry point '${entrypoint.name}' has no method '${method}'`);
  }
  return { instance, member: found.value };
}

/** `ctx.exports`: each entry point as a service. */
export function ownExports(): object {
  if (services !== null) return services;
  services = create(null) as object;
  const { namespace } = appState();
  const names = namespace === null ? ["default"] : keys(namespace);
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const value = find(name);
    if (!isEntrypoint(value) && !hasFetch(value)) continue;
    define(services, name, { value: ownExport(name), enumerable: true });
  }
  return services;
}

/** One of them: a service, which called with `{ props }` gives another one, whose `ctx.props` those are. */
function ownExport(name: string): object {
  const { createService, standsFor } = load("fetch");
  const service = createService(SELF, name);
  const handler: ProxyHandler<() => void> = own({
    get(_, key) {
      // It is not the proxy's.
      if (key === "fetch") return (...args: [never]) => service.fetch(...args);
      return getProperty(service, key, service);
    },
    has: (_, key) => key in service,
    apply: (_, __, args) => createService(SELF, name, propsIn(args[0], name)),
  } satisfies ProxyHandler<() => void>);
  const shown = new ProxyConstructor(() => undefined, handler);
  standsFor(shown, service);
  return shown;
}

/** JSON of the member `props`; "": there are none. */
function propsIn(options: unknown, name: string): string {
  if (options === undefined) return "";
  const where = `ctx.exports.${name}()`;
  if (!isObject(options)) throw new TypeError(`${where} needs an object with \`props\``);
  const { props } = options as { props?: unknown };
  if (props === undefined) return "";
  if (!isObject(props)) throw new TypeError(`${where}: \`props\` is not an object`);
  return stringifyJson(props);
}
