// Apps that call each other across worker processes: no caller can tell.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { before, describe, test } from "node:test";
import { buildApps } from "./lib/apps.ts";
import { groupWorkers } from "./lib/groups.ts";
import { serve, type Server } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";
import { Connection, request, requestBytes } from "../../tools/harness/http.ts";
import { until } from "../../tools/harness/wait.ts";

// Calls the app that the path names, and tells what came of it.
const caller = (name: string) => `
  export default {
    async fetch(request, env) {
      const url = new URL(request.url);
      const [, what, ...rest] = url.pathname.split("/");
      const via = rest.join("/");
      switch (what) {
        case "who":
          return Response.json({
            app: "${name}",
            method: request.method,
            url: request.url,
            fields: Object.fromEntries(request.headers),
            text: await request.text(),
          });
        case "call": {
          const init = { method: "PUT", headers: { "x-a": "1", "Nano-Service": "mine" }, body: "sent" };
          const response = await env[via].fetch("https://any.example:444/who?q=1", init);
          return new Response(response.body, { headers: { "x-fields": [...response.headers.keys()].join() } });
        }
        case "pass":
          return env[via].fetch(new Request("http://any.example/length", request));
        case "length": {
          let length = 0;
          for await (const chunk of request.body) length += chunk.length;
          return new Response(String(length));
        }
        case "large": {
          const bytes = new Uint8Array(Number(via)).fill(65);
          return new Response(bytes);
        }
        case "fetch-large":
          return env[rest[0]].fetch("http://any.example/large/" + rest[1]);
        case "throw":
          throw new Error("not today");
        case "status": {
          const response = await env[rest[0]].fetch("http://any.example/" + rest.slice(1).join("/"));
          return new Response(response.status + " " + (await response.text()).trim());
        }
        case "fails": {
          try {
            const response = await env[rest[0]].fetch("http://any.example/" + rest.slice(1).join("/"));
            return new Response("no: " + (await response.text()));
          } catch (error) {
            return new Response(error.cause?.code + ": " + error.cause?.message);
          }
        }
        case "die":
          return new Response(String("x".repeat(2 ** 28).split("").length));
        case "stream":
          return new Response(new ReadableStream({
            async pull(controller) {
              await new Promise((resolve) => setTimeout(resolve, 20));
              controller.enqueue(new TextEncoder().encode("tick "));
            },
            cancel() { console.log("${name} was cancelled"); },
          }));
        case "abort": {
          const controller = new AbortController();
          const response = await env[via].fetch("http://any.example/stream", { signal: controller.signal });
          const reader = response.body.getReader();
          await reader.read();
          controller.abort();
          return new Response(await reader.read().then(() => "read", (error) => error.name));
        }
        case "deep": {
          const left = Number(via);
          if (left === 0) return new Response("bottom");
          try {
            return await env.NEXT.fetch("http://any.example/deep/" + (left - 1));
          } catch (error) {
            return new Response(String(error.cause?.message ?? error));
          }
        }
      }
      return new Response("?", { status: 404 });
    },
  };`;

