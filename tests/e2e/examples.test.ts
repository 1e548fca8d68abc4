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
import { serve, type Server } from "./lib/server.ts";
import { suiteScope, temporaryFolder } from "./lib/temporary.ts";

describe("examples", () => {
  let built: Finished;
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    const dist = join(temporaryFolder(scope), "dist");
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
    for (const heading of ["app", "entry", "bundle", "snapshot", "time", "boot", "first request"]) {
      assert.ok(table.includes(heading), `no ${heading} in:\n${table}`);
    }
    const rows: Record<string, string> = {
      hello: "index.ts",
      router: "src/index.ts",
      ssr: "index.tsx",
      validate: "index.ts",
      stream: "index.ts",
      site: "index.ts",
      tenants: "index.ts",
      settings: "index.ts",
    };
    for (const [app, entry] of Object.entries(rows)) {
      // App, entry, two sizes, three times.
      const row = new RegExp(
        `^${app} +${entry}( +[\\d.]+ k?M?B){2}( +[\\d.]+ [mµ]?s){3} +\\S+\\.localhost$`,
        "m",
      );
      assert.match(table, row);
    }
    assert.equal(built.stderr, "");
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

  test("curl resolves NAME.localhost by itself", async () => {
    const { stdout } = await curl([`http://hello.localhost:${server.port}/`]);
    assert.equal(stdout, "hello\n");
  });
});
