// `nano serve` as a process under test.

import { spawn, type ChildProcessByStdio } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { nano } from "../../../tools/harness/paths.ts";
import type { Scope } from "./temporary.ts";
import { DEADLINE, until, within } from "../../../tools/harness/wait.ts";

/** A line of the server's JSON log. */
export interface LogLine {
  time: string;
  level: "debug" | "info" | "warn" | "error";
  msg: string;
  app?: string;
  worker?: number;
  [field: string]: unknown;
}

export interface ServeOptions {
  /** nano.yaml; without it, the server has no configuration file. */
  config?: string;
  workers?: number;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  listen?: string;
  args?: string[];
  program?: string;
  /** Arguments of `program` that come before those of the server. */
  prefix?: string[];
}

export interface Exit {
  status: number | null;
  signal: NodeJS.Signals | null;
}

export class Server {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  /** What it wrote to its standard output, line by line. */
  readonly lines: string[] = [];
  readonly exited: Promise<Exit>;
  stderr = "";
  port = 0;
  #partial = "";

  constructor(dist: string, options: ServeOptions) {
    const args = [...(options.prefix ?? []), "serve", dist];
    args.push("--listen", options.listen ?? "127.0.0.1:0");
    args.push("--workers", String(options.workers ?? 1));
    if (options.config !== undefined) args.push("--config", options.config);
    args.push(...(options.args ?? []));
    this.process = spawn(options.program ?? nano, args, {
      // Not the repository, whose nano.yaml the server would read.
      cwd: options.cwd ?? "/",
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.process.stdout.setEncoding("utf8").on("data", (text: string) => {
      const lines = (this.#partial + text).split("\n");
      this.#partial = lines.pop()!;
      this.lines.push(...lines);
    });
    this.process.stderr.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    const { promise, resolve, reject } = Promise.withResolvers<Exit>();
    this.exited = promise;
    this.exited.catch(() => {});
    this.process.on("error", reject);
    this.process.on("close", (status, signal) => resolve({ status, signal }));
  }

  get pid(): number {
    return this.process.pid!;
  }

  /** The log so far. Throws on a line that is not JSON. */
  get log(): LogLine[] {
    return this.lines.map((line) => JSON.parse(line) as LogLine);
  }

  get running(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Everything the server wrote, for messages of failed tests. */
  get output(): string {
    return this.lines.join("\n") + this.#partial + this.stderr;
  }

  /** Waits for a line of the log. */
  async waitForLog(what: string, matches: (line: LogLine) => boolean): Promise<LogLine> {
    try {
      return await until(what, () => {
        const line = this.log.find(matches);
        if (line === undefined && !this.running) throw new Error(`the server ended before ${what}`);
        return line;
      });
    } catch (error) {
      throw new Error(`${(error as Error).message}; it wrote:\n${this.output}`, { cause: error });
    }
  }

  /** The processes that serve requests. */
  workers(): number[] {
    return workersOf(this.pid);
  }

  /** The process that has what apps keep, if it runs. */
  store(): number | undefined {
    return childrenOf(this.pid).find((child) => {
      try {
        return readFileSync(`/proc/${child}/cmdline`, "utf8").startsWith("nano: store");
      } catch {
        return false;
      }
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** Ends the server, by SIGTERM unless told otherwise, and waits for that. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Exit> {
    if (this.running) this.process.kill(signal);
    try {
      return await within(this.exited, () => `the server's end; it wrote:\n${this.output}`);
    } catch (error) {
      this.process.kill("SIGKILL");
      throw error;
    }
  }
}

/** Not one that has ended and was not waited for yet, nor the probe or the store. */
function servesRequests(child: number): boolean {
  try {
    const stat = readFileSync(`/proc/${child}/stat`, "utf8");
    const hasEnded = stat.slice(stat.lastIndexOf(")")).startsWith(") Z");
    const title = readFileSync(`/proc/${child}/cmdline`, "utf8");
    return !hasEnded && !title.startsWith("nano: probe") && !title.startsWith("nano: store");
  } catch {
    return false;
  }
}

export function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text.split(" ").filter(Boolean).map(Number);
}

/** The processes that serve requests, of the server with this main process. */
export const workersOf = (pid: number): number[] => childrenOf(pid).filter(servesRequests);

/** Starts a server that is expected to end by itself, and to say why. */
export async function serveAndFail(
  dist: string,
  options: ServeOptions = {},
): Promise<Exit & { output: string }> {
  const server = new Server(dist, options);
  try {
    const exit = await within(server.exited, () => `the server's end:\n${server.output}`, DEADLINE);
    return { ...exit, output: server.output };
  } finally {
    if (server.running) server.process.kill("SIGKILL");
  }
}

/** Starts a server that ends with the test; returns when it listens. */
export async function serve(
  scope: Scope,
  dist: string,
  options: ServeOptions = {},
): Promise<Server> {
  const server = new Server(dist, options);
  scope.after(async () => {
    await server.stop();
  });
  const line = await server.waitForLog("listening", ({ msg }) => msg === "listening");
  server.port = Number(/:(\d+)$/.exec(String(line.address))?.[1]);
  if (!server.port) throw new Error(`no port in ${JSON.stringify(line)}`);
  return server;
}
