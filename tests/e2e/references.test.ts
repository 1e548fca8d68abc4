// What goes by reference in calls between apps: functions, objects of classes that extend RpcTarget, streams, and
// messages of HTTP; in the same process and in another one.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { request } from "../../tools/harness/http.ts";
import { buildApps, type App } from "./lib/apps.ts";
import { serve, type Server } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";

const COUNTERS = `
  import { RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
  class Counter extends RpcTarget {
    #count = 0;
    own = 1;
    add(number) { return (this.#count += number); }
    get count() { return this.#count; }
    child() { return new Counter(); }
    whole() { return { self: this, list: [() => this.#count] }; }
    fail() { throw new RangeError("of a counter"); }
    [Symbol.dispose]() { console.log("a counter is disposed"); }
  }
  let kept;
  export default class extends WorkerEntrypoint {
    fetch() { return new Response("counters"); }
    counter() { return new Counter(); }
    adder() { return (one, other) => one + other; }
    async call(callback, value) { return { got: await callback(value) }; }
    back(callback) { return { counter: new Counter(), callback }; }
    keep(callback) { kept = callback.dup(); }
    async forget(callback) { kept = callback; }
    async callKept() { try { return await kept(1); } catch (error) { return error.message; } }
    response() { return new Response("made there", { status: 201, headers: { "x-made": "yes" } }); }
    async request(request) { return [request.method, request.url, request.headers.get("x-sent"), await request.text()]; }
    headers(headers) { headers.append("x-two", "2"); return headers; }
    async read(stream) { let size = 0; for await (const part of stream) size += part.length; return size; }
    stream(count) {
      let left = count;
      return new ReadableStream({
        pull(controller) {
          if (left-- > 0) controller.enqueue(new Uint8Array(64 << 10).fill(left)); else controller.close();
        },
        cancel(reason) { console.log("a stream is cancelled: " + reason); },
      });
    }
    broken() {
      return new ReadableStream({ pull(controller) { controller.error(new RangeError("a broken stream")); } });
    }
    texts() { return new ReadableStream({ start(controller) { controller.enqueue("text"); } }); }
    get settings() { return { deep: { value: 7 } }; }
    large(size) { return [new Uint8Array(size), () => 1]; }
  }`;

