// Entry points: classes of "cloudflare:workers" and named exports that other apps call, by `fetch` and by their
// methods, in the same process and in another one.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { request } from "../../tools/harness/http.ts";
import { build, buildApps, nanocBuild, workspace, writeConfig, type App } from "./lib/apps.ts";
import { started } from "./lib/controlled.ts";
import { serve, type Server } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";

const ORDERS = `
  import { WorkerEntrypoint, env as moduleEnv } from "cloudflare:workers";
  let made = 0;
  class Base extends WorkerEntrypoint {
    inherited() { return "from the base"; }
  }
  export default class Orders extends Base {
    #secret = 1;
    own = () => "an instance's";
    constructor(ctx, env) { super(ctx, env); made++; }
    async fetch(request) {
      return Response.json({ url: request.url, key: this.env.KEY, props: this.ctx.props, same: this.env === moduleEnv });
    }
    total(...numbers) { return numbers.reduce((sum, number) => sum + number, 0); }
    async echo(value) { await null; return value; }
    made() { return made; }
    nothing() {}
    props() { return this.ctx.props; }
    later() { this.ctx.waitUntil(new Promise((resolve) => setTimeout(resolve, 10)).then(() => console.log("kept"))); }
    get accessor() { return () => 1; }
    fail(kind) {
      if (kind === "range") throw new RangeError("out of range");
      if (kind === "own") throw Object.assign(new Error("of its own"), { name: "OrderError", detail: 1 });
      if (kind === "dom") throw new DOMException("aborted", "AbortError");
      if (kind === "value") throw { code: 7 };
      throw Symbol("of its own");
    }
    give(kind) {
      if (kind === "symbol") return { symbol: Symbol("of its own") };
      if (kind === "blob") return new Blob(["text"]);
      return new (class Own { x = 1; })();
    }
  }
  export class Admin extends WorkerEntrypoint {
    fetch() { return new Response("admin " + JSON.stringify(this.ctx.props)); }
    who() { return ["admin", this.ctx.props]; }
  }
  export const plain = { fetch: (request, env, ctx) => new Response("plain " + env.KEY + " " + typeof ctx.waitUntil) };
  export const number = 42;
  export async function loop(depth) { return depth; }`;

const CALLER = `
  export default {
    async fetch(request, env, ctx) {
      const run = new URL(request.url).searchParams.get("run");
      const told = async (steps) => {
        try { return await steps(); } catch (error) {
          if (!(error instanceof Error)) return { thrown: error };
          return { name: error.name, message: error.message, stack: error.stack, kind: error.constructor.name, remote: error.remote };
        }
      };
      try {
        return Response.json(await RUN[run](env, told, ctx) ?? null);
      } catch (error) {
        return new Response(error.stack, { status: 500 });
      }
    },
  };
  const RUN = {
    fetched: async ({ ORDERS, ADMIN, PLAIN }) => [
      await (await ORDERS.fetch("http://any.example/x")).json(),
      await (await ADMIN.fetch("http://any.example/")).text(),
      await (await PLAIN.fetch("http://any.example/")).text()],
    methods: async ({ ORDERS, ADMIN }) => [
      await ORDERS.total(1, 2, 3), await ORDERS.inherited(), await ORDERS.nothing() === undefined,
      await ADMIN.who(), await ORDERS.props(), await ORDERS.made() < await ORDERS.made()],
    values: async ({ ORDERS }) => {
      const value = {
        list: [1, "zwei ☃", null, undefined, true, -0, NaN, 12n], date: new Date(5), map: new Map([["k", { v: 1 }]]),
        set: new Set([1]), bytes: new Uint8Array([1, 2, 3]).subarray(1), buffer: new ArrayBuffer(4),
        pattern: /x+/gi, error: new TypeError("t"), bare: Object.assign(Object.create(null), { a: 1 }) };
      value.self = value;
      const got = await ORDERS.echo(value);
      return [got.list.map(String), Object.is(got.list[5], -0), got.date.getTime(), got.map.get("k").v, got.set.has(1),
        [...got.bytes], got.buffer.byteLength, String(got.pattern), got.error instanceof TypeError, got.error.message,
        got.self === got, got.bare.a, got !== value];
    },
    large: async ({ ORDERS }) => {
      const bytes = new Uint8Array(3 << 20).fill(7);
      const got = await ORDERS.echo(bytes);
      return [got.length, got[0], got[got.length - 1]];
    },
    thrown: ({ ORDERS }, told) => Promise.all(["range", "own", "dom", "value", "symbol"].map((kind) => told(() => ORDERS.fail(kind)))),
    refused: ({ ORDERS, PLAIN, MISSING }, told) => Promise.all([
      () => ORDERS.echo(Symbol("s")), () => ORDERS.echo(new Blob()), () => ORDERS.echo(new (class Own {})()),
      () => ORDERS.give("symbol"), () => ORDERS.give("blob"), () => ORDERS.give("own"),
      () => ORDERS.unknown(), () => ORDERS.own(), () => ORDERS[""](), () => ORDERS.constructor.call(ORDERS),
      () => PLAIN.anything(), () => MISSING.anything(), () => MISSING.fetch("http://a.example/").then((r) => r.status),
      () => ORDERS.toString(), () => ORDERS.alarm(), () => ORDERS["#secret"](), () => ORDERS.__proto__.constructor.name,
    ].map(told)),
    looked: ({ ORDERS }) => [typeof ORDERS.then, JSON.stringify(ORDERS), String(ORDERS), ORDERS instanceof Object,
      typeof ORDERS.anything, Object.keys(ORDERS)],
    later: async ({ ORDERS }) => { await ORDERS.later(); },
    own: async (env, told, ctx) => [Object.keys(ctx.exports), JSON.stringify(ctx.props)],
    circle: async ({ ORDERS }, told) => told(() => ORDERS.echo(1)),
  };`;

