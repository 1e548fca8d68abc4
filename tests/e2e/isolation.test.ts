// Apps in worker processes of their own: connections reach them by the same addresses, whatever is asked on
// them and however it arrives.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { before, describe, test } from "node:test";
import { buildApps } from "./lib/apps.ts";
import { groupWorkers, sharedWorkers, teller, type Told } from "./lib/groups.ts";
import { serve, type Server } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";
import { Connection, request, requestBytes } from "../../tools/harness/http.ts";
import { until } from "../../tools/harness/wait.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const MiB = 1 << 20;

describe("groups of workers", () => {
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    const { dist, config } = await buildApps(scope, {
      plain: { files: teller("plain") },
      red: { files: teller("red"), isolation: "worker", group: "warm" },
      orange: { files: teller("orange"), isolation: "worker", group: "warm" },
      blue: { files: teller("blue"), isolation: "worker" },
      own: { files: teller("own"), isolation: "process" },
    });
    server = await serve(scope, dist, { config, workers: 2 });
    await until("the workers", () => server.workers().length === 5);
  });

  const ask = async (connection: Connection, app: string, path = "/"): Promise<Told> => {
    await connection.send(requestBytes(`${app}.test`, path));
    return (await connection.read()).json as Told;
  };

  test("each app runs in its group's process, and nowhere else", async () => {
    const apps = ["plain", "red", "orange", "blue", "own"];
    for (let i = 0; i < 8; i++) {
      await Promise.all(apps.map((app) => request(server, `${app}.test`, "/log")));
    }
    const workersOf = async (app: string) => {
      const lines = () => server.log.filter((line) => line.app === app && /runs$/.test(line.msg));
      await until("its lines", () => lines().length === 8);
      return [...new Set(lines().map(({ worker }) => worker!))].sort();
    };
    for (const worker of await workersOf("plain")) assert.ok(worker <= 2, `worker ${worker}`);
    const [red, orange, blue, own] = await Promise.all(apps.slice(1).map(workersOf));
    for (const workers of [red, orange, blue, own]) assert.equal(workers.length, 1);
    assert.deepEqual(red, orange);
    assert.equal(new Set([red[0], blue[0], own[0]]).size, 3);
    for (const [worker] of [red, blue, own]) assert.ok(worker > 3);
    assert.equal(groupWorkers(server, "warm").length, 1);
    assert.equal(groupWorkers(server, "default").length, 1);
    assert.equal(groupWorkers(server, "app:own").length, 1);
  });

  test("a connection goes to and fro between shared workers, groups and processes", async () => {
    const connection = await Connection.open(server);
    const order = ["plain", "red", "own", "orange", "red", "plain", "own", "blue", "own", "own"];
    for (let round = 0; round < 5; round++) {
      for (const app of order) assert.equal((await ask(connection, app, `/?${round}`)).app, app);
    }
    connection.close();
  });

  test("a request comes as it was sent, with its body, however large", async () => {
    const connection = await Connection.open(server);
    for (const [index, app] of ["own", "plain", "red", "own"].entries()) {
      for (const size of [0, 1, 40_000, 200_000, 7 * MiB + index]) {
        const body = randomBytes(size);
        const headers = { "x-test": `of ${app}`, "X-MiXeD": "yes" };
        await connection.send(
          requestBytes(`${app}.test`, `/a/${size}?q=1%20`, { method: "POST", headers, body }),
        );
        const told = (await connection.read()).json as Told;
        assert.deepEqual(told, {
          app,
          method: "POST",
          url: `http://${app}.test/a/${size}?q=1%20`,
          test: `of ${app}`,
          length: size,
          digest: sha256(body),
        });
      }
    }
    connection.close();
  });

  test("a head may come byte by byte, and a body in chunks", async () => {
    const connection = await Connection.open(server);
    for (const app of ["own", "red", "plain"]) {
      const head = `POST /slow HTTP/1.1\r\nHost: ${app}.test\r\nTransfer-Encoding: chunked\r\nx-test: 1\r\n\r\n`;
      for (const byte of head) await connection.send(byte);
      await connection.send("3\r\nabc\r\n");
      const large = randomBytes(300_000);
      await connection.send(Buffer.concat([Buffer.from("493e0\r\n"), large, Buffer.from("\r\n")]));
      await connection.send("0\r\n\r\n");
      const told = (await connection.read()).json as Told;
      assert.equal(told.app, app);
      assert.equal(told.length, 300_003);
      assert.equal(told.digest, sha256(Buffer.concat([Buffer.from("abc"), large])));
    }
    connection.close();
  });

  test("who waits for 100 Continue is told so once, by who reads the body", async () => {
    const connection = await Connection.open(server);
    for (const app of ["own", "blue", "plain", "own"]) {
      await connection.send(
        `PUT / HTTP/1.1\r\nHost: ${app}.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`,
      );
      assert.equal((await connection.read()).status, 100);
      await connection.send("hello");
      const told = (await connection.read()).json as Told;
      assert.deepEqual([told.app, told.length], [app, 5]);
    }
    connection.close();
  });

  test("HEAD, HTTP/1.0 and absolute targets mean what they mean", async () => {
    const connection = await Connection.open(server);
    await connection.send(requestBytes("own.test", "/", { method: "HEAD" }));
    const head = await connection.read("HEAD");
    assert.equal(head.status, 200);
    assert.ok(Number(head.header("content-length")) > 0);
    await connection.send("GET http://own.test?q HTTP/1.1\r\nHost: plain.test\r\n\r\n");
    const absolute = (await connection.read()).json as Told;
    assert.deepEqual([absolute.app, absolute.url], ["own", "http://own.test/?q"]);
    await connection.send("GET / HTTP/1.0\r\nHost: red.test\r\nConnection: keep-alive\r\n\r\n");
    const old = await connection.read();
    assert.equal(old.header("connection"), "keep-alive");
    assert.equal((old.json as Told).app, "red");
    await connection.send("GET / HTTP/1.0\r\nHost: own.test\r\n\r\n");
    assert.equal(((await connection.read()).json as Told).app, "own");
    await connection.expectClosed();
    connection.close();
  });

  test("requests of three groups in one packet are answered in their order", async () => {
    for (let round = 0; round < 20; round++) {
      const connection = await Connection.open(server);
      const body = randomBytes(1000);
      await connection.send(
        Buffer.concat([
          requestBytes("own.test", "/?ms=20"),
          requestBytes("plain.test", "/", { method: "POST", body }),
          requestBytes("red.test", "/stream"),
          requestBytes("blue.test", "/?ms=1"),
          requestBytes("plain.test", "/last"),
        ]),
      );
      const first = (await connection.read()).json as Told;
      assert.equal(first.app, "own");
      const second = (await connection.read()).json as Told;
      assert.deepEqual([second.app, second.digest], ["plain", sha256(body)]);
      assert.equal((await connection.read()).text, "0;1;2;3;4;5;6;7;8;9;");
      assert.equal(((await connection.read()).json as Told).app, "blue");
      assert.equal(((await connection.read()).json as Told).url, "http://plain.test/last");
      connection.close();
    }
  });

  test("a client that ends its side, or leaves, is no loss to others", async () => {
    const ending = await Connection.open(server);
    await ending.send(requestBytes("own.test", "/?ms=50"));
    ending.end();
    assert.equal(((await ending.read()).json as Told).app, "own");
    await ending.expectClosed();
    for (let i = 0; i < 50; i++) {
      const leaving = await Connection.open(server);
      await leaving.send(requestBytes("own.test", "/?ms=5"));
      leaving.close();
    }
    const connection = await Connection.open(server);
    assert.equal((await ask(connection, "own")).app, "own");
    connection.close();
  });

  test("a head that is as large as may be passes, and limits hold behind it", async () => {
    const connection = await Connection.open(server);
    const head = "GET / HTTP/1.1\r\nHost:own.test\r\n";
    const filler = (size: number) => {
      let text = "";
      while (size - text.length > 1000) text += `x${"y".repeat(200)}:${"z".repeat(500)}\r\n`;
      return text + `w:${"v".repeat(size - text.length - 4)}\r\n`;
    };
    await connection.send(head + filler(16 * 1024 - head.length - 2) + "\r\n");
    assert.equal(((await connection.read()).json as Told).app, "own");
    await connection.send(head + filler(16 * 1024 - head.length - 1) + "\r\n");
    assert.equal((await connection.read()).status, 431);
    connection.close();
    const large = await Connection.open(server);
    await large.send("POST / HTTP/1.1\r\nHost: own.test\r\nTransfer-Encoding: chunked\r\n\r\n");
    await large.send(`${(11 * MiB).toString(16)}\r\n`);
    await large.send(Buffer.alloc(11 * MiB));
    assert.equal((await large.read()).status, 413);
    large.close();
  });

  test("thousands of handovers leave no descriptor behind", async () => {
    const pids = server.workers();
    const descriptors = () => pids.map((pid) => readdirSync(`/proc/${pid}/fd`).length);
    const round = async (count: number) => {
      const connections = await Promise.all(
        Array.from({ length: 8 }, () => Connection.open(server)),
      );
      await Promise.all(
        connections.map(async (connection) => {
          for (let i = 0; i < count; i++) {
            const app = ["own", "plain", "red", "blue"][i % 4];
            assert.equal((await ask(connection, app)).app, app);
          }
          connection.close();
        }),
      );
    };
    await round(40);
    let before = "";
    let same = 0;
    await until("flat descriptors", () => {
      const now = descriptors().join();
      same = now === before ? same + 1 : 0;
      before = now;
      return same === 40;
    });
    await round(500);
    await until("as many descriptors as before", () => descriptors().join() === before);
    assert.equal(sharedWorkers(server).length, 2);
  });
});
