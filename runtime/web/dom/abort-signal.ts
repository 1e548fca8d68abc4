// AbortSignal (DOM Standard, section 3.2), with dependent signals (AbortSignal.any).
//
// A source refers to its dependents weakly, so that `AbortSignal.any([shutdown, request.signal])` in
// every request does not grow a long-lived signal's list for ever; a dependent that has abort
// listeners or algorithms is held strongly, since its abort can be observed. Thread: the isolate's.
import { sequence } from "../idl/containers.ts";
import { interfaceType, requireArguments, type Converter } from "../idl/convert.ts";
import { INTERNAL, defineInterface, illegalConstructor } from "../idl/define.ts";
import { toUnsignedLongLongEnforced } from "../idl/numbers.ts";
import {
  deref,
  mapDelete,
  mapForEach,
  mapSet,
  mapSize,
  setAdd,
  setDelete,
  setForEach,
  setSize,
  setHas,
} from "../idl/primordials.ts";
import { runLater } from "../tasks/event-loop.ts";
import { requireTimer } from "./timer-limit.ts";
import { DOMException } from "./dom-exception.ts";
import { defineEventHandlers } from "./event-handlers.ts";
import {
  EventTarget,
  dispatch,
  dispatchInTask,
  hasListeners,
  hooks,
  stateOf,
} from "./event-target.ts";
import { Event } from "./event.ts";

type Algorithm = () => void;

/** What the Fetch classes and the streams need of a signal besides its interface. */
export interface SignalFriend {
  is(value: object): value is AbortSignal;
  /** "Signal abort". An undefined reason becomes an AbortError. */
  abort(signal: AbortSignal, reason: unknown): void;
  /** Adds an algorithm to run on abort, before the event; nothing if the signal is aborted already. */
  add(signal: AbortSignal, algorithm: Algorithm): void;
  remove(signal: AbortSignal, algorithm: Algorithm): void;
  /** Makes `signal`, which is new, abort when one of the sources does. */
  follow(signal: AbortSignal, sources: readonly AbortSignal[]): void;
}
export let signalFriend: SignalFriend;

/** A source's dependents in order; the value is the dependent itself while it must stay alive. */
type Dependents = Map<WeakRef<AbortSignal>, AbortSignal | null>;
const FIRST_SWEEP = 16;

export class AbortSignal extends EventTarget {
  /** Undefined: not aborted. */
  #reason: unknown = undefined;
  #algorithms: Set<Algorithm> | null = null;
  #dependents: Dependents | null = null;
  /** The number of dependents at which those that were collected are looked for. */
  #sweepAt = FIRST_SWEEP;
  /** Of a dependent signal: what it depends on, its key in their lists, and if they hold it. */
  #sources: AbortSignal[] | null = null;
  #self: WeakRef<AbortSignal> | null = null;
  #held = false;

  constructor(key?: unknown) {
    illegalConstructor(key);
    super();
  }

  static abort(reason: unknown = undefined): AbortSignal {
    const signal = createSignal();
    signal.#reason = reason === undefined ? abortError() : reason;
    return signal;
  }

