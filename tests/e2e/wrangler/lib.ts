// Projects with a wrangler file, written small by hand after those that people begin with, built in their own
// folder by `nanoc build` and served by `nano serve dist`, without a nano.yaml.

import assert from "node:assert/strict";
import { join } from "node:path";
import { nanocBuild, writeFiles } from "../lib/apps.ts";
import type { RunOptions } from "../lib/program.ts";
import { serve, type ServeOptions } from "../lib/server.ts";
import { temporaryFolder, type Scope } from "../lib/temporary.ts";
import { request, type Response } from "../../../tools/harness/http.ts";

export type Files = Record<string, string>;

export interface Project {
  directory: string;
  dist: string;
  /** All that nanoc said. */
  output: string;
}

/** A project's folder, with the fields of its wrangler.jsonc, if there are any. */
export function project(scope: Scope, files: Files, fields?: Record<string, unknown>): string {
  const directory = temporaryFolder(scope);
  writeFiles(directory, files);
  if (fields) writeFiles(directory, { "wrangler.jsonc": JSON.stringify(fields, null, 2) });
  return directory;
}

/** `nanoc build ARGS` in a project. */
export async function attempt(directory: string, args: string[] = [], options: RunOptions = {}) {
  const result = await nanocBuild(args, { cwd: directory, ...options });
  return { status: result.status, output: result.stdout + result.stderr };
}

export async function built(
  directory: string,
  args: string[] = [],
  options: RunOptions = {},
): Promise<Project> {
  const { status, output } = await attempt(directory, args, options);
  assert.equal(status, 0, output);
  return { directory, dist: join(directory, "dist"), output };
}

export interface Ask {
  host?: string;
  headers?: Record<string, string>;
  method?: string;
}

export type Asker = (path: string, ask?: Ask) => Promise<Response>;

/** Serves a dist; gives what asks it, of any host. */
export async function asker(
  scope: Scope,
  { dist }: { dist: string },
  options: ServeOptions = {},
): Promise<Asker> {
  const server = await serve(scope, dist, options);
  return (path, { host = "localhost", headers, method } = {}) =>
    request(server, host, path, { ...(headers && { headers }), ...(method && { method }) });
}

/** What all templates have. */
export const COMMON = {
  $schema: "node_modules/wrangler/config-schema.json",
  name: "shape",
  compatibility_date: "2026-04-01",
  compatibility_flags: ["nodejs_compat"],
  observability: { enabled: true },
  upload_source_maps: true,
};

/** An app that answers with its environment. */
export const SHOW_ENV = `export default { fetch(request, env) {
  const { ASSETS, ...rest } = env;
  return Response.json({ ...rest, assets: typeof ASSETS }); } };`;
