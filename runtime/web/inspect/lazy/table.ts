// console.table's drawing: rows and columns of a collection in boxes. Thread: the isolate's.
import { ObjectKind } from "../../host/ops.ts";
import {
  hasOwn,
  isEnumerable,
  mapEntries,
  mapGet,
  mapSet,
  mapSize,
  max,
  nextOfMap,
  nextOfSet,
  ownKeys,
  ownProperty,
  repeat,
  setSize,
  setValues,
} from "../../idl/primordials.ts";
import { inspect } from "./inspect.ts";
import { cellWidth, escapeControls } from "./text.ts";

interface Row {
  index: string;
  /** A map's key, in a column of its own. */
  key: string | undefined;
  /** Cells of the named columns. */
  cells: Map<string, string>;
  /** What is shown of a row that is no object. */
  value: string | undefined;
}

const GETTER = "[Getter]";

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** The object behind any proxies; null if one is revoked. */
function unwrap(object: object): object | null {
  let at: object | null = object;
  while (at !== null && ops.objectKind(at) === ObjectKind.Proxy) at = ops.proxyTarget(at);
  return at;
}

/** One cell: on one line, nested objects by their names. */
function cellText(value: unknown): string {
  const text = inspect(value, { depth: isObject(value) ? -1 : 0 });
  return escapeControls(text);
}

function stringKeys(object: object): string[] {
  const all = ownKeys(object);
  const keys: string[] = [];
  for (let i = 0; i < all.length; i++) {
    const key = all[i]!;
    if (typeof key === "string" && isEnumerable(object, key)) keys[keys.length] = key;
  }
  return keys;
}

/** An own property's cell; getters are not called. */
function propertyText(object: object, key: string): string {
  const property = ownProperty(object, key);
  if (property === undefined) return "";
  return hasOwn(property, "value") ? cellText(property.value) : GETTER;
}

class Table {
  readonly rows: Row[] = [];
  readonly columns: string[] = [];
  readonly #known = new Map<string, string>();
  readonly #only: readonly string[] | undefined;

  constructor(only: readonly string[] | undefined) {
    this.#only = only;
    if (only !== undefined) for (let i = 0; i < only.length; i++) this.#addColumn(only[i]!);
  }

  #addColumn(name: string): void {
    if (mapGet(this.#known, name) !== undefined) return;
    mapSet(this.#known, name, name);
    this.columns[this.columns.length] = name;
  }

  /** A row whose value would have to be computed by the app. */
  addGetter(index: string): void {
    const row = { index, key: undefined, cells: new Map<string, string>(), value: GETTER };
    this.rows[this.rows.length] = row;
  }

  addRow(index: string, key: string | undefined, value: unknown): void {
    const row: Row = { index, key, cells: new Map(), value: undefined };
    const object = isObject(value) && typeof value !== "function" ? unwrap(value) : null;
    if (object === null) {
      row.value = cellText(value);
    } else {
      const keys = this.#only ?? stringKeys(object);
      for (let i = 0; i < keys.length; i++) {
        const name = keys[i]!;
        if (this.#only === undefined) this.#addColumn(name);
        else if (!hasOwn(object, name)) continue;
        mapSet(row.cells, name, propertyText(object, name));
      }
    }
    this.rows[this.rows.length] = row;
  }
}

/** The table of a collection, drawn; undefined if the value is nothing to make a table of. */
export function tableText(data: unknown, only: readonly string[] | undefined): string | undefined {
  if (!isObject(data)) return undefined;
  const object = unwrap(data);
  if (object === null || typeof object === "function") return undefined;
  const table = new Table(only);
  const kind = ops.objectKind(object);
  let indexTitle = "(index)";
  let keyed = false;
  if (kind === ObjectKind.Map) {
    indexTitle = "(iteration index)";
    keyed = true;
    const iterator = mapEntries(object);
    const size = mapSize(object);
    for (let i = 0; i < size; i++) {
      const entry = nextOfMap(iterator).value as [unknown, unknown];
      table.addRow(`${i}`, cellText(entry[0]), entry[1]);
    }
  } else if (kind === ObjectKind.Set) {
    indexTitle = "(iteration index)";
    const iterator = setValues(object);
    const size = setSize(object);
    for (let i = 0; i < size; i++) table.addRow(`${i}`, undefined, nextOfSet(iterator).value);
  } else {
    const keys = stringKeys(object);
    for (let i = 0; i < keys.length; i++) {
      const property = ownProperty(object, keys[i]!)!;
      if (hasOwn(property, "value")) table.addRow(keys[i]!, undefined, property.value);
      else table.addGetter(keys[i]!);
    }
  }
  return draw(table, indexTitle, keyed);
}

function draw(table: Table, indexTitle: string, keyed: boolean): string {
  const { rows, columns } = table;
  const lines: string[][] = [[indexTitle]];
  const titles = lines[0]!;
  if (keyed) titles[titles.length] = "Key";
  for (let i = 0; i < columns.length; i++) titles[titles.length] = escapeControls(columns[i]!);
  let hasValues = false;
  for (let i = 0; i < rows.length; i++) hasValues ||= rows[i]!.value !== undefined;
  if (hasValues) titles[titles.length] = "Values";
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const line = [escapeControls(row.index)];
    if (keyed) line[line.length] = row.key ?? "";
    for (let j = 0; j < columns.length; j++) {
      line[line.length] = mapGet(row.cells, columns[j]!) ?? "";
    }
    if (hasValues) line[line.length] = row.value ?? "";
    lines[lines.length] = line;
  }

  const widths: number[] = [];
  for (let column = 0; column < titles.length; column++) {
    let width = 0;
    for (let i = 0; i < lines.length; i++) width = max(width, cellWidth(lines[i]![column]!));
    widths[column] = width;
  }
  let text = rule(widths, "┌", "┬", "┐");
  for (let i = 0; i < lines.length; i++) {
    text += "\n│";
    for (let column = 0; column < widths.length; column++) {
      const cell = lines[i]![column]!;
      text += ` ${cell}${repeat(" ", widths[column]! - cellWidth(cell))} │`;
    }
    if (i === 0) text += `\n${rule(widths, "├", "┼", "┤")}`;
  }
  return `${text}\n${rule(widths, "└", "┴", "┘")}`;
}

function rule(widths: number[], left: string, middle: string, right: string): string {
  let text = left;
  for (let i = 0; i < widths.length; i++) {
    text += repeat("─", widths[i]! + 2) + (i === widths.length - 1 ? right : middle);
  }
  return text;
}
