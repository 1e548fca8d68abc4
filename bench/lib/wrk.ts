// Load by wrk, on a core of its own.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { LOAD_CORE } from "./processes.ts";

export interface Load {
  port: number;
  host: string;
  path: string;
  /** A Lua script that makes the requests. */
  script?: string;
  /** Further fields of each request. */
  headers?: Record<string, string>;
  /** Seconds. */
  duration: number;
  connections: number;
}

/** Runs wrk; returns the number of requests that were answered. Fails if one of them was not. */
export async function load({
  port,
  host,
  path,
  script,
  headers = {},
  duration,
  connections,
}: Load): Promise<number> {
  const args = ["-c", LOAD_CORE, "wrk", "-t1", `-c${connections}`, `-d${duration}s`];
  args.push("--timeout", "30s"); // Slow answers are answers.
  args.push("-H", `Host: ${host}`);
  for (const [name, value] of Object.entries(headers)) args.push("-H", `${name}: ${value}`);
  if (script !== undefined) args.push("-s", script);
  args.push(`http://127.0.0.1:${port}${path}`);
  const { stdout } = await promisify(execFile)("taskset", args);
  const requests = /(\d+) requests in/.exec(stdout);
  if (requests === null || /Non-2xx|Socket errors/.test(stdout)) {
    throw new Error(`wrk reports:\n${stdout}`);
  }
  return Number(requests[1]);
}
