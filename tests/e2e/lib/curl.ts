// curl, which most people talk to a server with first.

import assert from "node:assert/strict";
import { run, type Finished, type RunOptions } from "./program.ts";

/** Runs curl, without a configuration file or proxies; fails the test if curl does. */
export async function curl(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const all = ["-q", "-sS", "--noproxy", "*", "--max-time", "30", ...args];
  const result = await run("curl", all, options);
  assert.equal(result.status, 0, `curl ${args.join(" ")}: ${result.stderr}`);
  return result;
}
