// hono: routing, parameters, the context, error handling, mounting, the RPC client and each of its
// routers, as its documentation describes them.
import { Hono } from "hono";
import { hc } from "hono/client";
import { createFactory } from "hono/factory";
import { HTTPException } from "hono/http-exception";
import { Hono as QuickHono } from "hono/quick";
import { LinearRouter } from "hono/router/linear-router";
import { PatternRouter } from "hono/router/pattern-router";
import { RegExpRouter } from "hono/router/reg-exp-router";
import { SmartRouter } from "hono/router/smart-router";
import { TrieRouter } from "hono/router/trie-router";
import { testClient } from "hono/testing";
import { Hono as TinyHono } from "hono/tiny";
import { assert, test } from "../web/harness.ts";

const origin = "http://shop.test";

async function textOf(app: { fetch: Hono["fetch"] }, path: string, init?: RequestInit) {
  const response = await app.fetch(new Request(origin + path, init));
  return `${response.status} ${await response.text()}`;
}

test("hono routes by method", async () => {
  const app = new Hono();
  app.get("/", (c) => c.text("GET"));
  app.post("/", (c) => c.text("POST"));
  app.all("/any", (c) => c.text(`any ${c.req.method}`));
  app.on("PURGE", "/cache", (c) => c.text("purged"));
  app.on(["PUT", "DELETE"], ["/a", "/b"], (c) => c.text(`${c.req.method} ${c.req.path}`));
  assert.equal(await textOf(app, "/"), "200 GET");
  assert.equal(await textOf(app, "/", { method: "POST" }), "200 POST");
  assert.equal(await textOf(app, "/any", { method: "PATCH" }), "200 any PATCH");
  assert.equal(await textOf(app, "/cache", { method: "PURGE" }), "200 purged");
  assert.equal(await textOf(app, "/b", { method: "DELETE" }), "200 DELETE /b");
  assert.equal(await textOf(app, "/a"), "404 404 Not Found");
  const head = await app.request("/", { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(head.body, null);
});

function parameterRoutes(app: Hono): Hono {
  app.get("/users/:name", (c) => c.text(`user ${c.req.param("name")}`));
  app.get("/posts/:id/comments/:comment", (c) => {
    const { id, comment } = c.req.param();
    return c.json([id, comment]);
  });
  app.get("/api/animal/:type?", (c) => c.text(`animal ${c.req.param("type") ?? "any"}`));
  app.get("/wild/*/card", (c) => c.text("wild card"));
  return app;
}

const routers = {
  RegExpRouter: () => new RegExpRouter<never>(),
  TrieRouter: () => new TrieRouter<never>(),
  LinearRouter: () => new LinearRouter<never>(),
  PatternRouter: () => new PatternRouter<never>(),
  SmartRouter: () => new SmartRouter<never>({ routers: [new RegExpRouter(), new TrieRouter()] }),
};

for (const [name, make] of Object.entries(routers)) {
  test(`hono ${name} finds parameters, optional ones and wildcards`, async () => {
    const app = parameterRoutes(new Hono({ router: make() }));
    assert.equal(await textOf(app, "/users/ada"), "200 user ada");
    assert.equal(await textOf(app, "/users/%C3%A9%20x"), "200 user é x");
    assert.equal(await textOf(app, "/posts/7/comments/9"), '200 ["7","9"]');
    assert.equal(await textOf(app, "/api/animal"), "200 animal any");
    assert.equal(await textOf(app, "/api/animal/cat"), "200 animal cat");
    assert.equal(await textOf(app, "/wild/x/card"), "200 wild card");
    assert.equal(await textOf(app, "/wild/card"), "404 404 Not Found");
  });
}

test("hono matches parameters by regular expressions and paths with slashes", async () => {
  const app = new Hono();
  app.get("/post/:date{[0-9]+}/:title{[a-z]+}", (c) =>
    c.json([c.req.param("date"), c.req.param("title")]),
  );
  app.get("/files/:name{.+\\.png}", (c) => c.text(c.req.param("name")));
  assert.equal(await textOf(app, "/post/2026/hello"), '200 ["2026","hello"]');
  assert.equal((await app.request("/post/x/hello")).status, 404);
  assert.equal(await textOf(app, "/files/a/b/c.png"), "200 a/b/c.png");
});

for (const [name, Class] of Object.entries({ quick: QuickHono, tiny: TinyHono })) {
  test(`hono/${name} is the same app with another router`, async () => {
    const app = parameterRoutes(new Class() as Hono);
    assert.equal(await textOf(app, "/users/ada"), "200 user ada");
    assert.equal(await textOf(app, "/api/animal"), "200 animal any");
  });
}

test("hono groups routes, with base paths and sub-apps", async () => {
  const books = new Hono().get("/", (c) => c.text("books")).get("/:id", (c) => c.text(c.req.path));
  const app = new Hono().basePath("/api").route("/books", books);
  app.mount("/other", (request) => new Response(`other ${new URL(request.url).pathname}`));
  assert.equal(await textOf(app, "/api/books"), "200 books");
  assert.equal(await textOf(app, "/api/books/3"), "200 /api/books/3");
  assert.equal(await textOf(app, "/api/other/deep/down"), "200 other /deep/down");
});

test("hono runs middleware in the order of registration, around the handler", async () => {
  const order: string[] = [];
  const app = new Hono<{ Variables: { who: string } }>();
  app.use(async (c, next) => {
    order.push("1 in");
    await next();
    order.push("1 out");
    c.header("x-last", "1");
  });
  app.use("/deep/*", async (c, next) => {
    order.push("2 in");
    c.set("who", "ada");
    await next();
    order.push("2 out");
  });
  app.get("/deep/here", (c) => {
    order.push("handler");
    return c.text(`${c.get("who")} ${c.var.who}`);
  });
  const response = await app.request("/deep/here");
  assert.equal(await response.text(), "ada ada");
  assert.equal(response.headers.get("x-last"), "1");
  assert.equal(order.join(), "1 in,2 in,handler,2 out,1 out");
});

test("hono's context makes responses", async () => {
  const app = new Hono();
  app.get("/html", (c) => c.html("<p>hi</p>"));
  app.get("/json", (c) => c.json({ a: 1 }, 201, { "x-a": "b" }));
  app.get("/body", (c) => {
    c.status(418);
    c.header("x-list", "1");
    c.header("x-list", "2", { append: true });
    return c.body(new Uint8Array([104, 105]));
  });
  app.get("/redirect", (c) => c.redirect("/elsewhere", 308));
  app.get("/raw", () => new Response("raw"));
  app.get("/late", async (c) => {
    c.res = new Response("replaced", { headers: { "x-from": "res" } });
    c.res.headers.append("x-from", "later");
    return c.res;
  });
  const html = await app.request("/html");
  assert.equal(html.headers.get("content-type"), "text/html; charset=UTF-8");
  const json = await app.request("/json");
  assert.equal(json.status, 201);
  assert.equal(json.headers.get("content-type"), "application/json");
  assert.equal(json.headers.get("x-a"), "b");
  assert.deepEqual(await json.json(), { a: 1 });
  const body = await app.request("/body");
  assert.equal(`${body.status} ${body.headers.get("x-list")} ${await body.text()}`, "418 1, 2 hi");
  const redirect = await app.request("/redirect");
  assert.equal(`${redirect.status} ${redirect.headers.get("location")}`, "308 /elsewhere");
  assert.equal(await textOf(app, "/raw"), "200 raw");
  const late = await app.request("/late");
  assert.equal(`${late.headers.get("x-from")} ${await late.text()}`, "res, later replaced");
});

test("hono's request reads queries, headers and bodies", async () => {
  const app = new Hono();
  app.get("/q", (c) =>
    c.json([c.req.query("a"), c.req.queries("b"), c.req.query(), c.req.header("x-h")]),
  );
  app.post("/json", async (c) => c.json([await c.req.json(), await c.req.text()]));
  app.post("/bytes", async (c) => c.text(String((await c.req.arrayBuffer()).byteLength)));
  app.post("/blob", async (c) => c.text((await c.req.blob()).type));
  assert.equal(
    await textOf(app, "/q?a=1+2&b=x&b=%26", { headers: { "X-H": "h" } }),
    '200 ["1 2",["x","&"],{"a":"1 2","b":"x"},"h"]',
  );
  const json = { method: "POST", body: '{"a":[1]}' };
  assert.equal(await textOf(app, "/json", json), '200 [{"a":[1]},"{\\"a\\":[1]}"]');
  assert.equal(await textOf(app, "/bytes", { method: "POST", body: "äöü" }), "200 6");
  const typed = { method: "POST", body: new Blob(["x"], { type: "image/png" }) };
  assert.equal(await textOf(app, "/blob", typed), "200 image/png");
});

test("hono parses forms: files, repeated names, dotted names", async () => {
  const app = new Hono();
  app.post("/", async (c) => {
    const { file, tags, ...rest } = await c.req.parseBody({ all: true, dot: true });
    const upload = file as File;
    return c.json([rest, tags, upload.name, upload.type, await upload.text()] as never);
  });
  const form = new FormData();
  form.append("user.name", "ada");
  form.append("user.age", "36");
  form.append("tags", "a");
  form.append("tags", "b");
  form.append("file", new File(["content"], "a.txt", { type: "text/plain" }));
  assert.equal(
    await textOf(app, "/", { method: "POST", body: form }),
    '200 [{"user":{"name":"ada","age":"36"}},["a","b"],"a.txt","text/plain","content"]',
  );
  const query = new Hono().post("/", async (c) => c.json(await c.req.parseBody()));
  const body = new URLSearchParams({ a: "1", b: "ü &" });
  assert.equal(await textOf(query, "/", { method: "POST", body }), '200 {"a":"1","b":"ü &"}');
});

test("hono handles errors", async () => {
  const app = new Hono();
  app.get("/error", () => {
    throw new Error("broken");
  });
  app.get("/denied", () => {
    throw new HTTPException(401, { message: "go away", cause: new Error("why") });
  });
  app.get("/custom", () => {
    throw new HTTPException(403, { res: new Response("mine", { status: 403 }) });
  });
  app.onError((error, c) =>
    error instanceof HTTPException ? error.getResponse() : c.text(`oh: ${error.message}`, 500),
  );
  app.notFound((c) => c.text(`no ${c.req.path}`, 404));
  assert.equal(await textOf(app, "/error"), "500 oh: broken");
  assert.equal(await textOf(app, "/denied"), "401 go away");
  assert.equal(await textOf(app, "/custom"), "403 mine");
  assert.equal(await textOf(app, "/nowhere"), "404 no /nowhere");
});

test("hono passes env and the execution context on", async () => {
  const app = new Hono<{ Bindings: { TOKEN: string } }>();
  const waited: unknown[] = [];
  app.get("/", (c) => {
    c.executionCtx.waitUntil(Promise.resolve("later"));
    return c.text(c.env.TOKEN);
  });
  const context = {
    waitUntil: (promise: Promise<unknown>) => void waited.push(promise),
    passThroughOnException() {},
    props: {},
  };
  const response = await app.fetch(new Request(origin), { TOKEN: "secret" }, context as never);
  assert.equal(await response.text(), "secret");
  assert.equal(await waited[0], "later");
});

test("hono's factory makes handlers and middleware", async () => {
  const factory = createFactory<{ Variables: { n: number } }>();
  const middleware = factory.createMiddleware(async (c, next) => {
    c.set("n", 41);
    await next();
  });
  const handlers = factory.createHandlers(middleware, (c) => c.json(c.get("n") + 1));
  const app = factory.createApp().get("/", ...handlers);
  assert.equal(await textOf(app as never, "/"), "200 42");
});

test("hono's typed client calls an app", async () => {
  const app = new Hono()
    .get("/books/:id", (c) => c.json({ id: c.req.param("id"), page: c.req.query("page") }))
    .post("/books", async (c) => c.json(await c.req.json(), 201));
  const client = hc<typeof app>(origin, {
    headers: { "x-a": "b" },
    fetch: (input: RequestInfo | URL, init?: RequestInit) => app.request(input, init),
  });
  const got = await client.books[":id"].$get({
    param: { id: "a b" },
    query: { page: "2" },
  } as never);
  assert.deepEqual(await got.json(), { id: "a b", page: "2" });
  assert.equal(client.books.$url().href, `${origin}/books`);
  const made = await testClient(app).books.$post({ json: { title: "Emma" } } as never);
  assert.equal(made.status, 201);
  assert.deepEqual(await made.json(), { title: "Emma" } as never);
});