describe("services across groups", () => {
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    const services = { PLAIN: "plain", RED: "red", OWN: "own" };
    const limits = { memory: "32MiB" };
    const { dist, config } = await buildApps(scope, {
      plain: { files: caller("plain"), services: { ...services, NEXT: "red" }, outbound: "none" },
      red: {
        files: caller("red"),
        services: { ...services, NEXT: "own" },
        isolation: "worker",
        limits,
      },
      own: {
        files: caller("own"),
        services: { ...services, NEXT: "plain" },
        isolation: "process",
        limits,
      },
    });
    server = await serve(scope, dist, { config, workers: 2 });
    await until("the workers", () => server.workers().length === 4);
  });

  const pairs = [
    ["plain", "RED"],
    ["plain", "OWN"],
    ["red", "PLAIN"],
    ["red", "OWN"],
    ["own", "RED"],
    ["own", "PLAIN"],
    ["own", "OWN"],
  ];

  test("the other app sees the request as it is, and the caller the answer", async () => {
    for (const [app, service] of pairs) {
      const answer = await request(server, `${app}.test`, `/call/${service}`);
      assert.equal(answer.status, 200, answer.text);
      const told = answer.json as { fields: Record<string, string>; [other: string]: unknown };
      const { fields } = told;
      assert.deepEqual(
        { ...told, fields: undefined },
        {
          app: service.toLowerCase(),
          method: "PUT",
          url: "https://any.example:444/who?q=1",
          text: "sent",
          fields: undefined,
        },
      );
      assert.equal(fields.host, "any.example:444");
      assert.equal(fields["x-a"], "1");
      assert.equal(fields["nano-service"], "mine", "the caller's own");
      assert.equal(fields.connection, undefined);
      assert.doesNotMatch(answer.header("x-fields")!, /connection|transfer-encoding/);
    }
  });

  test("large bodies go both ways", async () => {
    for (const [app, service] of pairs) {
      const body = Buffer.alloc(9_000_000, "b");
      const up = await request(server, `${app}.test`, `/pass/${service}`, { method: "POST", body });
      assert.equal(up.text, String(body.length));
      const down = await request(server, `${app}.test`, `/fetch-large/${service}/20000000`);
      assert.equal(down.body.length, 20_000_000);
      const digest = createHash("sha256").update(down.body).digest("hex");
      assert.equal(
        digest,
        createHash("sha256").update(Buffer.alloc(20_000_000, "A")).digest("hex"),
      );
    }
  });

  test("errors, chains and aborts are as in one worker", async () => {
    for (const [app, service] of pairs) {
      const thrown = await request(server, `${app}.test`, `/status/${service}/throw`);
      assert.equal(thrown.text, "500 Internal Server Error");
      const aborted = await request(server, `${app}.test`, `/abort/${service}`);
      assert.equal(aborted.text, "AbortError");
      const cancelled = `${service.toLowerCase()} was cancelled`;
      await server.waitForLog(cancelled, ({ msg }) => msg === cancelled);
    }
    assert.equal((await request(server, "plain.test", "/deep/15")).text, "bottom");
    assert.match((await request(server, "plain.test", "/deep/20")).text, /more than 16 deep/);
  });

  test("a service whose process ends fails the call, and is there for the next", async () => {
    const failed = await request(server, "plain.test", "/fails/OWN/die");
    assert.match(
      failed.text,
      /^ERR_SERVICE_FAILED: .*the service did not answer: the worker that runs it ended/,
    );
    const again = await request(server, "plain.test", "/call/OWN");
    assert.equal((again.json as { app: string }).app, "own");
    assert.equal(groupWorkers(server, "app:own").length, 1);
  });

  test("a client that leaves ends the call, and calls leave nothing behind", async () => {
    const leaving = await Connection.open(server);
    await leaving.send(requestBytes("plain.test", "/pass/RED", { method: "POST", body: "x" }));
    leaving.close();
    const pids = server.workers();
    const descriptors = () => pids.map((pid) => readdirSync(`/proc/${pid}/fd`).length).join();
    const round = (count: number) =>
      Promise.all(
        Array.from({ length: count }, async () => {
          const answer = await request(server, "plain.test", "/call/RED");
          assert.equal((answer.json as { app: string }).app, "red");
        }),
      );
    await round(20);
    let before = "";
    let same = 0;
    await until("flat descriptors", () => {
      const now = descriptors();
      same = now === before ? same + 1 : 0;
      before = now;
      return same === 40;
    });
    for (let i = 0; i < 20; i++) await round(20);
    await until("as many as before", () => descriptors() === before).catch((error: unknown) => {
      throw new Error(`${before}, then ${descriptors()}`, { cause: error });
    });
  });
});

