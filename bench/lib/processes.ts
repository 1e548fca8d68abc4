// Servers as processes, and what they cost.

import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { availableParallelism } from "node:os";

/** The servers have the first core for themselves, the load another one. */
const SERVER_CORE = "0";
export const LOAD_CORE = availableParallelism() > 1 ? "1" : "0";

const TICKS_PER_SECOND = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
const START_TIMEOUT = 20_000;

/** All cores, for what is not measured. */
export const ALL_CORES = `0-${availableParallelism() - 1}`;

/** Leaves the servers' core to them, from now on. */
export function leaveServerCore(): void {
  execFileSync("taskset", ["-acp", LOAD_CORE, String(process.pid)], { stdio: "ignore" });
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Connects, again and again until the port is open. */
export async function connectTo(port: number, patience = START_TIMEOUT): Promise<Socket> {
  const end = performance.now() + patience;
  for (;;) {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    const connected = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    if (connected) return socket;
    if (performance.now() > end) throw new Error(`nothing listens on port ${port}`);
    await new Promise(setImmediate);
  }
}

/** Sends a GET and waits for the first bytes of the answer, which must be a 200. */
export async function ask(socket: Socket, host: string, path = "/"): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  socket.once("data", resolve);
  socket.once("error", reject);
  socket.once("close", () => reject(new Error("the server closed the connection")));
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  const answer = await promise;
  socket.removeAllListeners();
  if (!answer.toString("latin1").startsWith("HTTP/1.1 200 ")) {
    throw new Error(`${host} answered: ${answer.toString("latin1").slice(0, 300)}`);
  }
}

/** The time that a process's threads have run so far, in nanoseconds. Those that have ended are missing. */
export function threadTimeOf(pid: number): number {
  let sum = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    sum += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]);
  }
  return sum;
}

export interface ServerOptions {
  /** The servers' own, unless told otherwise. */
  core?: string;
  /** Further ones of its environment. */
  variables?: Record<string, string>;
  /** What it says of itself is not shown. */
  quiet?: boolean;
}

export class ServerProcess {
  readonly child: ChildProcess;
  readonly port: number;

  /** Starts a command. */
  constructor(
    command: readonly string[],
    port: number,
    { core = SERVER_CORE, variables = {}, quiet = false }: ServerOptions = {},
  ) {
    this.port = port;
    this.child = spawn("taskset", ["-c", core, ...command], {
      env: { ...process.env, ...variables },
      stdio: ["ignore", "ignore", quiet ? "ignore" : "inherit"],
      cwd: "/",
    });
  }

  /** The process and those that it started, and so on. */
  processes(): number[] {
    const all = [this.child.pid!];
    for (const pid of all) {
      for (const task of readdirSync(`/proc/${pid}/task`)) {
        const children = readFileSync(`/proc/${pid}/task/${task}/children`, "utf8");
        all.push(...children.split(" ").filter(Boolean).map(Number));
      }
    }
    return all;
  }

  /** User and system time of all its processes so far, in microseconds. */
  cpuTime(): number {
    let ticks = 0;
    for (const pid of this.processes()) {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      // The name, in parentheses, may hold spaces. utime and stime are fields 14 and 15.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      ticks += Number(fields[11]) + Number(fields[12]);
    }
    return (ticks * 1e6) / TICKS_PER_SECOND;
  }

  /** The same of all its processes. */
  threadTime(): number {
    return this.processes().reduce((sum, pid) => sum + threadTimeOf(pid), 0);
  }

  /** Memory of all its processes, in megabytes (2^20 bytes). */
  memory(): { rss: number; pss: number } {
    const sum = { rss: 0, pss: 0 };
    for (const pid of this.processes()) {
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
      sum.rss += Number(/^Rss:\s+(\d+) kB/m.exec(rollup)![1]) / 1024;
      sum.pss += Number(/^Pss:\s+(\d+) kB/m.exec(rollup)![1]) / 1024;
    }
    return sum;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGTERM");
    const timer = setTimeout(() => this.child.kill("SIGKILL"), 15_000);
    await exited;
    clearTimeout(timer);
  }
}
