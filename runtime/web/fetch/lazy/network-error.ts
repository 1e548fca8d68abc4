// Network errors (Fetch Standard, section 2.2.6), as what the promise of fetch() is rejected with. Thread:
// the isolate's.
import { indexOf, slice } from "../../idl/primordials.ts";

/** @param code Of its cause, which there is none of without. */
export function networkError(url: string, problem: string, code = ""): TypeError {
  return causedBy(`fetch of ${shownUrl(url)} failed: ${problem}`, problem, code);
}

function shownUrl(url: string): string {
  return url.length > 200 ? `${slice(url, 0, 200)}…` : url;
}

function causedBy(message: string, problem: string, code: string): TypeError {
  if (code === "") return new TypeError(message);
  const cause = new Error(problem) as Error & { code: string };
  cause.code = code;
  // Its place is the other's; logs show both.
  cause.stack = `Error: ${problem}`;
  return new TypeError(message, { cause });
}

/** What a call is refused with before it begins. */
export function refusalOf(url: string, problem: string): TypeError {
  return networkError(url, problem, REFUSED);
}

export function isRefusal(error: unknown): boolean {
  return (error as { cause?: { code?: unknown } }).cause?.code === REFUSED;
}

const REFUSED = "ERR_CALL_REFUSED";

/** A network error of a call that somebody was to answer: it says who. */
export function callError(url: string, code: string, problem: string): TypeError {
  // Of what a cache has found: nobody was called.
  if (code === "ERR_CACHE_BODY") return causedBy(`${problem}: ${shownUrl(url)}`, problem, code);
  return networkError(url, `${hostAndPort(url)}: ${problem}`, code);
}

/** "https://a.test:8443" of a serialised http: or https: URL, which always has a path. */
export function originOf(url: string): string {
  return slice(url, 0, indexOf(url, "/", indexOf(url, "//") + 2));
}

/** "a.test:443" of the same. */
function hostAndPort(url: string): string {
  const host = slice(originOf(url), indexOf(url, "//") + 2);
  const hasPort = indexOf(host, ":", indexOf(host, "]") + 1) !== -1;
  return hasPort ? host : `${host}:${url[4] === "s" ? 443 : 80}`;
}
