// Headers (Fetch Standard, section 5.1). The headers of an incoming request stay the block that the
// server gave until somebody looks. Thread: the isolate's.
//
// Guards: "immutable" and "request-no-cors" do what the standard says. The lists of forbidden request
// and response headers protect a browser's user from scripts; on a server the app is the one that has
// to set Cookie, Host or Set-Cookie, so "request" and "response" forbid nothing (as in all server
// runtimes).
import {
  appendHeader,
  getHeader,
  hasHeader,
  removeHeaders,
  setHeader,
  toHeaderName,
  toHeaderValue,
  type HeaderList,
} from "./header-list.ts";
import { isCorsSafelisted, isNoCorsSafelistedName } from "./cors-safelist.ts";
import { ownKeys, propertyIsEnumerable, sort, split } from "./primordials.ts";
import {
  defineInterface,
  defineIterable,
  isObject,
  iteratorMethod,
  requireArguments,
  sequence,
  sequenceFrom,
  toByteString,
} from "./webidl.ts";

export const enum Guard {
  None,
  Immutable,
  Request,
  RequestNoCors,
  Response,
}

/** HeadersInit, converted: names and values in turn, not validated yet. */
export type HeadersFill = readonly string[];

const toByteStrings = sequence(toByteString);

/** Converts a HeadersInit: a sequence of pairs or a record. */
export function toHeadersFill(init: unknown, where: string): HeadersFill {
  if (!isObject(init)) {
    throw new TypeError(`${where}: The headers are neither an object nor a list of pairs`);
  }
  const method = iteratorMethod(init, where);
  // A Headers object with its own iterator gives nothing but its list.
  if (method === headersIterator && isHeaders(init)) return headerList(init);
  const fill: string[] = [];
  if (method !== undefined) {
    const pairs = sequenceFrom(init, method, toByteStrings, `${where}: The headers`);
    for (let i = 0; i < pairs.length; i++) {
      const pair = pairs[i]!;
      if (pair.length !== 2) {
        throw new TypeError(`${where}: Header ${i} has ${pair.length} items instead of two`);
      }
      appendHeader(fill, pair[0]!, pair[1]!);
    }
    return fill;
  }
  const keys = ownKeys(init);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (!propertyIsEnumerable(init, key)) continue;
    const name = toByteString(key, `${where}: A header's name`);
    const value = (init as Record<PropertyKey, unknown>)[key];
    appendHeader(fill, name, toByteString(value, `${where}: A header's value`));
  }
  return fill;
}

/** "Fill" a list whose guard forbids nothing. */
export function fillHeaderList(list: HeaderList, fill: HeadersFill, where: string): void {
  for (let i = 0; i < fill.length; i += 2) {
    const name = toHeaderName(fill[i]!, where);
    appendHeader(list, name, toHeaderValue(fill[i + 1]!, name, where));
  }
}

export let isHeaders: (value: object) => value is Headers;
/** The list behind the object; it may be changed, unless others hold it too. */
export let headerList: (headers: Headers) => HeaderList;
/** Headers over a list that it takes over. */
export let createHeaders: (list: HeaderList, guard: Guard) => Headers;
/** Headers over the server's "name\nvalue\n" block, parsed at the first look. */
export let createLazyHeaders: (block: string) => Headers;

export class Headers {
  #list: HeaderList;
  // Not parsed yet; #list is empty then.
  #block = "";
  #guard: Guard = Guard.None;
  // The list sorted and combined, for iteration; null after a change.
  #sorted: HeaderList | null = null;

  static {
    isHeaders = (value): value is Headers => #list in value;
    headerList = (headers) => {
      headers.#sorted = null;
      return headers.#parsed();
    };
    createHeaders = (list, guard) => {
      const headers = new Headers();
      headers.#list = list;
      headers.#guard = guard;
      return headers;
    };
    createLazyHeaders = (block) => {
      const headers = new Headers();
      headers.#block = block;
      headers.#guard = Guard.Request;
      return headers;
    };
  }

