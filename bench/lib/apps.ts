// The apps under load, built by nanoc for NANO and bundled by esbuild for the others.

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { arch } from "node:os";
import { join } from "node:path";
import { nanoc, root } from "../../tools/harness/paths.ts";
import { ALL_CORES } from "./processes.ts";

export interface Case {
  name: string;
  directory: string;
  entry: string;
  path: string;
  script?: string;
  warmup: unknown[];
}

const body = '{"items":[{"price":1,"quantity":1}]}';

export const cases: Case[] = [
  {
    name: "hello",
    directory: join(root, "examples/hello"),
    entry: "index.ts",
    path: "/",
    warmup: ["/"],
  },
  {
    name: "json",
    directory: join(root, "bench/apps/json"),
    entry: "index.ts",
    path: "/",
    script: join(root, "bench/lib/post.lua"),
    warmup: [{ path: "/", method: "POST", headers: { "content-type": "application/json" }, body }],
  },
  {
    name: "router",
    directory: join(root, "examples/router"),
    entry: "src/index.ts",
    path: "/users/1",
    warmup: ["/users/1"],
  },
  {
    name: "ssr",
    directory: join(root, "examples/ssr"),
    entry: "index.tsx",
    path: "/planets/saturn",
    warmup: ["/planets/saturn"],
  },
  {
    name: "stream",
    directory: join(root, "bench/apps/stream"),
    entry: "index.ts",
    path: "/",
    warmup: ["/"],
  },
];

/** Measures the Web APIs from within. */
export const apis: Case = {
  name: "apis",
  directory: join(root, "bench/apps/apis"),
  entry: "index.ts",
  path: "/",
  warmup: ["/"],
};

/** An app that calls another server. */
export interface OutboundCase extends Case {
  /** How often it calls for each request. */
  calls: number;
  /** The path that it calls. */
  origin: string;
  /** What comes is its answer. */
  passesOn?: boolean;
}

/** The server that they call is `ORIGIN` in `env`. Nothing can be called while they are built. */
export const outbound: OutboundCase[] = [
  { name: "fan-out", entry: "fan-out.ts", path: "/", calls: 10, origin: "/json" },
  { name: "proxy", entry: "proxy.ts", path: "/1mb", calls: 1, origin: "/1mb", passesOn: true },
  { name: "service", entry: "service.ts", path: "/products/4711", calls: 1, origin: "/json" },
].map((each) => ({ ...each, directory: join(root, "bench/apps/outbound"), warmup: [] }));

export const hostOf = (name: string) => `${name}.localhost`;

export const configOf = (folder: string) => join(folder, "nano.yaml");

function nanocBuild(folder: string, apps: unknown[], env: Record<string, string> = {}): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(configOf(folder), JSON.stringify({ defaults: { env }, apps }));
  const dist = join(folder, "dist");
  execFileSync("taskset", ["-c", ALL_CORES, nanoc, "build", folder, "-o", dist], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  return dist;
}

const appOf = ({ name, directory, entry, warmup }: Case) => ({
  path: directory,
  name,
  entry,
  hosts: hostOf(name),
  warmup,
});

/** Builds all of them for NANO; returns the dist. */
export function buildCases(folder: string): string {
  return nanocBuild(join(folder, "cases"), [...cases, apis].map(appOf));
}

/** Builds those that call; returns the folder of dist and nano.yaml, which wants the variable ORIGIN. */
export function buildOutbound(folder: string): string {
  const calls = join(folder, "outbound");
  nanocBuild(calls, outbound.map(appOf), { ORIGIN: "${ORIGIN}" });
  return calls;
}

/**
 * Builds `busy`, and `quiet` under other names as well: `own` and `own2` in processes of their own, `caller` and
 * `far` that call `quiet`, from its worker and from another process. Returns the folder of dist and nano.yaml.
 */
export function buildNeighbours(folder: string): string {
  const neighbours = join(folder, "neighbours");
  const directory = join(root, "bench/apps/neighbours");
  const app = (name: string, entry: string, more = {}) => ({
    ...appOf({ name, directory, entry, path: "/", warmup: ["/0"] }),
    ...more,
  });
  const services = { OTHER: "quiet" };
  nanocBuild(neighbours, [
    app("busy", "busy.ts"),
    app("quiet", "quiet.ts"),
    app("caller", "quiet.ts", { services }),
    app("far", "quiet.ts", { services, isolation: "process" }),
    app("own", "quiet.ts", { isolation: "process" }),
    app("own2", "quiet.ts", { isolation: "process" }),
  ]);
  return neighbours;
}

/** Builds many hello apps, no two the same; returns the dist. Their hosts are those of app1, … */
export function buildMany(folder: string, count: number): string {
  const many = join(folder, "many");
  const apps = [];
  for (let i = 1; i <= count; i++) {
    const name = `app${i}`;
    mkdirSync(join(many, name), { recursive: true });
    const source = `export default { fetch: () => new Response("hello ${i}\\n") };\n`;
    writeFileSync(join(many, name, "index.ts"), source);
    apps.push({ path: name, hosts: hostOf(name), warmup: ["/"] });
  }
  return nanocBuild(many, apps);
}

/** Bundles a case for Bun and Node; returns the file. */
export function bundleForPeers(folder: string, { name, directory, entry }: Case): string {
  const file = join(folder, `${name}.mjs`);
  const esbuild = join(root, `node_modules/@esbuild/linux-${arch()}/bin/esbuild`);
  const args = ["--bundle", "--format=esm", "--platform=browser", "--target=esnext"];
  args.push('--define:process.env.NODE_ENV="production"', "--log-level=warning");
  args.push(join(directory, entry), `--outfile=${file}`);
  execFileSync(esbuild, args, { stdio: "inherit" });
  return file;
}
