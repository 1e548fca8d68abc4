// `withEnv` of "cloudflare:workers": another `env` for a function and what it awaits. It goes along with the
// exchange, as a continuation. Thread: the isolate's.
import { currentExchange, type Scope } from "../../../exchange/exchanges.ts";
import {
  ProxyConstructor,
  defineProperty,
  deleteProperty,
  getOwnPropertyDescriptor,
  hasOwn,
  ownKeys,
} from "../../../idl/primordials.ts";
import { isObject, own, requireArguments } from "../../../idl/webidl.ts";

interface EnvScope extends Scope {
  readonly env: object;
}

/** Calls `steps` with `newEnv` in the place of the module's `env`, and gives what it returns. */
export function withEnv(newEnv: unknown, steps: unknown): unknown {
  const where = "Failed to execute 'withEnv'";
  requireArguments(arguments.length, 2, where);
  if (!isObject(newEnv)) throw new TypeError(`${where}: the new env is not an object.`);
  if (typeof steps !== "function") throw new TypeError(`${where}: there is no function to call.`);
  const before = ops.getContinuation();
  const scope: EnvScope = own({ exchange: currentExchange(), env: newEnv });
  ops.setContinuation(scope);
  try {
    return (steps as () => unknown)();
  } finally {
    ops.setContinuation(before);
  }
}

/** The `env` of whoever asks: the innermost withEnv's, or `base`. */
export function scopedEnv(base: object): object {
  const current = (): Record<PropertyKey, unknown> => {
    const continuation = ops.getContinuation();
    // An exchange has no `env` of its own.
    return (
      isObject(continuation) && hasOwn(continuation, "env") ? (continuation as EnvScope).env : base
    ) as Record<PropertyKey, unknown>;
  };
  const handler: ProxyHandler<object> = {
    get: (_, key) => current()[key],
    set: (_, key, value) => {
      current()[key] = value;
      return true;
    },
    has: (_, key) => key in current(),
    deleteProperty: (_, key) => deleteProperty(current(), key),
    defineProperty: (_, key, descriptor) =>
      defineProperty(current(), key, own({ ...descriptor, configurable: true })),
    ownKeys: () => ownKeys(current()),
    getOwnPropertyDescriptor: (_, key) => {
      const descriptor = getOwnPropertyDescriptor(current(), key);
      // The proxy's own object has no such property, which is why this one has to be configurable.
      return descriptor && own({ ...descriptor, configurable: true });
    },
    preventExtensions: () => false,
  };
  return new ProxyConstructor({}, own(handler));
}
