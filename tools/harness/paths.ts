// Where the programs under test and the files of the repository are.

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../..");
export const buildDirectory = resolve(process.env.NANO_BUILD_DIR ?? join(root, "build/release"));
export const nano = join(buildDirectory, "bin/nano");
export const nanoc = join(buildDirectory, "bin/nanoc");
export const examples = join(root, "examples");

for (const program of [nano, nanoc]) {
  if (!existsSync(program)) throw new Error(`${program} is missing: build it first`);
}
