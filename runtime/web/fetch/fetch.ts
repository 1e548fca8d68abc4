// The global fetch() (Fetch Standard, section 5.6); lazy/ does the work. Thread: the isolate's.
import { load } from "../host/lazy-groups.ts";
import { rejected } from "../idl/primordials.ts";
import { requireArguments } from "../idl/webidl.ts";
import { Request } from "./request.ts";
import type { Response } from "./response.ts";

export const { fetch } = {
  // Everything that goes wrong is a rejection; an async function would be a second promise to wait for.
  fetch(input: string | Request, init: unknown = undefined): Promise<Response> {
    try {
      requireArguments(arguments.length, 1, "Failed to execute 'fetch'");
      return load("fetch").schemeFetch(new Request(input, init));
    } catch (error) {
      return rejected(error) as Promise<never>;
    }
  },
};
