// How the platform's own objects, whose state script cannot see, show themselves. interfaces.ts
// registers a view of each interface, as soon as there is one; apps have no access. Thread: the
// isolate's.
import { getterOf, ownProperty } from "../../intrinsics.ts";
import { prototypeOf } from "./names.ts";

/** Makes a plain object (null prototype) or array that stands for the state; throws for impostors. */
export type View = (self: object) => object;

/** Registers what has come since the last time. */
type Update = () => void;
let update: Update = () => {};

const views = new Map<object, View>();
const headings = new Map<object, (self: object) => string>();
const viewFor = views.get.bind(views);
const headingFor = headings.get.bind(headings);

/** Shows instances of `Class` as the object that `view` makes of them. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
export function showAs(Class: Function, view: View): void {
  views.set(Class.prototype as object, view);
}

/** Shows instances of `Class` with the values of some of its attributes. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
export function showAttributes(Class: Function, names: readonly string[]): void {
  const attributes: { name: string; read: (self: unknown) => unknown }[] = [];
  for (const name of names) {
    attributes.push({ name, read: attributeGetter(Class.prototype as object, name) });
  }
  showAs(Class, (self) => {
    const view: Record<string, unknown> = { __proto__: null as never };
    for (let i = 0; i < attributes.length; i++) {
      view[attributes[i]!.name] = attributes[i]!.read(self);
    }
    return view;
  });
}

/** The first line for errors whose name and message are attributes, such as DOMException's. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
export function showErrorAs(Class: Function, heading: (self: object) => string): void {
  headings.set(Class.prototype as object, heading);
}

function attributeGetter(prototype: object, name: string): (self: unknown) => unknown {
  for (let at: object | null = prototype; at !== null; at = prototypeOf(at)) {
    if (ownProperty(at, name)?.get !== undefined) return getterOf(at, name);
  }
  throw new TypeError(`no attribute ${name} to show`);
}

/** Called before views are looked up, for classes that do not exist from the beginning. */
export function setUpdate(register: Update): void {
  update = register;
}

/** What an instance of a registered class shows instead of itself; undefined for all the rest. */
export function viewOf(object: object): object | undefined {
  update();
  return find(object, viewFor);
}

export function headingOf(error: object): string | undefined {
  return find(error, headingFor);
}

function find<T>(
  object: object,
  lookUp: (prototype: object) => ((self: object) => T) | undefined,
): T | undefined {
  for (let at = prototypeOf(object); at !== null; at = prototypeOf(at)) {
    const make = lookUp(at);
    if (make === undefined) continue;
    try {
      return make(object);
    } catch {
      return undefined; // Made by Object.create: it has no state.
    }
  }
  return undefined;
}
