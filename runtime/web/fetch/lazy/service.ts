// Services: other apps of the same server, and the app's own assets, as objects of `env`
// (`env.ORDERS.fetch(request)`, `env.ASSETS.fetch(request)`, as on Workers).
// Thread: the isolate's.
import {
  INTERNAL,
  defineInterface,
  illegalConstructor,
  isObject,
  requireArguments,
} from "../../idl/webidl.ts";
import { Request } from "../request.ts";
import type { Response } from "../response.ts";
import { setOwnFiles } from "./network-fetch.ts";
import { schemeFetch } from "./scheme-fetch.ts";

/** The app's own assets, by the name that they are bound to: asked as a service is, which no limit counts. */
export function createAssets(name: string): object {
  setOwnFiles(name);
  return createService(name);
}

/** The one that is bound to this name in the app's configuration. */
export let createService: (name: string) => object;

class Fetcher {
  #name = "";

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
    requireArguments(arguments.length, 1, "Failed to execute 'fetch' on 'Fetcher'");
    return schemeFetch(new Request(input, init), name);
  }

  static {
    createService = (name) => {
      const service = new Fetcher(INTERNAL);
      service.#name = name;
      return service;
    };
  }
}

defineInterface(Fetcher, "Fetcher", { length: 0 });
