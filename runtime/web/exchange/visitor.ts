// What the host tells of a request's client (`ops.visitorOf`): JSON of `request.cf` on one line, and header
// fields that are the server's to say, whatever the client has sent of them. Thread: the isolate's.
import { parseBlock } from "../http/header-list.ts";
import { indexOf, slice } from "../idl/primordials.ts";
import type { Exchange } from "./exchanges.ts";

/** The JSON of `request.cf`; "": there is none. */
export function cfIn(visitor: string): string {
  return slice(visitor, 0, indexOf(visitor, "\n"));
}

/**
 * A request's "name\nvalue\n" block with the server's fields in the place of those that came.
 * @param exchange By which it came; null: the app has made it.
 */
export function withServersFields(block: string, exchange: Exchange | null): string {
  if (exchange === null) return block;
  const { visitor } = exchange;
  const fields = parseBlock(slice(visitor, indexOf(visitor, "\n") + 1));
  let told = block;
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!;
    // Also found in a value, and then not taken out.
    if (indexOf(told, `${name}\n`) !== -1) told = without(told, name);
    if (fields[i + 1] !== "") told += `${name}\n${fields[i + 1]!}\n`;
  }
  return told;
}

function without(block: string, name: string): string {
  const list = parseBlock(block);
  let rest = "";
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] !== name) rest += `${list[i]!}\n${list[i + 1]!}\n`;
  }
  return rest;
}
