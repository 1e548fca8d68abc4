// How calls by reference end: what was passed is given up on both sides, whoever ends them and why.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { Connection, request, requestBytes } from "../../tools/harness/http.ts";
import { buildApps } from "./lib/apps.ts";
import { serve, type Server } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";

const CALLED = `
  import { RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
  const never = () => new Promise(() => {});
  let made = 0, disposed = 0, kept;
  class Thing extends RpcTarget {
    constructor() { super(); made++; }
    value() { return 7; }
    never() { return never(); }
    [Symbol.dispose]() { disposed++; }
  }
  export default class extends WorkerEntrypoint {
    fetch() { return new Response("called"); }
    thing() { return new Thing(); }
    things(count) { return Array.from({ length: count }, () => new Thing()); }
    counts() { return [made, disposed]; }
    never() { console.log("it is asked"); return never(); }
    async stream(name) {
      return new ReadableStream({
        pull(controller) { controller.enqueue(new Uint8Array(1000)); },
        cancel(reason) { console.log(name + " is cancelled"); },
      });
    }
    async write(stream) { await stream.getWriter().write(new Uint8Array(1)); }
    fails(target) { throw new TypeError("it fails"); }
    computes(target) { for (;;); }
    keep(call) { kept = call.dup(); }
    async askKept() { try { return await kept(); } catch (error) { return error.message; } }
    echo(value) { return value; }
  }`;

const CALLER = `
  import { RpcTarget } from "cloudflare:workers";
  const told = async (steps) => { try { return await steps(); } catch (error) { return error.name + ": " + error.message; } };
  class Mine extends RpcTarget {
    #name;
    constructor(name) { super(); this.#name = name; }
    value() { return 1; }
    [Symbol.dispose]() { console.log(this.#name + " is disposed"); }
  }
  const RUN = {
    fails: ({ CALLED }) => told(() => CALLED.fails(new Mine("what was passed to a call that fails"))),
    stops: ({ STOPPED }) => told(() => STOPPED.computes(new Mine("what was passed to an app that is stopped"))),
    late: async ({ LATE }) => [await told(() => LATE.never(1)),
      await told(() => LATE.never(new Mine("what was passed to an app that does not answer")))],
    later: async ({ LATE }) => { const thing = await LATE.thing(); return told(() => thing.never()); },
    many: async ({ CALLED }) => {
      const [made, disposed] = await CALLED.counts();
      for (let i = 0; i < 10; i++) {
        using things = await CALLED.things(1000);
        await things[999].value();
      }
      // Once more, so that what was released has been told.
      using thing = await CALLED.thing();
      await thing.value();
      const [madeNow, disposedNow] = await CALLED.counts();
      return [madeNow - made, disposedNow - disposed];
    },
    each: async ({ CALLED }) => {
      const [made, disposed] = await CALLED.counts();
      for (let i = 0; i < 20_000; i++) { using thing = await CALLED.thing(); }
      await new Promise((resolve) => setTimeout(resolve, 20));
      const [madeNow, disposedNow] = await CALLED.counts();
      return [madeNow - made, disposedNow - disposed];
    },
    after: async ({ CALLED }) => {
      const thing = await CALLED.thing();
      const copy = thing.dup();
      thing[Symbol.dispose]();
      const results = [await told(() => thing.value()), await told(() => thing.dup()), await copy.value()];
      copy[Symbol.dispose]();
      copy[Symbol.dispose]();
      return [...results, await told(() => copy.value()), await told(() => CALLED.echo(copy))];
    },
    keep: async ({ CALLED }) => { await CALLED.keep(() => 1); return CALLED.askKept(); },
    ask: ({ CALLED }) => CALLED.askKept(),
    leave: async ({ CALLED }) => {
      await CALLED.write(new WritableStream({ abort(reason) { console.log("my stream is aborted: " + reason); } }));
      const stream = await CALLED.stream("the stream that was left");
      await stream.getReader().read();
      return "left";
    },
    forever: async ({ CALLED }) => new Response(await CALLED.stream("the stream of one who has left")),
    hangs: async ({ CALLED }) => CALLED.never(new Mine("what was passed by one who has left")),
  };
  export default {
    async fetch(request, env, ctx) {
      const result = await RUN[new URL(request.url).searchParams.get("run")](env, ctx);
      return result instanceof Response ? result : Response.json(result ?? null);
    },
  };`;

