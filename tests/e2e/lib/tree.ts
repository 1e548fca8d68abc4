// Folders as values that can be compared.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Path and SHA-256 of each file below a folder; nothing if there is no such folder. */
export function treeOf(directory: string): Record<string, string> {
  if (!existsSync(directory)) return {};
  const tree: Record<string, string> = {};
  for (const path of readdirSync(directory, { recursive: true, encoding: "utf8" }).sort()) {
    const file = join(directory, path);
    if (!statSync(file).isFile()) continue;
    tree[path] = createHash("sha256").update(readFileSync(file)).digest("hex");
  }
  return tree;
}

/** All snapshots of a dist folder, as absolute paths. */
export function snapshotsOf(dist: string): string[] {
  return Object.keys(treeOf(dist))
    .filter((path) => !path.endsWith("manifest.json"))
    .map((path) => join(dist, path));
}
