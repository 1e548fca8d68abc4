// Apps in worker processes of their own: an app that tells what it got, and which process runs it.

import { readFileSync } from "node:fs";
import { childrenOf, type Server } from "./server.ts";

/** Answers with its name, the request as it came, and the length and digest of the body. */
export const teller = (name: string): string => `
  const hex = (bytes) => Array.from(new Uint8Array(bytes), (b) => b.toString(16).padStart(2, "0")).join("");
  let count = 0;
  export default {
    async fetch(request) {
      const url = new URL(request.url);
      if (url.pathname === "/log") console.log("${name} runs");
      if (url.pathname === "/count") return new Response("${name} " + ++count);
      if (url.pathname === "/die") "x".repeat(2 ** 28).split("");
      const ms = Number(url.searchParams.get("ms"));
      if (url.pathname === "/compute") for (const end = Date.now() + ms; Date.now() < end;);
      else if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
      if (url.pathname === "/stream") {
        return new Response(new ReadableStream({
          async start(controller) {
            for (let i = 0; i < 10; i++) {
              controller.enqueue(new TextEncoder().encode(i + ";"));
              await new Promise((resolve) => setTimeout(resolve, 50));
            }
            controller.close();
          },
        }));
      }
      const body = await request.arrayBuffer();
      return Response.json({
        app: "${name}",
        method: request.method,
        url: request.url,
        test: request.headers.get("x-test"),
        length: body.byteLength,
        digest: hex(await crypto.subtle.digest("SHA-256", body)),
      });
    },
  };`;

export interface Told {
  app: string;
  method: string;
  url: string;
  test: string | null;
  length: number;
  digest: string;
}

/** The processes that run a group's apps alone. */
export function groupWorkers(server: Server, group: string): number[] {
  return childrenOf(server.pid).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`(${group})`);
    } catch {
      return false;
    }
  });
}

/** Those that serve all. */
export function sharedWorkers(server: Server): number[] {
  return server
    .workers()
    .filter((pid) => /^nano: worker \d+\0*$/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8")));
}
