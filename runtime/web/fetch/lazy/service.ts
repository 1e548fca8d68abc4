// Services: other apps of the same server, and the app's own assets, as objects of `env`
// (`env.ORDERS.fetch(request)`, `env.ASSETS.fetch(request)`, as on Workers), and the app's own exports in
// `ctx.exports`. Any other name is a method of the entry point (`env.ORDERS.total(1)`). Thread: the isolate's.
import { load } from "../../host/lazy-groups.ts";
import {
  ProxyConstructor,
  apply,
  create,
  getProperty,
  objectPrototype,
  setPrototypeOf,
  weakMapGet,
  weakMapSet,
} from "../../idl/primordials.ts";
import {
  INTERNAL,
  defineInterface,
  illegalConstructor,
  isObject,
  own,
  requireArguments,
} from "../../idl/webidl.ts";
import { Request } from "../request.ts";
import type { Response } from "../response.ts";
import type { Referent } from "../rpc/lazy/references.ts";
import { isOwnFiles, setOwnFiles } from "./call-message.ts";
import { schemeFetch } from "./scheme-fetch.ts";

/** The app's own assets, by the name that they are bound to: asked as a service is, which no limit counts. */
export function createAssets(name: string): object {
  setOwnFiles(name);
  return createService(name);
}

/**
 * The one that is bound to this name in the app's configuration.
 * @param entrypoint Of the app itself: which export is called.
 * @param props JSON, of the same: `ctx.props` of what is called.
 */
export let createService: (name: string, entrypoint?: string, props?: string) => Fetcher;

/**
 * What stands for a service outside of this module, as a function does in `ctx.exports`: whoever passes it to another
 * app passes the service.
 */
const services = new WeakMap<object, Fetcher>();

export function standsFor(object: object, service: Fetcher): void {
  weakMapSet(services, object, service);
}

/** What calls the service that the object is, or stands for; undefined: it is none. */
export let referentOf: (object: object) => Referent | undefined;

let callOf: (service: unknown, path: readonly string[], args: unknown[] | null) => Promise<unknown>;

class Fetcher {
  #name = "";
  #entrypoint = "";
  #props = "";

  constructor(key?: unknown) {
    illegalConstructor(key);
  }

  /** As the global function; whatever host the URL has, the service is asked. */
  async fetch(input: string | Request, init: unknown = undefined): Promise<Response> {
    // It is taken for a function easily: libraries ask for one.
    if (!isObject(this) || !(#name in this)) {
      throw new TypeError(
        "Illegal invocation: this is no Fetcher (bind it: SERVICE.fetch.bind(SERVICE))",
      );
    }
    const name = this.#name;
    const entrypoint = this.#entrypoint;
    requireArguments(arguments.length, 1, "Failed to execute 'fetch' on 'Fetcher'");
    const request = new Request(input, init);
    return entrypoint === ""
      ? schemeFetch(request, name)
      : schemeFetch(request, name, [entrypoint, this.#props, ""]);
  }

  static {
    createService = (name, entrypoint = "", props = "") => {
      const service = new Fetcher(INTERNAL);
      service.#name = name;
      service.#entrypoint = entrypoint;
      service.#props = props;
      return service;
    };
    const { fetch } = Fetcher.prototype;
    referentOf = (object) => {
      const service = #name in object ? object : weakMapGet(services, object);
      if (service === undefined) return undefined;
      return own({
        use: (path, args) =>
          path.length === 1 && path[0] === "fetch" && args !== null
            ? apply(fetch, service, args as [never])
            : callOf(service, path, args),
      } satisfies Referent);
    };
    callOf = async (service, path, args) => {
      const method = path[0]!;
      if (!isObject(service) || !(#name in service)) {
        throw new TypeError(`Illegal invocation: ${method}() is called on what is no Fetcher`);
      }
      const name = service.#name;
      if (method === "") throw new TypeError(`${name} has no method ''`);
      if (isOwnFiles(name)) {
        throw new TypeError(
          `${name} has no method '${method}': it is the app's files, which have fetch() alone`,
        );
      }
      const callee = { service: name, entrypoint: service.#entrypoint, props: service.#props };
      return load("rpc").callMethod(callee, path, args);
    };
  }
}

defineInterface(Fetcher, "Fetcher", { length: 0 });

/** What anybody asks of any object: whether it is a promise, or has a JSON of its own. */
const UNASKED: Record<string, true> = own({ then: true, toJSON: true });

/** Those of a service. */
class Methods implements Referent {
  readonly #service: unknown;

  constructor(service: unknown) {
    this.#service = service;
  }

  use(path: readonly string[], args: unknown[] | null): Promise<unknown> {
    return callOf(this.#service, path, args);
  }
}

// Behind the interface's own members: whatever name is asked for is that of a method.
const methods = own<ProxyHandler<object>>({
  get(_, name, service): unknown {
    if (typeof name !== "string" || UNASKED[name]) return undefined;
    if (name in objectPrototype) return getProperty(objectPrototype, name, service);
    return load("rpc").memberReference(new Methods(service), [name]);
  },
});
setPrototypeOf(Fetcher.prototype, new ProxyConstructor(create(objectPrototype) as object, methods));