for (const isolation of ["shared", "process"] as const) {
  describe(`ends of calls by reference, isolation ${isolation}`, () => {
    const scope = suiteScope();
    let server: Server;
    before(async () => {
      const { dist, config } = await buildApps(scope, {
        called: { files: CALLED, isolation },
        stopped: { files: CALLED, isolation, limits: { cpu: "100ms" } },
        late: { files: CALLED, isolation, limits: { first_byte: "100ms", duration: "300ms" } },
        caller: {
          files: CALLER,
          services: { CALLED: "called", STOPPED: "stopped", LATE: "late" },
          // Twenty thousand sessions are more, if they are kept until the request is over.
          limits: { subrequests: 0, cpu: "60s", memory: "24MiB" },
        },
      });
      // One worker, so that what an app keeps is found.
      server = await serve(scope, dist, { config, workers: 1 });
    });
    const run = async (name: string) => {
      const { status, text } = await request(server, "caller.test", `/?run=${name}`);
      assert.equal(status, 200, `${text}\n${server.output}`);
      return JSON.parse(text) as unknown;
    };
    const logged = (text: string, app = "caller") =>
      server.waitForLog(text, (line) => line.app === app && line.msg === text);
    /** Begins a request, and leaves when something has come of it. */
    const leave = async (name: string, until: (connection: Connection) => Promise<unknown>) => {
      const connection = await Connection.open(server);
      await connection.send(requestBytes("caller.test", `/?run=${name}`));
      await until(connection);
      connection.close();
    };

    test("what was passed to a call that fails is given up", async () => {
      assert.equal(await run("fails"), "TypeError: it fails");
      await logged("what was passed to a call that fails is disposed");
      assert.match(
        (await run("stops")) as string,
        /^TypeError: computes\(\) of the service STOPPED gave nothing/,
      );
      await logged("what was passed to an app that is stopped is disposed");
    });

    test("an app that does not answer is not waited for beyond its limits", async () => {
      const [plain, passed] = (await run("late")) as string[];
      assert.match(plain!, /gave nothing: the server answered 504 in its place/);
      assert.match(passed!, /^TypeError: The call was broken off: the other app was stopped/);
      await logged("what was passed to an app that does not answer is disposed");
      assert.match((await run("later")) as string, /^TypeError: The call was broken off: /);
    });

    test("what is released is given up, however much it is", async () => {
      assert.deepEqual(await run("many"), [10_001, 10_000]);
      assert.deepEqual(await run("each"), [20_000, 20_000]);
    });

    test("calls after the end say that it is the end", async () => {
      const disposed = "Error: The stub has been disposed";
      const [call, copied, value, again, passed] = (await run("after")) as string[];
      assert.equal(call, `${disposed} (keep another one: dup())`);
      assert.deepEqual([copied, value, again], [disposed, 7, call]);
      assert.match(passed!, /^(Type)?Error: /);
      assert.equal(await run("keep"), 1);
      assert.match(
        (await run("ask")) as string,
        /^The request that the stub was passed for is over/,
      );
    });

    test("streams that are left are cancelled when the request is over", async () => {
      assert.equal(await run("leave"), "left");
      await logged(
        "my stream is aborted: Error: The other app has ended the call before the end of the stream",
      );
      await logged("the stream that was left is cancelled", "called");
    });

    test("a client that leaves ends what was for it", async () => {
      await leave("hangs", () => logged("it is asked", "called"));
      await logged("what was passed by one who has left is disposed");
      await leave("forever", (connection) => connection.readSome());
      await logged("the stream of one who has left is cancelled", "called");
    });
  });
}
