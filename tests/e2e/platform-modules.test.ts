// What "cloudflare:workers" has beside `env`: waitUntil and withEnv, wherever they are called.

import assert from "node:assert/strict";
import { test } from "node:test";
import { request } from "../../tools/harness/http.ts";
import { build, buildApps, workspace } from "./lib/apps.ts";
import { serve } from "./lib/server.ts";

test("waitUntil keeps the app alive for the request that led to the call", async (t) => {
  const { dist, config } = await buildApps(t, {
    app: `
      import { waitUntil } from "cloudflare:workers";
      const later = (steps) => new Promise((resolve) => setTimeout(() => resolve(steps()), 50));
      let done = 0;
      async function deep() {
        await null;
        waitUntil(later(() => { done++; console.log("finished"); }));
        waitUntil(Promise.reject(new Error("of waitUntil")));
      }
      export default { async fetch(request) {
        if (new URL(request.url).pathname === "/done") return new Response(String(done));
        await deep();
        return new Response("begun");
      } };`,
  });
  const server = await serve(t, dist, { config });
  assert.equal((await request(server, "app.test", "/")).text, "begun");
  await server.waitForLog("the promise", ({ msg }) => msg === "finished");
  await server.waitForLog("the rejection", ({ level, msg }) => {
    return (
      level === "error" && /A promise given to waitUntil\(\) was rejected:.*of waitUntil/.test(msg)
    );
  });
  assert.equal((await request(server, "app.test", "/done")).text, "1");
});

test("waitUntil outside of a request says where it belongs", async (t) => {
  const made = workspace(t, {
    app: `
      import { waitUntil } from "cloudflare:workers";
      let told;
      try { waitUntil(Promise.resolve()); } catch (error) { told = error; }
      export default { fetch() {
        const count = (() => { try { waitUntil(); } catch (error) { return error.name; } })();
        return Response.json([told.name, told.message, count]);
      } };`,
  });
  assert.equal((await build(made)).status, 0);
  const server = await serve(t, made.dist, { config: made.config });
  const [name, message, count] = (await request(server, "app.test", "/")).json as string[];
  assert.equal(name, "TypeError");
  assert.match(message, /^Failed to execute 'waitUntil': no request has led to this call\./);
  assert.equal(count, "TypeError");
});

test("withEnv changes what env is for a function and what it awaits, and for nobody else", async (t) => {
  const { dist, config } = await buildApps(t, {
    app: {
      files: `
        import { env, waitUntil, withEnv } from "cloudflare:workers";
        const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
        const read = async (ms) => { await sleep(ms); await null; return env.KEY; };
        const atTop = withEnv({ KEY: "top" }, () => env.KEY);
        const made = Object.freeze({ KEY: "frozen", OTHER: 1 });
        export default { async fetch(request, own) {
          const name = new URL(request.url).pathname.slice(1);
          const during = withEnv({ KEY: name }, async () => {
            const before = env.KEY;
            const inner = withEnv({ KEY: name + "-inner" }, () => read(20));
            waitUntil(sleep(1));
            return [before, await read(10), await inner, env.KEY, request.signal.aborted];
          });
          const outside = env.KEY;
          const thrown = (() => {
            try { withEnv({}, () => { throw new Error("through"); }); } catch (error) { return error.message; }
          })();
          const frozen = withEnv(made, () => [
            Object.keys(env), "OTHER" in env, "KEY" in { ...env }, JSON.stringify(env),
            Object.hasOwn(env, "nothing")]);
          const mistakes = [[], [{}], [1, () => {}], [{}, 1]].map((given) => {
            try { withEnv(...given); } catch (error) { return error.name; }
          });
          env.WRITTEN = "w";
          const written = [own.WRITTEN, Object.keys(env).sort(), delete env.WRITTEN, "WRITTEN" in own];
          return Response.json({ atTop, outside, during: await during, thrown, frozen, mistakes, written, after: env.KEY });
        } };`,
      env: { KEY: "base" },
    },
  });
  const server = await serve(t, dist, { config });
  const names = ["a", "b", "c", "d"];
  const answers = await Promise.all(names.map((name) => request(server, "app.test", `/${name}`)));
  for (const [index, name] of names.entries()) {
    assert.deepEqual(answers[index].json, {
      atTop: "top",
      outside: "base",
      during: [name, name, `${name}-inner`, name, false],
      thrown: "through",
      frozen: [["KEY", "OTHER"], true, true, '{"KEY":"frozen","OTHER":1}', false],
      mistakes: Array.from({ length: 4 }, () => "TypeError"),
      written: ["w", ["KEY", "WRITTEN"], true, false],
      after: "base",
    });
  }
});

test("limits and the log know whose request it is within withEnv", async (t) => {
  const { dist, config } = await buildApps(t, {
    app: {
      files: `
        import { withEnv } from "cloudflare:workers";
        Object.prototype.exchange = { id: 0 };
        export default { fetch(request) {
          if (new URL(request.url).pathname === "/") return new Response("idle");
          return withEnv({}, async () => {
            console.log("within");
            await null;
            for (;;) {}
          });
        } };`,
      limits: { cpu: "100ms" },
    },
  });
  const server = await serve(t, dist, { config });
  assert.equal((await request(server, "app.test", "/")).text, "idle");
  const answer = await request(server, "app.test", "/loop");
  assert.equal(answer.status, 503);
  assert.equal(answer.header("nano-error"), "cpu-limit");
  const line = await server.waitForLog("the line", ({ msg }) => msg === "within");
  assert.match(String(line.request_id), /^[0-9a-f]{16}$/, JSON.stringify(line));
});