const orders: App = { files: ORDERS, env: { KEY: "orders' own" } };
const services = {
  ORDERS: "orders",
  ADMIN: {
    app: "orders",
    entrypoint: "Admin",
    props: { region: "eu", list: [1, true, null, "x"] },
  },
  PLAIN: { app: "orders", entrypoint: "plain" },
  MISSING: { app: "orders", entrypoint: "Missing" },
};
const PROPS = { region: "eu", list: [1, true, null, "x"] };

for (const isolation of ["shared", "process"] as const) {
  describe(`an app calls entry points of another one, isolation ${isolation}`, () => {
    const scope = suiteScope();
    let server: Server;
    before(async () => {
      const { dist, config } = await buildApps(scope, {
        orders: { ...orders, isolation },
        caller: { files: CALLER, services },
      });
      server = await serve(scope, dist, { config });
    });
    const run = async (name: string) => {
      const { status, text } = await request(server, "caller.test", `/?run=${name}`);
      assert.equal(status, 200, text);
      return JSON.parse(text) as never;
    };

    test("by fetch, with props of the binding", async () => {
      assert.deepEqual(await run("fetched"), [
        { url: "http://any.example/x", key: "orders' own", props: {}, same: true },
        `admin ${JSON.stringify(PROPS)}`,
        "plain orders' own function",
      ]);
    });

    test("by methods", async () => {
      assert.deepEqual(await run("methods"), [
        6,
        "from the base",
        true,
        ["admin", PROPS],
        {},
        true,
      ]);
    });

    test("values go as structured clone has them", async () => {
      const list = ["1", "zwei ☃", "null", "undefined", "true", "0", "NaN", "12"];
      assert.deepEqual(await run("values"), [
        ...[list, true, 5, 1, true, [2, 3], 4, "/x+/gi", true, "t", true, 1, true],
      ]);
      assert.deepEqual(await run("large"), [3 << 20, 7, 7]);
    });

    test("what is thrown comes as the caller's error", async () => {
      const [range, own, dom, value, unclonable] = (await run("thrown")) as Record<
        string,
        unknown
      >[];
      assert.deepEqual(
        [range.name, range.message, range.kind, range.remote],
        ["RangeError", "out of range", "RangeError", true],
      );
      assert.doesNotMatch(String(range.stack), /orders/i);
      assert.deepEqual([own.name, own.message, own.kind], ["OrderError", "of its own", "Error"]);
      assert.deepEqual(
        [dom.name, dom.message, dom.kind],
        ["AbortError", "aborted", "DOMException"],
      );
      assert.deepEqual(value, { thrown: { code: 7 } });
      assert.equal(unclonable.name, "DataCloneError");
    });

    test("what cannot be passed or called says so", async () => {
      const told = (await run("refused")) as Record<string, string>[];
      const expected = [
        /DataCloneError: .*could not be cloned/,
        /DataCloneError: An instance of Blob cannot be passed between apps/,
        /DataCloneError: An instance of Own of a class of the app's own cannot be passed/,
        /DataCloneError: .*could not be cloned/,
        /DataCloneError: An instance of Blob cannot be passed/,
        /DataCloneError: An instance of Own/,
        /TypeError: The entry point 'Orders' has no method 'unknown'/,
        /TypeError: The entry point 'Orders' has no method 'own'/,
        /TypeError: ORDERS has no method ''/,
        /TypeError/,
        /TypeError: The app's export 'plain' is an object: methods can be called of classes/,
        /TypeError: The app has no export 'Missing'/,
        500,
        "[object Fetcher]",
        /TypeError: The entry point 'Orders' has no method 'alarm'/,
        /TypeError: The entry point 'Orders' has no method '#secret'/,
        "Fetcher",
      ];
      for (const [index, wanted] of expected.entries()) {
        const got = told[index]!;
        if (wanted instanceof RegExp)
          assert.match(`${got.name}: ${got.message}`, wanted, `${index}`);
        else assert.deepEqual(got, wanted);
      }
      await server.waitForLog("why", ({ app, msg }) => {
        return app === "orders" && /The app has no export 'Missing'/.test(msg);
      });
    });

    test("a service is no promise, and has no properties of its own", async () => {
      assert.deepEqual(await run("looked"), [
        ...["undefined", "{}", "[object Fetcher]", true, "function", []],
      ]);
    });

    test("waitUntil of a method's context keeps the other app alive", async () => {
      await run("later");
      await server.waitForLog("the promise", ({ app, msg }) => app === "orders" && msg === "kept");
    });

    test("no client gets at methods", async () => {
      const headers = {
        "nano-service": "orders 1 0 0 http x x x746f74616c",
        "content-length": "0",
      };
      const { json } = await request(server, "orders.test", "/total", { method: "POST", headers });
      assert.deepEqual((json as { props: unknown }).props, {});
    });
  });
}

