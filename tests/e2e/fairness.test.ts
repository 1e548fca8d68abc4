// Apps that share a worker: one that computes for many clients lets the others have their turn in between.

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { test } from "node:test";
import { Connection, request } from "../../tools/harness/http.ts";
import { until } from "../../tools/harness/wait.ts";
import { Admin } from "./lib/admin-client.ts";
import { buildApps } from "./lib/apps.ts";
import { samplesOf } from "./lib/metrics.ts";
import { originOf, response } from "./lib/origin.ts";
import { computes } from "./lib/processes.ts";
import { serve, type Server } from "./lib/server.ts";

/** Computes for some tens of milliseconds, in ticks of which CPU time is counted; or for ten times that. */
const BUSY = `
export default {
  async fetch(request: Request): Promise<Response> {
    const body = await request.text();
    let sum = 0;
    const rounds = request.url.endsWith("/long") ? 1e9 : 1e8;
    for (let i = 0; i < rounds; i++) sum = (sum + i) | 0;
    return new Response(body || String(sum !== 0.5));
  },
};`;
const CLIENTS = 10;

const message = (host: string, path: string, body = "") =>
  `${body ? "POST" : "GET"} ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

interface Clients {
  busy: Connection[];
  /** Of the busy app as well. */
  first: Connection;
  quiet: Connection;
}

/** To apps that are booted, and compiled. */
async function connected(server: Server): Promise<Clients> {
  const connect = () => Connection.open(server);
  const busy = await Promise.all(Array.from({ length: CLIENTS }, connect));
  const first = await connect();
  const quiet = await connect();
  for (const [connection, host] of [
    [quiet, "quiet.test"],
    [first, "busy.test"],
  ] as const) {
    await connection.send(message(host, "/"));
    assert.equal((await connection.read()).status, 200);
  }
  return { busy, first, quiet };
}

/** While `first` has the app compute and the other clients of it have come: the quiet app's, which comes last. */
async function goesAhead({ busy, first, quiet }: Clients, expected: string): Promise<void> {
  let answered = 0;
  const answers = busy.map(async (connection) => {
    const answer = await connection.read();
    answered++;
    return answer;
  });
  await quiet.send(message("quiet.test", "/"));
  assert.equal((await quiet.read()).text, "quiet");
  assert.ok(answered <= 3, `${answered} of ${CLIENTS} requests to the busy app went first`);
  for (const { status, text } of await Promise.all(answers)) {
    assert.equal(status, 200);
    assert.equal(text, expected);
  }
  assert.equal((await first.read()).status, 200);
}

for (const body of ["", "with a body"]) {
  test(`an app with ${CLIENTS} clients that compute holds up others for a request or two ${body}`, async (t) => {
    const made = await buildApps(t, {
      busy: { files: BUSY, limits: { cpu: "0s" } },
      quiet: `export default { fetch: () => new Response("quiet") };`,
    });
    const server = await serve(t, made.dist, { config: made.config, workers: 1 });
    const { busy, first, quiet } = await connected(server);

    // While this one computes, all others arrive: the loop finds them together, the quiet app's the last.
    await first.send(message("busy.test", "/long"));
    for (const connection of busy) {
      await connection.send(message("busy.test", "/", body));
    }
    await goesAhead({ busy, first, quiet }, body || "true");
  });
}

/** Waits for what the test gives, and then computes for some tens of milliseconds. */
const WAITS = `
export default {
  async fetch(request: Request, { origin }: { origin: string }): Promise<Response> {
    const compute = (rounds: number) => {
      let sum = 0;
      for (let i = 0; i < rounds; i++) sum = (sum + i) | 0;
      return String(sum !== 0.5);
    };
    const { pathname } = new URL(request.url);
    if (pathname === "/long") return new Response(compute(1e9));
    if (pathname === "/call") await (await fetch(origin)).text();
    if (pathname === "/body") await request.text();
    return new Response(compute(1e8));
  },
};`;

for (const what of ["answers of others", "bodies of requests"]) {
  test(`${what} that arrive together hold up others for one or two of them`, async (t) => {
    const origin = await originOf(t, (peer) => peer.request());
    const made = await buildApps(t, {
      busy: { files: WAITS, limits: { cpu: "0s" }, env: { origin: origin.url } },
      quiet: `export default { fetch: () => new Response("quiet") };`,
    });
    const server = await serve(t, made.dist, { config: made.config, workers: 1 });
    const { busy, first, quiet } = await connected(server);

    const calls = what === "answers of others";
    for (const connection of busy) {
      await connection.send(
        calls
          ? message("busy.test", "/call")
          : "POST /body HTTP/1.1\r\nhost: busy.test\r\ncontent-length: 4\r\n\r\n",
      );
    }
    if (calls) {
      await until("the calls", () => origin.peers.every(({ requests }) => requests.length === 1));
      await until("all calls", () => origin.peers.length === CLIENTS);
    } else {
      const admin = new Admin(dirname(made.dist));
      await until("the requests", async () => {
        const samples = samplesOf((await admin.get("/metrics")).body);
        return [...samples].some(
          ([name, value]) =>
            name.startsWith('nano_requests_in_flight{app="busy"') && value === CLIENTS,
        );
      });
    }
    // While this one computes, all of what they wait for arrives, the quiet app's request the last.
    await first.send(message("busy.test", "/long"));
    await computes(server.workers()[0]!);
    for (const [i, connection] of busy.entries()) {
      await (calls ? origin.peers[i]!.send(response(200, {}, "fine")) : connection.send("body"));
    }
    await goesAhead({ busy, first, quiet }, "true");
    [...busy, first, quiet].forEach((connection) => connection.close());
  });
}

test("who connects behind a crowd is accepted with it, and waits no longer than who is connected", async (t) => {
  const made = await buildApps(t, {
    busy: {
      files: `
        export default {
          fetch: () => new Response(new ReadableStream({
            pull(controller) {
              let sum = 0;
              for (let i = 0; i < 3e6; i++) sum = (sum + i) | 0;
              controller.enqueue(new TextEncoder().encode(String(sum)));
            },
          })),
        };`,
      limits: { cpu: "0s" },
    },
    quiet: `export default { fetch: () => new Response("quiet") };`,
  });
  const server = await serve(t, made.dist, { config: made.config, workers: 1 });
  const connections: Connection[] = [];
  t.after(() => connections.forEach((connection) => connection.close()));
  const connect = async () => {
    const connection = await Connection.open(server);
    connections.push(connection);
    return connection;
  };
  const askQuiet = async (connection: Connection) => {
    await connection.send(message("quiet.test", "/"));
    assert.equal((await connection.read()).text, "quiet");
  };
  const kept = await connect();
  await askQuiet(kept);
  // Turns of the loop that are long, for as long as the test takes.
  for (let i = 0; i < 20; i++) {
    const stream = await connect();
    await stream.send(message("busy.test", "/"));
    stream.socket.resume();
  }
  await computes(server.workers()[0]!);
  const crowd = await Promise.all(Array.from({ length: 1000 }, connect));
  await Promise.all(crowd.map((connection) => connection.send(message("busy.test", "/"))));
  let answered = false;
  const comes = connect()
    .then(askQuiet)
    .then(() => (answered = true));
  // Each of these takes a turn of the loop.
  let turns = 0;
  for (; !answered; turns++) await askQuiet(kept);
  await comes;
  assert.ok(turns <= 6, `a connection that was there had ${turns} answers before`);
});

test("what one promise wakes is stopped after five times the limit of a request", async (t) => {
  const made = await buildApps(t, {
    busy: {
      files: `
        let go: () => void;
        const gate = new Promise<void>((resolve) => (go = resolve));
        export default {
          async fetch({ url }: Request): Promise<Response> {
            if (url.endsWith("/go")) go();
            else await gate;
            // Less of the processor's time than a request may take, on any machine.
            for (const end = Date.now() + 100; Date.now() < end; );
            return new Response("computed");
          },
        };`,
      limits: { cpu: "300ms", concurrency: 1000 },
    },
    quiet: `export default { fetch: () => new Response("quiet") };`,
  });
  const server = await serve(t, made.dist, { config: made.config, workers: 1 });
  const clients = await Promise.all(Array.from({ length: 300 }, () => Connection.open(server)));
  for (const client of clients) await client.send(message("busy.test", "/"));
  const go = await Connection.open(server);
  await go.send(message("busy.test", "/go"));
  const answers = await Promise.all(clients.map((client) => client.read()));
  // Those whose turn came are not told apart from those that wait: all of them lose the isolate.
  assert.ok(answers.every(({ status }) => status === 503 || status === 200));
  const stopped = answers.filter((answer) => answer.header("nano-error") === "cpu-limit");
  assert.ok(stopped.length > 0);
  const line = await server.waitForLog("why", ({ reason }) => reason === "cpu-limit");
  assert.match(line.msg, /woken together .* in one go, and may take 1500 ms, five times/);
  assert.equal(line.limit, 1500);
  assert.equal((await request(server, "quiet.test", "/")).text, "quiet");
  [...clients, go].forEach((client) => client.close());
});
