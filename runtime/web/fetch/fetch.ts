// The global fetch() (Fetch Standard, section 5.6); lazy/ does the work. Thread: the isolate's.
import { load } from "../host/lazy-groups.ts";
import { requireArguments } from "../idl/webidl.ts";
import { Request } from "./request.ts";
import type { Response } from "./response.ts";

export const { fetch } = {
  // An async function, so that everything that goes wrong is a rejection.
  async fetch(input: string | Request, init: unknown = undefined): Promise<Response> {
    requireArguments(arguments.length, 1, "Failed to execute 'fetch'");
    return load("fetch").schemeFetch(new Request(input, init));
  },
};
