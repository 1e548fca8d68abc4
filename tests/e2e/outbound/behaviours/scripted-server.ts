// Plays behaviours to whoever asks: raw bytes over TCP, each behaviour at an address of its own, so that no
// client uses a connection of one for another.

import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Asked, Behaviour, Step } from "./behaviour.ts";

/** A behaviour for one client: its URL, and the connections that were made to it. */
export class Stage {
  readonly behaviour: Behaviour;
  connections = 0;
  url = "";
  #server: Server;
  #sockets = new Set<Socket>();

  constructor(behaviour: Behaviour) {
    this.behaviour = behaviour;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
      // A client that has ended wants nothing more.
      socket.on("end", () => socket.destroy());
      this.#serve(socket, ++this.connections);
    });
  }

  /** Listens on a loopback address. */
  async open(address: string): Promise<void> {
    this.#server.listen(0, address);
    await once(this.#server, "listening");
    this.url = `http://${address}:${(this.#server.address() as AddressInfo).port}/b`;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket, connection: number): void {
    let input = "";
    let request = 0;
    let playing = Promise.resolve();
    socket.setEncoding("latin1").on("data", (text: string) => {
      input += text;
      for (;;) {
        const taken = takeRequest(input, this.behaviour.early === true);
        if (taken === undefined) return;
        input = input.slice(taken.length);
        const { origin } = new URL(this.url);
        const path = taken.target.replace(/^\/b/, "");
        const asked = { ...taken, path, base: "/b", origin, connection, request: ++request };
        playing = playing.then(() => this.#play(socket, asked));
      }
    });
  }

  async #play(socket: Socket, asked: Asked): Promise<void> {
    const { answer } = this.behaviour;
    const steps = typeof answer === "function" ? answer(asked) : answer;
    for (const step of Array.isArray(steps) ? steps : [steps]) {
      if (socket.destroyed) return;
      await play(socket, step);
    }
  }
}

async function play(socket: Socket, step: Step): Promise<void> {
  if (typeof step === "string") {
    socket.write(step, "latin1");
  } else if (step instanceof Uint8Array) {
    socket.write(step);
  } else if ("ends" in step) {
    if (step.ends === "in order") socket.end();
    else socket.resetAndDestroy();
  } else if ("pause" in step) {
    await sleep(step.pause);
  } else {
    const bytes = Buffer.from(step.forever as string, "latin1");
    // No faster than a client can be expected to have enough of it, so that others have their turn.
    while (!socket.destroyed) {
      for (let sent = 0; sent < 65_536; sent += bytes.length) socket.write(bytes);
      await sleep(5);
      if (socket.writableNeedDrain) await drained(socket);
    }
  }
}

function drained(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once("drain", resolve).once("close", resolve);
  return promise;
}

/** The first request of the input, if all of it has come, or all of its head if that is enough. */
function takeRequest(input: string, headOnly: boolean) {
  const end = input.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [line = "", ...fields] = input.slice(0, end).split("\r\n");
  const [method = "", target = ""] = line.split(" ");
  const headers: Record<string, string> = {};
  for (const field of fields) {
    const colon = field.indexOf(":");
    headers[field.slice(0, colon).toLowerCase()] = field.slice(colon + 1).trim();
  }
  if (headOnly) return { method, target, headers, body: "", length: input.length };
  // Chunks are left as they came.
  const ending = /(?:^|\r\n)0\r\n\r\n/.exec(input.slice(end + 4));
  const bodyLength =
    headers["transfer-encoding"] === undefined
      ? Number(headers["content-length"] ?? 0)
      : ending === null
        ? Infinity
        : ending.index + ending[0].length;
  const length = end + 4 + bodyLength;
  if (input.length < length) return undefined;
  return { method, target, headers, body: input.slice(end + 4, length), length };
}
