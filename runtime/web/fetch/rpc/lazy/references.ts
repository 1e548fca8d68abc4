// References to what another app has: a stub of an object or a function, a member of one that was not asked for
// yet, and the promise of a call, by which what it will give can be used before it is there. Thread: the
// isolate's.
import { Request } from "../../request.ts";
import { load } from "../../../host/lazy-groups.ts";
import {
  ProxyConstructor,
  apply,
  create,
  deleteProperty,
  disposeSymbol,
  functionPrototype,
  getProperty,
  objectPrototype,
  preventExtensions,
  promisePrototype,
  setPrototypeOf,
} from "../../../idl/primordials.ts";
import { define, isObject, own } from "../../../idl/webidl.ts";

/** What a reference leads to. */
export interface Referent {
  /** Follows the path, and calls what is there unless there are no `args`. */
  use(path: readonly string[], args: unknown[] | null): Promise<unknown>;
}

/** One that another app keeps for this one, until it is released. */
export interface Remote extends Referent {
  /** It is a service of the other app's, whose fetch() is given a Request. */
  readonly isService: boolean;
  release(): void;
  /** Another one of the same, which is released by itself. */
  again(): Remote;
  /** Calls back when nothing can be asked of it any more. */
  onBroken(callback: unknown): void;
}

/** The class of stubs, for `instanceof`. */
export class RpcStub {
  constructor() {
    throw new TypeError(
      "RpcStub cannot be made: pass the object itself, and who gets it has a stub (docs/workers.md)",
    );
  }
}

/** Gives its argument as the instance, so that a subclass can add fields to it. */
const Stamp = function (reference: object) {
  return reference;
} as unknown as new (reference: object) => object;

let remoteIn: (value: object) => Remote | null | undefined;

/** Notes on a reference that it is one: what a proxy's target has is not to be seen from outside. */
class Mark extends Stamp {
  #remote: Remote | null;

  constructor(reference: object, remote: Remote | null) {
    super(reference);
    this.#remote = remote;
  }

  static {
    remoteIn = (value) => (#remote in value ? (value as Mark).#remote : undefined);
  }
}

type Callable = (...args: unknown[]) => unknown;

export function isReference(value: unknown): value is Callable {
  return typeof value === "function" && remoteIn(value) !== undefined;
}

/** What a stub leads to; null: it is none. */
export function remoteOf(value: unknown): Remote | null {
  return typeof value === "function" ? (remoteIn(value) ?? null) : null;
}

function isOfPromise(name: string): name is "then" | "catch" | "finally" {
  return name === "then" || name === "catch" || name === "finally";
}

// Traps are looked for in a handler's prototypes: no Object.prototype is behind these.

class MemberHandler implements ProxyHandler<Callable> {
  readonly #referent: Referent;
  readonly #path: readonly string[];

  constructor(referent: Referent, path: readonly string[]) {
    this.#referent = referent;
    this.#path = path;
  }

  get(_: Callable, name: PropertyKey): unknown {
    if (typeof name !== "string" || name === "toJSON") return undefined;
    if (isOfPromise(name)) {
      return (...args: unknown[]) => {
        const value = pipelined(this.#referent.use(this.#path, null));
        return apply(getProperty(value, name) as Function, value, args);
      };
    }
    if (name in objectPrototype) return getProperty(objectPrototype, name);
    return memberReference(this.#referent, longer(this.#path, name));
  }

  apply(_: Callable, __: unknown, args: unknown[]): Promise<unknown> {
    return pipelined(this.#referent.use(this.#path, args));
  }
}
setPrototypeOf(MemberHandler.prototype, null);

class StubHandler implements ProxyHandler<Callable> {
  readonly #remote: Remote;

  constructor(remote: Remote) {
    this.#remote = remote;
  }

  get(_: Callable, name: PropertyKey): unknown {
    const remote = this.#remote;
    if (name === disposeSymbol) return () => remote.release();
    if (typeof name !== "string" || name === "then" || name === "toJSON") return undefined;
    if (name === "dup") return () => stubOf(remote.again());
    if (name === "onRpcBroken") return (callback: unknown) => remote.onBroken(callback);
    if (name in objectPrototype) return getProperty(objectPrototype, name);
    if (name === "fetch" && remote.isService) return fetchOf(remote);
    return memberReference(remote, [name]);
  }

  apply(_: Callable, __: unknown, args: unknown[]): Promise<unknown> {
    return pipelined(this.#remote.use([], args));
  }
}
setPrototypeOf(StubHandler.prototype, null);

/** Of a service, as `Fetcher.fetch`. */
function fetchOf(remote: Remote): (input: unknown, init?: unknown) => Promise<unknown> {
  return async (input, init = undefined) =>
    remote.use(["fetch"], [new Request(input as string, init)]);
}

/** What proxies stand before: a function that nothing can be written to, and that has no properties. */
function emptyFunction(prototype: object): Callable {
  const target: Callable = () => undefined;
  deleteProperty(target, "length");
  deleteProperty(target, "name");
  setPrototypeOf(target, prototype);
  preventExtensions(target);
  return target;
}
const memberTarget = emptyFunction(functionPrototype);
const stubTarget = emptyFunction(RpcStub.prototype);

/** A member that may be called, awaited, or followed further. */
export function memberReference(referent: Referent, path: readonly string[]): Callable {
  const handler = new MemberHandler(referent, path);
  return marked(new ProxyConstructor(memberTarget, handler), null);
}

/** A stub: what the other app has, as if it were here. */
export function stubOf(remote: Remote): Callable {
  return marked(new ProxyConstructor(stubTarget, new StubHandler(remote)), remote);
}

function longer(path: readonly string[], name: string): string[] {
  const longer: string[] = [];
  for (let i = 0; i < path.length; i++) longer[i] = path[i]!;
  longer[path.length] = name;
  return longer;
}

function marked(reference: Callable, remote: Remote | null): Callable {
  new Mark(reference, remote);
  return reference;
}

// Behind a promise's own members: whatever name is asked for is that of what it will give. It stays a promise,
// so that a stack leads along it to whoever awaits it.
const members = own<ProxyHandler<object>>({
  get(_, name, promise): unknown {
    if (name === disposeSymbol) return () => void disposeResult(promise as Promise<unknown>);
    if (typeof name !== "string" || name in promisePrototype || name === "toJSON") {
      return getProperty(promisePrototype, name, promise);
    }
    const referent: Referent = {
      use: async (path, args) => load("rpc").use(await (promise as Promise<unknown>), path, args),
    };
    return memberReference(referent, [name]);
  },
});
const pipelinedPrototype = create(
  new ProxyConstructor(create(promisePrototype) as object, members),
) as object;
// What `await` looks at of each promise.
define(pipelinedPrototype, "constructor", {
  value: promisePrototype.constructor,
  writable: true,
  configurable: true,
});

async function disposeResult(promise: Promise<unknown>): Promise<void> {
  const value = await promise;
  if (!isObject(value)) return;
  const dispose = (value as Record<symbol, unknown>)[disposeSymbol];
  if (typeof dispose === "function") apply(dispose, value, []);
}

/** The same promise, by which members of what it will give can be used at once. */
export function pipelined(promise: Promise<unknown>): Promise<unknown> {
  setPrototypeOf(promise, pipelinedPrototype);
  return promise;
}
