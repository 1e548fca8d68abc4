// Entry points: a class that answers requests, and one whose methods are called as a service. `env` of
// "cloudflare:workers" is the live object of variables: it can be passed on when the app is built, and has
// values when it is served.
import { WorkerEntrypoint, env, waitUntil } from "cloudflare:workers";

interface Env {
  OWNER?: string;
  LEDGER: { balance(account: string): Promise<{ amount: number; currency: string }> };
}

class Greeter {
  constructor(readonly settings: { env: { OWNER?: string } }) {}
  greeting(): string {
    return `accounts of ${this.settings.env.OWNER ?? "nobody"}\n`;
  }
}

const greeter = new Greeter({ env });
const amounts: Record<string, number> = { ada: 12, grace: 7 };

/** Called as `env.LEDGER`, with the props of that binding (examples/nano.yaml). */
export class Ledger extends WorkerEntrypoint<Env, { currency: string }> {
  balance(account: string): { amount: number; currency: string } {
    const amount = amounts[account];
    if (amount === undefined) throw new RangeError(`there is no account '${account}'`);
    return { amount, currency: this.ctx.props.currency };
  }
}

export default class extends WorkerEntrypoint<Env> {
  async fetch(request: Request): Promise<Response> {
    const account = new URL(request.url).pathname.slice(1);
    if (account === "") return new Response(greeter.greeting());
    waitUntil(Promise.resolve().then(() => console.log(`somebody asked for ${account}`)));
    try {
      return Response.json(await this.env.LEDGER.balance(account));
    } catch (error) {
      return new Response(`${(error as Error).message}\n`, { status: 404 });
    }
  }
}
