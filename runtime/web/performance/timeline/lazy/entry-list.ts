// Lists of entries, and PerformanceObserverEntryList (Performance Timeline, section 5.3).
// Thread: the isolate's.
import { sort } from "../../../idl/primordials.ts";
import {
  INTERNAL,
  defineInterface,
  illegalConstructor,
  requireArguments,
  toDOMString,
} from "../../../idl/webidl.ts";
import { entryFriend, type PerformanceEntry } from "./performance-entry.ts";

/**
 * "Filter buffer by name and type": those entries, in chronological order of their start times.
 * Undefined stands for any name or type.
 */
export function filterEntries(
  entries: readonly PerformanceEntry[],
  name: string | undefined,
  type: string | undefined,
): PerformanceEntry[] {
  const result: PerformanceEntry[] = [];
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]!;
    if (type !== undefined && entryFriend.type(entry) !== type) continue;
    if (name !== undefined && entryFriend.name(entry) !== name) continue;
    result[result.length] = entry;
  }
  return sort(result, (a, b) => entryFriend.startTime(a) - entryFriend.startTime(b));
}

export let createEntryList: (entries: readonly PerformanceEntry[]) => PerformanceObserverEntryList;

export class PerformanceObserverEntryList {
  #entries: readonly PerformanceEntry[] = [];

  constructor(key?: unknown) {
    illegalConstructor(key);
  }

  getEntries(): PerformanceEntry[] {
    return filterEntries(this.#entries, undefined, undefined);
  }

  getEntriesByType(type: string): PerformanceEntry[] {
    const entries = this.#entries;
    const where = "Failed to execute 'getEntriesByType' on 'PerformanceObserverEntryList'";
    requireArguments(arguments.length, 1, where);
    return filterEntries(entries, undefined, toDOMString(type, `${where}: parameter 1`));
  }

  getEntriesByName(name: string, type: string | undefined = undefined): PerformanceEntry[] {
    const entries = this.#entries;
    const where = "Failed to execute 'getEntriesByName' on 'PerformanceObserverEntryList'";
    requireArguments(arguments.length, 1, where);
    const wanted = toDOMString(name, `${where}: parameter 1`);
    return filterEntries(
      entries,
      wanted,
      type === undefined ? undefined : toDOMString(type, `${where}: parameter 2`),
    );
  }

  static {
    createEntryList = (entries) => {
      const list = new PerformanceObserverEntryList(INTERNAL);
      list.#entries = entries;
      return list;
    };
  }
}

defineInterface(PerformanceObserverEntryList, "PerformanceObserverEntryList", { length: 0 });
