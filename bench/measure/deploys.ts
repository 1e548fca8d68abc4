// What deployments cost: how long new code takes to its first answer, what swaps cost those who are
// being served, and how many apps the admin API takes.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import type { Socket } from "node:net";
import { join } from "node:path";
import { nanoc } from "../../tools/harness/paths.ts";
import { hostOf } from "../lib/apps.ts";
import { connectTo, freePort, ServerProcess } from "../lib/processes.ts";
import { nanoServer } from "../lib/servers.ts";
import type { Settings } from "../lib/settings.ts";
import { figure, median } from "../lib/statistics.ts";
import { atMost, printTable } from "../lib/table.ts";

const SWAPS = 50;
const APPS = 20;
const MANY = 1_000;
const SNAPSHOTS = 20; // That so many apps share: building them all would take longer than the rest.
const CONNECTIONS = 16;
const wordAt = (turn: number) => `word${turn}`;

const percentile = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];

/** One answer's bytes, whose body is a word. */
async function wordOf(socket: Socket, host: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  socket.once("data", resolve);
  socket.once("error", reject);
  socket.once("close", () => reject(new Error("the server closed the connection")));
  socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  const text = (await promise).toString("latin1");
  socket.removeAllListeners();
  if (!text.startsWith("HTTP/1.1 200 ")) throw new Error(text);
  return text.slice(text.indexOf("\r\n\r\n") + 4).trim();
}

/** A dist whose first app answers with one of many words; all are built, and `show` makes one current. */
class Versions {
  readonly dist: string;
  readonly #manifests: string[] = [];

  constructor(folder: string, apps: number, count: number) {
    const root = join(folder, `versions-${apps}`);
    this.dist = join(root, "dist");
    for (const word of Array.from({ length: count }, (_, turn) => wordAt(turn))) {
      for (let i = 0; i < apps; i++) {
        const app = join(root, `app${i}`);
        mkdirSync(app, { recursive: true });
        const text = i === 0 ? word : `app${i}`;
        writeFileSync(
          join(app, "index.ts"),
          `export default { fetch: () => new Response("${text}\\n") };\n`,
        );
      }
      const entries = Array.from({ length: apps }, (_, i) => ({
        path: `app${i}`,
        hosts: hostOf(`app${i}`),
      }));
      // YAML contains JSON.
      writeFileSync(join(root, "nano.yaml"), JSON.stringify({ apps: entries }));
      execFileSync(nanoc, ["build", root, "-o", this.dist, "--keep", String(count)], {
        stdio: ["ignore", "ignore", "inherit"],
      });
      this.#manifests.push(readFileSync(join(this.dist, "manifest.json"), "utf8"));
    }
  }

  /** The first app's snapshots, each version's. */
  snapshots(): Buffer[] {
    return this.#manifests.map((text) => {
      const { apps } = JSON.parse(text) as { apps: { name: string; snapshot: string }[] };
      return readFileSync(join(this.dist, apps.find(({ name }) => name === "app0")!.snapshot));
    });
  }

  show(turn: number): string {
    const which = turn % this.#manifests.length;
    const path = join(this.dist, "manifest.json");
    writeFileSync(`${path}.new`, this.#manifests[which]);
    renameSync(`${path}.new`, path);
    return wordAt(which);
  }
}

/** Milliseconds from `change` to the first answer by it. */
async function untilAnswered(
  port: number,
  host: string,
  rounds: number,
  change: (turn: number) => string,
): Promise<number[]> {
  const times: number[] = [];
  for (let turn = 0; turn < rounds; turn++) {
    const begin = performance.now();
    const word = change(turn);
    // nginx closes what is idle when it reloads, so that each question has its own connection.
    for (;;) {
      const socket = await connectTo(port);
      const answer = await wordOf(socket, host).catch(() => "");
      socket.destroy();
      if (answer === word) break;
    }
    times.push(performance.now() - begin);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return times;
}

async function nanoDeploys(folder: string, rounds: number): Promise<[string, number[]][]> {
  const versions = new Versions(folder, 1, rounds + 1); // Each is new to the server.
  const rows: [string, number[]][] = [];
  for (const [name, options] of [
    ["NANO, SIGHUP", ["--no-watch"]],
    ["NANO, --watch", ["--watch"]],
  ] as [string, string[]][]) {
    versions.show(rounds);
    const server = await nanoServer(versions.dist, options)();
    try {
      await connectTo(server.port).then((socket) => socket.destroy());
      const change = (turn: number) => {
        const word = versions.show(turn);
        if (options[0] === "--no-watch") process.kill(server.child.pid!, "SIGHUP");
        return word;
      };
      rows.push([name, await untilAnswered(server.port, "app0.localhost", rounds, change)]);
    } finally {
      await server.stop();
    }
  }
  return rows;
}

/** A reload of nginx, which answers with a word of its configuration. */
async function nginxDeploys(folder: string, rounds: number): Promise<number[] | undefined> {
  const port = await freePort();
  const root = join(folder, "nginx");
  mkdirSync(root, { recursive: true });
  const configure = (word: string) =>
    writeFileSync(
      join(root, "nginx.conf"),
      `daemon off; pid ${root}/pid; error_log ${root}/error.log; worker_processes 1;
       events {} http { access_log off; server { listen 127.0.0.1:${port};
       location / { return 200 "${word}"; } } }`,
    );
  configure("before");
  const nginx = [
    "nginx",
    "-p",
    root,
    "-c",
    join(root, "nginx.conf"),
    "-e",
    join(root, "error.log"),
  ];
  try {
    execFileSync("nginx", ["-v"], { stdio: "ignore" });
  } catch {
    return undefined; // There is none on this machine.
  }
  const server = new ServerProcess(nginx, port);
  try {
    (await connectTo(port)).destroy();
    return await untilAnswered(port, "localhost", rounds, (turn) => {
      const word = wordAt(turn);
      configure(word);
      execFileSync(nginx[0], [...nginx.slice(1), "-s", "reload"], { stdio: "ignore" });
      return word;
    });
  } finally {
    await server.stop();
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

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

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
  const copy = join(folder, "served");
  cpSync(versions.dist, copy, { recursive: true });
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
  const rounds = settings.rounds * 4;
  const rows = await nanoDeploys(settings.folder, rounds);
  const nginx = await nginxDeploys(settings.folder, rounds);
  if (nginx) rows.push(["nginx -s reload", nginx]);
  printTable(
    `New code on disk to the first answer by it, one worker (ms, ${rounds} times)`,
    ["server", "median", "95 %", "goal"],
    rows.map(([name, times]) => [
      name,
      figure(median(times)),
      figure(percentile(times, 0.95)),
      name.startsWith("NANO") ? atMost(median(times), 250) : "",
    ]),
  );
  printTable(
    `Swaps of one app among ${APPS}, two workers, ${CONNECTIONS} connections`,
    ["", "", "goal"],
    await swapsUnderLoad(settings.folder),
  );
  printTable("The admin API", ["", "", "goal"], await throughTheApi(settings.folder));
}
