// Values as text for people: what console shows. Runs none of the app's code (no getters, no proxies'
// traps, no toString; only Error.prepareStackTrace, which the engine calls for a stack) and never
// throws. Strings are never shortened; collections show their first hundred items, and objects nested
// deeper than asked for become [Object]. Thread: the isolate's.
import { ObjectKind } from "../../host/ops.ts";
import { defineProperty, hasOwn, isEnumerable, max, ownProperty } from "../../idl/primordials.ts";
import { DEFAULT_DEPTH, type Context, type InspectOptions } from "./context.ts";
import { viewOf } from "./custom.ts";
import { layOut } from "./layout.ts";
import { moduleShape, shapeOf, type Shape } from "./shapes.ts";
import { keyText, primitiveText } from "./text.ts";

export type { InspectOptions } from "./context.ts";

/** Characters after which nested objects are left out, so that no log line fills the memory. */
const MAX_MADE = 1 << 24;

const INDENT = 2;

/** A value in words. Never throws. */
export function inspect(value: unknown, options?: InspectOptions): string {
  const depth = options?.depth;
  const context: Context = {
    depth: depth === null ? Infinity : typeof depth === "number" ? depth : DEFAULT_DEPTH,
    showHidden: options?.showHidden === true,
    showProxy: options?.showProxy === true,
    seen: [],
    circular: [],
    indent: 0,
    deepest: 0,
    made: 0,
    describe: (nested, level) => describe(context, nested, level),
    describeProperty: (object, key, level) => describeProperty(context, object, key, level),
    describeItem: (array, index, level) => describeItem(context, array, index, level),
  };
  try {
    return describe(context, value, 0);
  } catch {
    // Nesting without end and without a depth, or a string longer than the engine allows.
    return "[Inspection stopped: the value is nested too deeply or too large to be shown]";
  }
}

function describe(context: Context, value: unknown, level: number): string {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") {
    return primitiveText(value);
  }
  let object = value as object;
  let kind = ops.objectKind(object);
  while (kind === ObjectKind.Proxy) {
    if (context.showProxy) return describeProxy(context, object, level);
    const target = ops.proxyTarget(object);
    if (target === null) return "<Revoked Proxy>";
    object = target;
    kind = ops.objectKind(object);
  }
  return describeObject(context, object, kind, level);
}

function indexIn(list: object[], object: object): number {
  for (let i = 0; i < list.length; i++) if (list[i] === object) return i;
  return -1;
}

function describeObject(context: Context, object: object, kind: ObjectKind, level: number): string {
  if (indexIn(context.seen, object) !== -1) {
    let index = indexIn(context.circular, object);
    if (index === -1) {
      index = context.circular.length;
      context.circular[index] = object;
    }
    return `[Circular *${index + 1}]`;
  }
  if (kind === ObjectKind.Module) return fill(context, object, object, moduleShape(object), level);
  const shape = shapeOf(context, object, kind);
  if (kind === ObjectKind.Ordinary) {
    const view = viewOf(object);
    if (view !== undefined) return describeView(context, object, shape, view, level);
  }
  return fill(context, object, object, shape, level);
}

/** A platform object: the view that stands for it, with its class's name and its own properties. */
function describeView(
  context: Context,
  object: object,
  shape: Shape,
  view: object,
  level: number,
): string {
  for (let i = 0; i < shape.keys.length; i++) {
    defineProperty(view, shape.keys[i]!, ownProperty(object, shape.keys[i]!)!);
  }
  const stand = shapeOf(context, view, ops.objectKind(view));
  stand.prefix = shape.prefix;
  stand.name = shape.name;
  return fill(context, object, view, stand, level);
}

/** Describes what an object consists of, which is to be read from `source`, and lays it out. */
function fill(
  context: Context,
  object: object,
  source: object,
  shape: Shape,
  level: number,
): string {
  const { base, keys, addItems } = shape;
  if (addItems === null && keys.length === 0) {
    return base === "" ? shape.prefix + (shape.brackets ? "[]" : "{}") : base;
  }
  if (level > context.depth || context.made > MAX_MADE)
    return base === "" ? `[${shape.name}]` : base;

  const outerDeepest = context.deepest;
  context.deepest = level;
  context.seen[context.seen.length] = object;
  context.indent += INDENT;
  const parts: string[] = [];
  const items = addItems === null ? 0 : addItems(context, source, level, parts);
  for (let i = 0; i < keys.length; i++) {
    parts[parts.length] = describeProperty(context, source, keys[i]!, level);
  }
  context.indent -= INDENT;
  context.seen.length--;

  let { prefix } = shape;
  let shownBase = base;
  const reference = indexIn(context.circular, object);
  if (reference !== -1) {
    if (base === "") prefix = `<ref *${reference + 1}> ${prefix}`;
    else shownBase = `<ref *${reference + 1}> ${base}`;
  }
  const { brackets, numeric } = shape;
  const text =
    parts.length === 0
      ? `${prefix}${brackets ? "[]" : "{}"}`
      : layOut(context, level, { prefix, base: shownBase, brackets, parts, items, numeric });
  context.deepest = max(outerDeepest, context.deepest);
  context.made += text.length;
  return text;
}

function describeProxy(context: Context, proxy: object, level: number): string {
  const target = ops.proxyTarget(proxy);
  if (target === null) return "<Revoked Proxy>";
  if (level > context.depth) return "Proxy [Array]";
  if (indexIn(context.seen, proxy) !== -1) return "[Circular]";
  const outerDeepest = context.deepest;
  context.deepest = level;
  context.seen[context.seen.length] = proxy;
  context.indent += INDENT;
  const parts = [
    describe(context, target, level + 1),
    describe(context, ops.proxyHandler(proxy), level + 1),
  ];
  context.indent -= INDENT;
  context.seen.length--;
  const object = { prefix: "Proxy ", base: "", brackets: true, parts, items: 0, numeric: false };
  const text = layOut(context, level, object);
  context.deepest = max(outerDeepest, context.deepest);
  return text;
}

/** An own property's value; "[Getter]" for one that would have to be called. */
function describeValueOf(
  context: Context,
  object: object,
  key: string | symbol | number,
  level: number,
): string {
  let property: PropertyDescriptor | undefined;
  try {
    property = ownProperty(object, key);
  } catch {
    return "<uninitialized>"; // An export that its module has not initialised yet.
  }
  if (property === undefined) return "undefined"; // Deleted meanwhile.
  if (hasOwn(property, "value")) return describe(context, property.value, level);
  if (property.get === undefined) return "[Setter]";
  return property.set === undefined ? "[Getter]" : "[Getter/Setter]";
}

function describeItem(context: Context, array: object, index: number, level: number): string {
  return describeValueOf(context, array, index, level + 1);
}

function describeProperty(
  context: Context,
  object: object,
  key: string | symbol,
  level: number,
): string {
  // A chain of causes is shown to its end: the last one tells what went wrong.
  const nested = key === "cause" && ops.objectKind(object) === ObjectKind.Error ? level : level + 1;
  const value = describeValueOf(context, object, key, nested);
  return `${keyText(key, isHidden(object, key))}: ${value}`;
}

function isHidden(object: object, key: string | symbol): boolean {
  try {
    return !isEnumerable(object, key);
  } catch {
    return false; // An uninitialised export.
  }
}
