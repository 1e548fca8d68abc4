// The servers that are measured beside each other.

import { existsSync } from "node:fs";
import { arch } from "node:os";
import { join } from "node:path";
import { buildDirectory, nano, root } from "../../tools/harness/paths.ts";
import { bundleForPeers, configOf, type Case, type OutboundCase } from "./apps.ts";
import { freePort, LOAD_CORE, ServerProcess, type ServerOptions } from "./processes.ts";

const bun = join(root, `bench/node_modules/@oven/bun-linux-${arch()}/bin/bun`);
const deno = join(root, `bench/node_modules/@deno/linux-${arch()}-glibc/deno`);
const peer = (file: string) => join(root, "bench/peers", file);
const program = (name: string) => join(buildDirectory, "bin", name);

export type Name = "NANO" | "Bun" | "Node";

export const names: Name[] = existsSync(bun) ? ["NANO", "Bun", "Node"] : ["NANO", "Node"];

/** Starts a server on a port that is free. */
export type Starter = () => Promise<ServerProcess>;

function starter(command: (port: string) => string[], options?: ServerOptions): Starter {
  return async () => {
    const port = await freePort();
    return new ServerProcess(command(String(port)), port, options);
  };
}

/** `nano serve`, with one worker unless told otherwise. */
export function nanoServer(
  dist: string,
  options: string[] = [],
  variables = {},
  workers = 1,
  { core }: Pick<ServerOptions, "core"> = {},
): Starter {
  const command = [nano, "serve", dist, "--workers", String(workers), ...options, "--listen"];
  return starter((port) => [...command, `127.0.0.1:${port}`], { variables, core });
}

/** What the system costs by itself: the same answer to whatever arrives (native/bare_server.cc). */
export const bareServer = starter((port) => [program("nano-bench-bare"), port]);

/** All servers with an app, which is built for them already; `dist` holds it for NANO. */
export function serversOf(app: Case, dist: string, folder: string): Map<Name, Starter> {
  const bundle = bundleForPeers(folder, app);
  // Node is measured at its best where nothing of Request and Response is needed.
  const node = app.name === "hello" ? [peer("node-hello.js")] : [peer("node.js"), bundle];
  const starters = new Map<Name, Starter>([
    ["NANO", nanoServer(dist)],
    ["Bun", starter((port) => [bun, peer("bun.js"), bundle, port])],
    ["Node", starter((port) => [process.execPath, ...node, port])],
  ]);
  return new Map(names.map((name) => [name, starters.get(name)!]));
}

/** What apps call (native/origin.cc); it runs where the load does. */
export const originServer = starter((port) => [program("nano-bench-origin"), port], {
  core: LOAD_CORE,
});

/** Each way to make an app's calls that is measured. */
export type Caller = "NANO" | "Bun" | "Deno" | "Node" | "node:http" | "bare" | "splice";

/** Bytes of the pipes of the gateway that moves what it passes on. */
const PIPE = "262144";

/**
 * All servers with an app that calls an origin. `bare` makes the same calls, without JavaScript or a look at
 * what they answer (native/bare_gateway.cc); `splice` does not even copy it, where it is passed on.
 */
export function callersOf(app: OutboundCase, folder: string, port: number): Map<Caller, Starter> {
  const bundle = bundleForPeers(folder, app);
  const variables = { ORIGIN: `http://127.0.0.1:${port}` };
  const withOrigin = (command: (port: string) => string[]) => starter(command, { variables });
  const { calls, origin: path } = app;
  const gateway = [String(port), String(calls), path];
  const starters: [Caller, Starter][] = [
    ["NANO", nanoServer(join(folder, "dist"), ["--config", configOf(folder)], variables)],
    ["Node", withOrigin((port) => [process.execPath, peer("node-hono.js"), bundle, port])],
    [
      "node:http",
      withOrigin((port) => [process.execPath, peer("node-http.js"), bundle, port, app.name]),
    ],
    ["bare", starter((port) => [program("nano-bench-gateway"), port, ...gateway])],
  ];
  if (app.passesOn) {
    const command = [program("nano-bench-gateway")];
    starters.push(["splice", starter((port) => [...command, port, ...gateway, PIPE])]);
  }
  if (existsSync(bun))
    starters.push(["Bun", withOrigin((port) => [bun, peer("bun.js"), bundle, port])]);
  if (existsSync(deno)) {
    const command = [deno, "run", "--allow-all", "--no-config", peer("deno.js"), bundle];
    starters.push(["Deno", withOrigin((port) => [...command, port])]);
  }
  return new Map(starters);
}
