// Apps whose bodies, calls and timers are more than their limits allow: what they, their clients and the log
// are told, and that the metrics count it.

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { test } from "node:test";
import { Connection, request, requestBytes, type Response } from "../../tools/harness/http.ts";
import { until } from "../../tools/harness/wait.ts";
import { Admin } from "./lib/admin-client.ts";
import { buildApps } from "./lib/apps.ts";
import { serve } from "./lib/server.ts";

/** Bodies of all ways, by the path: read and sent. */
const BODIES = `const encoder = new TextEncoder();
let aborted = "nothing";
const stream = (parts, size) => new ReadableStream({
  pull(controller) {
    if (parts-- === 0) return controller.close();
    controller.enqueue(encoder.encode("x".repeat(size)));
  },
  cancel(reason) { aborted = reason.name + ": " + reason.message; },
});
export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const size = Number(searchParams.get("size"));
    if (pathname === "/read") return new Response(String((await request.text()).length));
    if (pathname === "/ignore") return new Response("ignored");
    if (pathname === "/both") {
      const reader = request.body.getReader();
      await reader.read();
      return new Response(new ReadableStream({
        async start(controller) {
          controller.enqueue(encoder.encode("begun "));
          try {
            while (!(await reader.read()).done);
            controller.enqueue(encoder.encode("whole"));
          } catch (error) {
            controller.enqueue(encoder.encode(error.name + ": " + error.message));
          }
          controller.close();
        },
      }));
    }
    if (pathname === "/echo") return new Response(request.body);
    if (pathname === "/text") return new Response("x".repeat(size));
    if (pathname === "/bytes") return new Response(new Uint8Array(size));
    if (pathname === "/stream") return new Response(stream(4, size / 4));
    if (pathname === "/announced") {
      return new Response(stream(4, size / 4), { headers: { "content-length": String(size) } });
    }
    if (pathname === "/aborted") return new Response(aborted);
    if (pathname === "/service") {
      const body = searchParams.has("up") ? stream(4, size / 4) : undefined;
      const path = searchParams.get("of");
      const answer = await env.SELF.fetch("http://self" + path + "?size=" + size, {
        method: body ? "POST" : "GET", body, duplex: "half",
      });
      let got = 0;
      try {
        for await (const part of answer.body) got += part.length;
      } catch (error) {
        return Response.json([answer.status, answer.headers.get("nano-error"), error.cause.code]);
      }
      return Response.json([answer.status, answer.headers.get("nano-error"), got]);
    }
    return new Response("hello");
  },
};`;

interface Problem {
  type: string;
  status: number;
  app: string;
  limit: number;
  used: number;
  request_id: string;
}

/** Checks an answer in an app's place. */
function checkRefused(response: Response, reason: string, status: number): Problem {
  assert.equal(response.status, status);
  assert.equal(response.header("nano-error"), reason);
  assert.equal(response.header("content-type"), "application/problem+json");
  const problem = response.json as Problem;
  assert.equal(problem.type, `urn:nano:problem:${reason}`);
  assert.equal(problem.status, status);
  return problem;
}

async function stopsOf(admin: Admin, app: string, reason: string): Promise<number> {
  const page = (await admin.get("/metrics")).body;
  const name = `nano_limit_stops_total{app="${app}",reason="${reason}"} `;
  return Number(
    page
      .split("\n")
      .find((line) => line.startsWith(name))
      ?.slice(name.length) ?? 0,
  );
}