const CALLER = `
  import { RpcStub, RpcTarget } from "cloudflare:workers";
  const told = async (steps) => { try { return await steps(); } catch (error) { return error.name + ": " + error.message; } };
  class Listener extends RpcTarget { heard = []; say(text) { this.heard.push(text); return this.heard.length; } }
  const RUN = {
    objects: async ({ COUNTERS }) => {
      const counter = await COUNTERS.counter();
      await counter.add(2);
      const results = [await counter.add(3), await counter.count, typeof counter, counter instanceof RpcStub];
      counter[Symbol.dispose]();
      return [...results, await told(() => counter.add(1))];
    },
    ahead: async ({ COUNTERS }) => {
      const counter = COUNTERS.counter();
      return [counter instanceof Promise, await counter.add(5), await COUNTERS.counter().child().add(6),
        await COUNTERS.settings.deep.value, (await COUNTERS.settings).deep.value];
    },
    functions: async ({ COUNTERS }) => {
      const add = await COUNTERS.adder();
      return [await add(20, 1), await COUNTERS.call((value) => value * 2, 4),
        await COUNTERS.call(async ({ list: [f] }) => f, { list: [1] })];
    },
    back: async ({ COUNTERS }) => {
      let called = 0;
      const mine = () => ++called;
      const { counter, callback } = await COUNTERS.back(mine);
      return [await counter.add(1), callback === mine, callback(), called];
    },
    targets: async ({ COUNTERS }) => {
      const listener = new Listener();
      return [await COUNTERS.call(listener.say.bind(listener), "one"), listener.heard, await COUNTERS.call((f) => f("two"), listener.say.bind(listener)), listener.heard];
    },
    within: async ({ COUNTERS }) => {
      const counter = await COUNTERS.counter();
      await counter.add(1);
      const whole = await counter.whole();
      const results = [await whole.self.add(1), await whole.list[0]()];
      whole[Symbol.dispose]();
      return [...results, await told(() => whole.self.add(1)), await counter.count];
    },
    copied: async ({ COUNTERS }) => {
      const counter = await COUNTERS.counter();
      const copy = counter.dup();
      counter[Symbol.dispose]();
      return [await copy.add(3)];
    },
    refused: async ({ COUNTERS }) => {
      const counter = await COUNTERS.counter();
      return [await told(() => counter.own), counter.constructor === Object, await told(() => counter.missing()),
        await told(() => counter.count()), await told(() => counter.fail()), await told(() => counter()),
        await told(() => COUNTERS.large(33 << 20))];
    },
    later: async ({ COUNTERS }, ctx) => {
      const counter = COUNTERS.counter();
      ctx.waitUntil(new Promise((resolve) => setTimeout(resolve, 50)).then(() => counter.add(7)).then((sum) => console.log("later " + sum)));
    },
    lost: async ({ COUNTERS }) => {
      const counter = await COUNTERS.counter();
      counter.onRpcBroken((error) => console.log("broken: " + error.message));
      setTimeout(() => counter.add(1).catch((error) => console.log("lost: " + error.message)), 20);
    },
    keep: async ({ COUNTERS }) => { await COUNTERS.keep(() => 42); return COUNTERS.callKept(); },
    forget: async ({ COUNTERS }) => { await COUNTERS.forget(() => 42); return COUNTERS.callKept(); },
    gone: ({ COUNTERS }) => COUNTERS.callKept(),
    messages: async ({ COUNTERS }) => {
      const response = await COUNTERS.response();
      const headers = await COUNTERS.headers(new Headers({ "x-one": "1" }));
      return [response instanceof Response, response.status, response.headers.get("x-made"), await response.text(),
        await COUNTERS.request(new Request("http://x.test/p", { method: "PUT", body: "content", headers: { "x-sent": "s" } })),
        [...headers]];
    },
    streams: async ({ COUNTERS }) => {
      const stream = await COUNTERS.stream(40);
      let size = 0;
      for await (const part of stream) size += part.length;
      const cancelled = await COUNTERS.stream(1000);
      const reader = cancelled.getReader();
      await reader.read();
      await reader.cancel("enough");
      return [size, await COUNTERS.read(new Response("0123456789").body),
        await COUNTERS.read((await COUNTERS.stream(3))), await told(async () => new Response(await COUNTERS.broken()).text()),
        await told(async () => new Response(await COUNTERS.texts()).text())];
    },
    passed: async ({ COUNTERS }) => COUNTERS.response(),
    third: async ({ COUNTERS, OTHERS }) => {
      const counter = await COUNTERS.counter();
      return [await OTHERS.call(counter, 0).catch((error) => error.message), await OTHERS.call((value) => counter.add(value), 4)];
    },
    counted: async ({ COUNTERS }) => {
      const counter = await COUNTERS.counter();
      return told(async () => { for (;;) await counter.add(1); });
    },
  };
  export default {
    async fetch(request, env, ctx) {
      const run = new URL(request.url).searchParams.get("run");
      const result = await RUN[run](env, ctx);
      return result instanceof Response ? result : Response.json(result ?? null);
    },
  };`;

