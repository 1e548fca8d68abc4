// What can be passed in calls between apps beside objects and functions: streams that are written to, services, errors
// with what is data in them; and what cannot, which says so and uses nothing up.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { request } from "../../tools/harness/http.ts";
import { buildApps } from "./lib/apps.ts";
import { serve, type Server } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";

const CALLED = `
  import { RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
  class MyError extends Error { name = "MyError"; }
  const ERRORS = {
    data: () => Object.assign(new TypeError("data"), { code: "E_CODE", details: { list: [{ at: new Date(5) }] }, act() {}, map: new Map() }),
    cause: () => new Error("outer", { cause: new RangeError("inner", { cause: { reason: "data" } }) }),
    own: () => new MyError("own"),
    many: () => new AggregateError([new TypeError("one"), "two"], "many"),
    exception: () => new DOMException("exception", "AbortError"),
    circle: () => { const error = new Error("circle"); error.cause = error; error.self = { error }; return error; },
    getters: () => Object.defineProperty(new Error(), "message", { get() { throw new Error("from a getter"); } }),
    proxy: () => new Proxy(new RangeError("behind"), { ownKeys() { throw new Error("from a trap"); } }),
    instance: () => new (class Thing {})(),
  };
  class Thing extends RpcTarget {
    #secret() { return 1; }
    own = 1;
    fetch() { return "its fetch"; }
    connect() { return "its connect"; }
    toString() { return "its text"; }
    get late() { return Promise.resolve(12); }
    get broken() { throw new RangeError("a getter"); }
  }
  export default class extends WorkerEntrypoint {
    fetch() { return new Response("called"); }
    echo(value) { return value; }
    thing() { return new Thing(); }
    adder() { return Object.assign((number) => number + 1, { extra: 7 }); }
    throwIt(name) { throw ERRORS[name](); }
    giveIt(name) { return [ERRORS[name]()]; }
    async write(stream, count) {
      const writer = stream.getWriter();
      for (let i = 0; i < count; i++) await writer.write(new TextEncoder().encode("part " + i + ";"));
      await writer.close();
      return "written";
    }
    async abort(stream) {
      const writer = stream.getWriter();
      await writer.write(new Uint8Array(3));
      await writer.abort("no more");
    }
    async writeText(stream) { await stream.getWriter().write("text"); }
    async both(stream, message, call) { return [await new Response(stream).text(), await message.text(), await call(2)]; }
    async useService(service) {
      const response = await service.fetch("http://any.test/path", { method: "PUT", body: "content" });
      return [response.status, await response.text(), await service.greet("called")];
    }
    async try(service, name) { return service[name]("x", () => 1); }
    service() { return this.env.THIRD; }
    count(...args) { return args.length; }
  }`;

const THIRD = `
  import { WorkerEntrypoint } from "cloudflare:workers";
  export default class extends WorkerEntrypoint {
    async fetch(request) { return new Response(request.method + " " + new URL(request.url).pathname + " " + await request.text(), { status: 201 }); }
    greet(name) { return "hello " + name; }
    pass(service) { return service.greet("third"); }
  }`;

