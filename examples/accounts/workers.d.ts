// What this app uses of "cloudflare:workers". Types of all of it come with the package
// @cloudflare/workers-types.
declare module "cloudflare:workers" {
  export const env: { OWNER?: string };
  export function waitUntil(promise: Promise<unknown>): void;
  export class WorkerEntrypoint<Env = object, Props = object> {
    protected readonly env: Env;
    protected readonly ctx: { readonly props: Props; waitUntil(promise: Promise<unknown>): void };
  }
}