for (const isolation of ["shared", "process"] as const) {
  describe(`by reference, isolation ${isolation}`, () => {
    const scope = suiteScope();
    let server: Server;
    before(async () => {
      const counters: App = { files: COUNTERS, isolation };
      const { dist, config } = await buildApps(scope, {
        counters,
        others: { files: COUNTERS },
        caller: {
          files: CALLER,
          services: { COUNTERS: "counters", OTHERS: "others" },
          limits: { subrequests: 100 },
        },
      });
      // One worker, so that a stub that is kept in the other app is found there.
      server = await serve(scope, dist, { config, workers: 1 });
    });
    const run = async (name: string) => {
      const { status, text } = await request(server, "caller.test", `/?run=${name}`);
      assert.equal(status, 200, `${text}\n${server.output}`);
      return JSON.parse(text) as unknown;
    };
    const logged = (app: string, text: string) =>
      server.waitForLog(text, (line) => line.app === app && line.msg === text);

    test("objects stay where they are, and have their methods and accessors", async () => {
      assert.deepEqual(await run("objects"), [
        ...[5, 5, "function", true],
        "Error: The stub has been disposed (keep another one: dup())",
      ]);
      await logged("counters", "a counter is disposed");
    });

    test("what a call will give can be used at once", async () => {
      assert.deepEqual(await run("ahead"), [true, 5, 6, 7, 7]);
    });

    test("functions are called from both sides", async () => {
      assert.deepEqual(await run("functions"), [21, { got: 8 }, { got: 1 }]);
      assert.deepEqual(await run("targets"), [
        { got: 1 },
        ["one", "two"],
        { got: 2 },
        ["one", "two"],
      ]);
    });

    test("what comes back is the same, and what is within a value goes, too", async () => {
      assert.deepEqual(await run("back"), [1, true, 1, 1]);
      assert.deepEqual(await run("within"), [
        ...[2, 2, "Error: The stub has been disposed (keep another one: dup())", 2],
      ]);
      assert.deepEqual(await run("copied"), [3]);
    });

    test("only what a class has is reached, and mistakes say so", async () => {
      const [own, constructor, missing, count, fail, called, large] = (await run(
        "refused",
      )) as string[];
      assert.match(own!, /^TypeError: The object \(_?Counter\) has no method or property 'own'/);
      assert.equal(constructor as unknown, true);
      assert.match(missing!, /^TypeError: The object .* has no method or property 'missing'/);
      assert.equal(count, "TypeError: 'count' is no function but number");
      assert.equal(fail, "RangeError: of a counter");
      assert.equal(called, "TypeError: It is no function but object");
      assert.match(large!, /^RangeError: What is passed has \d+ bytes, of at most 33554432/);
    });

    test("stubs last as long as their request, and what it waits for", async () => {
      await run("later");
      await logged("caller", "later 7");
      await run("lost");
      const over =
        "The request that the stub was got for is over (ctx.waitUntil() keeps it for what is done later)";
      await logged("caller", `broken: ${over}`);
      await logged("caller", `lost: ${over}`);
    });

    test("stubs in arguments are for the call, unless they are copied", async () => {
      assert.equal(await run("keep"), 42);
      assert.match((await run("gone")) as string, /./);
      assert.match((await run("forget")) as string, /The stub has been disposed/);
    });

    test("messages of HTTP go whole", async () => {
      assert.deepEqual(await run("messages"), [
        ...[true, 201, "yes", "made there"],
        ["PUT", "http://x.test/p", "s", "content"],
        [
          ["x-one", "1"],
          ["x-two", "2"],
        ],
      ]);
      const passed = await request(server, "caller.test", "/?run=passed");
      assert.deepEqual(
        [passed.status, passed.text, passed.header("x-made")],
        [201, "made there", "yes"],
      );
    });

    test("streams of bytes go part by part, both ways", async () => {
      assert.deepEqual(await run("streams"), [
        ...[40 * (64 << 10), 10, 3 * (64 << 10)],
        "RangeError: a broken stream",
        "TypeError: A body's stream gave a chunk that is not a Uint8Array; encode strings with TextEncoder",
      ]);
      await logged("counters", "a stream is cancelled: enough");
    });

    test("a stub can be passed on to a third app", async () => {
      assert.deepEqual(await run("third"), ["It is no function but object", { got: 4 }]);
    });

    test("each call by a stub counts as one of the request's", async () => {
      assert.match((await run("counted")) as string, /has led to 100 calls, which is the limit/);
    });
  });
}
