// How the platform's own objects, whose state script cannot see, show themselves: as their interfaces say
// (`shows` of defineInterface). A getter is captured when an interface is seen for the first time, so an
// app that replaces one later changes nothing; apps have no access. Thread: the isolate's.
import { shown, type Shown } from "../../idl/platform-objects.ts";
import {
  getterOf,
  isArray,
  mapGet,
  mapSet,
  ownProperty,
  uncurryThis,
} from "../../idl/primordials.ts";
import { prototypeOf } from "./names.ts";

/** Makes a plain object (null prototype) or array that stands for the state; throws for impostors. */
type View = (self: object) => object;
/** The first line of an error. */
type Heading = (self: object) => string;

const views = new Map<object, View>();
const headings = new Map<object, Heading>();

/** The end of what has been taken from `shown`: groups add to it when they are loaded. */
let taken = 0;

function takeNew(): void {
  for (; taken < shown.length; taken += 2) {
    const prototype = shown[taken] as object;
    const shows = shown[taken + 1] as Shown;
    if (shows === "error") mapSet(headings, prototype, headingOfException(prototype));
    else
      mapSet(views, prototype, shows === "pairs" ? pairs(prototype) : attributes(prototype, shows));
  }
}

/** The values of some attributes. */
function attributes(prototype: object, names: readonly string[]): View {
  const getters: ((self: unknown) => unknown)[] = [];
  for (let i = 0; i < names.length; i++) getters[i] = attributeGetter(prototype, names[i]!);
  return (self) => {
    const view: Record<string, unknown> = { __proto__: null as never };
    for (let i = 0; i < names.length; i++) view[names[i]!] = getters[i]!(self);
    return view;
  };
}

function attributeGetter(prototype: object, name: string): (self: unknown) => unknown {
  for (let at: object | null = prototype; at !== null; at = prototypeOf(at)) {
    if (ownProperty(at, name)?.get !== undefined) return getterOf(at, name);
  }
  // The app has taken it away before anything was logged.
  return () => {
    throw new TypeError(`there is no attribute ${name}`);
  };
}

/** A list of names and values as an object; names that repeat get all their values. */
function pairs(prototype: object): View {
  type Visit = (value: unknown, name: string) => void;
  const { forEach } = prototype as { forEach(this: object, visit: Visit): void };
  const visitAll = uncurryThis(forEach);
  return (self) => {
    const view: Record<string, unknown> = { __proto__: null as never };
    visitAll(self, (value, name) => {
      const present = view[name];
      if (present === undefined) view[name] = value;
      else if (isArray(present)) present[present.length] = value;
      else view[name] = [present, value];
    });
    return view;
  };
}

/** "DOMException [AbortError]: why". */
function headingOfException(prototype: object): Heading {
  const exceptionName = attributeGetter(prototype, "name") as (self: object) => string;
  const exceptionMessage = attributeGetter(prototype, "message") as (self: object) => string;
  return (self) => {
    const message = exceptionMessage(self);
    return `DOMException [${exceptionName(self)}]${message === "" ? "" : `: ${message}`}`;
  };
}

/** What an instance of a platform interface shows instead of itself; undefined for all the rest. */
export function viewOf(object: object): object | undefined {
  return find(object, views);
}

export function headingOf(error: object): string | undefined {
  return find(error, headings);
}

function find<T>(object: object, makers: Map<object, (self: object) => T>): T | undefined {
  takeNew();
  for (let at = prototypeOf(object); at !== null; at = prototypeOf(at)) {
    const make = mapGet(makers, at);
    if (make === undefined) continue;
    try {
      return make(object);
    } catch {
      return undefined; // Made by Object.create: it has no state.
    }
  }
  return undefined;
}
