// A server of Redis, or of Valkey, of Debian's.

import { spawn, spawnSync } from "node:child_process";
import { connect, createServer } from "node:net";
import { once } from "node:events";
import { until } from "../../../tools/harness/wait.ts";
import { temporaryFolder, type Scope } from "./temporary.ts";

/** The program, if there is one; `NANO_REDIS_SERVER` names another. */
export const redisProgram = [process.env.NANO_REDIS_SERVER, "redis-server", "valkey-server"].find(
  (name) => name && spawnSync(name, ["--version"]).status === 0,
);

export interface Redis {
  port: number;
  /** Ends it at once; `start` starts it anew on the same port, with nothing in it, or all if it is lasting. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** It hangs, or goes on. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/**
 * A server on the loopback interface that asks for a password and ends with the test. A lasting one has on disk what it
 * acknowledges.
 */
export async function startRedis(
  scope: Scope,
  password: string,
  options: { lasting?: boolean } = {},
): Promise<Redis> {
  const port = await freePort();
  const folder = options.lasting ? temporaryFolder(scope) : undefined;
  let child: ReturnType<typeof spawn> | undefined;
  const kill = async () => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null) return;
    running.kill("SIGKILL");
    await once(running, "close");
  };
  const start = async () => {
    const args = ["--port", `${port}`, "--bind", "127.0.0.1", "--requirepass", password];
    args.push("--save", "", "--dir", folder ?? temporaryFolder(scope));
    args.push("--appendonly", folder ? "yes" : "no", "--appendfsync", "always");
    child = spawn(redisProgram!, args, { stdio: "ignore" });
    await until("redis to listen", async () => {
      const socket = connect(port, "127.0.0.1");
      const [event] = await Promise.race([
        once(socket, "connect").then(() => ["connect"]),
        once(socket, "error").then(
          () => ["error"],
          () => ["error"],
        ),
      ]).catch(() => ["error"]);
      socket.destroy();
      return event === "connect";
    });
  };
  scope.after(kill);
  await start();
  return { port, kill, start, signal: (signal) => void child?.kill(signal) };
}
