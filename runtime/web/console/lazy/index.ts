// The console group: the namespace object, whose formatting is the inspect group.
export { console } from "./console.ts";

declare global {
  interface LazyGroups {
    console: typeof import("./index.ts");
  }
}
