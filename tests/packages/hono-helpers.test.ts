// hono: streaming, content negotiation, html templates, the proxy helper's request building.
import { Hono } from "hono";
import { accepts } from "hono/accepts";
import { env, getRuntimeKey } from "hono/adapter";
import { inspectRoutes } from "hono/dev";
import { html, raw } from "hono/html";
import { basePath, matchedRoutes, routePath } from "hono/route";
import { stream, streamSSE, streamText } from "hono/streaming";
import { assert, delay, test } from "../web/harness.ts";

test("hono/streaming: text in parts", async () => {
  const app = new Hono();
  app.get("/", (c) =>
    streamText(c, async (out) => {
      await out.writeln("one");
      await out.sleep(5);
      await out.write("twö");
    }),
  );
  const response = await app.request("/");
  assert.equal(response.headers.get("content-type"), "text/plain; charset=UTF-8");
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  const reader = response.body!.getReader();
  const first = await reader.read();
  assert.equal(new TextDecoder().decode(first.value), "one\n");
  const second = await reader.read();
  assert.equal(new TextDecoder().decode(second.value), "twö");
  assert.equal((await reader.read()).done, true);
});

test("hono/streaming: a piped stream, and abort by the reader", async () => {
  const app = new Hono();
  const aborted: string[] = [];
  app.get("/pipe", (c) =>
    stream(c, async (out) => {
      await out.write(new Uint8Array([1]));
      await out.pipe(new Blob([new Uint8Array([2, 3])]).stream());
    }),
  );
  app.get("/endless", (c) =>
    stream(c, async (out) => {
      out.onAbort(() => void aborted.push("abort"));
      while (!out.aborted) {
        await out.write("x");
        await out.sleep(1);
      }
      aborted.push("done");
    }),
  );
  const piped = await app.request("/pipe");
  assert.deepEqual([...new Uint8Array(await piped.arrayBuffer())], [1, 2, 3]);
  const reader = (await app.request("/endless")).body!.getReader();
  await reader.read();
  await reader.cancel();
  await delay(30);
  assert.deepEqual(aborted, ["abort", "done"]);
});

test("hono/streaming: an error ends the stream", async () => {
  const app = new Hono();
  const errors: string[] = [];
  app.get("/", (c) =>
    stream(
      c,
      async (out) => {
        await out.write("before");
        throw new Error("broken");
      },
      async (error, out) => {
        errors.push(error.message);
        await out.write(" after");
      },
    ),
  );
  assert.equal(await (await app.request("/")).text(), "before after");
  assert.deepEqual(errors, ["broken"]);
});

test("hono/streaming: server-sent events", async () => {
  const app = new Hono();
  app.get("/", (c) =>
    streamSSE(c, async (out) => {
      for (let id = 0; id < 2; id++) {
        await out.writeSSE({ data: `line ${id}\nsecond`, event: "tick", id: String(id) });
      }
      await out.writeSSE({ data: Promise.resolve("async") as never, retry: 1000 });
    }),
  );
  const response = await app.request("/");
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  assert.equal(
    await response.text(),
    "event: tick\ndata: line 0\ndata: second\nid: 0\n\n" +
      "event: tick\ndata: line 1\ndata: second\nid: 1\n\n" +
      "data: async\nretry: 1000\n\n",
  );
});

test("hono/html escapes and awaits", async () => {
  const app = new Hono();
  app.get("/", (c) =>
    c.html(html`<p title="${'"<'}">${Promise.resolve("<b>")} ${raw("<i></i>")} ${[1, 2]}</p>`),
  );
  const text = await (await app.request("/")).text();
  assert.equal(text, '<p title="&quot;&lt;">&lt;b&gt; <i></i> 12</p>');
});

test("hono/accepts negotiates", async () => {
  const app = new Hono();
  const options = { header: "Accept", supports: ["text/html", "application/json"] } as const;
  app.get("/", (c) =>
    c.text(accepts(c, { ...options, supports: [...options.supports], default: "text/plain" })),
  );
  const of = async (accept: string) => (await app.request("/", { headers: { accept } })).text();
  assert.equal(await of("text/html;q=0.5, application/json"), "application/json");
  assert.equal(await of("image/png"), "text/plain");
});

test("hono/adapter finds the environment", async () => {
  const app = new Hono();
  app.get("/", (c) => c.json([env<{ A: string }>(c, "workerd").A, typeof getRuntimeKey()]));
  assert.equal(await (await app.request("/", {}, { A: "1" })).text(), '["1","string"]');
});

test("hono/route and hono/dev describe routes", async () => {
  const inner = new Hono().get("/:id", (c) =>
    c.json([routePath(c), basePath(c), matchedRoutes(c).map(({ path }) => path)]),
  );
  const app = new Hono().use("*", async (_, next) => next()).route("/items", inner);
  assert.deepEqual(await (await app.request("/items/1")).json(), [
    "/items/:id",
    "/items",
    ["/*", "/items/:id"],
  ]);
  assert.equal(inspectRoutes(app).length, 2);
});
