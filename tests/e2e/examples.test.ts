// All examples, as the README has them built and served.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { join } from "node:path";
import { nanocBuild } from "./lib/apps.ts";
import { curl } from "./lib/curl.ts";
import {
  Connection,
  request,
  requestBytes,
  type RequestOptions,
} from "../../tools/harness/http.ts";
import { examples, root } from "../../tools/harness/paths.ts";
import type { Finished } from "./lib/program.ts";
import { answering, response } from "./lib/origin.ts";
import { serve, type Server } from "./lib/server.ts";
import { suiteScope, temporaryFolder } from "./lib/temporary.ts";
import { until } from "../../tools/harness/wait.ts";

describe("examples", () => {
  let built: Finished;
  const scope = suiteScope();
  let server: Server;
  let dist: string;

  before(async () => {
    dist = join(temporaryFolder(scope), "dist");
    built = await nanocBuild(["examples", "-o", dist], { cwd: root });
    assert.equal(built.status, 0, built.stderr);
    server = await serve(scope, dist, {
      config: join(examples, "nano.yaml"),
      env: { ...process.env, HOME: "/home/somebody" },
    });
  });

  const get = (host: string, path: string, options?: RequestOptions) =>
    request(server, host, path, options);
  const json = { "content-type": "application/json" };

  test("the summary has a row for each app", () => {
    const table = built.stdout;
    for (const heading of [
      "app",
      "entry",
      "bundle",
      "snapshot",
      "time",
      "boot",
      "first request",
      "assets",
    ]) {
      assert.ok(table.includes(heading), `no ${heading} in:\n${table}`);
    }
    const rows: Record<string, string> = {
      hello: "index.ts",
      router: "src/index.ts",
      ssr: "index.tsx",
      validate: "index.ts",
      stream: "index.ts",
      proxy: "index.ts",
      aggregate: "index.ts",
      notes: "index.ts",
      accounts: "index.ts",
      reminders: "index.ts",
      cached: "index.ts",
      pages: "index.ts",
      worker: "src/index.ts",
      site: "index.ts",
      tenants: "index.ts",
      settings: "index.ts",
    };
    for (const [app, entry] of Object.entries(rows)) {
      // App, entry, two sizes, three times.
      const row = new RegExp(
        `^${app} +${entry}( +[\\d.]+ k?M?B){2}( +[\\d.]+ [mµ]?s){3} +(-|2 files, \\d+ B) +\\S+\\.localhost$`,
        "m",
      );
      assert.match(table, row);
    }
    // What has no effect in the wrangler file of one, a line each.
    for (const line of built.stderr.trimEnd().split("\n")) {
      assert.match(line, /^· worker: examples\/worker\/wrangler\.jsonc:\d+: \w+ is ignored: /);
    }
  });

  test("hello", async () => {
    const { status, text } = await get("hello.localhost", "/");
    assert.deepEqual([status, text], [200, "hello\n"]);
  });

  test("router: routes, parameters and middleware", async () => {
    const home = await get("router.localhost", "/");
    assert.equal(home.status, 200);
    assert.match(home.header("x-request-id")!, /^[0-9a-f-]{36}$/);
    const again = await get("router.localhost", "/");
    assert.notEqual(again.header("x-request-id"), home.header("x-request-id"));

    const user = await get("router.localhost", "/users/1");
    assert.match(user.header("content-type")!, /^application\/json/);
    assert.deepEqual(user.json, { id: 1, name: "Ada" });
    assert.deepEqual((await get("router.localhost", "/users?name=AL")).json, [
      { id: 2, name: "Alan" },
    ]);
  });

  test("notes: what is put is there for all workers, until it is deleted", async () => {
    const host = "notes.localhost";
    const type = { "content-type": "text/markdown" };
    const body = "# A note\n";
    assert.equal((await get(host, "/one", { method: "PUT", headers: type, body })).status, 204);
    const read = await get(host, "/one");
    assert.deepEqual([read.text, read.header("content-type")], [body, "text/markdown"]);
    assert.deepEqual((await get(host, "/?prefix=o")).json, ["one"]);
    assert.equal((await get(host, "/one", { method: "DELETE" })).status, 204);
    assert.equal((await get(host, "/one")).status, 404);
  });

  test("router: JSON bodies", async () => {
    const post = (body: string) =>
      get("router.localhost", "/users", { method: "POST", headers: json, body });
    const made = await post('{"name":"Grace"}');
    assert.equal(made.status, 201);
    assert.equal(made.header("location"), "/users/3");
    assert.deepEqual(made.json, { id: 3, name: "Grace" });
    assert.equal((await post("{")).status, 400);
    assert.equal((await post("{}")).status, 422);
  });

  test("router: 404 and errors", async () => {
    const missing = await get("router.localhost", "/nowhere");
    assert.deepEqual([missing.status, missing.json], [404, { error: "nothing at /nowhere" }]);
    assert.equal((await get("router.localhost", "/users/99")).status, 404);
    const failed = await get("router.localhost", "/fail");
    assert.deepEqual([failed.status, failed.json], [500, { error: "internal error" }]);
    const line = await server.waitForLog("the error", ({ msg }) => msg.includes("on purpose"));
    assert.equal(line.app, "router");
    assert.match(line.msg, /src\/index\.ts:\d+:\d+/);
  });

  test("worker: variables and files of a wrangler project", async () => {
    const host = "worker.localhost";
    assert.equal((await get(host, "/hello?name=Ada&name=Bo")).text, "Hello, Ada and Bo\n");
    assert.equal((await get(host, "/hello?name=a&name=b&name=c&name=d")).status, 400);
    assert.match((await get(host, "/")).text, /A wrangler project/);
    const missing = await get(host, "/nowhere", { headers: { "sec-fetch-mode": "navigate" } });
    assert.equal(missing.status, 404);
    assert.match(missing.text, /There is no such page/);
  });

  test("pages: files, and an API beside them", async () => {
    const page = await get("pages.localhost", "/");
    assert.equal(page.header("content-type"), "text/html; charset=utf-8");
    assert.equal(page.header("x-content-type-options"), "nosniff");
    assert.match(page.text, /This is a page/);
    const style = await get("pages.localhost", "/style-3f9d2c1a.css");
    assert.match(style.header("cache-control")!, /immutable/);
    const navigation = { headers: { "sec-fetch-mode": "navigate" } };
    assert.equal((await get("pages.localhost", "/some/view", navigation)).text, page.text);
    assert.equal((await get("pages.localhost", "/time")).header("location"), "/api/time");
    assert.match((await get("pages.localhost", "/api/time")).text, /^\{"now":"20/);
    assert.match((await get("pages.localhost", "/api/page")).text, /This is the API's page/);
    assert.equal((await get("pages.localhost", "/api/none")).status, 404);
  });

  test("ssr", async () => {
    const list = await get("ssr.localhost", "/");
    assert.equal(list.header("content-type"), "text/html; charset=utf-8");
    assert.match(list.text, /^<!doctype html><html lang="en"><head>/);
    assert.match(list.text, /<li><a href="\/planets\/venus">Venus<\/a> \(6052 km\)<\/li>/);
    const page = await get("ssr.localhost", "/planets/saturn");
    assert.match(page.text, /Saturn has 9\.14 times the radius of the Earth\./);
    assert.match(page.text, /5 moons<\/summary>Mimas, Enceladus, Tethys and more/);
    assert.equal((await get("ssr.localhost", "/planets/pluto")).status, 404);
  });

  test("cached", async () => {
    const made = await get("cached.localhost", "/page");
    const hit = await until("the page to be kept", async () => {
      const response = await get("cached.localhost", "/page");
      return response.header("cf-cache-status") === "HIT" && response;
    });
    assert.match(made.text, /^\/page, made at 20/);
    const etag = hit.header("etag")!;
    const headers = { "if-none-match": etag };
    assert.equal((await get("cached.localhost", "/page", { headers })).status, 304);
    const removed = { method: "DELETE" };
    assert.equal((await get("cached.localhost", "/page", removed)).text, "removed\n");
    assert.equal((await get("cached.localhost", "/page", removed)).status, 404);
  });

  test("validate", async () => {
    const post = (body: string) =>
      get("validate.localhost", "/", { method: "POST", headers: json, body });
    const good = await post(
      '{"email":"ada@example.com","items":[{"sku":"AB-1234","quantity":2}],"note":" soon "}',
    );
    assert.equal(good.status, 201);
    assert.deepEqual(good.json, { message: "2 pieces for ada@example.com", note: "soon" });
    const bad = await post('{"email":"ada","items":[{"sku":"x","quantity":1}]}');
    assert.equal(bad.status, 422);
    assert.deepEqual(bad.json, {
      errors: { email: "Invalid email address", "items.0.sku": "expected a code like AB-1234" },
    });
    assert.equal((await post("]")).status, 400);
    const wrong = await get("validate.localhost", "/");
    assert.deepEqual([wrong.status, wrong.header("allow")], [405, "POST"]);
  });

  test("reminders: cron triggers", async () => {
    // It may be due just now.
    assert.match(
      (await get("reminders.localhost", "/")).text,
      /^(not yet|\S+ \*\/5 \* \* \* \*)\n/,
    );
  });

  test("accounts: entry points", async () => {
    assert.equal((await get("accounts.localhost", "/")).text, "accounts of Ada\n");
    const ada = await get("accounts.localhost", "/ada");
    assert.deepEqual(ada.json, { amount: 12, currency: "EUR" });
    const nobody = await get("accounts.localhost", "/nobody");
    assert.deepEqual([nobody.status, nobody.text], [404, "there is no account 'nobody'\n"]);
    await server.waitForLog("waitUntil", ({ msg }) => msg === "somebody asked for ada");
  });

  test("multi: exact host, wildcard, env", async () => {
    const site = await get("multi.localhost:8080", "/");
    assert.match(site.text, /such as http:\/\/ada\.multi\.localhost:8080\/\n$/);
    assert.deepEqual((await get("ada.multi.localhost", "/")).json, { tenant: "ada" });
    assert.deepEqual((await get("bob.multi.localhost", "/")).json, { tenant: "bob" });
    const settings = await get("settings.multi.localhost", "/");
    assert.equal(settings.text, "Good day! This server's home is /home/somebody\n");
  });

  test("stream: events come one by one", async () => {
    const connection = await Connection.open(server);
    try {
      await connection.send(requestBytes("stream.localhost", "/ticks"));
      const head = await connection.readHead();
      assert.equal(head.header("content-type"), "text/event-stream");
      assert.equal(head.header("transfer-encoding"), "chunked");
      const first = (await connection.readSome()).toString();
      assert.match(first, /tick 1 of 5/);
      assert.doesNotMatch(first, /tick 2/);
    } finally {
      connection.close();
    }
    const whole = await get("stream.localhost", "/ticks");
    const numbers = Array.from(whole.text.matchAll(/^data: tick (\d) of 5$/gm), ([, n]) => n);
    assert.deepEqual(numbers, ["1", "2", "3", "4", "5"]);
  });

  test("stream: a long answer, an echo, a translation", async () => {
    const counted = await get("stream.localhost", "/count?to=100000");
    const lines = counted.text.split("\n");
    assert.deepEqual([lines.length, lines[0], lines[99_999]], [100_001, "1", "100000"]);

    const body = Buffer.alloc(300_000, "0123456789 äöü ");
    const echo = await get("stream.localhost", "/echo", { method: "POST", body });
    assert.ok(echo.body.equals(body));
    const shout = await get("stream.localhost", "/shout", { method: "POST", body });
    assert.equal(shout.text, body.toString().toUpperCase());
  });

  test("proxy: an app of the server answers, headers and bodies pass", async () => {
    const counted = await get("proxy.localhost", "/count?to=3");
    assert.deepEqual([counted.status, counted.text], [200, "1\n2\n3\n"]);
    assert.equal(counted.header("content-type"), "text/plain");
    assert.equal(counted.header("via"), "1.1 nano-proxy");

    const body = Buffer.alloc(300_000, "0123456789 äöü ");
    const echo = await get("proxy.localhost", "/echo", { method: "POST", body });
    assert.ok(echo.body.equals(body));
    assert.equal((await get("proxy.localhost", "/-/health")).text, "ok\n");
    const refused = await get("proxy.localhost", "/count?to=0");
    assert.deepEqual([refused.status, refused.text], [400, "count to a positive integer\n"]);
  });

  test("proxy: events pass one by one", async () => {
    const connection = await Connection.open(server);
    try {
      await connection.send(requestBytes("proxy.localhost", "/ticks"));
      const head = await connection.readHead();
      assert.equal(head.header("content-type"), "text/event-stream");
      const first = (await connection.readSome()).toString();
      assert.match(first, /tick 1 of 5/);
      assert.doesNotMatch(first, /tick 2/);
    } finally {
      connection.close();
    }
  });

  describe("proxy: with an address", () => {
    const proxying = (upstream: string) =>
      serve(scope, dist, {
        config: join(examples, "nano.yaml"),
        env: { ...process.env, HOME: "/home/somebody", PROXY_UPSTREAM: upstream },
      });

    test("what it is told of a request, and nobody else's paths", async () => {
      const origin = await answering(scope, ({ method, target, fields, body }) => {
        const told = JSON.stringify({ method, target, fields, body: body.toString() });
        return response(307, { Location: "/elsewhere" }, told);
      });
      const answer = await request(
        await proxying(origin.url),
        "proxy.localhost",
        "//evil.example/x?y",
        {
          method: "POST",
          headers: { "content-type": "text/x", "x-forwarded-for": "6.6.6.6" },
          body: "sent",
        },
      );
      assert.deepEqual([answer.status, answer.header("location")], [307, "/elsewhere"]);
      assert.equal(answer.header("via"), "1.1 nano-proxy");
      const { method, target, fields, body } = answer.json as {
        method: string;
        target: string;
        fields: [string, string][];
        body: string;
      };
      assert.deepEqual([method, target, body], ["POST", "//evil.example/x?y", "sent"]);
      const field = (name: string) => fields.find((each) => each[0] === name)?.[1];
      assert.equal(field("host"), origin.authority);
      assert.equal(field("x-forwarded-host"), "proxy.localhost");
      assert.equal(field("x-forwarded-for"), "127.0.0.1");
      assert.equal(field("via"), "1.1 nano-proxy");
      assert.equal(field("content-type"), "text/x");
    });

    test("where nobody listens", async () => {
      const origin = await answering(scope, () => "");
      origin.close();
      const alone = await proxying(origin.url);
      const { status, text } = await request(alone, "proxy.localhost", "/");
      assert.deepEqual([status, text], [502, "the upstream does not answer\n"]);
      const line = await alone.waitForLog("why", ({ msg }) => msg.includes("ECONNREFUSED"));
      assert.equal(line.app, "proxy");
      assert.ok(line.msg.includes(origin.authority), line.msg);
    });
  });

  test("aggregate: all that answers, and what is missing", async () => {
    const noNews = "no address: set AGGREGATE_NEWS in the server's environment";
    const ask = async (path: string) => {
      const { status, json } = await get("aggregate.localhost", path);
      return [status, json];
    };
    assert.deepEqual(await ask("/users/1?within=10000"), [
      200,
      { user: { id: 1, name: "Ada" }, events: 5, missing: { news: noNews } },
    ]);
    assert.deepEqual(await ask("/users/99?within=10000"), [
      200,
      { events: 5, missing: { user: "status 404", news: noNews } },
    ]);
    assert.deepEqual(await ask("/users/1?within=0"), [
      502,
      { missing: { user: "too late", events: "too late", news: noNews } },
    ]);
    assert.equal((await get("aggregate.localhost", "/users/1?within=x")).status, 400);
    assert.equal((await get("aggregate.localhost", "/nowhere")).status, 404);
  });

  test("aggregate: an address, and one that is late alone", async () => {
    const gate = Promise.withResolvers<void>();
    const origin = await answering(scope, async ({ target }) => {
      if (target === "/late") await gate.promise;
      return response(200, {}, '["today"]');
    });
    const withNews = (path: string) =>
      serve(scope, dist, {
        config: join(examples, "nano.yaml"),
        env: { ...process.env, HOME: "/home/somebody", AGGREGATE_NEWS: origin.url + path },
      });
    const ask = async (news: string, query: string) =>
      (await request(await withNews(news), "aggregate.localhost", `/users/1?${query}`)).json;
    assert.deepEqual(await ask("/news", "within=10000"), {
      user: { id: 1, name: "Ada" },
      events: 5,
      news: ["today"],
      missing: {},
    });
    // Events take 0.8 s.
    assert.deepEqual(await ask("/late", "within=5000"), {
      user: { id: 1, name: "Ada" },
      events: 5,
      missing: { news: "too late" },
    });
    gate.resolve();
  });

  test("curl resolves NAME.localhost by itself", async () => {
    const { stdout } = await curl([`http://hello.localhost:${server.port}/`]);
    assert.equal(stdout, "hello\n");
  });
});