const CALLER = `
  import { WorkerEntrypoint } from "cloudflare:workers";
  const told = async (steps) => { try { return await steps(); } catch (error) { return error.name + ": " + error.message; } };
  const shown = (error) => error instanceof Error && {
    kind: error.constructor.name, name: error.name, message: error.message, remote: error.remote,
    code: error.code, details: error.details, keys: Object.keys(error).sort(),
    cause: error.cause instanceof Error ? shown(error.cause) : error.cause,
    errors: error.errors?.map((one) => one instanceof Error ? shown(one) : one),
    theirs: /CALLED|called|index_default/.test(error.stack), here: /Object.thrown/.test(error.stack),
  };
  const RUN = {
    written: async ({ CALLED }) => {
      const got = [];
      const sink = () => new WritableStream({
        write(chunk) { got.push(new TextDecoder().decode(chunk)); },
        close() { got.push("closed"); },
        abort(reason) { got.push("aborted: " + reason); },
      });
      const whole = sink();
      const results = [await CALLED.write(whole, 3), whole.locked];
      await CALLED.abort(sink());
      results.push(await told(() => CALLED.writeText(sink())));
      return [...results, got];
    },
    piped: async ({ CALLED }) => {
      const { readable, writable } = new TransformStream();
      const done = CALLED.write(writable, 100);
      const text = await new Response(readable).text();
      const second = new TransformStream();
      const back = [await CALLED.echo(second.readable), await CALLED.echo(second.writable)];
      const read = new Response(back[0]).text();
      const writer = back[1].getWriter();
      await writer.write(new TextEncoder().encode("there and back"));
      await writer.close();
      return [text.split(";").length, await done, await read];
    },
    services: async ({ CALLED, THIRD }, ctx) => {
      const service = await CALLED.service();
      const response = await service.fetch("http://x/own", { method: "POST", body: "b" });
      return [await CALLED.useService(THIRD), await CALLED.useService(ctx.exports.Own), response.status, await response.text(),
        await service.greet("caller"), await THIRD.pass(service), await CALLED.echo(THIRD) === THIRD];
    },
    guarded: async ({ CALLED, THIRD }) => {
      const results = {};
      for (const name of ["constructor", "__defineGetter__", "toString", "connect", "then", "missing"]) {
        results[name] = await told(() => CALLED.try(THIRD, name));
      }
      return [results, Object.keys(THIRD), await told(() => THIRD.greet("still"))];
    },
    thrown: async ({ CALLED }) => {
      const results = {};
      for (const name of ["data", "cause", "own", "many", "exception", "circle", "getters", "proxy", "instance"]) {
        try { await CALLED.throwIt(name); } catch (error) { results[name] = shown(error); }
      }
      return results;
    },
    given: async ({ CALLED }) => {
      const results = {};
      for (const name of ["data", "cause", "own", "many", "exception", "circle"]) results[name] = shown((await CALLED.giveIt(name))[0]);
      return [results, shown(await CALLED.echo(new RangeError("there and back")))];
    },
    mixed: async ({ CALLED }) => CALLED.both(new Response("stream").body, new Response("message"), (number) => number * 2),
    refused: async ({ CALLED }) => {
      const response = new Response("kept");
      const { readable, writable } = new TransformStream();
      const locked = new TransformStream();
      locked.writable.getWriter();
      return [await told(() => CALLED.echo([response, readable, writable, () => 1, Symbol("x")])),
        response.bodyUsed, readable.locked, writable.locked, await response.text(),
        await told(() => CALLED.echo(locked.writable)), await told(() => CALLED.echo({ late: CALLED.echo(1) })),
        await told(() => CALLED.echo(new Blob(["x"]))), await told(() => CALLED.count(...Array(70_000).fill(1))),
        await CALLED.count(...Array(5000).fill(1))];
    },
    names: async ({ CALLED }) => {
      const thing = await CALLED.thing();
      const results = {};
      for (const name of ["own", "secret", "#secret", "prototype", "late", "broken"]) results[name] = await told(() => thing[name]);
      const adder = await CALLED.adder();
      return [results, await thing.fetch(), await thing.connect(), String(thing), await adder.extra, await told(() => adder.name),
        await told(() => adder.length), thing.then, thing.toJSON];
    },
  };
  export class Own extends WorkerEntrypoint {
    fetch() { return new Response("own"); }
    greet(name) { return "own hello " + name; }
  }
  export default {
    async fetch(request, env, ctx) {
      const run = new URL(request.url).searchParams.get("run");
      return Response.json((await RUN[run](env, ctx)) ?? null);
    },
  };`;

