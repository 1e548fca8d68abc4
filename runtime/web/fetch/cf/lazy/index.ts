// The cf group: `request.cf` (of Workers), a plain object that an app gives a request, or the host tells of one that
// has come. It is JSON between requests, so that no two of them share an object. Thread: the isolate's.
import { isExchange, type Exchange } from "../../../exchange/exchanges.ts";
import { load } from "../../../host/lazy-groups.ts";
import { charCodeAt, parseJson, stringifyJson } from "../../../idl/primordials.ts";
import { isObject } from "../../../idl/webidl.ts";

/** What is shown already, its JSON ("": there is none), or the exchange that it is asked of. */
export type CfSource = object | string | Exchange;

/** Characters of JSON: it goes along with calls of services in the head of a request, where there is one. */
const LONGEST = 64 * 1024;

/** For another request. Throws a TypeError if it is no object as JSON, or too long. */
export function jsonOf(cf: object): string {
  const json = stringifyJson(cf) as string | undefined;
  // It can say itself what it is there, a text for one.
  if (json === undefined || charCodeAt(json, 0) !== 0x7b) {
    throw new TypeError("cf is no object as JSON");
  }
  if (json.length <= LONGEST) return json;
  throw new TypeError(`cf has ${json.length} characters as JSON, of which there may be ${LONGEST}`);
}

/** Converts the member `cf` of a RequestInit, which was given. */
export function toCf(cf: unknown, where: string): string {
  if (!isObject(cf)) throw new TypeError(`${where}: Member 'cf' of RequestInit is not an object`);
  return jsonOf(cf);
}

/** Its JSON; "": there is none. */
export function textOfCf(source: CfSource): string {
  if (typeof source === "string") return source;
  return isExchange(source) ? load("visitor").cfIn(source.visitor) : jsonOf(source);
}

/** What the app sees. */
export function shownCf(source: CfSource): object | undefined {
  if (typeof source !== "string" && !isExchange(source)) return source;
  const text = textOfCf(source);
  return text === "" ? undefined : (parseJson(text) as object);
}

declare global {
  interface LazyGroups {
    cf: typeof import("./index.ts");
  }
}
