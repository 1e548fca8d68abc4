// URLSearchParams (URL Standard, section 6.2): a list of names and values, flat, that a URL object may
// be attached to. Thread: the isolate's.
import { isEnumerable, ownKeys, slice, sort, startsWith } from "../idl/primordials.ts";
import {
  defineInterface,
  defineIterable,
  isObject,
  iteratorMethod,
  requireArguments,
  sequence,
  sequenceFrom,
  toDOMString,
  toUSVString,
} from "../idl/webidl.ts";
import { parseUrlEncoded, serializeUrlEncoded } from "./url-encoded.ts";

/** The URL object that a query belongs to (url.ts, which builds on this). */
type Owner = object;
/** "Update": a URL takes over the serialised list, at the latest when that can be seen. */
type Update = (url: Owner) => void;
let updateUrl: Update;

/** Tells how the URL that a query belongs to follows the query's changes. */
export function setUrlUpdate(update: Update): void {
  updateUrl = update;
}

const CONSTRUCT = "Failed to construct 'URLSearchParams'";
const toStringSequence = sequence(toUSVString);

function pairsFromSequence(init: object, method: () => Iterator<unknown>): string[] {
  const pairs = sequenceFrom(init, method, toStringSequence, `${CONSTRUCT}: The sequence`);
  const list: string[] = [];
  for (let i = 0; i < pairs.length; i++) {
    const pair = pairs[i]!;
    if (pair.length !== 2) {
      throw new TypeError(`${CONSTRUCT}: Pair ${i} has ${pair.length} items instead of two`);
    }
    list[list.length] = pair[0]!;
    list[list.length] = pair[1]!;
  }
  return list;
}

function pairsFromRecord(init: object): string[] {
  const keys = ownKeys(init);
  const list: string[] = [];
  // Once a key had lone surrogates, others may be the same as it after their conversion.
  let positions: Record<string, number> | null = null;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (!isEnumerable(init, key)) continue;
    const name = toUSVString(key, `${CONSTRUCT}: A key`);
    const value = toUSVString((init as Record<PropertyKey, unknown>)[key], `${CONSTRUCT}: A value`);
    if (positions === null && name !== key) {
      positions = { __proto__: null } as unknown as Record<string, number>;
      for (let j = 0; j < list.length; j += 2) positions[list[j]!] = j;
    }
    let at = list.length;
    if (positions !== null) at = positions[name] ??= at;
    list[at] = name;
    list[at + 1] = value;
  }
  return list;
}

export let isURLSearchParams: (value: object) => value is URLSearchParams;
/** The list, to be serialised. */
export let searchParamsList: (params: URLSearchParams) => readonly string[];
/** The query object of a URL, whose query is between two indices of its href. */
export let createQuery: (url: Owner, href: string, from: number, to: number) => URLSearchParams;
/** Replaces the list with a URL's changed query, without telling the URL. */
export let resetQuery: (params: URLSearchParams, href: string, from: number, to: number) => void;

export class URLSearchParams {
  #list: string[] = [];
  #url: Owner | null = null;

  static {
    isURLSearchParams = (value): value is URLSearchParams => #list in value;
    searchParamsList = (params) => params.#list;
    createQuery = (url, href, from, to) => {
      const params = new URLSearchParams();
      params.#list = parseUrlEncoded(href, from, to);
      params.#url = url;
      return params;
    };
    resetQuery = (params, href, from, to) => {
      params.#list = parseUrlEncoded(href, from, to);
    };
  }

  constructor(init: unknown = "") {
    if (typeof init === "string") {
      const text = toUSVString(init);
      if (text !== "") this.#list = parseUrlEncoded(startsWith(text, "?") ? slice(text, 1) : text);
    } else if (isObject(init)) {
      const method = iteratorMethod(init, CONSTRUCT);
      this.#list =
        method === undefined ? pairsFromRecord(init) : pairsFromSequence(init, method as never);
    } else {
      this.#list = parseUrlEncoded(toDOMString(init, CONSTRUCT));
    }
  }

