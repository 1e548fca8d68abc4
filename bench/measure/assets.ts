// CPU time of a keep-alive request for a file, and of one that the client has already, beside nginx.

import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nanoc } from "../../tools/harness/paths.ts";
import { request } from "../../tools/harness/http.ts";
import { freePort, ServerProcess } from "../lib/processes.ts";
import { measureRounds, type Work } from "../lib/rounds.ts";
import { nanoServer, type Starter } from "../lib/servers.ts";
import type { Settings } from "../lib/settings.ts";
import { figure, median, ratioOf } from "../lib/statistics.ts";
import { atMost, printTable } from "../lib/table.ts";

const CONNECTIONS = 16;
const GOAL = 1.2;
const HOST = "files.localhost";
const SIZES = { "4k.bin": 4096, "1m.bin": 1024 * 1024 };

type Name = "NANO" | "nginx";

/** As nginx is cheapest: nothing is logged, and files stay open. */
function nginxServer(folder: string, root: string): Starter {
  return async () => {
    const port = await freePort();
    const home = join(folder, "nginx");
    mkdirSync(home, { recursive: true });
    const file = join(home, "nginx.conf");
    // It may read what this process has made.
    const user = process.getuid?.() === 0 ? "user root;" : "";
    writeFileSync(
      file,
      `${user} daemon off; pid ${home}/pid; error_log ${home}/error.log; worker_processes 1;
       events {}
       http {
         access_log off; keepalive_requests 100000000; sendfile on; tcp_nopush on;
         open_file_cache max=100; open_file_cache_valid 1h;
         server { listen 127.0.0.1:${port}; root ${root}; }
       }`,
    );
    const command = ["nginx", "-p", home, "-c", file, "-e", join(home, "error.log")];
    return new ServerProcess(command, port);
  };
}

/** Both servers with the same files. */
function servers(folder: string): Map<Name, Starter> {
  const project = join(folder, "assets");
  const files = join(project, "site", "public");
  mkdirSync(files, { recursive: true });
  for (const [name, size] of Object.entries(SIZES)) {
    writeFileSync(join(files, name), randomBytes(size));
  }
  const app = { path: "site", hosts: [HOST], assets: "public" };
  writeFileSync(join(project, "nano.yaml"), JSON.stringify({ apps: [app] }));
  const dist = join(project, "dist");
  execFileSync(nanoc, ["build", project, "-o", dist], { stdio: ["ignore", "ignore", "inherit"] });
  const options = ["--config", join(project, "nano.yaml")];
  return new Map([
    ["NANO", nanoServer(dist, options)],
    ["nginx", nginxServer(folder, files)],
  ]);
}

/** The entity tags that the servers have for a file: each of them finds its own among all. */
async function tagsOf(starters: Map<Name, Starter>, path: string): Promise<string> {
  const tags: string[] = [];
  for (const start of starters.values()) {
    const server = await start();
    try {
      for (;;) {
        const response = await request(server, HOST, path).catch(() => undefined);
        if (response === undefined) continue; // It does not listen yet.
        tags.push(response.header("etag")!);
        break;
      }
    } finally {
      await server.stop();
    }
  }
  return tags.join(", ");
}

export async function measureAssets(settings: Settings): Promise<void> {
  const starters = servers(settings.folder);
  const { rounds, duration } = settings;
  const tags = await tagsOf(starters, "/4k.bin");
  const of = (path: string, headers: Record<string, string> = {}): Work => ({
    host: HOST,
    path,
    headers,
    duration,
    connections: CONNECTIONS,
  });
  const works: [string, Work, boolean][] = [
    ["4 KB file", of("/4k.bin"), true],
    ["304 of it", of("/4k.bin", { "If-None-Match": tags }), true],
    ["1 MB file", of("/1m.bin"), false],
  ];
  const rows: string[][] = [];
  for (const [name, work, hasGoal] of works) {
    const costs = await measureRounds(starters, rounds, work);
    const [own, other] = [costs.get("NANO")!, costs.get("nginx")!];
    const ratio = ratioOf(own, other);
    rows.push([
      name,
      figure(median(own)),
      figure(median(other)),
      figure(ratio),
      hasGoal ? atMost(ratio, GOAL) : "",
    ]);
  }
  printTable(
    `CPU µs per keep-alive request for a file, ${CONNECTIONS} connections (median of ${rounds} rounds)`,
    ["request", "NANO", "nginx", "NANO/nginx", "goal"],
    rows,
  );
}
