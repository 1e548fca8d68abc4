// A server whose apps are changed while it runs.

import { join } from "node:path";
import { build, buildApps, writeConfig, writeFiles, type App, type Workspace } from "./apps.ts";
import { serve, type LogLine, type ServeOptions, type Server } from "./server.ts";
import type { Scope } from "./temporary.ts";
import { Connection, requestBytes, type Response } from "../../../tools/harness/http.ts";

/** The last line of a reload, whatever came of it. That an app which was taken out has left is none, and comes later. */
const isEnd = ({ msg, trigger }: LogLine) =>
  trigger !== "removal" &&
  (msg === "serving a new release" ||
    msg === "nothing has changed" ||
    msg.startsWith("the release that is served stays"));

export class Swapping {
  readonly server: Server;
  readonly made: Workspace;
  readonly apps: Record<string, App>;
  readonly #config: Record<string, unknown>;
  #seen = 0;

  private constructor(
    server: Server,
    made: Workspace,
    apps: Record<string, App>,
    config: Record<string, unknown>,
  ) {
    this.server = server;
    this.made = made;
    this.apps = apps;
    this.#config = config;
  }

  static async start(
    scope: Scope,
    apps: Record<string, App>,
    options: ServeOptions = {},
    config: Record<string, unknown> = {},
  ): Promise<Swapping> {
    const named = Object.fromEntries(
      Object.entries(apps).map(([name, app]) => [name, { hosts: `${name}.test`, ...app }]),
    );
    const made = await buildApps(scope, named, config);
    const server = await serve(scope, made.dist, { config: made.config, ...options });
    return new Swapping(server, made, named, config);
  }

  /** Writes nano.yaml as `apps` has become. */
  configure(): void {
    writeConfig(this.made.directory, this.apps, this.#config);
  }

  /** Gives an app another source, and builds. */
  async rebuild(name: string, source: string): Promise<void> {
    writeFiles(join(this.made.directory, name), { "index.ts": source });
    await build(this.made);
  }

  /** The lines that were written since the last call, up to the end of the reload under way. */
  async settled(): Promise<LogLine[]> {
    const from = this.#seen;
    let at = -1;
    await this.server.waitForLog("the end of a reload", () => {
      at = this.server.log.findIndex((line, index) => index >= from && isEnd(line));
      return at >= 0;
    });
    this.#seen = at + 1;
    return this.server.log.slice(from, at + 1);
  }

  /** SIGHUP, and the lines that come of it. */
  async reload(): Promise<LogLine[]> {
    this.#seen = this.server.lines.length;
    this.server.signal("SIGHUP");
    return this.settled();
  }

  /** A reload that changes something; throws if nothing has. */
  async swap(): Promise<LogLine[]> {
    const lines = await this.reload();
    if (lines.at(-1)!.msg !== "serving a new release") {
      throw new Error(`no new release is served:\n${this.server.output}`);
    }
    return lines;
  }
}

/** A request on a connection that stays open. */
export async function ask(connection: Connection, host: string, path = "/"): Promise<Response> {
  await connection.send(requestBytes(host, path));
  return connection.read();
}

/**
 * An app that answers with a word and counts its requests; `/slow?ms=` streams, `/wait?ms=`
 * promises to go on for so long.
 */
export const counter = (word: string): string => `
let count = 0;
export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname === "/slow") {
      const { searchParams } = new URL(request.url);
      const ms = Number(searchParams.get("ms"));
      return new Response(new ReadableStream({
        async start(controller) {
          const text = new TextEncoder();
          controller.enqueue(text.encode("${word} begins,"));
          await new Promise((resolve) => setTimeout(resolve, ms));
          controller.enqueue(text.encode("${word} ends"));
          controller.close();
        },
      }));
    }
    if (pathname === "/wait") {
      const ms = Number(new URL(request.url).searchParams.get("ms"));
      ctx.waitUntil(new Promise<void>((resolve) => setTimeout(() => {
        console.log("${word} has waited");
        resolve();
      }, ms)));
    }
    return new Response("${word} " + ++count + (env.WORD ? " " + env.WORD : ""));
  },
};
`;
