// Classes of "cloudflare:workers" that apps extend. Thread: the isolate's.

/** An entry point: made anew for each call, with `ctx` and `env` as members. */
export class WorkerEntrypoint {
  protected readonly ctx: unknown;
  protected readonly env: unknown;

  constructor(ctx: unknown, env: unknown) {
    this.ctx = ctx;
    this.env = env;
  }
}

function absent(name: string, what: string): never {
  throw new TypeError(`${name} cannot be made: NANO has no ${what} (docs/workers.md)`);
}

export class DurableObject {
  constructor() {
    absent("DurableObject", "Durable Objects");
  }
}

export class WorkflowEntrypoint {
  constructor() {
    absent("WorkflowEntrypoint", "workflows");
  }
}
