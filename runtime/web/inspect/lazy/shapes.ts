// What an object of each kind shows: its prefix, its base text, its items and the keys to list beside
// them. Laying it out is inspect.ts's. Thread: the isolate's.
import { ObjectKind } from "../../host/ops.ts";
import {
  bigintValue,
  booleanValue,
  dateText,
  dateTime,
  isEnumerable,
  isNaN,
  mapSize,
  numberValue,
  ownKeys,
  regExpFlags,
  regExpSource,
  setSize,
  stringValue,
  symbolValue,
  typedArrayLength,
  typedArrayName,
} from "../../idl/primordials.ts";
import {
  addArrayItems,
  addBufferParts,
  addDataViewParts,
  addMapItems,
  addPromiseParts,
  addRemainingItems,
  addSetItems,
  addSharedBufferParts,
  addTypedArrayItems,
  addWeakItems,
  givesPairs,
  isNumeric,
  type AddItems,
} from "./collections.ts";
import type { Context } from "./context.ts";
import { errorKeys, errorText } from "./errors.ts";
import { functionBase, isFunctionTag } from "./functions.ts";
import { className, prefixOf, tagOf } from "./names.ts";
import { primitiveText } from "./text.ts";

type Key = string | symbol;

export interface Shape {
  /** In front of the braces: "Foo ", "Map(2) "; empty for plain objects and arrays. */
  prefix: string;
  /** What the object is by itself, such as "[Function: f]"; braces follow only if it has keys. */
  base: string;
  brackets: boolean;
  /** Items are numbers. */
  numeric: boolean;
  /** Stands for the object where it is nested too deeply: "[Foo]". */
  name: string;
  keys: Key[];
  addItems: AddItems | null;
}

function visibleKeys(context: Context, object: object): Key[] {
  const keys = ownKeys(object);
  if (context.showHidden) return keys;
  const visible: Key[] = [];
  for (let i = 0; i < keys.length; i++) {
    if (isEnumerable(object, keys[i]!)) visible[visible.length] = keys[i]!;
  }
  return visible;
}

/** The keys beside the items of an array, a string or a list of arguments. */
function keysBesideItems(context: Context, object: object): Key[] {
  return without(ops.namedKeys(object, !context.showHidden), "length");
}

function without(keys: Key[], key: string): Key[] {
  const kept: Key[] = [];
  for (let i = 0; i < keys.length; i++) if (keys[i] !== key) kept[kept.length] = keys[i]!;
  return kept;
}

function regExpText(value: object): string {
  let text = `/${regExpSource(value)}/`;
  for (let i = 0; i < regExpFlags.length; i++) {
    if (regExpFlags[i]!.read(value)) text += regExpFlags[i]!.flag;
  }
  return text;
}

const addArgumentItems: AddItems = (context, list, level, parts) => {
  const keys = ownKeys(list);
  for (let i = 0; i < keys.length && keys[i] === `${i}`; i++) {
    parts[i] = context.describeItem(list, i, level);
  }
  return parts.length;
};

/** What holds values: its type, its size if it shows one, and what lists them. */
interface Container {
  type: string;
  size: ((value: object) => number) | null;
  addItems: AddItems;
}

const containers = {
  __proto__: null,
  [ObjectKind.Set]: { type: "Set", size: setSize, addItems: addSetItems },
  [ObjectKind.Map]: { type: "Map", size: mapSize, addItems: addMapItems },
  [ObjectKind.WeakMap]: { type: "WeakMap", size: null, addItems: addWeakItems },
  [ObjectKind.WeakSet]: { type: "WeakSet", size: null, addItems: addWeakItems },
  [ObjectKind.Promise]: { type: "Promise", size: null, addItems: addPromiseParts },
  [ObjectKind.ArrayBuffer]: { type: "ArrayBuffer", size: null, addItems: addBufferParts },
  [ObjectKind.SharedArrayBuffer]: {
    type: "SharedArrayBuffer",
    size: null,
    addItems: addSharedBufferParts,
  },
  [ObjectKind.DataView]: { type: "DataView", size: null, addItems: addDataViewParts },
} as unknown as { [Kind in ObjectKind]?: Container };

function shapeContainer(
  shape: Shape,
  value: object,
  { type, size, addItems }: Container,
  name: string | null,
  tag: string,
): void {
  const count = size === null ? null : size(value);
  shape.prefix = prefixOf(name, type, tag, count);
  if (count !== 0) shape.addItems = addItems;
}

function shapeIterator(shape: Shape, iterator: object, of: "Map" | "Set"): void {
  shape.prefix = `[${of} ${givesPairs(iterator) ? "Entries" : "Iterator"}] `;
  shape.name = `${of} Iterator`;
  shape.addItems = addRemainingItems;
}

