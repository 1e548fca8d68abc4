// The admin API: how many apps it takes, and what a change of one of them costs the others.

import { request } from "node:http";
import { join } from "node:path";
import { latenciesWhile, othersOf, pause, percentile, wordOf } from "../lib/deploys.ts";
import { connectTo, threadTimeOf, type ServerProcess } from "../lib/processes.ts";
import { nanoServer } from "../lib/servers.ts";
import { figure, median } from "../lib/statistics.ts";
import { atMost } from "../lib/table.ts";
import { Versions } from "../lib/versions.ts";

const MANY = 1_000;
const SNAPSHOTS = 20; // That so many apps share: building them all would take longer than the rest.
const OTHERS = 20; // Of the many, those that are asked while one is swapped.
const SWAPS = 50;
const WINDOWS = 10;

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

/** CPU time (ms) of the workers for a change that needs no probe, while nobody asks for anything. */
async function workersTimeOf(server: ServerProcess, swap: () => Promise<void>): Promise<number> {
  // Both versions have been served, and the app has an isolate for the next one to take the place of.
  for (let i = 0; i < 2; i++) await swap();
  const client = await connectTo(server.port);
  await wordOf(client, "many0.localhost");
  client.destroy();
  await pause(500);
  const [, ...workers] = server.processes();
  const time = () => workers.reduce((sum, pid) => sum + threadTimeOf(pid), 0) / 1e6;
  const before = time();
  for (let i = 0; i < SWAPS; i++) await swap();
  return (time() - before) / SWAPS;
}

/** What others notice of swaps of one app, in turns with as much time without swaps. */
async function costToOthers(server: ServerProcess, swap: () => Promise<void>): Promise<string[][]> {
  const hosts = othersOf("many", OTHERS);
  await latenciesWhile(server.port, hosts, () => pause(2_000));
  const calm: number[] = [];
  const during: number[] = [];
  for (let window = 0; window < WINDOWS; window++) {
    calm.push(...(await latenciesWhile(server.port, hosts, () => pause(1_000))));
    during.push(
      ...(await latenciesWhile(server.port, hosts, async () => {
        await pause(500);
        await swap();
        await pause(500);
      })),
    );
  }
  return [0.5, 0.99].map((share) => {
    const [before, after] = [percentile(calm, share), percentile(during, share)];
    return [
      `others' ${share * 100} % without and with a swap each second (ms)`,
      `${figure(before)}, ${figure(after)}`,
      "",
    ];
  });
}

export async function throughTheApi(folder: string): Promise<string[][]> {
  const versions = new Versions(folder, 2, SNAPSHOTS);
  versions.show(0);
  const snapshots = versions.snapshots();
  const copy = versions.copy(join(folder, "served"));
  const socket = join(folder, "nano.sock");
  const server = await nanoServer(copy, ["--no-watch", "--admin", `unix:${socket}`])();
  try {
    (await connectTo(server.port)).destroy();
    const add = async (first: number, end: number) => {
      const begin = performance.now();
      for (let i = first; i < end; i++) await put(socket, `many${i}`, snapshots[i % SNAPSHOTS]);
      return (performance.now() - begin) / 1000;
    };
    let turn = 0;
    const swaps: number[] = [];
    const swap = async () => {
      const begin = performance.now();
      await put(socket, "many0", snapshots[++turn % 2], { "if-match": "*" });
      swaps.push(performance.now() - begin);
    };
    let seconds = await add(0, 1);
    const alone = await workersTimeOf(server, swap);
    // Others are served meanwhile.
    let adding = true;
    const client = await connectTo(server.port);
    const served = (async () => {
      for (; adding; await pause(5)) await wordOf(client, "app1.localhost");
    })();
    seconds += await add(1, MANY).finally(() => (adding = false));
    await served;
    client.destroy();
    const amongMany = await workersTimeOf(server, swap);
    const others = await costToOthers(server, swap);
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
      [`${MANY} apps added (s)`, figure(seconds), atMost(seconds, 60)],
      [`one of ${MANY} replaced (ms)`, figure(median(swaps.slice(-WINDOWS))), ""],
      ["rolled back (ms)", figure(median(rollbacks)), atMost(median(rollbacks), 50)],
      [
        `CPU time of a worker for a swap, alone and among ${MANY} (ms)`,
        `${figure(alone)}, ${figure(amongMany)}`,
        "",
      ],
      ...others,
    ];
  } finally {
    await server.stop();
  }
}
