// The global fetch() (Fetch Standard, section 5.6). There is no network client yet. Thread: the
// isolate's.
import { Request } from "./request.ts";
import { requireArguments } from "./webidl.ts";

export const { fetch } = {
  async fetch(input: string | Request, init: unknown = undefined): Promise<never> {
    requireArguments(arguments.length, 1, "Failed to execute 'fetch'");
    const { url } = new Request(input, init);
    throw new TypeError(
      `fetch of ${url} failed: outgoing requests are not available in this version of NANO`,
    );
  },
};
