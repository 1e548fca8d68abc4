// The clients of load.ts. Thread: one of their own.

import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { Connection, requestBytes } from "../../../tools/harness/http.ts";
import { epoch, type LoadOptions, type Report, type Sample } from "./load.ts";

const { port, hosts, clients, interval } = workerData as LoadOptions;
const BYTES = hosts.map((host) => requestBytes(host, "/"));
/** How a connection ends with its worker. */
const ENDED = /ended|ECONNRESET|EPIPE/;

let running = true;
let samples: Sample[] = [];
let failures: string[] = [];
/** Since when the client is asked for one more answer; those that have not given it yet. */
let since = 0;
let owing = new Set<number>();

function settle(client: number): void {
  if (!owing.delete(client) || owing.size > 0) return;
  parentPort!.postMessage({ samples, failures } satisfies Report);
  samples = [];
  failures = [];
}

async function ask(client: number): Promise<void> {
  let connection: Connection | undefined;
  let isolate = "";
  const start = epoch() + (interval * client) / clients;
  for (let due = start; running; due += interval) {
    const early = due - epoch();
    if (early > 0) await sleep(early);
    let lost = false;
    if (connection?.ended) {
      // Its worker had nothing of this client's when it ended.
      connection.close();
      connection = undefined;
      isolate = "";
    }
    try {
      connection ??= await Connection.open({ port });
    } catch (error) {
      // Whatever becomes of a worker, its socket is there.
      failures.push(`connecting: ${String(error)}`);
    }
    try {
      if (connection !== undefined) {
        await connection.send(BYTES[client % hosts.length]);
        const { status, text } = await connection.read();
        if (status === 200) isolate = text;
        else failures.push(`${status}: ${text}`);
      }
    } catch (error) {
      lost = ENDED.test(String(error));
      if (!lost) failures.push(String(error));
      connection?.close();
      connection = undefined;
    }
    samples.push({ client, due, ms: Math.max(0, epoch() - due), isolate, lost });
    if (lost) isolate = "";
    else if (due >= since) settle(client);
  }
  connection?.close();
}

parentPort!.on("message", (message: "report" | "end") => {
  if (message === "end") {
    running = false;
    parentPort!.close();
    return;
  }
  since = epoch();
  owing = new Set(Array.from({ length: clients }, (_, client) => client));
});

for (let client = 0; client < clients; client++) void ask(client);
