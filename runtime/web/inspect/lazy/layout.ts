// Laying out what an object consists of: on one line if it is short and shallow, else one part to a
// line, short array items in columns. Thread: the isolate's.
import { floor, indexOf, join, max, min, repeat } from "../../idl/primordials.ts";
import { LINE_WIDTH, type Context } from "./context.ts";
import { cellWidth } from "./text.ts";

/** Levels of nesting that may share a line. */
const LEVELS_PER_LINE = 3;
/** Arrays with more items than this are put in columns. */
const MAX_ITEMS_IN_A_LINE = 6;
const MAX_COLUMNS = 16;

export interface Parts {
  /** What stands in front of the braces, such as "Foo " or "Map(2) ". */
  prefix: string;
  /** What the object is by itself, such as an error's stack or "[Function: f]"; may be empty. */
  base: string;
  brackets: boolean;
  parts: string[];
  /** How many of the first parts are an array's items, which may share lines. */
  items: number;
  /** The items are numbers, to be aligned to the right. */
  numeric: boolean;
}

export function layOut(context: Context, level: number, object: Parts): string {
  const { base, brackets, parts } = object;
  const open = object.prefix + (brackets ? "[" : "{");
  const close = brackets ? "]" : "}";
  const lead = base === "" ? open : `${base} ${open}`;
  let lines = parts;
  if (context.deepest - level < LEVELS_PER_LINE) {
    if (object.items > MAX_ITEMS_IN_A_LINE) lines = inColumns(context, object);
    if (lines === parts && fits(context, lead, parts)) {
      return `${lead} ${join(parts, ", ")} ${close}`;
    }
  }
  const indent = `\n${repeat(" ", context.indent)}`;
  return `${lead}${indent}  ${join(lines, `,${indent}  `)}${indent}${close}`;
}

function fits(context: Context, lead: string, parts: string[]): boolean {
  let width = context.indent + lead.length + 2;
  if (indexOf(lead, "\n") !== -1) return false;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    width += part.length + 2;
    if (width > LINE_WIDTH || indexOf(part, "\n") !== -1) return false;
  }
  return true;
}

/** The parts with the items among them joined to rows of equal columns, if they are short enough. */
function inColumns(context: Context, object: Parts): string[] {
  const { parts, items } = object;
  const widths: number[] = [];
  let widest = 0;
  for (let i = 0; i < items; i++) {
    if (indexOf(parts[i]!, "\n") !== -1) return parts;
    widths[i] = cellWidth(parts[i]!);
    widest = max(widest, widths[i]!);
  }
  const room = LINE_WIDTH - context.indent - 2;
  const columns = min(MAX_COLUMNS, items, floor(room / (widest + 2)));
  if (columns < 3) return parts;

  const columnWidths: number[] = [];
  for (let i = 0; i < items; i++) {
    columnWidths[i % columns] = max(columnWidths[i % columns] ?? 0, widths[i]!);
  }
  const rows: string[] = [];
  for (let start = 0; start < items; start += columns) {
    const end = min(start + columns, items);
    let row = "";
    for (let i = start; i < end; i++) {
      const padding = repeat(" ", columnWidths[i - start]! - widths[i]!);
      const last = i === end - 1;
      if (object.numeric) row += padding + parts[i]! + (last ? "" : ", ");
      else row += parts[i]! + (last ? "" : `, ${padding}`);
    }
    rows[rows.length] = row;
  }
  for (let i = items; i < parts.length; i++) rows[rows.length] = parts[i]!;
  return rows;
}