for (const isolation of ["shared", "process"] as const) {
  describe(`values by reference, isolation ${isolation}`, () => {
    const scope = suiteScope();
    let server: Server;
    before(async () => {
      const { dist, config } = await buildApps(scope, {
        called: { files: CALLED, isolation, services: { THIRD: "third" } },
        third: { files: THIRD },
        caller: { files: CALLER, services: { CALLED: "called", THIRD: "third" } },
      });
      server = await serve(scope, dist, { config, workers: 1 });
    });
    const run = async (name: string) => {
      const { status, text } = await request(server, "caller.test", `/?run=${name}`);
      assert.equal(status, 200, `${text}\n${server.output}`);
      return JSON.parse(text) as unknown;
    };

    test("streams can be passed to be written to", async () => {
      const notBytes =
        "TypeError: A body's stream gave a chunk that is not a Uint8Array; encode strings with TextEncoder";
      assert.deepEqual(await run("written"), [
        ...["written", true, notBytes],
        [
          ...["part 0;", "part 1;", "part 2;", "closed"],
          ...["\0\0\0", "aborted: no more", `aborted: ${notBytes}`],
        ],
      ]);
      assert.deepEqual(await run("piped"), [101, "written", "there and back"]);
    });

    test("services can be passed, and are asked by way of the app that has them", async () => {
      assert.deepEqual(await run("services"), [
        [201, "PUT /path content", "hello called"],
        [200, "own", "own hello called"],
        ...[201, "POST /own b", "hello caller", "hello third", true],
      ]);
    });

    test("who was passed a service can call it, and do nothing else to it", async () => {
      const [results, keys, greeting] = (await run("guarded")) as [
        Record<string, string>,
        ...unknown[],
      ];
      for (const name of ["connect", "then", "missing"]) {
        assert.match(results[name]!, /^(TypeError: |Error: )/, name);
      }
      assert.deepEqual([keys, greeting], [[], "hello still"]);
    });

    test("errors have what is data in them, whether thrown or given, and this app's stack", async () => {
      const thrown = (await run("thrown")) as Record<string, Record<string, unknown>>;
      const [given, back] = (await run("given")) as [typeof thrown, Record<string, unknown>];
      for (const [name, error] of Object.entries(thrown)) {
        assert.deepEqual([error["theirs"], error["here"]], [false, true], name);
      }
      for (const errors of [thrown, given]) {
        const { data, cause, own, many, exception, circle } = errors;
        assert.deepEqual(
          [data!["kind"], data!["message"], data!["code"], data!["details"]],
          ["TypeError", "data", "E_CODE", { list: [{ at: new Date(5).toISOString() }] }],
        );
        const inner = cause!["cause"] as Record<string, unknown>;
        assert.deepEqual(
          [cause!["message"], inner["kind"], inner["message"], inner["cause"]],
          ["outer", "RangeError", "inner", { reason: "data" }],
        );
        assert.deepEqual(
          [own!["kind"], own!["name"], own!["message"]],
          ["Error", "MyError", "own"],
        );
        const [one, two] = many!["errors"] as [Record<string, unknown>, string];
        assert.deepEqual(
          [many!["kind"], many!["message"], one["kind"], two],
          ["AggregateError", "many", "TypeError", "two"],
        );
        assert.deepEqual(
          [exception!["kind"], exception!["name"], exception!["message"], exception!["code"]],
          ["DOMException", "AbortError", "exception", 20],
        );
        assert.equal(circle!["message"], "circle");
      }
      assert.deepEqual(thrown["data"]!["keys"], ["code", "details", "remote"]);
      assert.deepEqual(given["data"]!["keys"], ["code", "details"]);
      assert.deepEqual([thrown["data"]!["remote"], given["data"]!["remote"]], [true, undefined]);
      assert.equal(thrown["getters"]!["message"], "");
      assert.match(String(thrown["proxy"]!["message"]), /behind could not be cloned/);
      assert.match(String(thrown["instance"]!["message"]), /An instance of Thing of a class/);
      assert.deepEqual([back["kind"], back["message"]], ["RangeError", "there and back"]);
    });

    test("streams, messages and functions go in one call, in any order", async () => {
      assert.deepEqual(await run("mixed"), ["stream", "message", 4]);
    });

    test("what cannot be passed says so, and uses nothing up", async () => {
      const [symbol, ...rest] = (await run("refused")) as [string, ...unknown[]];
      assert.match(symbol, /^DataCloneError: /);
      assert.deepEqual(rest.slice(0, 4), [false, false, false, "kept"]);
      assert.deepEqual(rest.slice(4, 6), [
        "DataCloneError: A stream that is locked by a writer cannot be passed",
        "DataCloneError: A promise cannot be passed between apps: await it first",
      ]);
      assert.match(rest[6] as string, /^DataCloneError: An instance of Blob cannot be passed/);
      assert.deepEqual(rest.slice(7), [
        "RangeError: The call has 70000 arguments, of at most 65534: pass a list",
        5000,
      ]);
    });

    test("members are reached whatever they are called, and nothing else is", async () => {
      const [results, ...rest] = (await run("names")) as [Record<string, unknown>, ...unknown[]];
      for (const name of ["own", "secret", "#secret", "prototype"]) {
        assert.match(String(results[name]), /^TypeError: The object .* has no method or property/);
      }
      assert.deepEqual([results["late"], results["broken"]], [12, "RangeError: a getter"]);
      assert.deepEqual(rest.slice(0, 4), ["its fetch", "its connect", "[object Function]", 7]);
      for (const refused of rest.slice(4, 6))
        assert.match(String(refused), /^TypeError: A function has no/);
      assert.deepEqual(rest.slice(6), [null, null]);
    });
  });
}
