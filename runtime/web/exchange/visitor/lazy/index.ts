// The visitor group: what the host tells of a request's client (`ops.visitorOf`): JSON of `request.cf` on one line, and
// header fields that are the server's to say, whatever the client has sent of them. Thread: the isolate's.
import { isNamedByConnection, parseBlock } from "../../../http/header-list.ts";
import { indexOf, slice, toLowerCase } from "../../../idl/primordials.ts";

/** The JSON of `request.cf`; "": there is none. */
export function cfIn(visitor: string): string {
  return slice(visitor, 0, indexOf(visitor, "\n"));
}

/** The "name\nvalue\n" block of a request that came with the server's fields in the place of the client's. */
export function withServersFields(block: string, visitor: string): string {
  const hasConnection = indexOf(block, "connection\n") !== -1;
  let told = block;
  let begin = indexOf(visitor, "\n") + 1;
  while (begin < visitor.length) {
    const value = indexOf(visitor, "\n", begin) + 1;
    const end = indexOf(visitor, "\n", value) + 1;
    const name = slice(visitor, begin, value);
    // Perhaps the end of a value, or of another name: then nothing is taken out.
    if (indexOf(told, name) !== -1) told = without(told, slice(name, 0, -1));
    if (hasConnection) told = withoutOption(told, slice(name, 0, -1));
    if (end - value > 1) told += slice(visitor, begin, end);
    begin = end;
  }
  return told;
}

/**
 * A client may not say of what is the server's that it is for its connection alone: whomever the request is passed on
 * to would not get it.
 */
function withoutOption(block: string, name: string): string {
  if (indexOf(toLowerCase(block), name) === -1) return block;
  return isNamedByConnection(parseBlock(block), name) ? without(block, "connection") : block;
}

function without(block: string, name: string): string {
  const list = parseBlock(block);
  let rest = "";
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] !== name) rest += `${list[i]!}\n${list[i + 1]!}\n`;
  }
  return rest;
}

declare global {
  interface LazyGroups {
    visitor: typeof import("./index.ts");
  }
}
