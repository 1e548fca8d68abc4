// Headers (Fetch Standard, section 5.1). The headers of an incoming request stay the block that the
// server gave until somebody looks; a list that grows long becomes a table. Thread: the isolate's.
//
// Guards: "immutable" and "request-no-cors" do what the standard says. The lists of forbidden request
// and response headers protect a browser's user from scripts; on a server the app is the one that has
// to set Cookie, Host or Set-Cookie, so "request" and "response" forbid nothing (as in all server
// runtimes).
//
// A fetched body is decoded when the app reads it, while the headers go on telling how it came. Where they are
// handed on to another Response, nobody meant to say that its body has that coding or that length, or that its
// connection is the upstream's: such fields are marked (Inherited) until somebody changes them.
import { load } from "../host/lazy-groups.ts";
import {
  appendHeader,
  copyList,
  getHeader,
  hasHeader,
  isOfConnection,
  isPlainValue,
  parseBlock,
  removeHeaders,
  setHeader,
  toHeaderName,
  toHeaderValue,
  toLowerCaseName,
  type HeaderList,
} from "../http/header-list.ts";
import {
  LONGEST_SEARCHED,
  appendToTable,
  followChange,
  getFromTable,
  listOf,
  sortAndCombine,
  tableOf,
  type HeaderTable,
} from "../http/header-table.ts";
import {
  hasOwn,
  isEnumerable,
  mapDelete,
  mapGet,
  mapHas,
  mapSet,
  ownKeys,
  ownSymbols,
} from "../idl/primordials.ts";
import {
  defineInterface,
  defineIterable,
  isObject,
  iteratorMethod,
  requireArguments,
  sequence,
  sequenceFrom,
  toByteString,
} from "../idl/webidl.ts";

export const enum Guard {
  None,
  Immutable,
  Request,
  RequestNoCors,
  Response,
}

/** Fields that tell how a response came, and that nobody has said of the one that there is now. */
export const enum Inherited {
  Nothing = 0,
  /** Content-Encoding. */
  Coding = 1,
  /** Content-Length. */
  Length = 2,
  /** Connection, and what else speaks of the connection to the upstream. */
  Connection = 4,
  /** None, since a HEAD request got them: what they leave out may be there for a GET. */
  OfHead = 8,
}