  static timeout(milliseconds: number): AbortSignal {
    const where = "Failed to execute 'timeout' on 'AbortSignal'";
    requireArguments(arguments.length, 1, where);
    const delay = toUnsignedLongLongEnforced(milliseconds, `${where}: parameter 1`);
    requireTimer(where);
    const signal = createSignal();
    runLater(delay, () => {
      signal.#abort(new DOMException("signal timed out", "TimeoutError"), dispatchInTask);
    });
    return signal;
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const where = "Failed to execute 'any' on 'AbortSignal'";
    requireArguments(arguments.length, 1, where);
    const sources = toSignals(signals, `${where}: parameter 1`);
    const result = createSignal();
    result.#follow(sources);
    return result;
  }

  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#reason !== undefined) throw this.#reason;
  }

  declare onabort: ((this: AbortSignal, event: Event) => unknown) | null;

  #abort(reason: unknown, fire = dispatch): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason === undefined ? abortError() : reason;
    // Dependents get their reason before anybody's listeners run.
    const aborting: AbortSignal[] = [];
    if (this.#dependents !== null) {
      mapForEach(this.#dependents, (_, key) => {
        const dependent = deref(key);
        if (dependent === undefined || dependent.#reason !== undefined) return;
        dependent.#reason = this.#reason;
        aborting[aborting.length] = dependent;
      });
      this.#dependents = null;
    }
    this.#runAbortSteps(fire);
    for (let i = 0; i < aborting.length; i++) aborting[i]!.#runAbortSteps(fire);
  }

  #runAbortSteps(fire: (target: object, event: Event) => boolean): void {
    const algorithms = this.#algorithms;
    this.#algorithms = null;
    if (this.#sources !== null) this.#leaveSources();
    if (algorithms !== null) setForEach(algorithms, run);
    if (hasListeners(this, "abort")) fire(this, new Event("abort"));
  }

  /** "Create a dependent abort signal": sources that are dependent themselves stand for theirs. */
  #follow(signals: readonly AbortSignal[]): void {
    for (let i = 0; i < signals.length; i++) {
      const signal = signals[i]!;
      if (signal.#reason !== undefined) {
        this.#reason = signal.#reason;
        return;
      }
    }
    const sources: AbortSignal[] = (this.#sources = []);
    if (signals.length === 1 && signals[0]!.#sources === null) {
      sources[0] = signals[0]!;
    } else {
      const seen = new Set<AbortSignal>();
      for (let i = 0; i < signals.length; i++) {
        const signal = signals[i]!;
        const theirs = signal.#sources;
        if (theirs === null) addOnce(sources, seen, signal);
        else for (let at = 0; at < theirs.length; at++) addOnce(sources, seen, theirs[at]!);
      }
    }
    this.#self = new WeakRef<AbortSignal>(this);
    stateOf(this).observer = (type) => {
      if (type === "abort") this.#updateHold();
    };
    for (let i = 0; i < sources.length; i++) sources[i]!.#addDependent(this.#self);
    this.#updateHold();
  }

  #addDependent(key: WeakRef<AbortSignal>): void {
    const dependents = (this.#dependents ??= new Map());
    if (mapSize(dependents) >= this.#sweepAt) {
      mapForEach(dependents, (_, old) => {
        if (deref(old) === undefined) mapDelete(dependents, old);
      });
      this.#sweepAt = mapSize(dependents) * 2 + FIRST_SWEEP;
    }
    mapSet(dependents, key, null);
  }

  /** Lets the sources hold this dependent exactly while its abort would be observed. */
  #updateHold(): void {
    if (this.#sources === null || this.#self === null) return;
    const hold =
      (this.#algorithms !== null && setSize(this.#algorithms) > 0) || hasListeners(this, "abort");
    if (hold === this.#held) return;
    this.#held = hold;
    for (let i = 0; i < this.#sources.length; i++) {
      const dependents = this.#sources[i]!.#dependents;
      if (dependents !== null) mapSet(dependents, this.#self, hold ? this : null);
    }
  }

  #leaveSources(): void {
    const sources = this.#sources!;
    for (let i = 0; i < sources.length; i++) {
      const dependents = sources[i]!.#dependents;
      if (dependents !== null) mapDelete(dependents, this.#self!);
    }
    this.#sources = this.#self = null;
  }

  static {
    signalFriend = {
      is: (value): value is AbortSignal => #algorithms in value,
      abort: (signal, reason) => signal.#abort(reason),
      add(signal, algorithm) {
        if (signal.#reason !== undefined) return;
        setAdd((signal.#algorithms ??= new Set()), algorithm);
        signal.#updateHold();
      },
      remove(signal, algorithm) {
        if (signal.#algorithms !== null) setDelete(signal.#algorithms, algorithm);
        signal.#updateHold();
      },
      follow: (signal, sources) => signal.#follow(sources),
    };
    hooks.isAborted = (signal) => (signal as AbortSignal).#reason !== undefined;
    hooks.addAlgorithm = signalFriend.add;
    hooks.removeAlgorithm = signalFriend.remove;
  }
}

function addOnce<T>(list: T[], seen: Set<T>, item: T): void {
  if (setHas(seen, item)) return;
  setAdd(seen, item);
  list[list.length] = item;
}

function run(algorithm: Algorithm): void {
  algorithm();
}

/** A new signal that is not aborted. */
export function createSignal(): AbortSignal {
  return new AbortSignal(INTERNAL);
}

function abortError(): DOMException {
  return new DOMException("signal is aborted without reason", "AbortError");
}

export const toAbortSignal: Converter<AbortSignal> = interfaceType("AbortSignal", signalFriend.is);
const toSignals = sequence(toAbortSignal);
hooks.toSignal = toAbortSignal;

defineInterface(AbortSignal, "AbortSignal", { length: 0, shows: ["aborted", "reason"] });
defineEventHandlers(AbortSignal.prototype, ["abort"], { is: signalFriend.is });
