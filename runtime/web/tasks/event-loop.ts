// The event loop's tasks (HTML, section 8.1.7) on one native timer: what is due at a time, in a binary
// heap ordered by deadline, then by age; and what is due at once, in a queue. A microtask checkpoint
// follows each task.
//
// While a snapshot is being built the clock stands still, so time here moves on to the armed deadline
// whenever the host says that it has passed; a timer still pending when the snapshot is written keeps
// its remaining delay, and a queued task runs after the boot. Thread: the isolate's.
import { now, phase } from "../host/clock.ts";
import { Phase } from "../host/ops.ts";
import { bareArray, max } from "../idl/primordials.ts";

export interface Timer {
  /** On the clock of `time()`; in a snapshot, the remaining delay. */
  deadline: number;
  /** Orders timers of the same deadline. */
  sequence: number;
  /** Place in the heap, -1 outside of it. */
  index: number;
  /** What has led to it (ops.getContinuation), and so leads to what it runs. */
  continuation: unknown;
  run(): void;
}

/** A longer wait is split: the host's clock takes 32 bits. */
const LONGEST_WAIT = 2 ** 31 - 1;
/** Bounds of what runs between two looks at the host's input: rounds of the queue, milliseconds. */
const MOST_ROUNDS = 16;
const LONGEST_TURN = 1;
/** As a deadline: the host was asked to wake us at once. */
const AT_ONCE = -Infinity;

const heap = bareArray<Timer>();
let nextSequence = 1;
/** By turns: the steps of queued tasks, the argument of each, and what has led to it, as of timers. */
let queue: unknown[] = [];
/** What building has added to the frozen clock. */
let skew = 0;
/** The deadline that the host was asked to wake us at; Infinity: none. */
let armed = Infinity;
/** True while tasks run: the host is asked for the next ones when they have. */
let running = false;

/** What modules above provide; each sets its part once, when it is evaluated. */
export const hooks = {
  /** Reports an exception that nobody caught, outside of any script (html/reporting.ts). */
  report: (_exception: unknown, _inTask: boolean): void => {},
  /** Reports promises that the task has rejected (html/rejections.ts). */
  reportRejections: (): void => {},
};

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

/** Asks the host for the next deadline, unless it will wake us early enough anyway. */
function arm(current: number): void {
  if (running) return;
  const deadline = queue.length > 0 ? AT_ONCE : heap.length > 0 ? heap[0]!.deadline : Infinity;
  if (deadline >= armed) return;
  armed = deadline;
  const wait = deadline - current;
  ops.armTimer(wait < 0 ? 0 : wait > LONGEST_WAIT ? LONGEST_WAIT : wait);
}

/** No request of a build goes on after the boot. */
function continuation(): unknown {
  return phase() === Phase.Serving ? ops.getContinuation() : undefined;
}

/** Lets a timer that is not pending run in `delay` milliseconds. An exception is reported. */
export function startTimer(timer: Timer, delay: number): void {
  const current = time();
  timer.deadline = current + delay;
  timer.sequence = nextSequence++;
  timer.continuation = continuation();
  heap.length++;
  siftUp(timer, heap.length - 1);
  arm(current);
}

/** How many timers are pending. */
export function pendingTimers(): number {
  return heap.length;
}

/** Calls `run` once, in `delay` milliseconds. */
export function runLater(delay: number, run: () => void): void {
  startTimer({ deadline: 0, sequence: 0, index: -1, continuation: undefined, run }, delay);
}

/** Cancels a timer; nothing happens if it has run already. */
export function cancelTimer(timer: Timer): void {
  // The host is not told: that costs more than waking up once for nothing, and most timers that are
  // canceled belong to requests, so that another takes their place at once.
  remove(timer);
}

/** "Queue a global task": calls `steps` with `argument`, after all tasks that were queued before. */
export function queueTask<T>(steps: (argument: T) => void, argument: T): void {
  queue[queue.length] = steps;
  queue[queue.length] = argument;
  queue[queue.length] = continuation();
  arm(0);
}

/** What ends each task: microtasks, and what HTML calls "notify about rejected promises". */
function finishTask(): void {
  ops.runMicrotasks();
  hooks.reportRejections();
}

/**
 * Runs the tasks that are queued now; what they queue waits for the next round.
 * @returns Whether there was time for all of them in the turn, which began at `begin`.
 */
function runQueue(begin: number): boolean {
  const tasks = queue;
  queue = [];
  for (let i = 0; i < tasks.length; i += 3) {
    ops.setContinuation(tasks[i + 2]);
    try {
      (tasks[i] as (argument: unknown) => void)(tasks[i + 1]);
    } catch (exception) {
      hooks.report(exception, true);
    }
    finishTask();
    if (time() - begin <= LONGEST_TURN) continue;
    const queued = queue;
    queue = [];
    for (let rest = i + 3; rest < tasks.length; rest++) queue[queue.length] = tasks[rest];
    for (let next = 0; next < queued.length; next++) queue[queue.length] = queued[next];
    return false;
  }
  return true;
}

/**
 * RuntimeHooks.runTasks: runs what is due, but no more than there is time for in one turn: others have the same
 * thread. Timers that are set meanwhile wait for the next turn.
 */
export function runTasks(): void {
  if (phase() !== Phase.Serving && armed !== Infinity) skew += max(0, armed - time());
  armed = Infinity;
  const current = time();
  const end = nextSequence;
  running = true;
  try {
    // Going through the host's loop costs more than a short task: parts of an app that talk to each
    // other by messages do so in one turn, unless it takes time that input could wait for.
    for (let round = 0; round < MOST_ROUNDS && queue.length > 0; round++) {
      if (!runQueue(current)) break;
    }
    while (heap.length > 0 && heap[0]!.deadline <= current && heap[0]!.sequence < end) {
      const timer = heap[0]!;
      remove(timer);
      ops.setContinuation(timer.continuation);
      try {
        timer.run();
      } catch (exception) {
        hooks.report(exception, true);
      }
      finishTask();
      if (time() - current > LONGEST_TURN) break;
    }
  } finally {
    // Also when the isolate is being terminated: it may be asked to go on.
    running = false;
  }
  ops.setContinuation(undefined);
  arm(time());
}

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
  const current = time();
  for (let i = 0; i < heap.length; i++) heap[i]!.deadline += current;
  arm(current);
}
