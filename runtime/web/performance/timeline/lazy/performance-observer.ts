// PerformanceObserver (Performance Timeline, section 5), and how entries reach observers.
// Thread: the isolate's.
import { DOMException } from "../../../dom/dom-exception.ts";
import { report } from "../../../html/reporting.ts";
import { apply } from "../../../idl/primordials.ts";
import {
  defineInterface,
  dictionary,
  requireArguments,
  sequence,
  toBoolean,
  toCallback,
  toDOMString,
} from "../../../idl/webidl.ts";
import { queueTask } from "../../../tasks/event-loop.ts";
import { createEntryList, type PerformanceObserverEntryList } from "./entry-list.ts";
import { entryFriend, type PerformanceEntry } from "./performance-entry.ts";
import { bufferOf, supportedEntryTypes } from "./timeline.ts";

const toObserverInit = dictionary("PerformanceObserverInit", {
  buffered: { convert: toBoolean, default: undefined },
  entryTypes: { convert: sequence(toDOMString), default: undefined },
  type: { convert: toDOMString, default: undefined },
});

export interface PerformanceObserverInit {
  buffered?: boolean;
  entryTypes?: string[];
  type?: string;
}

export type PerformanceObserverCallback = (
  this: PerformanceObserver,
  entries: PerformanceObserverEntryList,
  observer: PerformanceObserver,
  options: { droppedEntriesCount?: number },
) => unknown;

/** "List of registered performance observer objects". */
let registered: PerformanceObserver[] = [];
/** "Performance observer task queued flag". */
let taskQueued = false;

let offer: (observer: PerformanceObserver, entry: PerformanceEntry) => void;
let deliver: (observer: PerformanceObserver) => void;

export class PerformanceObserver {
  #callback: PerformanceObserverCallback;
  #buffer: PerformanceEntry[] = [];
  /** "Observer type": with `entryTypes` or with `type`. */
  #mode: "multiple" | "single" | null = null;
  /** The types that its "options list" asks for. */
  #types: string[] = [];
  #requiresDropped = false;

  constructor(callback: PerformanceObserverCallback) {
    const where = "Failed to construct 'PerformanceObserver'";
    requireArguments(arguments.length, 1, where);
    this.#callback = toCallback(callback, `${where}: parameter 1`);
  }

  static get supportedEntryTypes(): readonly string[] {
    return supportedEntryTypes;
  }

  observe(options: PerformanceObserverInit | undefined = undefined): void {
    void this.#mode; // The brand check comes before anything else.
    const where = "Failed to execute 'observe' on 'PerformanceObserver'";
    const { buffered, entryTypes, type } = toObserverInit(options, `${where}: The options`);
    if (entryTypes === undefined && type === undefined) {
      throw new TypeError(`${where}: neither 'type' nor 'entryTypes' is given.`);
    }
    if (entryTypes !== undefined && (type !== undefined || buffered !== undefined)) {
      throw new TypeError(`${where}: 'entryTypes' excludes all other options.`);
    }
    const mode = entryTypes === undefined ? "single" : "multiple";
    if ((this.#mode ??= mode) !== mode) {
      throw new DOMException(
        `${where}: the observer was used with '${mode === "single" ? "entryTypes" : "type"}' before.`,
        "InvalidModificationError",
      );
    }
    this.#requiresDropped = true;
    if (entryTypes !== undefined) this.#observeTypes(entryTypes);
    else this.#observeType(type!, buffered ?? false);
  }

  #observeTypes(types: readonly string[]): void {
    const supported: string[] = [];
    for (let i = 0; i < types.length; i++) {
      if (bufferOf(types[i]!) !== undefined) supported[supported.length] = types[i]!;
    }
    if (supported.length === 0) return;
    this.#types = supported;
    this.#register();
  }

  #observeType(type: string, buffered: boolean): void {
    const known = bufferOf(type);
    if (known === undefined) return;
    if (!this.#observes(type)) this.#types[this.#types.length] = type;
    this.#register();
    if (!buffered) return;
    for (let i = 0; i < known.entries.length; i++) {
      this.#buffer[this.#buffer.length] = known.entries[i]!;
    }
    queueObserverTask();
  }

  #observes(type: string): boolean {
    for (let i = 0; i < this.#types.length; i++) if (this.#types[i] === type) return true;
    return false;
  }

  #register(): void {
    for (let i = 0; i < registered.length; i++) if (registered[i] === this) return;
    registered[registered.length] = this;
  }

  disconnect(): void {
    this.#buffer = [];
    this.#types = [];
    const others: PerformanceObserver[] = [];
    for (let i = 0; i < registered.length; i++) {
      if (registered[i] !== this) others[others.length] = registered[i]!;
    }
    registered = others;
  }

  takeRecords(): PerformanceEntry[] {
    const records = this.#buffer;
    this.#buffer = [];
    return records;
  }

  #deliver(): void {
    if (this.#buffer.length === 0) return;
    const list = createEntryList(this.#buffer);
    this.#buffer = [];
    const options: { droppedEntriesCount?: number } = {};
    if (this.#requiresDropped) {
      this.#requiresDropped = false;
      let dropped = 0;
      for (let i = 0; i < this.#types.length; i++) dropped += bufferOf(this.#types[i]!)!.dropped;
      options.droppedEntriesCount = dropped;
    }
    apply(this.#callback, this, [list, this, options]);
  }

  static {
    offer = (observer, entry) => {
      if (observer.#observes(entryFriend.type(entry))) {
        observer.#buffer[observer.#buffer.length] = entry;
      }
    };
    deliver = (observer) => observer.#deliver();
  }
}

defineInterface(PerformanceObserver, "PerformanceObserver");

/** "Queue the PerformanceObserver task". */
function queueObserverTask(): void {
  if (taskQueued) return;
  taskQueued = true;
  queueTask(tellObservers, undefined);
}

function tellObservers(): void {
  taskQueued = false;
  // The list is replaced, and added to at its end: who comes now is told in the next task.
  const observers = registered;
  const { length } = observers;
  for (let i = 0; i < length; i++) {
    try {
      deliver(observers[i]!);
    } catch (exception) {
      report(exception, true);
    }
    ops.runMicrotasks();
  }
}

/** "Queue a PerformanceEntry". */
export function queueEntry(entry: PerformanceEntry): void {
  entryFriend.identify(entry);
  for (let i = 0; i < registered.length; i++) offer(registered[i]!, entry);
  bufferOf(entryFriend.type(entry))!.add(entry);
  if (registered.length > 0) queueObserverTask();
}
