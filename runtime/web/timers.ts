// setTimeout and setInterval (HTML, section 8.6), on one native timer.
//
// Owns a binary heap of timers ordered by deadline, then by age. While a snapshot is being built the
// clock stands still, so time here moves on to the armed deadline whenever the host says that it has
// passed; a timer still pending when the snapshot is written keeps its remaining delay.
// Thread: the isolate's.
import { now, phase } from "./clock.ts";
import { report } from "./reporting.ts";
import { requireArguments } from "./webidl/convert.ts";
import { toLong } from "./webidl/numbers.ts";

export interface Timer {
  /** On the clock of `time()`; in a snapshot, the remaining delay. */
  deadline: number;
  /** Orders timers of the same deadline. */
  sequence: number;
  /** Place in the heap, -1 outside of it. */
  index: number;
  run: () => void;
}

/** Deeper nested timers are clamped to 4 ms. */
const MAX_NESTING = 5;
const CLAMPED_DELAY = 4;
/** A longer wait is split: the host's clock takes 32 bits. */
const LONGEST_WAIT = 2 ** 31 - 1;

const { apply } = Reflect;
const { max } = Math;
const globalObject = globalThis;

const heap: Timer[] = [];
let nextSequence = 1;
/** What building has added to the frozen clock. */
let skew = 0;
/** The deadline that the host was asked to wake us at; Infinity: none. */
let armed = Infinity;
/** Nesting level of the timer task that is running; 0 outside of timers. */
let nesting = 0;

function time(): number {
  return now() + skew;
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.deadline < b.deadline || (a.deadline === b.deadline && a.sequence < b.sequence);
}

function put(timer: Timer, index: number): void {
  heap[index] = timer;
  timer.index = index;
}

function siftUp(timer: Timer, index: number): void {
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!isBefore(timer, heap[parent]!)) break;
    put(heap[parent]!, index);
    index = parent;
  }
  put(timer, index);
}

function siftDown(timer: Timer, index: number): void {
  const { length } = heap;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= length) break;
    if (child + 1 < length && isBefore(heap[child + 1]!, heap[child]!)) child++;
    if (!isBefore(heap[child]!, timer)) break;
    put(heap[child]!, index);
    index = child;
  }
  put(timer, index);
}

function remove(timer: Timer): void {
  const { index } = timer;
  if (index < 0) return;
  timer.index = -1;
  const last = heap[heap.length - 1]!;
  heap.length--;
  if (last === timer) return;
  if (index > 0 && isBefore(last, heap[(index - 1) >> 1]!)) siftUp(last, index);
  else siftDown(last, index);
}

function insert(timer: Timer, delay: number): void {
  const current = time();
  timer.deadline = current + delay;
  timer.sequence = nextSequence++;
  heap.length++;
  siftUp(timer, heap.length - 1);
  arm(current);
}

/** Asks the host for the first deadline, unless it will wake us early enough anyway. */
function arm(current: number): void {
  if (firing || heap.length === 0) return;
  const { deadline } = heap[0]!;
  if (deadline >= armed) return;
  armed = deadline;
  const wait = deadline - current;
  ops.armTimer(wait < 0 ? 0 : wait > LONGEST_WAIT ? LONGEST_WAIT : wait);
}

/** Calls `run` once, in `delay` milliseconds. An exception that it throws is reported. */
export function startTimer(delay: number, run: () => void): Timer {
  const timer = { deadline: 0, sequence: 0, index: -1, run };
  insert(timer, delay);
  return timer;
}

/** Cancels a timer; nothing happens if it has run already. */
export function cancelTimer(timer: Timer): void {
  // The host is not told: that costs more than waking up once for nothing, and most timers that are
  // canceled belong to requests, so that another takes their place at once.
  remove(timer);
}

let firing = false;

/** The host's timer has elapsed: runs what is due, with a microtask checkpoint after each. */
export function fireTimers(): void {
  if (phase() !== 2 && armed !== Infinity) skew += max(0, armed - time());
  armed = Infinity;
  const current = time();
  // Timers set from now on wait for the next turn, else one that sets itself anew starves the rest.
  const end = nextSequence;
  firing = true;
  try {
    while (heap.length > 0 && heap[0]!.deadline <= current && heap[0]!.sequence < end) {
      const timer = heap[0]!;
      remove(timer);
      try {
        timer.run();
      } catch (exception) {
        report(exception);
      }
      ops.runMicrotasks();
      nesting = 0;
    }
  } finally {
    // Also when the isolate is being terminated: it may be asked to go on.
    nesting = 0;
    firing = false;
  }
  arm(time());
}

/** Timers that the app's own code set, by the number it got. */
const active = new Map<number, Timer>();
let nextId = 1;

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
    throw new TypeError(
      `${where}: the first argument must be a function; code in a string is not evaluated.`,
    );
  }
  let delay = toLong(timeout, `${where}: The delay`);
  if (delay < 0) delay = 0;
  const id = nextId++;
  let level = nesting;
  const clamped = () => (level > MAX_NESTING && delay < CLAMPED_DELAY ? CLAMPED_DELAY : delay);
  const timer = startTimer(clamped(), () => {
    nesting = level = level + 1;
    if (!repeat) active.delete(id);
    try {
      apply(handler, globalObject, parameters);
    } finally {
      if (repeat && active.has(id)) insert(timer, clamped());
    }
  });
  active.set(id, timer);
  return id;
}

function clear(id: unknown): void {
  const key = toLong(id);
  const timer = active.get(key);
  if (timer === undefined) return;
  active.delete(key);
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

/** Before a snapshot is written: deadlines become remaining delays. */
export function suspendTimers(): void {
  const current = time();
  for (let i = 0; i < heap.length; i++) heap[i]!.deadline -= current;
  armed = Infinity;
}

/** After a boot: remaining delays become deadlines of the new clock. Their order stays. */
export function resumeTimers(): void {
  skew = 0;
  armed = Infinity;
  if (heap.length === 0) return;
  const current = time();
  for (let i = 0; i < heap.length; i++) heap[i]!.deadline += current;
  arm(current);
}
