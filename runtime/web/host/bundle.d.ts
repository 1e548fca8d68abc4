// What the bundler makes of the groups when NANO is built (tools/generators/web_bundle.mjs). A module of the
// core alone.
declare module "nano:bundle" {
  /** What lazy groups import from outside, in the order in which their scripts ask for it. */
  export const shared: readonly unknown[];
  /** The capitalised exports of the groups, each followed by its group's name. */
  export const lazyGlobals: readonly string[];
}
