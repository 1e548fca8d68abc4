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

/** The keys beside an array's or a string's items. */
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

/** The shape of a primitive's object: "[Number: 3]". */
function box(shape: Shape, type: string, primitive: unknown, name: string | null): void {
  const of = name === type ? "" : name === null ? " (null prototype)" : ` (${name})`;
  shape.base = `[${type}${of}: ${primitiveText(primitive)}]`;
}

/** The shape of an object that is neither a proxy nor a module namespace. */
export function shapeOf(context: Context, value: object, kind: ObjectKind): Shape {
  const name = className(value);
  const tag = tagOf(value, name);
  const prefix = (fallback: string, size: number | null = null) =>
    prefixOf(name, fallback, tag, size);
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
    case ObjectKind.Array: {
      const array = value as unknown[];
      shape.brackets = true;
      shape.keys = keysBesideItems(context, array);
      if (name !== "Array" || tag !== "") shape.prefix = prefix("Array", array.length);
      if (name === null) shape.name = "Array: null prototype";
      if (array.length > 0) {
        shape.addItems = addArrayItems;
        shape.numeric = isNumeric(array);
      }
      return shape;
    }
    case ObjectKind.TypedArray: {
      const type = typedArrayName(value)!;
      shape.brackets = true;
      shape.numeric = true;
      shape.keys = keysBesideItems(context, value);
      shape.prefix = prefix(type, typedArrayLength(value));
      if (typedArrayLength(value) > 0 || context.showHidden) shape.addItems = addTypedArrayItems;
      return shape;
    }
    case ObjectKind.String:
      box(shape, "String", stringValue(value as never), name);
      shape.keys = keysBesideItems(context, value);
      return shape;
    case ObjectKind.Arguments:
      shape.brackets = true;
      shape.prefix = "[Arguments] ";
      shape.name = "Arguments";
      shape.keys = without(ops.namedKeys(value, !context.showHidden), "length");
      shape.addItems = addArgumentItems;
      return shape;
  }

  shape.keys = visibleKeys(context, value);
  switch (kind) {
    case ObjectKind.Error:
      shape.base = errorText(context, value, name);
      shape.keys = errorKeys(value, shape.keys, shape.base);
      break;
    case ObjectKind.Function:
      shape.base = functionBase(value, name, isFunctionTag(tag) ? "" : tag);
      break;
    case ObjectKind.Set:
      shape.prefix = prefix("Set", setSize(value));
      if (setSize(value) > 0) shape.addItems = addSetItems;
      break;
    case ObjectKind.Map:
      shape.prefix = prefix("Map", mapSize(value));
      if (mapSize(value) > 0) shape.addItems = addMapItems;
      break;
    case ObjectKind.MapIterator:
    case ObjectKind.SetIterator: {
      const of = kind === ObjectKind.MapIterator ? "Map" : "Set";
      shape.prefix = `[${of} ${givesPairs(value) ? "Entries" : "Iterator"}] `;
      shape.name = `${of} Iterator`;
      shape.addItems = addRemainingItems;
      break;
    }
    case ObjectKind.WeakMap:
      shape.prefix = prefix("WeakMap");
      shape.addItems = addWeakItems;
      break;
    case ObjectKind.WeakSet:
      shape.prefix = prefix("WeakSet");
      shape.addItems = addWeakItems;
      break;
    case ObjectKind.Promise:
      shape.prefix = prefix("Promise");
      shape.addItems = addPromiseParts;
      break;
    case ObjectKind.ArrayBuffer:
      shape.prefix = prefix("ArrayBuffer");
      shape.addItems = addBufferParts;
      break;
    case ObjectKind.SharedArrayBuffer:
      shape.prefix = prefix("SharedArrayBuffer");
      shape.addItems = addSharedBufferParts;
      break;
    case ObjectKind.DataView:
      shape.prefix = prefix("DataView");
      shape.addItems = addDataViewParts;
      break;
    case ObjectKind.RegExp:
      shape.base = regExpText(value);
      break;
    case ObjectKind.Date: {
      const date = value as Date;
      shape.base = isNaN(dateTime(date)) ? "Invalid Date" : dateText(date);
      break;
    }
    case ObjectKind.Number:
      box(shape, "Number", numberValue(value as never), name);
      break;
    case ObjectKind.Boolean:
      box(shape, "Boolean", booleanValue(value as never), name);
      break;
    case ObjectKind.Symbol:
      box(shape, "Symbol", symbolValue(value as never), name);
      break;
    case ObjectKind.BigInt:
      box(shape, "BigInt", bigintValue(value as never), name);
      break;
    case ObjectKind.External:
      shape.base = "[External]";
      break;
    default:
      if (name !== "Object" || tag !== "") shape.prefix = prefix("Object");
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
