// Cache (Service Workers, section 5.4), as Workers have it
// (https://developers.cloudflare.com/workers/runtime-apis/cache/): put() keeps a response as its header fields
// allow, match() answers by the URL, with conditions and ranges, and nothing else of the specification is there.
// The rules are the host's (http/cache_rules.h). Thread: the isolate's.
import { BodyKind, consume, requireUsable, type Body } from "../../fetch/body.ts";
import { Request, requestFriend } from "../../fetch/request.ts";
import { responseFriend, type Response } from "../../fetch/response.ts";
import { load } from "../../host/lazy-groups.ts";
import { Phase } from "../../host/ops.ts";
import { hasHeader, type HeaderList } from "../../http/header-list.ts";
import { indexOf, slice, startsWith } from "../../idl/primordials.ts";
import {
  INTERNAL,
  defineInterface,
  illegalConstructor,
  isObject,
  requireArguments,
} from "../../idl/webidl.ts";
import { lastHasCredentials, parseHref } from "../../url/url.ts";
import { CacheCall, findKept, readFields } from "./cache-call.ts";

export let createCache: (name: string) => Cache;

/** For what Workers do not implement either. */
export function notImplemented(operation: string, of: string): never {
  throw new TypeError(
    `Failed to execute '${operation}' on '${of}': it is not implemented, as on Workers; ` +
      "put(), match() and delete() of a Cache are, and caches.open()",
  );
}

/** What of a RequestInfo counts. */
interface Asked {
  readonly url: string;
  readonly method: string;
  readonly fields: HeaderList;
}

const NO_FIELDS: HeaderList = [];

/** Converts a RequestInfo. What is a Request stays as it is: nothing of it is read. */
function toAsked(input: unknown): Asked {
  if (typeof input === "string") {
    const url = parseHref(input);
    if (url !== undefined && !lastHasCredentials()) {
      return { url, method: "GET", fields: NO_FIELDS };
    }
  }
  // Which also says what is wrong with others.
  const request = isObject(input) && requestFriend.is(input) ? input : new Request(input as string);
  return {
    url: requestFriend.url(request),
    method: requestFriend.method(request),
    fields: requestFriend.headerList(request),
  };
}

/** The key: the URL without its fragment; "" if it is not on the web. */
function keyOf({ url }: Asked): string {
  if (!startsWith(url, "http:") && !startsWith(url, "https:")) return "";
  const hash = indexOf(url, "#");
  return hash === -1 ? url : slice(url, 0, hash);
}

/** Whether a request is one for what is kept. */
function isRead(asked: Asked, options: unknown, where: string): boolean {
  let ignoresMethod = false;
  if (options !== undefined && options !== null) {
    if (!isObject(options)) throw new TypeError(`${where}: The options are not an object`);
    ignoresMethod = !!(options as { ignoreMethod?: unknown }).ignoreMethod;
  }
  return ignoresMethod || asked.method === "GET";
}

/** While an app is built there is no cache: nothing is found in it, and what is put goes nowhere. */
function isBuilding(): boolean {
  return ops.phase() !== Phase.Serving;
}

/** Nobody takes it. */
function drop(body: Body | null): void {
  if (body === null) return;
  const { stream } = body;
  if (body.kind === BodyKind.Stream && stream !== null)
    load("streams").cancelStream(stream, undefined);
  else consume(body);
}

export class Cache {
  #name = "";

  constructor(key?: unknown) {
    illegalConstructor(key);
  }

  async match(request: unknown, options: unknown = undefined): Promise<Response | undefined> {
    const name = this.#name;
    const where = "Failed to execute 'match' on 'Cache'";
    requireArguments(arguments.length, 1, where);
    const asked = toAsked(request);
    const url = keyOf(asked);
    if (!isRead(asked, options, where) || url === "" || isBuilding()) return undefined;
    const headers = readFields(asked.fields);
    return findKept(name, url, headers) ?? new CacheCall(name, url).match(headers);
  }

  async put(request: unknown, response: unknown): Promise<undefined> {
    const name = this.#name;
    const where = "Failed to execute 'put' on 'Cache'";
    requireArguments(arguments.length, 2, where);
    const asked = toAsked(request);
    if (!isObject(response) || !responseFriend.is(response)) {
      throw new TypeError(`${where}: What is put is not a Response`);
    }
    const url = keyOf(asked);
    if (url === "") throw new TypeError(`${where}: The URL is not an http: or https: URL`);
    if (asked.method !== "GET") {
      throw new TypeError(`${where}: The request's method is not GET`);
    }
    const status = responseFriend.status(response);
    if (status === 0) throw new TypeError(`${where}: An error response cannot be kept`);
    if (status === 206) {
      throw new TypeError(`${where}: The response is a part of one (206 Partial Content)`);
    }
    const vary = responseFriend.header(response, "vary");
    if (vary !== null && indexOf(vary, "*") !== -1) {
      throw new TypeError(`${where}: The response is never the same (Vary: *)`);
    }
    const body = responseFriend.body(response);
    if (body !== null) requireUsable(body);
    // It says that a client has the response: none that could be given to another.
    if (status === 304 || isBuilding()) return drop(body) as undefined;
    const isAuthorized = hasHeader(asked.fields, "authorization");
    await new CacheCall(name, url).put(response, body, isAuthorized);
    return undefined;
  }

  async delete(request: unknown, options: unknown = undefined): Promise<boolean> {
    const name = this.#name;
    const where = "Failed to execute 'delete' on 'Cache'";
    requireArguments(arguments.length, 1, where);
    const asked = toAsked(request);
    const url = keyOf(asked);
    if (!isRead(asked, options, where) || url === "" || isBuilding()) return false;
    return new CacheCall(name, url).delete();
  }

  async add(_request: unknown): Promise<never> {
    return notImplemented("add", "Cache");
  }

  async addAll(_requests: unknown): Promise<never> {
    return notImplemented("addAll", "Cache");
  }

  async keys(_request: unknown = undefined): Promise<never> {
    return notImplemented("keys", "Cache");
  }

  async matchAll(_request: unknown = undefined): Promise<never> {
    return notImplemented("matchAll", "Cache");
  }

  static {
    createCache = (name) => {
      const cache = new Cache(INTERNAL);
      cache.#name = name;
      return cache;
    };
  }
}

defineInterface(Cache, "Cache", { length: 0 });
