// What Headers keep instead of a long list (header-list.ts), and beside a list that is iterated over, so
// that no change of one header is linear in the number of others: a table of values by name, and the
// sorted order, which follows a change instead of being sorted anew. Thread: the isolate's.
import { createMap, mapForEach, mapGet, mapSet, sort, splice } from "../idl/primordials.ts";
import { appendHeader, type HeaderList } from "./header-list.ts";

/** Values by name; names in the order of their first header. */
export type HeaderTable = Map<string, string[]>;

/** The longest list (64 headers) that is searched: a short list is faster than any table. */
export const LONGEST_SEARCHED = 128;

export function tableOf(list: HeaderList): HeaderTable {
  const table: HeaderTable = createMap();
  for (let i = 0; i < list.length; i += 2) appendToTable(table, list[i]!, list[i + 1]!);
  return table;
}

/** The headers as a list; those of one name are together, where the first of them was. */
export function listOf(table: HeaderTable): HeaderList {
  const list: HeaderList = [];
  mapForEach(table, (values, name) => {
    for (let i = 0; i < values.length; i++) appendHeader(list, name, values[i]!);
  });
  return list;
}

export function appendToTable(table: HeaderTable, name: string, value: string): void {
  const values = mapGet(table, name);
  if (values === undefined) mapSet(table, name, [value]);
  else values[values.length] = value;
}

/** "Get": the values of a name, combined; null if there is none. */
export function getFromTable(table: HeaderTable, name: string): string | null {
  const values = mapGet(table, name);
  if (values === undefined) return null;
  let combined = values[0]!;
  for (let i = 1; i < values.length; i++) combined += `, ${values[i]!}`;
  return combined;
}

/** "Sort and combine"; cookies are never combined. */
export function sortAndCombine(list: HeaderList): HeaderList {
  const fields: { name: string; value: string }[] = [];
  for (let i = 0; i < list.length; i += 2) {
    fields[fields.length] = { name: list[i]!, value: list[i + 1]! };
  }
  sort(fields, (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const sorted: HeaderList = [];
  for (let i = 0; i < fields.length; i++) {
    const { name, value } = fields[i]!;
    const last = sorted.length - 2;
    if (last >= 0 && sorted[last] === name && name !== "set-cookie") {
      sorted[last + 1] += `, ${value}`;
    } else {
      appendHeader(sorted, name, value);
    }
  }
  return sorted;
}

/**
 * Changes what sortAndCombine() gave as the headers of a name, other than set-cookie, were changed.
 * @param value Null: they are deleted.
 * @param append The value joins those that there are; else it takes their place.
 */
export function followChange(
  sorted: HeaderList,
  name: string,
  value: string | null,
  append: boolean,
): void {
  // The index, in pairs, of the first name that is not less.
  let low = 0;
  let high = sorted.length / 2;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[2 * middle]! < name) low = middle + 1;
    else high = middle;
  }
  const at = 2 * low;
  if (sorted[at] !== name) {
    if (value !== null) splice(sorted, at, 0, name, value);
  } else if (value === null) {
    splice(sorted, at, 2);
  } else {
    sorted[at + 1] = append ? `${sorted[at + 1]!}, ${value}` : value;
  }
}