test("a request's body that is larger than the app takes is refused before it is there", async (t) => {
  const { dist, config } = await buildApps(
    t,
    { small: { files: BODIES, limits: { body: "1KiB" } }, any: BODIES },
    { access_log: "json" },
  );
  const server = await serve(t, dist, { workers: 1, config });
  const admin = new Admin(dirname(dist));
  const post = (app: string, path: string, fields: string) =>
    `POST ${path} HTTP/1.1\r\nHost: ${app}.test\r\n${fields}\r\n`;

  // As much as it takes.
  const fits = await Connection.open(server);
  await fits.send(post("small", "/read", "content-length: 1024\r\n") + "x".repeat(1024));
  assert.equal((await fits.read()).text, "1024");
  fits.close();

  // One that says so, of which nothing has come: no "100 Continue", and no byte is waited for.
  for (const path of ["/read", "/ignore"]) {
    const told = await Connection.open(server);
    await told.send(post("small", path, "content-length: 1025\r\nexpect: 100-continue\r\n"));
    const problem = checkRefused(await told.read(), "body-limit", 413);
    assert.deepEqual([problem.app, problem.limit, problem.used], ["small", 1024, 1025]);
    const line = await server.waitForLog("why", (each) => each.reason === "body-limit");
    assert.deepEqual([line.app, line.limit, line.used], ["small", 1024, 1025]);
    assert.match(line.msg, / \(`limits\.body`\)/);
    told.close();
  }

  // One that does not: the app had the request already.
  const chunked = await Connection.open(server);
  await chunked.send(post("small", "/read", "transfer-encoding: chunked\r\n"));
  const chunk = `400\r\n${"x".repeat(1024)}\r\n`;
  await chunked.send(chunk + chunk);
  const problem = checkRefused(await chunked.read(), "body-limit", 413);
  assert.equal(problem.limit, 1024);
  assert.ok(problem.used > 1024);
  chunked.end();
  await chunked.expectClosed();

  // The response had begun: the app is told where it reads.
  const both = await Connection.open(server);
  await both.send(post("small", "/both", "transfer-encoding: chunked\r\n") + chunk);
  await until("the response to begin", () => both.buffered > 0);
  await both.send(chunk);
  assert.match((await both.read()).text, /^begun TypeError: The request's body could not be read/);
  both.close();
  // Or its response breaks off with it: the access log says for what.
  const echo = await Connection.open(server);
  await echo.send(post("small", "/echo", "transfer-encoding: chunked\r\n") + chunk);
  await until("the response to begin", () => echo.buffered > 0);
  await echo.send(chunk);
  await assert.rejects(echo.read());
  const access = await server.waitForLog("its line", ({ target }) => target === "/echo");
  assert.deepEqual([access.status, access.ended, access.reason], [200, "cut", "body-limit"]);
  assert.equal(await stopsOf(admin, "small", "body-limit"), 5);

  // The other has the server's bound, with the same words.
  const large = await Connection.open(server);
  await large.send(post("any", "/read", `content-length: ${10 * 1024 * 1024 + 1}\r\n`));
  const bound = checkRefused(await large.read(), "body-limit", 413);
  assert.deepEqual([bound.app, bound.limit], ["any", 10 * 1024 * 1024]);
  const named = await server.waitForLog("why", ({ app, reason }) => app === "any" && !!reason);
  assert.match(named.msg, / \(`server\.limits\.body_bytes`\)$/);
  large.close();
  assert.equal((await request(server, "small.test", "/")).text, "hello");
});

test("a limit of bodies above the server's is the server's", async (t) => {
  const { dist, config } = await buildApps(
    t,
    { app: { files: BODIES, limits: { body: "1MiB" } } },
    { limits: { body_bytes: "2KiB" } },
  );
  const server = await serve(t, dist, { workers: 1, config });
  const connection = await Connection.open(server);
  await connection.send(
    "POST /read HTTP/1.1\r\nHost: app.test\r\ncontent-length: 2049\r\nconnection: close\r\n\r\n",
  );
  const problem = checkRefused(await connection.read(), "body-limit", 413);
  assert.equal(problem.limit, 2048);
  connection.close();
});

test("a response that is too large is refused before it begins, and cut after", async (t) => {
  const { dist, config } = await buildApps(t, {
    app: { files: BODIES, limits: { response: "1000KiB" }, services: { SELF: "app" } },
  });
  const server = await serve(t, dist, { workers: 1, config });
  const admin = new Admin(dirname(dist));
  const most = 1000 * 1024;
  for (const path of ["/text", "/bytes", "/stream", "/announced"]) {
    assert.equal((await request(server, "app.test", `${path}?size=${most}`)).body.length, most);
  }
  const connection = await Connection.open(server);
  for (const path of ["/text", "/bytes", "/announced"]) {
    await connection.send(requestBytes("app.test", `${path}?size=${most + 4}`));
    const problem = checkRefused(await connection.read(), "response-limit", 503);
    assert.deepEqual([problem.app, problem.limit, problem.used], ["app", most, most + 4]);
  }
  const line = await server.waitForLog("why", ({ reason }) => reason === "response-limit");
  assert.deepEqual([line.app, line.limit, line.used], ["app", most, most + 4]);
  // What has no body in the answer is none.
  await connection.send(requestBytes("app.test", `/bytes?size=${most + 4}`, { method: "HEAD" }));
  assert.equal((await connection.read("HEAD")).status, 200);
  connection.close();

  await assert.rejects(
    request(server, "app.test", `/stream?size=${4 * most}`),
    /the connection ended|ECONNRESET/,
  );
  assert.match(
    (await request(server, "app.test", "/aborted")).text,
    /^AbortError: .*limits in nano/,
  );
  assert.equal(await stopsOf(admin, "app", "response-limit"), 4);

  // Services are bounded as clients are.
  const service = async (path: string) =>
    (await request(server, "app.test", `/service?size=${most + 4}&of=${path}`)).json;
  for (const path of ["/text", "/announced"]) {
    const [status, error] = (await service(path)) as unknown[];
    assert.deepEqual([status, error], [503, "response-limit"]);
  }
  assert.deepEqual(await service("/stream"), [200, null, "ERR_SERVICE_FAILED"]);
});

test("a service's request is bounded as a client's is", async (t) => {
  const { dist, config } = await buildApps(t, {
    app: { files: BODIES, limits: { body: "4KiB" }, services: { SELF: "app" } },
  });
  const server = await serve(t, dist, { workers: 1, config });
  const up = async (size: number) =>
    (await request(server, "app.test", `/service?up&size=${size}&of=/read`)).json;
  assert.deepEqual(await up(4096), [200, null, 4]);
  const [status, error] = (await up(8192)) as unknown[];
  assert.deepEqual([status, error], [413, "body-limit"]);
});

test("timers beyond the limit are an exception, however many an app wants", async (t) => {
  const { dist } = await buildApps(t, {
    app: {
      files: `export default {
        async fetch({ url }) {
          const { pathname } = new URL(url);
          const most = pathname === "/few" ? 1000 : 1e6;
          let made = 0;
          const ids = [];
          try {
            for (; made < most; made++) {
              if (pathname === "/signals") AbortSignal.timeout(1e8);
              else ids.push(setTimeout(() => {}, 1e8));
            }
          } catch (error) {
            ids.forEach(clearTimeout);
            const { name, message, quota, requested } = error;
            return Response.json({ made, name, message, quota, requested });
          }
          ids.forEach(clearTimeout);
          return Response.json({ made });
        },
      };`,
      limits: { timers: 1000 },
    },
    plain: `export default {
      fetch: ({ url }) => {
        if (url.endsWith("/many")) for (let i = 0; i < 1e6; i++) setTimeout(() => {}, 0);
        return new Response("hello");
      },
    };`,
  });
  const server = await serve(t, dist, { workers: 1 });
  const [worker] = await until("the worker", () => server.workers());
  const admin = new Admin(dirname(dist));
  // Cleared ones, and those that have run, are none.
  for (let i = 0; i < 3; i++) {
    assert.deepEqual((await request(server, "app.test", "/few")).json, { made: 1000 });
  }
  assert.deepEqual((await request(server, "app.test", "/many")).json, {
    made: 1000,
    name: "QuotaExceededError",
    message:
      "Failed to execute 'setTimeout': 1000 timers are waiting, which is the limit (limits.timers in nano.yaml).",
    quota: 1000,
    requested: 1001,
  });
  const line = await server.waitForLog("why", ({ reason }) => reason === "timer-limit");
  assert.deepEqual([line.app, line.limit, line.used], ["app", 1000, 1000]);
  assert.equal(typeof line.request_id, "string");
  assert.equal(await stopsOf(admin, "app", "timer-limit"), 1);
  const { made, name } = (await request(server, "app.test", "/signals")).json as Problem & {
    made: number;
    name: string;
  };
  assert.deepEqual([made, name], [1000, "QuotaExceededError"]);

  // A million by the default limit, uncaught: that request fails, and nobody else's.
  assert.equal((await request(server, "plain.test", "/many")).status, 500);
  assert.equal((await request(server, "plain.test", "/")).text, "hello");
  assert.deepEqual(server.workers(), [worker]);
});

test("calls beyond the limit are told to the app, the log and the metrics", async (t) => {
  const { dist, config } = await buildApps(t, {
    app: {
      files: `export default {
        async fetch({ url }, env) {
          if (url.endsWith("/called")) return new Response("called");
          let made = 0;
          try {
            for (; made < 10; made++) await (await env.SELF.fetch("http://self/called")).text();
          } catch (error) {
            return Response.json([made, error.cause.code, error.message]);
          }
          return Response.json([made]);
        },
      };`,
      limits: { subrequests: 5 },
      services: { SELF: "app" },
    },
  });
  const server = await serve(t, dist, { workers: 1, config });
  const [made, code, message] = (await request(server, "app.test", "/")).json as [
    number,
    string,
    string,
  ];
  assert.deepEqual([made, code], [5, "ERR_TOO_MANY_SUBREQUESTS"]);
  assert.match(message, /limits\.subrequests/);
  const line = await server.waitForLog("why", ({ reason }) => reason === "subrequest-limit");
  assert.deepEqual([line.app, line.limit], ["app", 5]);
  assert.equal(typeof line.request_id, "string");
  assert.equal(await stopsOf(new Admin(dirname(dist)), "app", "subrequest-limit"), 1);
});

test("recursion that is too deep is the app's own RangeError", async (t) => {
  const { dist } = await buildApps(t, {
    app: `const deeper = (n) => deeper(n + 1) + 1;
      export default {
        fetch({ url }) {
          if (url.endsWith("/uncaught")) return new Response(String(deeper(0)));
          try { deeper(0); } catch (error) { return new Response(error.name); }
        },
      };`,
  });
  const server = await serve(t, dist, { workers: 1 });
  const [worker] = await until("the worker", () => server.workers());
  const connection = await Connection.open(server);
  for (let i = 0; i < 3; i++) {
    await connection.send(requestBytes("app.test", "/"));
    assert.equal((await connection.read()).text, "RangeError");
    await connection.send(requestBytes("app.test", "/uncaught"));
    const failed = await connection.read();
    assert.deepEqual([failed.status, failed.header("nano-error")], [500, undefined]);
  }
  connection.close();
  assert.deepEqual(server.workers(), [worker]);
});
