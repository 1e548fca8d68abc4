// Apps from sources in a test, built by nanoc.

import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { nanoc, root } from "../../../tools/harness/paths.ts";
import { run, type Finished, type RunOptions } from "./program.ts";
import { temporaryFolder, type Scope } from "./temporary.ts";

/** An app as nano.yaml describes it, with its files. */
export interface App {
  /** By path. A string stands for `index.ts`. */
  files: Record<string, string> | string;
  hosts?: string | string[];
  default?: boolean;
  entry?: string;
  /** The folder, or a map. */
  assets?: string | Record<string, unknown>;
  env?: Record<string, string>;
  build_env?: Record<string, string>;
  services?: Record<string, string | { app: string; entrypoint?: string; props?: object }>;
  kv?: Record<string, string | { namespace: string; url?: string }>;
  outbound?: Record<string, unknown> | "none";
  limits?: Record<string, unknown>;
  warmup?: unknown[];
  triggers?: { crons: string[] };
  health?: string;
  canary_key?: string;
  boot_timeout?: string;
  health_timeout?: string;
  drain_timeout?: string;
  isolation?: "shared" | "worker" | "process";
  group?: string;
  idle?: string;
}

export interface Workspace {
  /** The folder with nano.yaml and the apps' folders. */
  directory: string;
  /** Where `nanoc build` writes to. */
  dist: string;
  /** nano.yaml. */
  config: string;
}

export function writeFiles(directory: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/** Lets the apps below `directory` import the repository's npm packages. */
export function linkPackages(directory: string): void {
  symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
}

export function writeConfig(
  directory: string,
  apps: Record<string, App>,
  server: Record<string, unknown> = {},
): void {
  const entries = Object.entries(apps).map(([name, { files: _, ...settings }]) => ({
    path: name,
    ...settings,
  }));
  // YAML contains JSON.
  writeFileSync(join(directory, "nano.yaml"), JSON.stringify({ server, apps: entries }, null, 2));
}

/** Writes apps to a new folder. An app is a module's source, or an App; a sole one needs no hosts. */
export function workspace(
  scope: Scope,
  apps: Record<string, App | string>,
  server?: Record<string, unknown>,
): Workspace {
  const directory = temporaryFolder(scope);
  const described: Record<string, App> = {};
  for (const [name, app] of Object.entries(apps)) {
    const { files, ...settings } = typeof app === "string" ? { files: app } : app;
    const hosts = settings.hosts ?? (settings.default ? undefined : `${name}.test`);
    described[name] = { files, ...settings, ...(hosts && { hosts }) };
    writeFiles(join(directory, name), typeof files === "string" ? { "index.ts": files } : files);
  }
  writeConfig(directory, described, server);
  return { directory, dist: join(directory, "dist"), config: join(directory, "nano.yaml") };
}

/** `nanoc build ARGS`, with no terminal and no colours. */
export function nanocBuild(args: readonly string[], options?: RunOptions): Promise<Finished> {
  return run(nanoc, ["build", ...args], { timeout: 120_000, ...options });
}

/** Builds a workspace; fails the test if nanoc does. */
export async function build({ directory, dist }: Workspace): Promise<Finished> {
  const result = await nanocBuild([directory, "-o", dist]);
  assert.equal(result.status, 0, `nanoc build failed:\n${result.stderr}${result.stdout}`);
  return result;
}

/** Writes and builds apps. */
export async function buildApps(
  scope: Scope,
  apps: Record<string, App | string>,
  server?: Record<string, unknown>,
): Promise<Workspace> {
  const made = workspace(scope, apps, server);
  await build(made);
  return made;
}