test("how many calls a request has led to is known across groups", async (t) => {
  // Makes as many calls as it can, and then has the next one go on.
  const app = `
    export default {
      async fetch({ url }, env) {
        const { pathname } = new URL(url);
        if (pathname === "/called") return new Response("called");
        let made = 0;
        try {
          for (; made < 3; made++) await (await env.SELF.fetch("http://any.example/called")).text();
          return env.NEXT.fetch("http://any.example/");
        } catch (error) {
          return new Response(made + " " + error.cause.code);
        }
      },
    };`;
  const limits = { subrequests: 10 };
  const { dist, config } = await buildApps(t, {
    plain: { files: app, limits, services: { SELF: "plain", NEXT: "apart" } },
    apart: {
      files: app,
      limits,
      services: { SELF: "apart", NEXT: "plain" },
      isolation: "process",
    },
  });
  const server = await serve(t, dist, { config, workers: 1 });
  // Four calls of the first, four of the second, two of the third.
  assert.equal((await request(server, "plain.test", "/")).text, "2 ERR_TOO_MANY_SUBREQUESTS");
});

test("a circle of apps that call each other ever more often leaves the others of the group alone", async (t) => {
  const app = `
    export default {
      async fetch(request, env) {
        const calls = Array.from({ length: 6 }, () => env.NEXT.fetch("http://any.example/"));
        await Promise.allSettled(calls.map(async (call) => (await call).text()));
        return new Response("around");
      },
    };`;
  const { dist, config } = await buildApps(t, {
    plain: { files: app, services: { NEXT: "apart" } },
    apart: { files: app, services: { NEXT: "plain" }, isolation: "worker" },
    calm: {
      files: `export default { fetch: () => new Response("calm") };`,
      isolation: "worker",
    },
  });
  const server = await serve(t, dist, { config, workers: 1 });
  assert.equal((await request(server, "calm.test", "/")).text, "calm");
  const pids = [...server.workers(), ...groupWorkers(server, "default")];
  for (let i = 0; i < 20; i++) {
    const leaving = await Connection.open(server);
    await leaving.send(requestBytes("plain.test", "/"));
    leaving.close();
  }
  for (let i = 0; i < 100; i++) {
    assert.equal((await request(server, "calm.test", "/")).text, "calm");
    for (const pid of pids) {
      const descriptors = readdirSync(`/proc/${pid}/fd`).length;
      assert.ok(descriptors < 1000, `${descriptors} descriptors`);
    }
  }
});

test("stubs that nobody has any more hold up no calls, and those that somebody has stay", async (t) => {
  const { dist, config } = await buildApps(t, {
    caller: {
      files: `
        export default {
          async fetch(request, env) {
            const kept = await env.COUNTERS.counter();
            const { add } = await env.COUNTERS.counter();
            let sum = 0;
            for (let i = 0; i < 600; i++) sum += await env.COUNTERS.counter().add(1);
            for (let i = 0; i < 300; i++) {
              const counter = await env.COUNTERS.counter();
              sum += await counter.add(1);
            }
            return Response.json([sum, await kept.add(2), await add(3)]);
          },
        };`,
      services: { COUNTERS: "counters" },
      limits: { subrequests: 0 },
    },
    counters: {
      files: `
        import { RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
        class Counter extends RpcTarget {
          #count = 0;
          #isOver = false;
          async add(number) {
            await 0;
            if (this.#isOver) throw new Error("it was disposed");
            return (this.#count += number);
          }
          [Symbol.dispose]() { this.#isOver = true; }
        }
        export default class extends WorkerEntrypoint {
          counter() { return new Counter(); }
        }`,
      isolation: "process",
    },
  });
  const server = await serve(t, dist, { config, workers: 1 });
  const { status, text } = await request(server, "caller.test", "/");
  assert.equal(status, 200, `${text}\n${server.output}`);
  assert.deepEqual(JSON.parse(text), [900, 2, 3]);
});
