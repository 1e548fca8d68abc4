// Promises of the Streams Standard, made only where a script can see them. An algorithm that succeeds at
// once gives `undefined` instead of a promise, and what a stream merely might be asked for (`closed`,
// `ready`) is a LazyPromise. Reactions run exactly as the specification has them: in a microtask.
// Thread: the isolate's.
import { promiseThen, promiseWithResolvers, rejected, resolved } from "../../../idl/primordials.ts";
import { isObject } from "../../../idl/webidl.ts";

/** A promise; undefined stands for one that was fulfilled with undefined already. */
export type Completion = Promise<unknown> | undefined;

/** Given by a source or a sink that will tell its controller itself when it has finished. */
export const LATER = Symbol("later");

/** The intrinsic Promise.prototype.then. */
export const then = promiseThen;

const FULFILLED = resolved<unknown>(undefined);
const nothing = (): undefined => undefined;

/** "Upon fulfillment" and "upon rejection" of what an algorithm gave. The steps must not throw. */
export function react(
  completion: Completion,
  fulfilled: () => void,
  rejected: ((reason: unknown) => void) | undefined,
): void {
  if (completion === undefined) void then(FULFILLED, fulfilled);
  else void then(completion, fulfilled, rejected);
}

/** "Queue a microtask". The steps must not throw. */
export function queueMicrotask(steps: () => void): void {
  void then(FULFILLED, steps);
}

/**
 * "A promise resolved with" what a script returned: a new one, which takes two microtasks more than a
 * promise that was returned. A transform's sides hear of each other's ends in the meantime.
 */
export function promiseResolvedWith(value: unknown): Completion {
  if (!isObject(value)) return undefined;
  const promise = resolved(value);
  return promise === value ? then(then(promise)) : promise;
}

/** The result of reacting to a completion with a fulfillment step that returns undefined. */
export function discardResult(completion: Completion): Completion {
  return completion === undefined ? undefined : then(completion, nothing);
}

/** What scripts get of a completion. */
export function promiseOf(completion: Completion): Promise<undefined> {
  return (completion as Promise<undefined> | undefined) ?? resolved(undefined);
}

/** Sets [[PromiseIsHandled]]: a rejection is not reported. */
export function markHandled(promise: Promise<unknown>): void {
  void then(promise, undefined, nothing);
}

/** Fulfilled when all are, rejected when the first one is. */
export function all(completions: readonly Completion[]): Completion {
  const result = new LazyPromise();
  let pending = completions.length;
  if (pending === 0) return undefined;
  const fulfilled = (): void => {
    if (--pending === 0) result.resolve(undefined);
  };
  const rejected = (reason: unknown): void => result.reject(reason);
  for (let i = 0; i < completions.length; i++) react(completions[i], fulfilled, rejected);
  return result.promise;
}

const enum State {
  Pending,
  Fulfilled,
  Rejected,
  /** Rejected, and [[PromiseIsHandled]]. */
  RejectedHandled,
}

/** A promise of a specification's slot. The JS object is made when it is asked for. */
export class LazyPromise<T = undefined> {
  #state = State.Pending;
  #result: unknown = undefined;
  #promise: Promise<T> | undefined = undefined;
  #resolvers: PromiseWithResolvers<T> | undefined = undefined;

  get isPending(): boolean {
    return this.#state === State.Pending;
  }

  /** True if somebody may wait for it. */
  get isMade(): boolean {
    return this.#promise !== undefined;
  }

  get promise(): Promise<T> {
    return (this.#promise ??= this.#make());
  }

  #make(): Promise<T> {
    if (this.#state === State.Fulfilled) return resolved(this.#result as T);
    if (this.#state === State.Rejected) return rejected(this.#result);
    const resolvers = promiseWithResolvers<T>();
    if (this.#state === State.Pending) {
      this.#resolvers = resolvers;
    } else {
      markHandled(resolvers.promise);
      resolvers.reject(this.#result);
    }
    return resolvers.promise;
  }

  /** Nothing if it is settled already. */
  resolve(value: T): void {
    if (this.#state !== State.Pending) return;
    this.#state = State.Fulfilled;
    if (this.#promise === undefined) {
      this.#result = value;
    } else {
      this.#resolvers!.resolve(value);
      this.#resolvers = undefined;
    }
  }

  /** Nothing if it is settled already. */
  reject(reason: unknown): void {
    if (this.#state === State.Pending) this.#reject(reason, State.Rejected);
  }

  /** The same, and sets [[PromiseIsHandled]]. */
  rejectHandled(reason: unknown): void {
    if (this.#state !== State.Pending) return;
    if (this.#promise !== undefined) markHandled(this.#promise);
    this.#reject(reason, State.RejectedHandled);
  }

  /** "If it is pending, reject it, otherwise set it to a promise rejected with"; it is handled. */
  ensureRejected(reason: unknown): void {
    if (this.#state !== State.Pending) this.renew();
    this.rejectHandled(reason);
  }

  /** "Set it to a new promise". */
  renew(): void {
    this.#state = State.Pending;
    this.#result = undefined;
    this.#promise = undefined;
    this.#resolvers = undefined;
  }

  #reject(reason: unknown, state: State): void {
    this.#state = state;
    if (this.#promise === undefined) {
      this.#result = reason;
    } else {
      this.#resolvers!.reject(reason);
      this.#resolvers = undefined;
    }
  }
}
