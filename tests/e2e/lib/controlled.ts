// A server with apps, and `nano ctl` as its user calls it.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, buildApps, type App, type Workspace } from "./apps.ts";
import { run } from "./program.ts";
import { serve } from "./server.ts";
import type { Scope } from "./temporary.ts";
import { request } from "../../../tools/harness/http.ts";
import { nano } from "../../../tools/harness/paths.ts";

/** An app that says which one it is, and what of `env` it has. */
export const app = (version: string, more: Partial<App> = {}): App => ({
  files: `
    export default {
      async fetch(request, env) {
        await request.text();
        return new Response("${version} " + (env.GREETING ?? "-") + " " + (env.TOKEN ?? "-"));
      },
    };`,
  ...more,
});

export async function started(t: Scope, apps: Record<string, App | string>, workers = 2) {
  return controlled(t, await buildApps(t, apps), workers);
}

/** Serves apps that are built. */
export async function controlled(t: Scope, made: Workspace, workers = 2) {
  const server = await serve(t, made.dist, {
    config: made.config,
    cwd: made.directory,
    workers,
  });
  const env = { PATH: "/usr/bin:/bin", NANO_ADMIN: join(made.directory, "nano.sock") };
  const ctl = (args: string[], input = "") =>
    run(nano, ["ctl", ...args], { cwd: made.directory, env, input });
  const get = async (name: string, path = "/") =>
    (await request(server, `${name}.test`, path)).text;
  /** Succeeds, and says so. */
  const done = async (args: string[], says: RegExp, input = "") => {
    const { status, stdout, stderr } = await ctl(args, input);
    // What it waits for is told where it takes long, which is nothing wrong.
    const wrong = stderr.replaceAll(/^… .*\n/gm, "");
    assert.deepEqual([status, wrong], [0, ""], `${args.join(" ")}: ${stderr}`);
    assert.match(stdout, says);
    return stdout;
  };
  /** Builds the app anew. */
  const change = async (name: string, files: string) => {
    writeFileSync(join(made.directory, name, "index.ts"), files);
    await build(made);
  };
  return { made, server, ctl, get, done, change, env };
}
