// The inspect group: values as text, for console and for exceptions that are no errors.
export { format } from "./format.ts";
export { inspect } from "./inspect.ts";
export { tableText } from "./table.ts";

declare global {
  interface LazyGroups {
    inspect: typeof import("./index.ts");
  }
}
