// One connection that asks again and again, one request after the other.

import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { ask } from "./processes.ts";

/** Sends a GET and waits for the end of the answer, a 200 that says how long it is or comes in chunks. */
export async function askWhole(socket: Socket, host: string, path = "/"): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let text = "";
  const onData = (part: Buffer) => {
    text += part.toString("latin1");
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = text.slice(0, end).toLowerCase();
    if (!head.startsWith("http/1.1 200 ")) reject(new Error(`${host} answered: ${text}`));
    const length = /content-length: *(\d+)/.exec(head);
    const whole =
      length === null ? text.endsWith("\r\n0\r\n\r\n") : text.length >= end + 4 + Number(length[1]);
    if (whole) resolve();
  };
  const onEnd = () => reject(new Error("the server closed the connection"));
  socket.on("data", onData).once("error", reject).once("close", onEnd);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  try {
    await promise;
  } finally {
    socket.off("data", onData).off("error", reject).off("close", onEnd);
  }
}

/** Asks until `until` (of performance.now), with pauses of so many milliseconds; gives the milliseconds of each. */
export async function askUntil(
  socket: Socket,
  host: string,
  until: number,
  pause: number,
): Promise<number[]> {
  const times: number[] = [];
  while (performance.now() < until) {
    const begin = performance.now();
    await ask(socket, host);
    times.push(performance.now() - begin);
    await sleep(pause);
  }
  return times;
}
