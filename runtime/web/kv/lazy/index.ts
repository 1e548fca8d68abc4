// The kv group: namespaces of KV as objects of `env`, as on Workers. Loaded when an app first looks at one
// (app/app.ts). Thread: the isolate's.
export { createNamespace } from "./kv-namespace.ts";

declare global {
  interface LazyGroups {
    kv: typeof import("./index.ts");
  }
}
