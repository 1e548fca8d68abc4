// Calls by reference that fail half way, and apps that make the most of what they may pass: the other one loses
// nothing by it, and keeps nothing.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { Connection, request, requestBytes } from "../../tools/harness/http.ts";
import { buildApps } from "./lib/apps.ts";
import { serve, type Server } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";

const CALLED = `
  import { RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
  let disposed, cancelled;
  const isDisposed = new Promise((resolve) => { disposed = resolve; });
  const isCancelled = new Promise((resolve) => { cancelled = resolve; });
  class Thing extends RpcTarget {
    #call;
    keep(call) { this.#call = call.dup(); return call(); }
    ask() { return this.#call(); }
    get bare() { return { __proto__: null }; }
    [Symbol.dispose]() { disposed(true); }
  }
  class Late extends RpcTarget {
    [Symbol.dispose]() { console.log("what came late is disposed"); }
  }
  const thrown = { get x() { throw new (class Foo {})(); } };
  export default class extends WorkerEntrypoint {
    fetch() { return new Response("called"); }
    echo(value) { return value; }
    nested() {
      let value = 1;
      for (let i = 0; i < 6; i++) value = Array(100).fill(value);
      throw value;
    }
    throwGetter(call) { throw thrown; }
    thing() { return new Thing(); }
    disposed() { return isDisposed; }
    both() { return { call: () => 1, stream: new ReadableStream() }; }
    large() {
      return new ReadableStream({
        pull(controller) { controller.enqueue(new Uint8Array(33 << 20)); },
        cancel() { cancelled("cancelled"); },
      });
    }
    cancelled() { return isCancelled; }
    async writeLarge(stream) {
      const writer = stream.getWriter();
      try { await writer.write(new Uint8Array(33 << 20)); return "written"; } catch (error) { return error.name; }
    }
    late(call) {
      const answer = new Promise((resolve) => call.onRpcBroken(() => resolve(new Late())));
      this.ctx.waitUntil(answer);
      console.log("late is asked");
      return answer;
    }
  }`;

const CALLER = `
  const told = async (steps) => { try { return await steps(); } catch (error) { return error.name + ": " + error.message; } };
  const RUN = {
    nested: async ({ CALLED }) => {
      let value;
      try { await CALLED.nested(); } catch (error) { value = error; }
      const { cause } = await CALLED.echo(new Error("x", { cause: value }));
      let errors = new RangeError("leaf");
      for (let i = 0; i < 6; i++) errors = new AggregateError(Array(100).fill(errors), "level " + i);
      const back = await CALLED.echo(errors);
      return [cause.length, cause[0] === cause[99], back.errors.length, back.errors[0] === back.errors[99], back.errors[0].message];
    },
    getter: async ({ CALLED }) => [await told(() => CALLED.throwGetter()), await told(() => CALLED.throwGetter(() => 1))],
    bare: async ({ CALLED }) => { const thing = await CALLED.thing(); return told(() => thing.bare.missing()); },
    within: async ({ CALLED }) => {
      const thing = await CALLED.thing();
      let inner;
      const outer = await told(() => thing.keep([{ get x() { inner ??= thing.keep(() => 5); } }, Symbol("x")]));
      return [outer, await inner, await CALLED.echo(1), await told(() => thing.keep(() => 6)), await thing.ask()];
    },
    third: async ({ CALLED, THIRD }) => {
      const thing = await THIRD.thing();
      const failed = await told(() => CALLED.echo([thing, Symbol("x")]));
      thing[Symbol.dispose]();
      return [failed, await THIRD.disposed()];
    },
    read: async ({ CALLED }) => {
      const stream = await CALLED.large();
      return [await told(() => stream.getReader().read()), await CALLED.cancelled()];
    },
    written: async ({ CALLED }) => {
      let aborted;
      const isAborted = new Promise((resolve) => { aborted = resolve; });
      // Asked for something else, it goes on, and nothing else ends what was passed.
      const result = await CALLED.writeLarge(new WritableStream({ abort(reason) { aborted(reason.name); } }));
      return [result, await isAborted];
    },
    cancel: async ({ LATE }) => {
      const { call, stream } = await LATE.both();
      await new Promise((resolve) => call.onRpcBroken(resolve));
      await stream.cancel();
      await new Promise((resolve) => setTimeout(resolve));
      console.log("it has been cancelled");
    },
    late: ({ CALLED }) => CALLED.late(() => 1),
  };
  export default {
    async fetch(request, env) {
      return Response.json((await RUN[new URL(request.url).searchParams.get("run")](env)) ?? null);
    },
  };`;

for (const isolation of ["shared", "process"] as const) {
  describe(`calls by reference that do harm, isolation ${isolation}`, () => {
    const scope = suiteScope();
    let server: Server;
    before(async () => {
      const { dist, config } = await buildApps(scope, {
        called: { files: CALLED, isolation },
        third: { files: CALLED },
        late: { files: CALLED, isolation, limits: { duration: "300ms" } },
        caller: {
          files: CALLER,
          services: { CALLED: "called", THIRD: "third", LATE: "late" },
          limits: { cpu: "20s", duration: "20s" },
        },
      });
      server = await serve(scope, dist, { config, workers: 1 });
    });
    const run = async (name: string) => {
      const { status, text } = await request(server, "caller.test", `/?run=${name}`);
      assert.equal(status, 200, `${text}\n${server.output}`);
      return JSON.parse(text) as unknown;
    };
    const logged = (text: string, app: string) =>
      server.waitForLog(text, (line) => line.app === app && line.msg === text);

    test("what is met many times in an error is told once", async () => {
      assert.deepEqual(await run("nested"), [100, true, 100, true, "level 4"]);
    });

    test("what is thrown and cannot be passed is an error", async () => {
      const untold =
        "TypeError: What the method has thrown cannot be passed to the app that has called it: throw an Error";
      assert.deepEqual(await run("getter"), [untold, untold]);
    });

    test("an object without a prototype has no such method", async () => {
      assert.equal(await run("bare"), "TypeError: The object has no method or property 'missing'");
    });

    test("a call that fails takes nothing from one that is made within it", async () => {
      const [failed, ...rest] = (await run("within")) as [string, ...unknown[]];
      assert.match(failed, /^DataCloneError: /);
      assert.deepEqual(rest, [5, 1, 6, 6]);
    });

    test("another app's stub is not held by a call that has failed", async () => {
      const [failed, disposed] = (await run("third")) as [string, unknown];
      assert.match(failed, /^DataCloneError: /);
      assert.equal(disposed, true);
    });

    test("a stream whose chunk cannot be passed is cancelled, or aborted", async () => {
      const [read, cancelled] = (await run("read")) as [string, unknown];
      assert.match(read, /^RangeError: What is passed has \d+ bytes, of at most/);
      assert.equal(cancelled, "cancelled");
      assert.deepEqual(await run("written"), ["RangeError", "RangeError"]);
    });

    test("a stream is cancelled when nobody hears of it any more", async () => {
      await run("cancel");
      await logged("it has been cancelled", "caller");
      assert.doesNotMatch(server.output, /[Uu]nhandled|in promise/);
    });

    test("what an answer passes that comes too late is given up", async () => {
      const connection = await Connection.open(server);
      await connection.send(requestBytes("caller.test", "/?run=late"));
      await logged("late is asked", "called");
      connection.close();
      await logged("what came late is disposed", "called");
    });
  });
}
