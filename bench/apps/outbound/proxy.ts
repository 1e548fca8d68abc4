// A megabyte of another server, as it comes.

import type { Env } from "./origin.ts";

export default {
  fetch: (request: Request, env: Env) => fetch(env.ORIGIN + new URL(request.url).pathname),
};