  constructor(init: unknown = undefined) {
    this.#list = [];
    if (init !== undefined) {
      const where = "Failed to construct 'Headers'";
      fillHeaderList(this.#list, toHeadersFill(init, where), where);
    }
  }

  #parsed(): HeaderList {
    if (this.#block !== "") {
      const list = split(this.#block, "\n");
      // After the last line feed there is nothing.
      list.length -= 1;
      this.#list = list;
      this.#block = "";
    }
    return this.#list;
  }

  /** "Validate" for a change; false: pass over it in silence. */
  #mayChange(name: string, value: string, where: string): boolean {
    if (this.#guard === Guard.Immutable) throw new TypeError(`${where}: The headers are immutable`);
    return this.#guard !== Guard.RequestNoCors || isCorsSafelisted(name, value);
  }

  append(name: string, value: string): void {
    const list = this.#parsed();
    const where = "Failed to execute 'append' on 'Headers'";
    requireArguments(arguments.length, 2, where);
    const rawName = toByteString(name, where);
    const rawValue = toByteString(value, where);
    const key = toHeaderName(rawName, where);
    const text = toHeaderValue(rawValue, key, where);
    const combined = getHeader(list, key);
    if (!this.#mayChange(key, combined === null ? text : `${combined}, ${text}`, where)) return;
    appendHeader(list, key, text);
    this.#changed();
  }

  delete(name: string): void {
    const list = this.#parsed();
    const where = "Failed to execute 'delete' on 'Headers'";
    requireArguments(arguments.length, 1, where);
    const key = toHeaderName(toByteString(name, where), where);
    if (this.#guard === Guard.Immutable) throw new TypeError(`${where}: The headers are immutable`);
    if (this.#guard === Guard.RequestNoCors && !isNoCorsSafelistedName(key) && key !== "range") {
      return;
    }
    removeHeaders(list, key);
    this.#changed();
  }

  get(name: string): string | null {
    const list = this.#parsed();
    const where = "Failed to execute 'get' on 'Headers'";
    requireArguments(arguments.length, 1, where);
    return getHeader(list, toHeaderName(toByteString(name, where), where));
  }

  getSetCookie(): string[] {
    const list = this.#parsed();
    const values: string[] = [];
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] === "set-cookie") values[values.length] = list[i + 1]!;
    }
    return values;
  }

  has(name: string): boolean {
    const list = this.#parsed();
    const where = "Failed to execute 'has' on 'Headers'";
    requireArguments(arguments.length, 1, where);
    return hasHeader(list, toHeaderName(toByteString(name, where), where));
  }

  set(name: string, value: string): void {
    const list = this.#parsed();
    const where = "Failed to execute 'set' on 'Headers'";
    requireArguments(arguments.length, 2, where);
    const rawName = toByteString(name, where);
    const rawValue = toByteString(value, where);
    const key = toHeaderName(rawName, where);
    const text = toHeaderValue(rawValue, key, where);
    if (!this.#mayChange(key, text, where)) return;
    setHeader(list, key, text);
    this.#changed();
  }

  #changed(): void {
    this.#sorted = null;
  }

  /** "Sort and combine"; cookies are never combined. */
  #sortAndCombine(): HeaderList {
    const list = this.#parsed();
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

  static {
    defineInterface(Headers, "Headers");
    defineIterable<Headers, string, string>(Headers, "Headers", {
      is: isHeaders,
      pairAt(headers, index) {
        const sorted = (headers.#sorted ??= headers.#sortAndCombine());
        const at = 2 * index;
        return at < sorted.length ? [sorted[at]!, sorted[at + 1]!] : undefined;
      },
    });
  }
}

const headersIterator: unknown = (Headers.prototype as unknown as Iterable<string>)[
  Symbol.iterator
];
