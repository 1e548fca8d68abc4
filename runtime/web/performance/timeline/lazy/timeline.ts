// The "performance entry buffer map" (Performance Timeline, section 6): the entries that were queued.
//
// The specification lets marks and measures pile up without end. An app that marks each of its requests
// runs for months, so each type has room for MOST_ENTRIES; then the oldest quarter makes room and is
// counted as dropped. (The specification would drop the new ones instead, and with them the marks that
// measures refer to.) Thread: the isolate's.
import { freeze } from "../../../idl/primordials.ts";
import { filterEntries } from "./entry-list.ts";
import { entryFriend, type EntryType, type PerformanceEntry } from "./performance-entry.ts";

const MOST_ENTRIES = 4096;
const DROPPED_AT_ONCE = MOST_ENTRIES / 4;

export class EntryBuffer {
  entries: PerformanceEntry[] = [];
  /** "Dropped entries count". */
  dropped = 0;

  add(entry: PerformanceEntry): void {
    const { entries } = this;
    if (entries.length === MOST_ENTRIES) {
      const kept = MOST_ENTRIES - DROPPED_AT_ONCE;
      for (let i = 0; i < kept; i++) entries[i] = entries[DROPPED_AT_ONCE + i]!;
      entries.length = kept;
      this.dropped += DROPPED_AT_ONCE;
    }
    entries[entries.length] = entry;
  }

  /** Removes the entries of this name; undefined: all of them. */
  clear(name: string | undefined): void {
    const kept: PerformanceEntry[] = [];
    if (name !== undefined) {
      for (let i = 0; i < this.entries.length; i++) {
        const entry = this.entries[i]!;
        if (entryFriend.name(entry) !== name) kept[kept.length] = entry;
      }
    }
    this.entries = kept;
  }

  /** The entry of this name that was added last. */
  last(name: string): PerformanceEntry | undefined {
    for (let i = this.entries.length - 1; i >= 0; i--) {
      const entry = this.entries[i]!;
      if (entryFriend.name(entry) === name) return entry;
    }
    return undefined;
  }
}

export const marks = new EntryBuffer();
const measures = new EntryBuffer();

/** In alphabetical order. */
export const supportedEntryTypes: readonly EntryType[] = freeze(["mark", "measure"]);

/** The buffer of a type; undefined if there is no such type. */
export function bufferOf(type: string): EntryBuffer | undefined {
  return type === "mark" ? marks : type === "measure" ? measures : undefined;
}

/** "Filter buffer map by name and type"; undefined stands for any. */
export function entriesOf(name: string | undefined, type: string | undefined): PerformanceEntry[] {
  if (type !== undefined) return filterEntries(bufferOf(type)?.entries ?? [], name, undefined);
  const all: PerformanceEntry[] = [];
  for (let i = 0; i < marks.entries.length; i++) all[all.length] = marks.entries[i]!;
  for (let i = 0; i < measures.entries.length; i++) all[all.length] = measures.entries[i]!;
  return filterEntries(all, name, undefined);
}

/** Removes the entries of a type that have this name; undefined: all of them. */
export function clearEntries(type: EntryType, name: string | undefined): void {
  bufferOf(type)!.clear(name);
}
