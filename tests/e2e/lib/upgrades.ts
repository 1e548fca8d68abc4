// Servers under test that are upgraded by SIGUSR2.

import { readFileSync } from "node:fs";
import type { TestContext } from "node:test";
import type { Workspace } from "./apps.ts";
import { Installation } from "./installation.ts";
import { serve, type LogLine, type ServeOptions, type Server } from "./server.ts";
import { request } from "../../../tools/harness/http.ts";
import { until } from "../../../tools/harness/wait.ts";

export const APP = `
  const pieces = 20;
  export default {
    async fetch(request) {
      const url = new URL(request.url);
      if (url.pathname === "/stream") {
        return new Response(new ReadableStream({
          async start(controller) {
            for (let i = 0; i < pieces; i++) {
              controller.enqueue(new TextEncoder().encode(String(i) + ";"));
              await new Promise((resolve) => setTimeout(resolve, 100));
            }
            controller.close();
          },
        }));
      }
      const ms = Number(url.searchParams.get("ms"));
      if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
      return new Response("one");
    },
  };`;

export const alive = (pid: number) => {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

/** A server whose successors end with it. */
export async function serveToUpgrade(
  t: TestContext,
  made: Workspace,
  options: ServeOptions = {},
  starter = (nano: string) => nano,
): Promise<{ server: Server; installation: Installation }> {
  const installation = new Installation(t);
  // Before the server's own end, which comes with that of the last one that writes to its output.
  t.after(async () => {
    const pids = server.log.flatMap(({ msg, pid }) =>
      /^upgrading/.test(msg) ? [Number(pid)] : [],
    );
    for (const pid of pids.filter(alive)) process.kill(pid, "SIGTERM");
    await until("the successors' end", () => !pids.some(alive));
  });
  const server = await serve(t, made.dist, {
    workers: 2,
    config: made.config,
    program: starter(installation.nano),
    ...options,
  });
  await until("its workers", () => server.workers().length >= (options.workers ?? 2));
  return { server, installation };
}

export const count = (server: Server, pattern: RegExp) =>
  server.log.filter(({ msg }) => pattern.test(msg)).length;

/** Sends SIGUSR2 to the server's present main process; returns the new one once it serves. */
export async function upgrade(server: Server, pid: number): Promise<number> {
  const before = count(server, /serves from now on/);
  process.kill(pid, "SIGUSR2");
  await until(
    "the new server",
    () => count(server, /serves from now on/) > before && count(server, /^took over/) > before,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}; it wrote:\n${server.output}`);
  });
  return Number(server.log.findLast(({ msg }) => /^upgrading/.test(msg))!.pid);
}

export const failure = (server: Server): Promise<LogLine> =>
  server.waitForLog("the upgrade's failure", ({ msg }) => /upgrade failed/.test(msg));

export const ask = async (server: Server) => (await request(server, "app.test", "/")).text;
