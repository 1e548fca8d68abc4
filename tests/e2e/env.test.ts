// An app's variables: from nano.yaml, at the time the server starts.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { buildApps, writeConfig } from "./lib/apps.ts";
import { request } from "../../tools/harness/http.ts";
import { serve, serveAndFail } from "./lib/server.ts";

const SHOW = `export default { fetch: (request, env) => Response.json(env) };`;

test("values, the server's variables, escapes", async (t) => {
  const env = {
    PLAIN: "a b",
    EMPTY: "",
    TAKEN: "${NANO_TEST_A}",
    WITHIN: "<${NANO_TEST_A}|${NANO_TEST_EMPTY}>",
    DEFAULT: "${NANO_TEST_UNSET:-http://localhost:80}",
    ESCAPED: "$${NANO_TEST_A} $5 $$",
    UNICODE: "äöü ☃ 𝄞",
  };
  const { dist, config } = await buildApps(t, { app: { files: SHOW, env } });
  const server = await serve(t, dist, {
    config,
    env: { ...process.env, NANO_TEST_A: "${X} 'q' \\", NANO_TEST_EMPTY: "" },
  });
  assert.deepEqual((await request(server, "app.test", "/")).json, {
    PLAIN: "a b",
    EMPTY: "",
    TAKEN: "${X} 'q' \\",
    WITHIN: "<${X} 'q' \\|>",
    DEFAULT: "http://localhost:80",
    ESCAPED: "${NANO_TEST_A} $5 $$",
    UNICODE: "äöü ☃ 𝄞",
  });
});

test("each app has its own, defaults are shared", async (t) => {
  const apps = {
    a: { files: SHOW, env: { OWN: "a" } },
    b: { files: SHOW, env: { SHARED: "own" } },
  };
  const made = await buildApps(t, apps);
  writeFileSync(
    made.config,
    JSON.stringify({
      defaults: { env: { SHARED: "default" } },
      apps: [
        { path: "a", hosts: "a.test", env: { OWN: "a" } },
        { path: "b", hosts: "b.test", env: { SHARED: "own" } },
      ],
    }),
  );
  const server = await serve(t, made.dist, { config: made.config });
  assert.deepEqual((await request(server, "a.test", "/")).json, { SHARED: "default", OWN: "a" });
  assert.deepEqual((await request(server, "b.test", "/")).json, { SHARED: "own" });
});

test("nano.yaml of the working directory counts; without one there is no env", async (t) => {
  const { dist, directory } = await buildApps(t, { app: { files: SHOW, env: { A: "1" } } });
  const with_ = await serve(t, dist, { cwd: directory });
  assert.deepEqual((await request(with_, "app.test", "/")).json, { A: "1" });
  const without = await serve(t, dist);
  assert.deepEqual((await request(without, "app.test", "/")).json, {});
  await without.waitForLog(
    "what it lacks",
    ({ level, msg }) => level === "warn" && /\(A\)/.test(msg),
  );
});

test("a required variable is an error where no configuration gives it", async (t) => {
  const made = await buildApps(t, { app: { files: SHOW, env: { KEY: "${NANO_TEST_A}" } } });
  const { status, output } = await serveAndFail(made.dist);
  assert.equal(status, 1);
  assert.match(output, /app 'app' needs env\.KEY/);
});

test("hosts and limits need a restart, not a build; apps that are not named are not served", async (t) => {
  const made = await buildApps(t, { a: { files: SHOW, hosts: "old.test" }, b: SHOW });
  writeConfig(made.directory, { a: { files: {}, hosts: "new.test" } });
  const server = await serve(t, made.dist, { config: made.config });
  assert.equal((await request(server, "new.test", "/")).status, 200);
  for (const host of ["old.test", "b.test"]) {
    assert.equal((await request(server, host, "/")).status, 404);
  }
  await server.waitForLog("the other app", ({ msg }) => /'b' of .* is not served/.test(msg));

  writeConfig(made.directory, { c: { files: {}, hosts: "c.test" } });
  const failed = await serveAndFail(made.dist, { config: made.config });
  assert.equal(failed.status, 1);
  assert.match(failed.output, /none of its apps can be served/);
});

test("a new value needs a restart, not a build", async (t) => {
  const made = await buildApps(t, { app: { files: SHOW, env: { A: "1" }, warmup: ["/"] } });
  const first = await serve(t, made.dist, { config: made.config });
  assert.deepEqual((await request(first, "app.test", "/")).json, { A: "1" });
  await first.stop();
  writeConfig(made.directory, { app: { files: {}, hosts: "app.test", env: { A: "2" } } });
  const second = await serve(t, made.dist, { config: made.config });
  assert.deepEqual((await request(second, "app.test", "/")).json, { A: "2" });
});

test("variables that are not set are errors, each at its place", async (t) => {
  const made = await buildApps(t, {
    app: { files: SHOW, env: { KEY: "${NANO_TEST_NOT_SET}", OTHER: "${NANO_TEST_NOR_THIS}" } },
    more: { files: SHOW, env: { KEY: "${NANO_TEST_OF_MORE}" } },
  });
  const { status, output } = await serveAndFail(made.dist, { config: made.config });
  assert.equal(status, 1);
  for (const name of ["NANO_TEST_NOT_SET", "NANO_TEST_NOR_THIS", "NANO_TEST_OF_MORE"]) {
    assert.match(output, new RegExp(`nano\\.yaml:\\d+:\\d+: app '\\w+', env.*${name} is not set`));
  }
});

test("an app cannot reach the server's environment", async (t) => {
  const { dist, config } = await buildApps(t, {
    app: `export default { fetch: (request, env) => Response.json([
      typeof process, typeof globalThis.require, Object.keys(env), String(globalThis.NANO_TEST_A)]) };`,
  });
  const server = await serve(t, dist, { config, env: { ...process.env, NANO_TEST_A: "x" } });
  const seen = (await request(server, "app.test", "/")).json;
  assert.deepEqual(seen, ["undefined", "undefined", [], "undefined"]);
});
