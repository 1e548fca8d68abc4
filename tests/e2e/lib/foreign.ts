// Servers that nobody here has written, from tests/e2e/packages.txt. Tests of one that is not installed are
// skipped, and say so; SERVERS_REQUIRED=1 (so in CI) lets them fail instead.

import { spawn } from "node:child_process";
import { accessSync, chownSync, constants, readdirSync } from "node:fs";
import { createServer, connect, type AddressInfo } from "node:net";
import { join } from "node:path";
import type { Scope } from "./temporary.ts";
import { until } from "../../../tools/harness/wait.ts";

const FOLDERS = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"];

function pathOf(program: string): string | undefined {
  return FOLDERS.map((folder) => join(folder, program)).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Why tests of a program are skipped; false: they are not. */
export function without(program: string): string | false {
  if (pathOf(program) !== undefined || process.env.SERVERS_REQUIRED === "1") return false;
  return `${program} is not installed: scripts/bootstrap tests/e2e/packages.txt`;
}

/** A port that nobody uses. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  const closed = Promise.withResolvers<void>();
  server.close(() => closed.resolve());
  await closed.promise;
  return port;
}

function accepts(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, "127.0.0.1");
  socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
  return promise.finally(() => socket.destroy());
}

const NOBODY = 65_534;

/** Gives a folder and all in it to whom servers run as that do not want to be root's. */
function giveAway(folder: string): void {
  for (const name of ["", ...readdirSync(folder, { recursive: true, encoding: "utf8" })]) {
    chownSync(join(folder, name), NOBODY, NOBODY);
  }
}

export interface ForeignOptions {
  /** It is waited for, until it listens there. */
  port?: number;
  cwd?: string;
  /** For a server that does not run as root: its folder, with all that it reads and writes. */
  ownFolder?: string;
}

export interface Foreign {
  signal(name: NodeJS.Signals): void;
  /** Sends it a signal, and waits until it is gone. */
  end(name?: NodeJS.Signals): Promise<void>;
}

/** Starts a server that stays in the foreground, and ends it with the test. */
export async function startForeign(
  scope: Scope,
  program: string,
  args: string[],
  { port, cwd = "/", ownFolder }: ForeignOptions = {},
): Promise<Foreign> {
  const file = pathOf(program);
  if (file === undefined) throw new Error(`${program} is not installed`);
  const isOther = ownFolder !== undefined && process.getuid?.() === 0;
  if (isOther) giveAway(ownFolder);
  const as = isOther ? { uid: NOBODY, gid: NOBODY } : {};
  const child = spawn(file, args, { cwd, stdio: ["ignore", "pipe", "pipe"], ...as });
  let output = "";
  child.stdout.on("data", (text: Buffer) => (output += text.toString()));
  child.stderr.on("data", (text: Buffer) => (output += text.toString()));
  const { promise, resolve } = Promise.withResolvers<void>();
  let hasEnded = false;
  child.on("error", (error) => (output += error.message));
  child.on("close", () => {
    hasEnded = true;
    resolve();
  });
  const foreign: Foreign = {
    signal: (name) => void child.kill(name),
    end(name = "SIGTERM") {
      child.kill(name);
      return promise;
    },
  };
  scope.after(() => foreign.end());
  if (port === undefined) return foreign;
  await until(`${program} to listen`, async () => {
    if (hasEnded) throw new Error(`${program} has ended:\n${output}`);
    return accepts(port);
  });
  return foreign;
}
