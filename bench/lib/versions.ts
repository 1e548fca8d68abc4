// Many versions of apps, built ahead, of which one is made current at a time.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nanoc } from "../../tools/harness/paths.ts";
import { hostOf } from "./apps.ts";

/** What the app answers in a version. */
export const wordAt = (turn: number) => `word${turn}`;

/** Puts a file in the place of another one, as a whole. */
export function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

/** A module of at least so many bytes that answers with a word; the rest of it is functions that could be asked. */
export function moduleOf(word: string, bytes = 0): string {
  const parts = [`const handlers = {};\n`];
  for (let size = 0, i = 0; size < bytes; i++) {
    const part =
      `handlers["/f${i}"] = (request) => {\n` +
      `  const fields = [...request.headers].filter(([name]) => name.startsWith("x-${i}-"));\n` +
      `  return new Response(JSON.stringify({ call: ${i}, fields, method: request.method }));\n};\n`;
    size += part.length;
    parts.push(part);
  }
  parts.push(
    `const answer = (request) => new Response("${word}\\n");\n`,
    `export default {\n  fetch: (request) => (handlers[new URL(request.url).pathname] ?? answer)(request),\n};\n`,
  );
  return parts.join("");
}

/** A dist whose first app answers with one of many words; all are built, and `show` makes one current. */
export class Versions {
  readonly dist: string;
  readonly #manifests: string[] = [];

  constructor(folder: string, apps: number, count: number, bytes = 0) {
    const root = join(folder, `versions-${apps}-${bytes}`);
    this.dist = join(root, "dist");
    for (const word of Array.from({ length: count }, (_, turn) => wordAt(turn))) {
      for (let i = 0; i < apps; i++) {
        const app = join(root, `app${i}`);
        mkdirSync(app, { recursive: true });
        writeFileSync(join(app, "index.js"), moduleOf(i === 0 ? word : `app${i}`, bytes));
      }
      const entries = Array.from({ length: apps }, (_, i) => ({
        path: `app${i}`,
        hosts: hostOf(`app${i}`),
      }));
      // YAML contains JSON.
      writeFileSync(join(root, "nano.yaml"), JSON.stringify({ apps: entries }));
      execFileSync(nanoc, ["build", root, "-o", this.dist, "--keep", String(count)], {
        stdio: ["ignore", "ignore", "inherit"],
      });
      this.#manifests.push(readFileSync(join(this.dist, "manifest.json"), "utf8"));
    }
  }

  /** The first app's snapshots, each version's. */
  snapshots(): Buffer[] {
    return this.#manifests.map((text) => {
      const { apps } = JSON.parse(text) as { apps: { name: string; snapshot: string }[] };
      return readFileSync(join(this.dist, apps.find(({ name }) => name === "app0")!.snapshot));
    });
  }

  /** The same versions in another folder, which has a current one of its own. */
  copy(dist: string): string {
    cpSync(this.dist, dist, { recursive: true });
    return dist;
  }

  show(turn: number, dist = this.dist): string {
    const which = turn % this.#manifests.length;
    replaceFile(join(dist, "manifest.json"), this.#manifests[which]);
    return wordAt(which);
  }
}