/** HeadersInit, converted: names and values in turn. */
export interface HeadersFill {
  readonly list: HeaderList;
  /** The list is a header list that nobody else holds; else it is to be validated. */
  valid: boolean;
  readonly inherited: Inherited;
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
  const fill: HeadersFill = { list: [], valid: true, inherited: Inherited.Nothing };
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
  const fill: HeadersFill = { list: [], valid: true, inherited: Inherited.Nothing };
  const keys = ownKeys(init);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (!isEnumerable(init, key)) continue;
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
    return { list: copyList(headerList(init)), valid: true, inherited: inheritedOf(init) };
  }
  if (method !== undefined) {
    const fill: HeadersFill = { list: [], valid: true, inherited: Inherited.Nothing };
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
export let createHeaders: (list: HeaderList, guard: Guard, inherited?: Inherited) => Headers;
/** Headers over the host's "name\nvalue\n" block, parsed at the first look. */
export let createLazyHeaders: (block: string, guard: Guard, inherited?: Inherited) => Headers;
export let inheritedOf: (headers: Headers) => Inherited;

export class Headers {
  #list: HeaderList;
  // Not parsed yet; #list is empty then.
  #block = "";
  // Many headers, by name; #list is empty then, too.
  #table: HeaderTable | null = null;
  #guard: Guard = Guard.None;
  #inherited: Inherited = Inherited.Nothing;
  // The list sorted and combined, while it is iterated over.
  #sorted: HeaderList | null = null;

  static {
    isHeaders = (value): value is Headers => #list in value;
    headerList = (headers) => {
      headers.#sorted = null;
      return headers.#parsed();
    };
    createHeaders = (list, guard, inherited = Inherited.Nothing) => {
      const headers = new Headers();
      headers.#list = list;
      headers.#guard = guard;
      headers.#inherited = inherited;
      return headers;
    };
    createLazyHeaders = (block, guard, inherited = Inherited.Nothing) => {
      const headers = new Headers();
      headers.#block = block;
      headers.#guard = guard;
      headers.#inherited = inherited;
      return headers;
    };
    inheritedOf = (headers) => headers.#inherited;
  }

  constructor(init: unknown = undefined) {
    if (init === undefined) {
      this.#list = [];
    } else {
      const where = "Failed to construct 'Headers'";
      const fill = toHeadersFill(init, where);
      this.#list = toHeaderList(fill, where);
      this.#inherited = fill.inherited;
    }
  }

  #parsed(): HeaderList {
    if (this.#table !== null) {
      this.#list = listOf(this.#table);
      this.#table = null;
    } else if (this.#block !== "") {
      this.#list = parseBlock(this.#block);
      this.#block = "";
    }
    return this.#list;
  }

  /** The headers as a list, to be read; the table stays. */
  #current(): HeaderList {
    return this.#table === null ? this.#parsed() : listOf(this.#table);
  }

  /** The table, if there are enough headers for one; null if the list (#parsed()) is to be used. */
  #many(): HeaderTable | null {
    if (this.#table !== null) return this.#table;
    if (this.#parsed().length > LONGEST_SEARCHED) {
      this.#table = tableOf(this.#list);
      this.#list = [];
    }
    return this.#table;
  }

  #get(key: string): string | null {
    const table = this.#many();
    return table === null ? getHeader(this.#list, key) : getFromTable(table, key);
  }

  /** "Validate" for a change; false: pass over it in silence. */
  #mayChange(name: string, value: string, where: string): boolean {
    if (this.#guard === Guard.Immutable) throw new TypeError(`${where}: The headers are immutable`);
    return this.#guard !== Guard.RequestNoCors || load("fetch").isCorsSafelisted(name, value);
  }

  append(name: string, value: string): void {
    this.#list;
    const where = "Failed to execute 'append' on 'Headers'";
    requireArguments(arguments.length, 2, where);
    const plain = typeof name === "string" && typeof value === "string" && isPlainValue(value);
    const rawName = plain ? name : toByteString(name, where);
    const rawValue = plain ? value : toByteString(value, where);
    const key = toKey(rawName, where);
    const text = plain ? rawValue : toHeaderValue(rawValue, key, where);
    let whole = text;
    if (this.#guard === Guard.RequestNoCors) {
      const combined = this.#get(key);
      if (combined !== null) whole = `${combined}, ${text}`;
    }
    if (!this.#mayChange(key, whole, where)) return;
    const table = this.#many();
    if (table === null) appendHeader(this.#list, key, text);
    else appendToTable(table, key, text);
    this.#changed(key, text, true);
  }

  delete(name: string): void {
    this.#list;
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
    this.#remove(key);
    this.#changed(key, null, false);
  }

  #remove(key: string): void {
    const table = this.#many();
    if (table === null) removeHeaders(this.#list, key);
    else mapDelete(table, key);
  }

  get(name: string): string | null {
    this.#list;
    const where = "Failed to execute 'get' on 'Headers'";
    requireArguments(arguments.length, 1, where);
    return this.#get(toKey(name, where));
  }

  getSetCookie(): string[] {
    const table = this.#many();
    const values: string[] = [];
    if (table !== null) {
      const cookies = mapGet(table, "set-cookie");
      return cookies === undefined ? values : copyList(cookies);
    }
    const list = this.#list;
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] === "set-cookie") values[values.length] = list[i + 1]!;
    }
    return values;
  }

  has(name: string): boolean {
    this.#list;
    const where = "Failed to execute 'has' on 'Headers'";
    requireArguments(arguments.length, 1, where);
    const key = toKey(name, where);
    const table = this.#many();
    return table === null ? hasHeader(this.#list, key) : mapHas(table, key);
  }

  set(name: string, value: string): void {
    this.#list;
    const where = "Failed to execute 'set' on 'Headers'";
    requireArguments(arguments.length, 2, where);
    const plain = typeof name === "string" && typeof value === "string" && isPlainValue(value);
    const rawName = plain ? name : toByteString(name, where);
    const rawValue = plain ? value : toByteString(value, where);
    const key = toKey(rawName, where);
    const text = plain ? rawValue : toHeaderValue(rawValue, key, where);
    if (!this.#mayChange(key, text, where)) return;
    const table = this.#many();
    if (table === null) setHeader(this.#list, key, text);
    else mapSet(table, key, [text]);
    this.#changed(key, text, false);
  }

  #changed(key: string, value: string | null, append: boolean): void {
    if (this.#inherited !== Inherited.Nothing) {
      if (key === "content-encoding") this.#inherited &= ~Inherited.Coding;
      else if (key === "content-length") this.#inherited &= ~Inherited.Length;
      else if (isOfConnection(key)) this.#inherited &= ~Inherited.Connection;
    }
    // "Remove privileged no-CORS request-headers".
    if (this.#guard === Guard.RequestNoCors) {
      this.#remove("range");
      this.#sorted = null;
    } else if (this.#sorted !== null) {
      if (key === "set-cookie") this.#sorted = null;
      else followChange(this.#sorted, key, value, append);
    }
  }

  static {
    defineInterface(Headers, "Headers", { shows: "pairs" });
    defineIterable<Headers, string, string>(Headers, "Headers", {
      is: isHeaders,
      pairAt(headers, index) {
        const sorted = (headers.#sorted ??= sortAndCombine(headers.#current()));
        const at = 2 * index;
        return at < sorted.length ? [sorted[at]!, sorted[at + 1]!] : undefined;
      },
    });
  }
}

const headersIterator: unknown = (Headers.prototype as unknown as Iterable<string>)[
  Symbol.iterator
];