test("ctx.exports has the app's own entry points", async (t) => {
  const { dist, config } = await buildApps(t, {
    app: `
      import { WorkerEntrypoint } from "cloudflare:workers";
      export class Inner extends WorkerEntrypoint {
        fetch() { return new Response("inner"); }
        twice(number) { return 2 * number; }
        whose() { return this.ctx.props; }
      }
      export const helper = 1;
      export default class extends WorkerEntrypoint {
        async fetch(request) {
          const { exports } = this.ctx;
          return Response.json([
            Object.keys(exports).sort(), await exports.Inner.twice(4),
            await (await exports.Inner.fetch("http://a.example/")).text(), exports === this.ctx.exports,
            await exports.Inner({ props: { tenant: 7 } }).whose(), await exports.Inner.whose(),
            await Promise.try(() => exports.Inner({ props: 1 })).catch(String)]);
        }
      }`,
    sole: `export default { fetch: (request, env, ctx) => Response.json([Object.keys(ctx.exports), ctx.props]) };`,
  });
  const server = await serve(t, dist, { config });
  assert.deepEqual((await request(server, "app.test", "/")).json, [
    ["Inner", "default"],
    8,
    "inner",
    true,
    { tenant: 7 },
    {},
    "TypeError: ctx.exports.Inner(): `props` is not an object",
  ]);
  assert.deepEqual((await request(server, "sole.test", "/")).json, [["default"], {}]);
});