  #update(): void {
    if (this.#url !== null) updateUrl(this.#url);
  }

  get size(): number {
    return this.#list.length / 2;
  }

  append(name: string, value: string): void {
    this.#list;
    const where = "Failed to execute 'append' on 'URLSearchParams'";
    requireArguments(arguments.length, 2, where);
    const key = toUSVString(name, where);
    const text = toUSVString(value, where);
    const list = this.#list;
    list[list.length] = key;
    list[list.length] = text;
    this.#update();
  }

  delete(name: string, value: string | undefined = undefined): void {
    this.#list;
    const where = "Failed to execute 'delete' on 'URLSearchParams'";
    requireArguments(arguments.length, 1, where);
    const key = toUSVString(name, where);
    const text = value === undefined ? undefined : toUSVString(value, where);
    const kept: string[] = [];
    const list = this.#list;
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] === key && (text === undefined || list[i + 1] === text)) continue;
      kept[kept.length] = list[i]!;
      kept[kept.length] = list[i + 1]!;
    }
    this.#list = kept;
    this.#update();
  }

  get(name: string): string | null {
    const list = this.#list;
    const where = "Failed to execute 'get' on 'URLSearchParams'";
    requireArguments(arguments.length, 1, where);
    const key = toUSVString(name, where);
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] === key) return list[i + 1]!;
    }
    return null;
  }

  getAll(name: string): string[] {
    const list = this.#list;
    const where = "Failed to execute 'getAll' on 'URLSearchParams'";
    requireArguments(arguments.length, 1, where);
    const key = toUSVString(name, where);
    const values: string[] = [];
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] === key) values[values.length] = list[i + 1]!;
    }
    return values;
  }

  has(name: string, value: string | undefined = undefined): boolean {
    const list = this.#list;
    const where = "Failed to execute 'has' on 'URLSearchParams'";
    requireArguments(arguments.length, 1, where);
    const key = toUSVString(name, where);
    const text = value === undefined ? undefined : toUSVString(value, where);
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] === key && (text === undefined || list[i + 1] === text)) return true;
    }
    return false;
  }

  set(name: string, value: string): void {
    this.#list;
    const where = "Failed to execute 'set' on 'URLSearchParams'";
    requireArguments(arguments.length, 2, where);
    const key = toUSVString(name, where);
    const text = toUSVString(value, where);
    const kept: string[] = [];
    const list = this.#list;
    let found = false;
    for (let i = 0; i < list.length; i += 2) {
      const same = list[i] === key;
      if (same && found) continue;
      kept[kept.length] = list[i]!;
      kept[kept.length] = same ? text : list[i + 1]!;
      found ||= same;
    }
    if (!found) {
      kept[kept.length] = key;
      kept[kept.length] = text;
    }
    this.#list = kept;
    this.#update();
  }

  /** Sorts by the names' code units; values of one name keep their order. */
  sort(): void {
    const list = this.#list;
    const pairs: { name: string; value: string }[] = [];
    for (let i = 0; i < list.length; i += 2) {
      pairs[pairs.length] = { name: list[i]!, value: list[i + 1]! };
    }
    sort(pairs, (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    const sorted: string[] = [];
    for (let i = 0; i < pairs.length; i++) {
      sorted[2 * i] = pairs[i]!.name;
      sorted[2 * i + 1] = pairs[i]!.value;
    }
    this.#list = sorted;
    this.#update();
  }

  toString(): string {
    return serializeUrlEncoded(this.#list);
  }
}

defineInterface(URLSearchParams, "URLSearchParams", { shows: "pairs" });
defineIterable<URLSearchParams, string, string>(URLSearchParams, "URLSearchParams", {
  is: isURLSearchParams,
  pairAt(params, index) {
    const list = searchParamsList(params);
    const at = 2 * index;
    return at < list.length ? [list[at]!, list[at + 1]!] : undefined;
  },
});
