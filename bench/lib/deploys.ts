// What measuring deployments takes: requests while something else goes on.

import type { Socket } from "node:net";
import { connectTo } from "./processes.ts";

export const CONNECTIONS = 16;

export const percentile = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];

/** One answer's bytes, whose body is a word. */
export async function wordOf(socket: Socket, host: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const onClose = () => reject(new Error("the server closed the connection"));
  socket.once("data", resolve).once("error", reject).once("close", onClose);
  socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  const bytes = await promise.finally(() => {
    socket.off("data", resolve).off("error", reject).off("close", onClose);
  });
  const text = bytes.toString("latin1");
  if (!text.startsWith("HTTP/1.1 200 ")) throw new Error(text);
  return text.slice(text.indexOf("\r\n\r\n") + 4).trim();
}

/** Latencies (ms) of requests to one host after the other, for as long as `work` takes. */
export async function latenciesWhile(
  port: number,
  hosts: readonly string[],
  work: () => Promise<void>,
): Promise<number[]> {
  let running = true;
  const times: number[] = [];
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => connectTo(port)));
  const load = sockets.map(async (socket, index) => {
    for (let i = index; running; i++) {
      const begin = performance.now();
      await wordOf(socket, hosts[i % hosts.length]);
      times.push(performance.now() - begin);
    }
  });
  const all = Promise.all(load);
  await Promise.race([work(), all]);
  running = false;
  await all;
  for (const socket of sockets) socket.destroy();
  return times;
}

/** All but the first, which is swapped. */
export const othersOf = (name: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${name}${i + 1}.localhost`);

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
