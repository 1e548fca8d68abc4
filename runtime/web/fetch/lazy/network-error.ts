// Network errors (Fetch Standard, section 2.2.6), as what the promise of fetch() is rejected with. Thread:
// the isolate's.
import { indexOf, slice } from "../../idl/primordials.ts";

export function networkError(url: string, problem: string, cause?: Error): TypeError {
  const shown = url.length > 200 ? `${slice(url, 0, 200)}…` : url;
  const message = `fetch of ${shown} failed: ${problem}`;
  return cause === undefined ? new TypeError(message) : new TypeError(message, { cause });
}

/** The same for a request that had to do with the network: its cause has a code. */
export function callError(url: string, code: string, problem: string): TypeError {
  const text = `${hostAndPort(url)}: ${problem}`;
  const cause = new Error(text) as Error & { code: string };
  cause.code = code;
  return networkError(url, text, cause);
}

/** "a.test:443" of a serialised http: or https: URL. */
function hostAndPort(url: string): string {
  const begin = indexOf(url, "//") + 2;
  let end = begin;
  while (end < url.length && url[end] !== "/" && url[end] !== "?" && url[end] !== "#") end++;
  const host = slice(url, begin, end);
  const hasPort = indexOf(host, ":", indexOf(host, "]") + 1) !== -1;
  return hasPort ? host : `${host}:${url[4] === "s" ? 443 : 80}`;
}
