// setTimeout and setInterval (HTML, section 8.6). Thread: the isolate's.
import { requireTimer } from "../dom/timer-limit.ts";
import { requireArguments } from "../idl/convert.ts";
import { toLong } from "../idl/numbers.ts";
import { apply, mapDelete, mapGet, mapSet } from "../idl/primordials.ts";
import { cancelTimer, startTimer, type Timer } from "../tasks/event-loop.ts";

/** Deeper nested timers are clamped to 4 ms. */
const MAX_NESTING = 5;
const CLAMPED_DELAY = 4;
const LARGEST_ID = 2 ** 31 - 1;

const globalObject = globalThis;

/** Timers that the app's own code set, by the number it got. */
const active = new Map<number, AppTimer>();
let nextId = 1;
/**
 * The timer nesting level of the running task; 0 if no timer made it. A microtask is a task of its own
 * in this respect: awaiting one short timer after the other nests nothing.
 */
let nesting = 0;

/** One object for each timer: they are many. */
class AppTimer implements Timer {
  deadline = 0;
  sequence = 0;
  index = -1;
  continuation: unknown = undefined;
  readonly id: number;
  readonly handler: (...args: unknown[]) => unknown;
  readonly delay: number;
  readonly parameters: unknown[];
  readonly repeat: boolean;
  /** The timer nesting level of the task that this timer makes. */
  level = 0;

  constructor(
    id: number,
    handler: (...args: unknown[]) => unknown,
    delay: number,
    parameters: unknown[],
    repeat: boolean,
  ) {
    this.id = id;
    this.handler = handler;
    this.delay = delay;
    this.parameters = parameters;
    this.repeat = repeat;
  }

  start(): void {
    const clamped = nesting > MAX_NESTING && this.delay < CLAMPED_DELAY;
    this.level = nesting + 1;
    startTimer(this, clamped ? CLAMPED_DELAY : this.delay);
  }

  run(): void {
    nesting = this.level;
    if (!this.repeat) mapDelete(active, this.id);
    try {
      apply(this.handler, globalObject, this.parameters);
    } finally {
      if (this.repeat && mapGet(active, this.id) === this) this.start();
      nesting = 0;
    }
  }
}

function takeId(): number {
  while (mapGet(active, nextId) !== undefined) nextId = nextId === LARGEST_ID ? 1 : nextId + 1;
  const id = nextId;
  nextId = id === LARGEST_ID ? 1 : id + 1;
  return id;
}

function set(
  where: string,
  present: number,
  handler: unknown,
  timeout: unknown,
  parameters: unknown[],
  repeat: boolean,
): number {
  requireArguments(present, 1, where);
  if (typeof handler !== "function") {
    // The standard compiles a string unless a policy forbids making code of strings (and then throws,
    // too). Here one always does: what looks like code in a request must never become code by mistake,
    // and a function that is missing or misspelt should say so at once.
    throw new TypeError(
      `${where}: the first argument must be a function; code in a string is not evaluated.`,
    );
  }
  const delay = toLong(timeout, `${where}: The delay`);
  requireTimer(where);
  const id = takeId();
  const timer = new AppTimer(
    id,
    handler as (...args: unknown[]) => unknown,
    delay < 0 ? 0 : delay,
    parameters,
    repeat,
  );
  timer.start();
  mapSet(active, id, timer);
  return id;
}

function clear(id: unknown): void {
  const key = toLong(id);
  const timer = mapGet(active, key);
  if (timer === undefined) return;
  mapDelete(active, key);
  cancelTimer(timer);
}

// Methods of an object literal, because Web IDL operations are no constructors.
export const { setTimeout, setInterval, clearTimeout, clearInterval } = {
  setTimeout(handler: unknown, timeout: unknown = 0, ...parameters: unknown[]): number {
    const where = "Failed to execute 'setTimeout'";
    return set(where, arguments.length, handler, timeout, parameters, false);
  },
  setInterval(handler: unknown, timeout: unknown = 0, ...parameters: unknown[]): number {
    const where = "Failed to execute 'setInterval'";
    return set(where, arguments.length, handler, timeout, parameters, true);
  },
  clearTimeout(id: unknown = 0): void {
    clear(id);
  },
  clearInterval(id: unknown = 0): void {
    clear(id);
  },
};
