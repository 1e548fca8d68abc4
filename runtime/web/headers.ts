// Headers (Fetch Standard, section 5.1). The headers of an incoming request stay the block that the
// server gave until somebody looks. Thread: the isolate's.
//
// Guards: "immutable" and "request-no-cors" do what the standard says. The lists of forbidden request
// and response headers protect a browser's user from scripts; on a server the app is the one that has
// to set Cookie, Host or Set-Cookie, so "request" and "response" forbid nothing (as in all server
// runtimes).
import {
  appendHeader,
  copyList,
  getHeader,
  hasHeader,
  isPlainValue,
  removeHeaders,
  setHeader,
  toHeaderName,
  toHeaderValue,
  toLowerCaseName,
  type HeaderList,
} from "./header-list.ts";
import { load } from "./lazy.ts";
import { hasOwn, ownKeys, ownSymbols, propertyIsEnumerable, sort, split } from "./primordials.ts";
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

/** HeadersInit, converted: names and values in turn. */
export interface HeadersFill {
  readonly list: HeaderList;
  /** The list is a header list that nobody else holds; else it is to be validated. */
  valid: boolean;
}

const toByteStrings = sequence(toByteString);

/** Converts a name and adds it; false if it is not valid. */
function addName(list: HeaderList, name: PropertyKey, where: string): boolean {
  const lower = typeof name === "string" ? toLowerCaseName(name) : undefined;
  list[list.length] = lower ?? toByteString(name, `${where}: A header's name`);
  return lower !== undefined;
}

/** Converts a value and adds it; false if it has to be normalised and validated. */
function addValue(list: HeaderList, value: unknown, where: string): boolean {
  const plain = typeof value === "string" && isPlainValue(value);
  list[list.length] = plain ? value : toByteString(value, `${where}: A header's value`);
  return plain;
}

/** A record, of an object whose properties only its own getters can change meanwhile. */
function fillFromOrdinary(init: object, where: string): HeadersFill {
  const fill: HeadersFill = { list: [], valid: true };
  // As fast as it gets: the engine keeps the keys with the shape of the object.
  for (const name in init) {
    if (!hasOwn(init, name)) continue;
    if (!addName(fill.list, name, where)) fill.valid = false;
    if (!addValue(fill.list, (init as Record<string, unknown>)[name], where)) fill.valid = false;
  }
  return fill;
}

/** A record, step by step as Web IDL says it: a proxy's traps are called in that order. */
function fillFromRecord(init: object, where: string): HeadersFill {
  const fill: HeadersFill = { list: [], valid: true };
  const keys = ownKeys(init);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (!propertyIsEnumerable(init, key)) continue;
    if (!addName(fill.list, key, where)) fill.valid = false;
    const value = (init as Record<PropertyKey, unknown>)[key];
    if (!addValue(fill.list, value, where)) fill.valid = false;
  }
  return fill;
}

/** Converts a HeadersInit: a sequence of pairs or a record. */
export function toHeadersFill(init: unknown, where: string): HeadersFill {
  if (!isObject(init)) {
    throw new TypeError(`${where}: The headers are neither an object nor a list of pairs`);
  }
  const method = iteratorMethod(init, where);
  // A Headers object with its own iterator gives nothing but its list.
  if (method === headersIterator && isHeaders(init)) {
    return { list: copyList(headerList(init)), valid: true };
  }
  if (method !== undefined) {
    const fill: HeadersFill = { list: [], valid: true };
    const pairs = sequenceFrom(init, method, toByteStrings, `${where}: The headers`);
    for (let i = 0; i < pairs.length; i++) {
      const pair = pairs[i]!;
      if (pair.length !== 2) {
        throw new TypeError(`${where}: Header ${i} has ${pair.length} items instead of two`);
      }
      if (!addName(fill.list, pair[0]!, where)) fill.valid = false;
      if (!addValue(fill.list, pair[1]!, where)) fill.valid = false;
    }
    return fill;
  }
  return ops.isProxy(init) || ownSymbols(init).length > 0
    ? fillFromRecord(init, where)
    : fillFromOrdinary(init, where);
}

/** "Fill" an empty list whose guard forbids nothing. */
export function toHeaderList(fill: HeadersFill, where: string): HeaderList {
  const { list } = fill;
  if (fill.valid) return list;
  const valid: HeaderList = [];
  for (let i = 0; i < list.length; i += 2) {
    const name = toHeaderName(list[i]!, where);
    appendHeader(valid, name, toHeaderValue(list[i + 1]!, name, where));
  }
  return valid;
}

/** The lower case of a valid name; a TypeError for anything else. */
function toKey(name: unknown, where: string): string {
  const lower = typeof name === "string" ? toLowerCaseName(name) : undefined;
  return lower ?? toHeaderName(toByteString(name, where), where);
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
    if (init === undefined) {
      this.#list = [];
    } else {
      const where = "Failed to construct 'Headers'";
      this.#list = toHeaderList(toHeadersFill(init, where), where);
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
    return this.#guard !== Guard.RequestNoCors || load("fetch").isCorsSafelisted(name, value);
  }

  append(name: string, value: string): void {
    const list = this.#parsed();
    const where = "Failed to execute 'append' on 'Headers'";
    requireArguments(arguments.length, 2, where);
    const plain = typeof name === "string" && typeof value === "string" && isPlainValue(value);
    const rawName = plain ? name : toByteString(name, where);
    const rawValue = plain ? value : toByteString(value, where);
    const key = toKey(rawName, where);
    const text = plain ? rawValue : toHeaderValue(rawValue, key, where);
    const combined = getHeader(list, key);
    if (!this.#mayChange(key, combined === null ? text : `${combined}, ${text}`, where)) return;
    appendHeader(list, key, text);
    this.#changed();
  }

  delete(name: string): void {
    const list = this.#parsed();
    const where = "Failed to execute 'delete' on 'Headers'";
    requireArguments(arguments.length, 1, where);
    const key = toKey(name, where);
    if (this.#guard === Guard.Immutable) throw new TypeError(`${where}: The headers are immutable`);
    if (
      this.#guard === Guard.RequestNoCors &&
      !load("fetch").isNoCorsSafelistedName(key) &&
      key !== "range"
    ) {
      return;
    }
    removeHeaders(list, key);
    this.#changed();
  }

  get(name: string): string | null {
    const list = this.#parsed();
    const where = "Failed to execute 'get' on 'Headers'";
    requireArguments(arguments.length, 1, where);
    return getHeader(list, toKey(name, where));
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
    return hasHeader(list, toKey(name, where));
  }

  set(name: string, value: string): void {
    const list = this.#parsed();
    const where = "Failed to execute 'set' on 'Headers'";
    requireArguments(arguments.length, 2, where);
    const plain = typeof name === "string" && typeof value === "string" && isPlainValue(value);
    const rawName = plain ? name : toByteString(name, where);
    const rawValue = plain ? value : toByteString(value, where);
    const key = toKey(rawName, where);
    const text = plain ? rawValue : toHeaderValue(rawValue, key, where);
    if (!this.#mayChange(key, text, where)) return;
    setHeader(list, key, text);
    this.#changed();
  }

  #changed(): void {
    this.#sorted = null;
    // "Remove privileged no-CORS request-headers".
    if (this.#guard === Guard.RequestNoCors) removeHeaders(this.#list, "range");
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
