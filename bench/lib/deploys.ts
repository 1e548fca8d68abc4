// What measuring deployments takes: an app in many versions, and requests while something else goes on.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { nanoc } from "../../tools/harness/paths.ts";
import { hostOf } from "./apps.ts";
import { connectTo } from "./processes.ts";

export const CONNECTIONS = 16;

export const wordAt = (turn: number) => `word${turn}`;

export const percentile = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];

/** One answer's bytes, whose body is a word. */
export async function wordOf(socket: Socket, host: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  socket.once("data", resolve);
  socket.once("error", reject);
  socket.once("close", () => reject(new Error("the server closed the connection")));
  socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  const text = (await promise).toString("latin1");
  socket.removeAllListeners();
  if (!text.startsWith("HTTP/1.1 200 ")) throw new Error(text);
  return text.slice(text.indexOf("\r\n\r\n") + 4).trim();
}

/** A dist whose first app answers with one of many words; all are built, and `show` makes one current. */
export class Versions {
  readonly dist: string;
  readonly #manifests: string[] = [];

  constructor(folder: string, apps: number, count: number) {
    const root = join(folder, `versions-${apps}`);
    this.dist = join(root, "dist");
    for (const word of Array.from({ length: count }, (_, turn) => wordAt(turn))) {
      for (let i = 0; i < apps; i++) {
        const app = join(root, `app${i}`);
        mkdirSync(app, { recursive: true });
        const text = i === 0 ? word : `app${i}`;
        writeFileSync(
          join(app, "index.ts"),
          `export default { fetch: () => new Response("${text}\\n") };\n`,
        );
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

  show(turn: number): string {
    const which = turn % this.#manifests.length;
    const path = join(this.dist, "manifest.json");
    writeFileSync(`${path}.new`, this.#manifests[which]);
    renameSync(`${path}.new`, path);
    return wordAt(which);
  }
}

/** Latencies (ms) of requests to one host after the other, for as long as `work` takes. */
export async function latenciesWhile(
  port: number,
  hosts: readonly string[],
  work: () => Promise<void>,
): Promise<number[]> {
  let running = true;
  const times: number[] = [];
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => connectTo(port)));
  const load = sockets.map(async (socket, index) => {
    for (let i = index; running; i++) {
      const begin = performance.now();
      await wordOf(socket, hosts[i % hosts.length]);
      times.push(performance.now() - begin);
    }
  });
  const all = Promise.all(load);
  await Promise.race([work(), all]);
  running = false;
  await all;
  for (const socket of sockets) socket.destroy();
  return times;
}

/** All but the first, which is swapped. */
export const othersOf = (name: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${name}${i + 1}.localhost`);

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
