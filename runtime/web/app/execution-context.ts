// ExecutionContext: the `ctx` of `fetch(request, env, ctx)`, as on Workers. Thread: the isolate's.
import { currentExchange } from "../exchange/exchanges.ts";
import { load } from "../host/lazy-groups.ts";
import { isBlameless } from "../html/blameless.ts";
import { logUncaught } from "../html/reporting.ts";
import { INTERNAL, defineInterface, illegalConstructor, requireArguments } from "../idl/webidl.ts";

/** Waits for a promise of the app's; a rejection has nobody else to go to than the log. */
export async function keepAlive(promise: unknown): Promise<void> {
  ops.countPending(1);
  ops.nameRequest();
  const exchange = currentExchange();
  exchange?.keep();
  try {
    await promise;
  } catch (error) {
    if (!isBlameless(error)) logUncaught("A promise given to waitUntil() was rejected:", error);
  }
  ops.countPending(-1);
  exchange?.letGo();
}

export let createContext: () => ExecutionContext;
/** What the caller was configured with. */
export let giveProps: (context: ExecutionContext, props: object) => void;

export class ExecutionContext {
  #props: object | null = null;

  static {
    createContext = () => new ExecutionContext(INTERNAL);
    giveProps = (context, props) => {
      context.#props = props;
    };
  }

  constructor(key?: unknown) {
    illegalConstructor(key);
  }

  /** Keeps the app alive until the promise settles, also after the response has ended. */
  waitUntil(promise: unknown): void {
    void this.#props;
    requireArguments(arguments.length, 1, "Failed to execute 'waitUntil' on 'ExecutionContext'");
    void keepAlive(promise);
  }

  /** Part of the Workers interface. There is no origin server that a request could pass through to. */
  passThroughOnException(): void {
    void this.#props;
  }

  /** What the app that calls by a service was configured with for that; else empty. */
  get props(): object {
    return (this.#props ??= {});
  }

  /** The app's own entry points, each as a service. */
  get exports(): object {
    void this.#props;
    return load("platform").ownExports();
  }
}

defineInterface(ExecutionContext, "ExecutionContext", { length: 0 });
