// The servers that are measured beside each other.

import { existsSync } from "node:fs";
import { arch } from "node:os";
import { join } from "node:path";
import { buildDirectory, nano, root } from "../../tools/harness/paths.ts";
import { bundleForPeers, type Case } from "./apps.ts";
import { freePort, ServerProcess } from "./processes.ts";

const bun = join(root, `bench/node_modules/@oven/bun-linux-${arch()}/bin/bun`);
const peer = (file: string) => join(root, "bench/peers", file);

export type Name = "NANO" | "Bun" | "Node";

export const names: Name[] = existsSync(bun) ? ["NANO", "Bun", "Node"] : ["NANO", "Node"];

/** Starts a server on a port that is free. */
export type Starter = () => Promise<ServerProcess>;

/** `nano serve` with one worker. */
export function nanoServer(dist: string): Starter {
  return async () => {
    const port = await freePort();
    const listen = ["--listen", `127.0.0.1:${port}`, "--workers", "1"];
    return new ServerProcess([nano, "serve", dist, ...listen], port);
  };
}

/** What the system costs by itself: the same answer to whatever arrives (native/bare_server.cc). */
export async function bareServer(): Promise<ServerProcess> {
  const port = await freePort();
  return new ServerProcess([join(buildDirectory, "bin/nano-bench-bare"), String(port)], port);
}

/** All servers with an app, which is built for them already; `dist` holds it for NANO. */
export function serversOf(app: Case, dist: string, folder: string): Map<Name, Starter> {
  const bundle = bundleForPeers(folder, app);
  const withPort = (command: string[]) => async () => {
    const port = await freePort();
    return new ServerProcess([...command, String(port)], port);
  };
  // Node is measured at its best where nothing of Request and Response is needed.
  const node = app.name === "hello" ? [peer("node-hello.js")] : [peer("node.js"), bundle];
  const starters = new Map<Name, Starter>([
    ["NANO", nanoServer(dist)],
    ["Bun", withPort([bun, peer("bun.js"), bundle])],
    ["Node", withPort([process.execPath, ...node])],
  ]);
  return new Map(names.map((name) => [name, starters.get(name)!]));
}
