// Apps as frameworks' documentation writes them, their default export untouched, over real connections.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { build, linkPackages, workspace } from "./lib/apps.ts";
import { Connection, request, requestBytes } from "../../tools/harness/http.ts";
import { serve, type Server } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";

const hono = `
import { Hono } from "hono";
import { basicAuth } from "hono/basic-auth";
import { compress } from "hono/compress";
import { setCookie } from "hono/cookie";
import { etag } from "hono/etag";
import { streamSSE } from "hono/streaming";

const app = new Hono();
app.get("/books/:id", (c) => {
  setCookie(c, "a", "1");
  setCookie(c, "b", "2");
  return c.json({ id: c.req.param("id"), query: c.req.query("q") });
});
app.use("/admin/*", basicAuth({ username: "ada", password: "secret" }));
app.get("/admin/page", (c) => c.text("secret page"));
app.get("/tagged", etag(), (c) => c.text("unchanging"));
app.get("/large", compress(), (c) => c.text("compress me ".repeat(1000)));
app.post("/upload", async (c) => {
  const { file } = await c.req.parseBody();
  return c.json({ name: file.name, size: file.size });
});
app.get("/events", (c) =>
  streamSSE(c, async (stream) => {
    for (let id = 0; id < 3; id++) {
      await stream.writeSSE({ data: "tick", id: String(id) });
      await stream.sleep(20);
    }
  }),
);
export default app;
`;

const itty = `
import { AutoRouter } from "itty-router";
const router = AutoRouter();
router.get("/hello/:name", ({ name }) => ({ hello: name })).post("/echo", (request) => request.json());
export default router;
`;

const yoga = `
import { createSchema, createYoga } from "graphql-yoga";
const yoga = createYoga({
  logging: false,
  schema: createSchema({
    typeDefs: "type Query { hello: String } type Subscription { count(to: Int!): Int }",
    resolvers: {
      Query: { hello: () => "world" },
      Subscription: {
        count: {
          async *subscribe(_, { to }) {
            for (let i = 1; i <= to; i++) yield { count: i };
          },
        },
      },
    },
  }),
});
export default { fetch: yoga.fetch };
`;

const trpc = `
import { initTRPC } from "@trpc/server";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import * as z from "zod";
const t = initTRPC.create();
const router = t.router({
  greet: t.procedure.input(z.object({ name: z.string() })).query(({ input }) => "Hi " + input.name),
});
export default {
  fetch: (req) => fetchRequestHandler({ endpoint: "/trpc", req, router, createContext: () => ({}) }),
};
`;

describe("apps of packages, served", () => {
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    const made = workspace(scope, { hono, itty, yoga, trpc });
    linkPackages(made.directory);
    await build(made);
    server = await serve(scope, made.dist);
  });

  test("hono: parameters and several cookies", async () => {
    const response = await request(server, "hono.test", "/books/7?q=a%20b");
    assert.deepEqual(JSON.parse(response.text), { id: "7", query: "a b" });
    const cookies = response.fields.filter(([name]) => name === "set-cookie");
    assert.deepEqual(
      cookies.map(([, value]) => value),
      ["a=1; Path=/", "b=2; Path=/"],
    );
  });

  test("hono: basic authentication", async () => {
    const refused = await request(server, "hono.test", "/admin/page");
    assert.equal(refused.status, 401);
    assert.equal(refused.header("www-authenticate"), 'Basic realm="Secure Area"');
    const authorization = `Basic ${btoa("ada:secret")}`;
    const allowed = await request(server, "hono.test", "/admin/page", {
      headers: { authorization },
    });
    assert.equal(allowed.text, "secret page");
  });

  test("hono: entity tags", async () => {
    const first = await request(server, "hono.test", "/tagged");
    const tag = first.header("etag")!;
    const headers = { "if-none-match": tag };
    const second = await request(server, "hono.test", "/tagged", { headers });
    assert.equal(`${second.status} ${second.header("etag")} ${second.text}`, `304 ${tag} `);
  });

  test("hono: compression", async () => {
    const headers = { "accept-encoding": "gzip" };
    const { body, ...response } = await request(server, "hono.test", "/large", { headers });
    assert.ok(
      response.fields.some(([name, value]) => name === "content-encoding" && value === "gzip"),
    );
    assert.equal(gunzipSync(body).toString(), "compress me ".repeat(1000));
  });

  test("hono: an upload", async () => {
    const form = new FormData();
    form.set("file", new File(["x".repeat(100_000)], "a.bin"));
    const encoded = new Response(form);
    const { text } = await request(server, "hono.test", "/upload", {
      method: "POST",
      headers: { "content-type": encoded.headers.get("content-type")! },
      body: Buffer.from(await encoded.arrayBuffer()),
    });
    assert.deepEqual(JSON.parse(text), { name: "a.bin", size: 100_000 });
  });

  test("hono: server-sent events leave one by one", async () => {
    const connection = await Connection.open(server);
    try {
      await connection.send(requestBytes("hono.test", "/events"));
      const response = await connection.read();
      assert.equal(response.header("content-type"), "text/event-stream");
      assert.equal(response.text, [0, 1, 2].map((id) => `data: tick\nid: ${id}\n\n`).join(""));
      assert.equal(response.chunks.length, 3);
    } finally {
      connection.close();
    }
  });

  test("itty-router: a router is an app", async () => {
    assert.deepEqual(JSON.parse((await request(server, "itty.test", "/hello/you")).text), {
      hello: "you",
    });
    const body = '{"a":[1,2]}';
    assert.equal(
      (await request(server, "itty.test", "/echo", { method: "POST", body })).text,
      body,
    );
    assert.equal((await request(server, "itty.test", "/nowhere")).status, 404);
  });

  const graphql = (query: string, accept: string) =>
    request(server, "yoga.test", "/graphql", {
      method: "POST",
      headers: { "content-type": "application/json", accept },
      body: JSON.stringify({ query }),
    });

  test("graphql-yoga: queries and subscriptions", async () => {
    const { text } = await graphql("{ hello }", "application/json");
    assert.deepEqual(JSON.parse(text), { data: { hello: "world" } });
    const events = await graphql("subscription { count(to: 3) }", "text/event-stream");
    const counts = [...events.text.matchAll(/"count":(\d)/g)].map(([, count]) => count);
    assert.deepEqual(counts, ["1", "2", "3"]);
  });

  test("@trpc/server: queries and their errors", async () => {
    const ask = (input: unknown) =>
      request(
        server,
        "trpc.test",
        `/trpc/greet?input=${encodeURIComponent(JSON.stringify(input))}`,
      );
    assert.deepEqual(JSON.parse((await ask({ name: "Ada" })).text), { result: { data: "Hi Ada" } });
    assert.equal((await ask({ name: 1 })).status, 400);
  });
});
