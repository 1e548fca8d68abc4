// PerformanceEntry (Performance Timeline, section 4). Thread: the isolate's.
import { floor, random } from "../../../idl/primordials.ts";
import { defineInterface, illegalConstructor } from "../../../idl/webidl.ts";

export type EntryType = "mark" | "measure";

/** Entries without their getters, which an app may have patched. */
export interface EntryFriend {
  name(entry: PerformanceEntry): string;
  type(entry: PerformanceEntry): EntryType;
  startTime(entry: PerformanceEntry): number;
  /** "Generate a performance entry id", when the entry is queued. */
  identify(entry: PerformanceEntry): void;
}
export let entryFriend: EntryFriend;

// The first id is random, so that nobody takes ids for a count.
let lastId = 0;
const LEAST_ID = 100;
const MOST_FIRST_ID = 10_000;
const ID_STEP = 7;

export class PerformanceEntry {
  #id = 0;
  #name: string;
  #entryType: EntryType;
  #startTime: number;
  #duration: number;

  /** Only for the interfaces that derive from this one. */
  constructor(
    key?: unknown,
    name?: string,
    entryType?: EntryType,
    startTime?: number,
    duration?: number,
  ) {
    illegalConstructor(key);
    this.#name = name!;
    this.#entryType = entryType!;
    this.#startTime = startTime!;
    this.#duration = duration!;
  }

  /** 0: the entry was not queued. */
  get id(): number {
    return this.#id;
  }
  get name(): string {
    return this.#name;
  }
  get entryType(): string {
    return this.#entryType;
  }
  /** Milliseconds since the time origin. */
  get startTime(): number {
    return this.#startTime;
  }
  /** Milliseconds. */
  get duration(): number {
    return this.#duration;
  }
  /** Always 0: nothing is navigated here. */
  get navigationId(): number {
    void this.#id;
    return 0;
  }

  toJSON(): object {
    return {
      id: this.#id,
      name: this.#name,
      entryType: this.#entryType,
      startTime: this.#startTime,
      duration: this.#duration,
      navigationId: 0,
    };
  }

  static {
    entryFriend = {
      name: (entry) => entry.#name,
      type: (entry) => entry.#entryType,
      startTime: (entry) => entry.#startTime,
      identify(entry) {
        lastId = lastId === 0 ? floor(LEAST_ID + random() * (MOST_FIRST_ID - LEAST_ID)) : lastId;
        entry.#id = lastId += ID_STEP;
      },
    };
  }
}

defineInterface(PerformanceEntry, "PerformanceEntry", {
  length: 0,
  shows: ["name", "entryType", "startTime", "duration"],
});
