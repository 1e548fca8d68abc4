// A port to which connections are never made nor refused: its listener's queue is full, and nobody accepts.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import type { Scope } from "./temporary.ts";
import { until } from "../../../tools/harness/wait.ts";

export interface FullListener {
  port: number;
  /** Waits until one more than before tries to connect. */
  triedBy(action: () => Promise<void>): Promise<void>;
}

// The engine accepts what comes as soon as its loop runs: this one never does again.
const CHILD = `
  const [port, host] = [Number(process.env.PORT), process.env.HOST];
  const server = require("node:net").createServer().listen({ port, host, backlog: 1 }, () => {
    require("node:fs").writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;

/** Sockets whose first packet has not been answered (SYN_SENT), to a port of this machine's. */
function trying(port: number, isV6: boolean): number {
  const address = isV6 ? `${"0".repeat(24)}01000000` : "0100007F";
  const remote = `${address}:${port.toString(16).toUpperCase().padStart(4, "0")} 02`;
  const sockets = readFileSync(isV6 ? "/proc/net/tcp6" : "/proc/net/tcp", "latin1");
  return sockets.split(remote).length - 1;
}

export async function fullListener(
  scope: Scope,
  { port: wanted = 0, isV6 = false } = {},
): Promise<FullListener> {
  const host = isV6 ? "::1" : "127.0.0.1";
  const child = spawn(process.execPath, ["-e", CHILD], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, PORT: String(wanted), HOST: host },
  });
  scope.after(() => void child.kill("SIGKILL"));
  const [text] = (await once(child.stdout, "data")) as [Buffer];
  const port = Number(text.toString());
  for (let i = 0; i < 4; i++) {
    const socket = connect(port, host).on("error", () => {});
    scope.after(() => void socket.destroy());
  }
  await until("the queue to be full", () => trying(port, isV6) > 0);
  return {
    port,
    async triedBy(action) {
      const before = trying(port, isV6);
      await action();
      await until("somebody who tries to connect", () => trying(port, isV6) > before);
    },
  };
}
