// CacheStorage (Service Workers, section 5.5), as Workers have it: caches are opened by name, and there is one
// without. Which there are nobody can ask: a cache is what was put under its name. Thread: the isolate's.
import {
  INTERNAL,
  defineInterface,
  illegalConstructor,
  requireArguments,
  toDOMString,
} from "../../idl/webidl.ts";
import { createCache, notImplemented, type Cache } from "./cache.ts";

/** As Workers have it. */
const LONGEST_NAME = 1023;

export class CacheStorage {
  readonly #default = createCache("");

  constructor(key?: unknown) {
    illegalConstructor(key);
  }

  /** The app's cache that has no name. */
  get default(): Cache {
    return this.#default;
  }

  async open(cacheName: string): Promise<Cache> {
    void this.#default;
    const where = "Failed to execute 'open' on 'CacheStorage'";
    requireArguments(arguments.length, 1, where);
    const name = toDOMString(cacheName, where);
    if (ops.encodeUtf8(name).byteLength > LONGEST_NAME) {
      throw new TypeError(`${where}: The name is longer than ${LONGEST_NAME} bytes`);
    }
    return createCache(`=${name}`);
  }

  async has(_cacheName: string): Promise<never> {
    return notImplemented("has", "CacheStorage");
  }

  async delete(_cacheName: string): Promise<never> {
    return notImplemented("delete", "CacheStorage");
  }

  async keys(): Promise<never> {
    return notImplemented("keys", "CacheStorage");
  }

  async match(_request: unknown): Promise<never> {
    return notImplemented("match", "CacheStorage");
  }
}

defineInterface(CacheStorage, "CacheStorage", { length: 0 });

export const caches = new CacheStorage(INTERNAL);