/** The shape of a primitive's object: "[Number: 3]". */
function shapeBox(shape: Shape, type: string, primitive: unknown, name: string | null): void {
  const of = name === type ? "" : name === null ? " (null prototype)" : ` (${name})`;
  shape.base = `[${type}${of}: ${primitiveText(primitive)}]`;
}

function shapeArray(
  shape: Shape,
  context: Context,
  array: unknown[],
  name: string | null,
  tag: string,
): void {
  shape.brackets = true;
  shape.keys = keysBesideItems(context, array);
  if (name !== "Array" || tag !== "") shape.prefix = prefixOf(name, "Array", tag, array.length);
  if (name === null) shape.name = "Array: null prototype";
  if (array.length > 0) {
    shape.addItems = addArrayItems;
    shape.numeric = isNumeric(array);
  }
}

function shapeTypedArray(
  shape: Shape,
  context: Context,
  array: object,
  name: string | null,
  tag: string,
): void {
  const length = typedArrayLength(array);
  shape.brackets = true;
  shape.numeric = true;
  shape.keys = keysBesideItems(context, array);
  shape.prefix = prefixOf(name, typedArrayName(array)!, tag, length);
  if (length > 0 || context.showHidden) shape.addItems = addTypedArrayItems;
}

function shapeArguments(shape: Shape, context: Context, list: object): void {
  shape.brackets = true;
  shape.prefix = "[Arguments] ";
  shape.name = "Arguments";
  shape.keys = keysBesideItems(context, list);
  shape.addItems = addArgumentItems;
}

/** The shape of an object whose keys are all alike: none of them are indices of items. */
function shapeWithoutIndices(
  shape: Shape,
  context: Context,
  value: object,
  kind: ObjectKind,
  name: string | null,
  tag: string,
): void {
  shape.keys = visibleKeys(context, value);
  switch (kind) {
    case ObjectKind.Error:
      shape.base = errorText(context, value, name);
      shape.keys = errorKeys(value, shape.keys, shape.base);
      return;
    case ObjectKind.Function:
      shape.base = functionBase(value, name, isFunctionTag(tag) ? "" : tag);
      return;
    case ObjectKind.MapIterator:
      return shapeIterator(shape, value, "Map");
    case ObjectKind.SetIterator:
      return shapeIterator(shape, value, "Set");
    case ObjectKind.RegExp:
      shape.base = regExpText(value);
      return;
    case ObjectKind.Date: {
      const date = value as Date;
      shape.base = isNaN(dateTime(date)) ? "Invalid Date" : dateText(date);
      return;
    }
    case ObjectKind.Number:
      return shapeBox(shape, "Number", numberValue(value as never), name);
    case ObjectKind.Boolean:
      return shapeBox(shape, "Boolean", booleanValue(value as never), name);
    case ObjectKind.Symbol:
      return shapeBox(shape, "Symbol", symbolValue(value as never), name);
    case ObjectKind.BigInt:
      return shapeBox(shape, "BigInt", bigintValue(value as never), name);
    case ObjectKind.External:
      shape.base = "[External]";
      return;
  }
  const container = containers[kind];
  if (container !== undefined) return shapeContainer(shape, value, container, name, tag);
  if (name !== "Object" || tag !== "") shape.prefix = prefixOf(name, "Object", tag, null);
}

/** The shape of an object that is neither a proxy nor a module namespace. */
export function shapeOf(context: Context, value: object, kind: ObjectKind): Shape {
  const name = className(value);
  const tag = tagOf(value, name);
  const shape: Shape = {
    prefix: "",
    base: "",
    brackets: false,
    numeric: false,
    name: name ?? `${tag === "" ? "Object" : tag}: null prototype`,
    keys: [],
    addItems: null,
  };
  switch (kind) {
    case ObjectKind.Array:
      shapeArray(shape, context, value as unknown[], name, tag);
      break;
    case ObjectKind.TypedArray:
      shapeTypedArray(shape, context, value, name, tag);
      break;
    case ObjectKind.Arguments:
      shapeArguments(shape, context, value);
      break;
    case ObjectKind.String:
      shapeBox(shape, "String", stringValue(value as never), name);
      shape.keys = keysBesideItems(context, value);
      break;
    default:
      shapeWithoutIndices(shape, context, value, kind, name, tag);
  }
  return shape;
}

/** The shape of a module namespace: its exports. */
export function moduleShape(namespace: object): Shape {
  const name = "Module: null prototype";
  const keys: Key[] = [];
  const names = ownKeys(namespace);
  for (let i = 0; i < names.length; i++) {
    if (typeof names[i] === "string") keys[keys.length] = names[i]!;
  }
  return {
    prefix: `[${name}] `,
    base: "",
    brackets: false,
    numeric: false,
    name,
    keys,
    addItems: null,
  };
}
