// `request.cf` (of Workers): a plain object that an app gives a request, or the host tells of one that has come. It is
// JSON between requests, so that no two of them share an object. Thread: the isolate's.
import { isExchange, type Exchange } from "../exchange/exchanges.ts";
import { cfIn } from "../exchange/visitor.ts";
import { parseJson, stringifyJson } from "../idl/primordials.ts";
import { isObject } from "../idl/webidl.ts";

/** What is shown already, its JSON ("": there is none), or the exchange that it is asked of. */
export type CfSource = object | string | Exchange;

/** Characters of JSON: it goes along with calls of services in the head of a request, where there is one. */
const LONGEST = 64 * 1024;

function jsonOf(cf: object): string {
  const json = (stringifyJson(cf) as string | undefined) ?? "";
  if (json.length <= LONGEST) return json;
  throw new TypeError(`cf has ${json.length} characters as JSON, of which there may be ${LONGEST}`);
}

/** Converts the member `cf` of a RequestInit; null: not given. */
export function toCf(cf: unknown, where: string): string | null {
  if (cf === undefined || cf === null) return null;
  if (!isObject(cf)) throw new TypeError(`${where}: Member 'cf' of RequestInit is not an object`);
  return jsonOf(cf);
}

/** For another request. */
export function copiedCf(source: CfSource | null): string | Exchange | null {
  if (source === null || typeof source === "string" || isExchange(source)) return source;
  return jsonOf(source);
}

/** Its JSON; "": there is none. */
export function textOfCf(source: CfSource | null): string {
  const copied = copiedCf(source);
  if (copied === null) return "";
  return typeof copied === "string" ? copied : cfIn(copied.visitor);
}

/** What the app sees. */
export function shownCf(source: CfSource | null): object | undefined {
  if (source !== null && typeof source !== "string" && !isExchange(source)) return source;
  const text = textOfCf(source);
  return text === "" ? undefined : (parseJson(text) as object);
}