test("apps that are loaded late, and objects as default exports, are called, too", async (t) => {
  const { dist, config } = await buildApps(t, {
    late: `
      import { WorkerEntrypoint, env } from "cloudflare:workers";
      const format = new Intl.NumberFormat("en");
      export class Numbers extends WorkerEntrypoint { show(number) { return format.format(number); } }
      export default { fetch: () => new Response("late") };`,
    caller: {
      files: `export default { fetch: async (request, env) => Response.json([
        await env.NUMBERS.show(12345), await env.LATE.show(1).catch((error) => error.message)]) };`,
      services: { NUMBERS: { app: "late", entrypoint: "Numbers" }, LATE: "late" },
    },
  });
  const server = await serve(t, dist, { config });
  const [shown, refused] = (await request(server, "caller.test", "/")).json as string[];
  assert.equal(shown, "12,345");
  assert.match(refused, /The app's export 'default' is an object/);
});

test("classes that NANO has no use for can be extended, and say so when they are made", async (t) => {
  const made = workspace(t, {
    app: `
      import { DurableObject, WorkflowEntrypoint, RpcStub, RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
      export class Counter extends DurableObject { fetch() {} }
      export class Flow extends WorkflowEntrypoint { run() {} }
      export class Entry extends WorkerEntrypoint { fetch() { return new Response(); } }
      export default { fetch: () => Response.json([Counter, Flow, RpcStub].map((made) => {
        try { return new made(); } catch (error) { return error.message; }
      })) };`,
  });
  const { status, stderr } = await build(made);
  assert.equal(status, 0);
  assert.match(stderr, /class `Counter` gets no requests/);
  assert.doesNotMatch(stderr, /class `Entry`/);
  const server = await serve(t, made.dist);
  const told = (await request(server, "app.test", "/")).json as string[];
  assert.match(told[0], /^DurableObject cannot be made: NANO has no Durable Objects/);
  assert.match(told[1], /^WorkflowEntrypoint cannot be made: NANO has no workflows/);
  assert.match(told[2], /^RpcStub cannot be made/);
});

test("mistakes in services are told with their places", async (t) => {
  const wrong = async (service: object) => {
    const made = workspace(t, { app: { files: CALLER, services: { S: service as never } } });
    const { status, stderr } = await nanocBuild([made.directory, "-o", made.dist]);
    assert.equal(status, 1);
    return stderr;
  };
  assert.match(await wrong({ entrypoint: "X" }), /nano\.yaml:\d+:\d+[^]*no `app`/);
  assert.match(await wrong({ app: "a/b" }), /'a\/b' cannot be an app's name/);
  assert.match(
    await wrong({ app: "a", entrypoint: "x y" }),
    /'x y' cannot be the name of an export/,
  );
  assert.match(await wrong({ app: "a", props: [1] }), /expected a map[^]*props: \{ region: eu \}/);
  assert.match(await wrong({ app: "a", entry: "X" }), /entry/);
});

test("a running server follows a change of entry point and props", async (t) => {
  const target: App = {
    files: `
      import { WorkerEntrypoint } from "cloudflare:workers";
      class Named extends WorkerEntrypoint { who() { return [this.constructor.name, this.ctx.props]; } }
      export class One extends Named {}
      export class Two extends Named {}
      export default { fetch: () => new Response("default") };`,
    hosts: "target.test",
  };
  const app = (entrypoint: string, props?: object): App => ({
    files: `export default { fetch: async (request, env) => Response.json([await env.TARGET.who(), String(env.TARGET)]) };`,
    hosts: "app.test",
    services: { TARGET: { app: "target", entrypoint, ...(props && { props }) } },
  });
  const { made, get, done } = await started(t, { target, app: app("One") });
  assert.equal(await get("app"), '[["One",{}],"[object Fetcher]"]');
  await done(["diff"], /app +unchanged/);
  writeConfig(made.directory, { target, app: app("Two", { a: { b: [1] } }) });
  await done(["diff"], /app +.*services/);
  await done(["reload"], /serves/);
  assert.equal(await get("app"), '[["Two",{"a":{"b":[1]}}],"[object Fetcher]"]');
  await done(["apps", "app"], /services\.TARGET +target#Two/);
});
