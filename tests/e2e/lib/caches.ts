// The Cache API's types, for functions that run inside an app.

declare global {
  interface Cache {
    match(request: unknown, options?: { ignoreMethod?: boolean }): Promise<Response | undefined>;
    put(request: unknown, response: unknown): Promise<void>;
    delete(request: unknown, options?: { ignoreMethod?: boolean }): Promise<boolean>;
    add(request: unknown): Promise<never>;
    addAll(requests: unknown): Promise<never>;
    keys(): Promise<never>;
    matchAll(): Promise<never>;
  }
  const Cache: { prototype: Cache; new (): Cache };
  const caches: {
    readonly default: Cache;
    open(name: string): Promise<Cache>;
    has(name: string): Promise<never>;
    delete(name: string): Promise<never>;
    keys(): Promise<never>;
    match(request: unknown): Promise<never>;
  };
}

export {};
