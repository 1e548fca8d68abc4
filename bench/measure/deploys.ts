// What deployments cost: how long new code takes to its first answer and what that costs those who are being
// served, beside other servers; what swaps cost the other apps; and how many apps the admin API takes.

import { request } from "node:http";
import type { Socket } from "node:net";
import { join } from "node:path";
import { startDeployables, type Deployable } from "../lib/deployables.ts";
import { connectTo } from "../lib/processes.ts";
import { nanoServer } from "../lib/servers.ts";
import type { Settings } from "../lib/settings.ts";
import { figure, median } from "../lib/statistics.ts";
import { atMost, printTable } from "../lib/table.ts";
import { Versions } from "../lib/versions.ts";

const SWAPS = 50;
const APPS = 20;
const MANY = 1_000;
const SNAPSHOTS = 20; // That so many apps share: building them all would take longer than the rest.
const CONNECTIONS = 16;
const LOADED_DEPLOYS = 10;
const THINKING = 2; // Milliseconds between an answer and the next request of a connection.
const SOURCE = 650_000; // Bytes.

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const percentile = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];

/** One answer's bytes, whose body is a word. */
async function wordOf(socket: Socket, host: string): Promise<string> {
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

/** Milliseconds from a deployment to the first answer by it. */
async function firstAnswer(server: Deployable, turn: number): Promise<number> {
  const begin = performance.now();
  const word = await server.deploy(turn);
  // Each question has its own connection: an old one may belong to what was before.
  for (;;) {
    const socket = await connectTo(server.port);
    const answer = await wordOf(socket, server.host).catch(() => "");
    socket.destroy();
    if (answer === word) return performance.now() - begin;
  }
}

interface Cost {
  answered: number;
  /** Requests that were sent and got no answer. */
  lost: number;
  /** Connections that the server ended, unasked. */
  closed: number;
  /** The longest time (ms) in which nobody got an answer. */
  silence: number;
}

/** What deployments cost clients that keep their connections and ask again a moment after each answer. */
async function costOfDeploys(server: Deployable, from: number): Promise<Cost> {
  const cost: Cost = { answered: 0, lost: 0, closed: 0, silence: 0 };
  let running = true;
  let last = performance.now();
  const load = Array.from({ length: CONNECTIONS }, async () => {
    while (running) {
      const socket = await connectTo(server.port);
      let ended = false;
      socket.on("close", () => (ended = true)).on("error", () => (ended = true));
      while (running && !ended) {
        const answer = await wordOf(socket, server.host).catch(() => undefined);
        if (answer === undefined) {
          cost.lost++;
          break;
        }
        cost.answered++;
        cost.silence = Math.max(cost.silence, performance.now() - last);
        last = performance.now();
        await pause(THINKING);
      }
      if (running) cost.closed++;
      socket.destroy();
    }
  });
  for (let turn = 0; turn < LOADED_DEPLOYS; turn++) {
    await pause(300);
    await server.deploy(from + turn);
  }
  await pause(300);
  running = false;
  await Promise.all(load);
  return cost;
}

async function besideOthers(folder: string, rounds: number): Promise<void> {
  const turns = rounds + LOADED_DEPLOYS;
  const versions = new Versions(folder, 1, turns + 1, SOURCE); // Each is new to the server.
  const servers = await startDeployables(versions, folder, SOURCE);
  try {
    const times = new Map(servers.map((server) => [server, [] as number[]]));
    for (const server of servers) (await connectTo(server.port)).destroy();
    for (let turn = 0; turn < rounds; turn++) {
      for (const server of servers) {
        times.get(server)!.push(await firstAnswer(server, turn));
        await pause(50);
      }
    }
    const size = figure(versions.snapshots()[0].length / 1024);
    printTable(
      `New code on disk to the first answer by it, one worker (ms, ${rounds} times); ` +
        `an app of ${SOURCE / 1000} KB of source (snapshot: ${size} KiB), or a configuration`,
      ["server", "median", "95 %", "goal"],
      [...times].map(([{ name }, each]) => [
        name,
        figure(median(each)),
        figure(percentile(each, 0.95)),
        name.startsWith("NANO") ? atMost(median(each), 250) : "",
      ]),
    );
    const rows: string[][] = [];
    for (const server of servers) {
      const { answered, lost, closed, silence } = await costOfDeploys(server, rounds);
      rows.push([server.name, String(answered), String(lost), String(closed), figure(silence)]);
    }
    printTable(
      `${LOADED_DEPLOYS} deployments under load, ${CONNECTIONS} connections`,
      ["server", "answers", "requests lost", "connections closed", "longest silence (ms)"],
      rows,
    );
  } finally {
    for (const server of servers) await server.stop();
  }
}

/** Latencies (ms) of requests to all of the apps but for the first, for as long as `work` takes. */
async function latenciesWhile(
  port: number,
  apps: number,
  work: () => Promise<void>,
): Promise<number[]> {
  let running = true;
  const times: number[] = [];
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => connectTo(port)));
  const load = sockets.map(async (socket, index) => {
    for (let i = index; running; i++) {
      const begin = performance.now();
      await wordOf(socket, `app${1 + (i % (apps - 1))}.localhost`);
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

async function swapsUnderLoad(folder: string): Promise<string[][]> {
  const versions = new Versions(folder, APPS, 2);
  versions.show(1);
  const server = await nanoServer(versions.dist, ["--no-watch"], {}, 2)();
  try {
    (await connectTo(server.port)).destroy();
    await latenciesWhile(server.port, APPS, () => pause(2_000));
    const calm = await latenciesWhile(server.port, APPS, () => pause(4_000));
    const before = server.memory().pss;
    const during = await latenciesWhile(server.port, APPS, async () => {
      for (let turn = 0; turn < SWAPS; turn++) {
        versions.show(turn);
        process.kill(server.child.pid!, "SIGHUP");
        await pause(80);
      }
    });
    await pause(2_000);
    const p99 = [percentile(calm, 0.99), percentile(during, 0.99)];
    return [
      ["p99 without swaps (ms)", figure(p99[0]), ""],
      [`p99 during ${SWAPS} swaps (ms)`, figure(p99[1]), ""],
      ["added (ms)", figure(p99[1] - p99[0]), atMost(p99[1] - p99[0], 20)],
      ["memory before, after (MiB)", `${figure(before)}, ${figure(server.memory().pss)}`, ""],
    ];
  } finally {
    await server.stop();
  }
}

interface Answer {
  status: number;
  etag: string;
  text: string;
}

/** A request to the admin API, by its socket. */
function admin(
  socketPath: string,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: Buffer,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const length = body === undefined ? {} : { "content-length": String(body.length) };
  const sent = request(
    { socketPath, method, path, headers: { host: "nano", ...headers, ...length } },
    (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part: string) => (text += part));
      answer.on("end", () =>
        resolve({ status: answer.statusCode!, etag: answer.headers.etag ?? "", text }),
      );
    },
  );
  sent.on("error", reject);
  sent.end(body);
  return promise;
}

async function put(
  socketPath: string,
  name: string,
  snapshot: Buffer,
  headers = {},
): Promise<Answer> {
  const boundary = "nano-bench";
  const part = (field: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${field}"\r\n\r\n`;
  const config = JSON.stringify({ hosts: [`${name}.localhost`] });
  const body = Buffer.concat([
    Buffer.from(`${part("config")}${config}\r\n${part("snapshot")}`),
    snapshot,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  const type = { "content-type": `multipart/form-data; boundary=${boundary}` };
  const answer = await admin(
    socketPath,
    "PUT",
    `/admin/apps/${name}`,
    { ...type, ...headers },
    body,
  );
  if (answer.status >= 300) throw new Error(`PUT ${name}: ${answer.status} ${answer.text}`);
  return answer;
}

async function throughTheApi(folder: string): Promise<string[][]> {
  const versions = new Versions(folder, 2, SNAPSHOTS);
  versions.show(0);
  const snapshots = versions.snapshots();
  const copy = versions.copy(join(folder, "served"));
  const socket = join(folder, "nano.sock");
  const server = await nanoServer(copy, ["--no-watch", "--admin", `unix:${socket}`])();
  try {
    (await connectTo(server.port)).destroy();
    const begin = performance.now();
    let added = 0;
    for (; added < MANY; added++) {
      await put(socket, `many${added}`, snapshots[added % SNAPSHOTS]);
    }
    const seconds = (performance.now() - begin) / 1000;
    // Two versions of one app, and back.
    const [one, two] = snapshots;
    const swaps: number[] = [];
    for (let turn = 0; turn < 20; turn++) {
      const { etag } = await admin(socket, "GET", "/admin/apps/many0");
      const start = performance.now();
      await put(socket, "many0", turn % 2 === 0 ? two : one, { "if-match": etag });
      swaps.push(performance.now() - start);
    }
    const rollbacks: number[] = [];
    for (let turn = 0; turn < 20; turn++) {
      const { text } = await admin(socket, "GET", "/admin/apps/many0/versions");
      const { versions: kept } = JSON.parse(text) as {
        versions: { digest: string; current: boolean }[];
      };
      const { etag: current } = await admin(socket, "GET", "/admin/apps/many0");
      const body = Buffer.from(
        JSON.stringify({ version: kept.find((each) => !each.current)!.digest }),
      );
      const start = performance.now();
      const answer = await admin(
        socket,
        "POST",
        "/admin/apps/many0/rollback",
        { "content-type": "application/json", "if-match": current },
        body,
      );
      if (answer.status >= 300) throw new Error(answer.text);
      rollbacks.push(performance.now() - start);
    }
    return [
      [`${added} apps added (s)`, figure(seconds), atMost(seconds, 60)],
      [`one of ${added} replaced (ms)`, figure(median(swaps)), ""],
      ["rolled back (ms)", figure(median(rollbacks)), atMost(median(rollbacks), 50)],
    ];
  } finally {
    await server.stop();
  }
}

export async function measureDeploys(settings: Settings): Promise<void> {
  await besideOthers(settings.folder, settings.rounds * 4);
  printTable(
    `Swaps of one app among ${APPS}, two workers, ${CONNECTIONS} connections`,
    ["", "", "goal"],
    await swapsUnderLoad(settings.folder),
  );
  printTable("The admin API", ["", "", "goal"], await throughTheApi(settings.folder));
}
