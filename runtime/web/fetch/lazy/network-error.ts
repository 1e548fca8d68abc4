// Network errors (Fetch Standard, section 2.2.6), as what the promise of fetch() is rejected with. Thread:
// the isolate's.
import { slice } from "../../idl/primordials.ts";

export function networkError(url: string, problem: string): TypeError {
  const shown = url.length > 200 ? `${slice(url, 0, 200)}…` : url;
  return new TypeError(`fetch of ${shown} failed: ${problem}`);
}
