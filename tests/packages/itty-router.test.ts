// itty-router: its three routers, route patterns, middleware, CORS and response helpers.
import {
  AutoRouter,
  IttyRouter,
  Router,
  StatusError,
  cors,
  createResponse,
  error,
} from "itty-router";
import { html, json, png, status, text, withContent, withCookies, withParams } from "itty-router";
import type { IRequest } from "itty-router";
import { assert, test } from "../web/harness.ts";

type Fetcher = { fetch(request: Request, ...args: unknown[]): Promise<Response> };

function ask(router: unknown, path: string, init?: RequestInit, ...args: unknown[]) {
  return (router as Fetcher).fetch(new Request(`https://itty.test${path}`, init), ...args);
}

test("itty-router AutoRouter turns what handlers return into answers", async () => {
  const router = AutoRouter();
  router
    .get("/hello/:name", ({ name }: IRequest) => `Hello, ${name}!`)
    .get("/json", () => [1, 2, 3])
    .get("/promises", () => Promise.resolve({ a: 1 }))
    .get("/response", () => new Response("own", { status: 202 }));
  assert.equal(await (await ask(router, "/hello/ada")).json(), "Hello, ada!");
  const list = await ask(router, "/json");
  assert.equal(list.headers.get("content-type"), "application/json; charset=utf-8");
  assert.deepEqual(await list.json(), [1, 2, 3]);
  assert.deepEqual(await (await ask(router, "/promises")).json(), { a: 1 });
  assert.equal((await ask(router, "/response")).status, 202);
  const missing = await ask(router, "/nowhere");
  assert.equal(missing.status, 404);
  assert.deepEqual(await missing.json(), { status: 404, error: "Not Found" });
});

test("itty-router matches patterns", async () => {
  const router = IttyRouter({ base: "/api" });
  const show = (request: { params: unknown; query: unknown }) =>
    json([request.params, request.query]);
  router
    .get("/users/:id", show as never)
    .get("/optional/:a?", show as never)
    .get("/files/:file.:extension", show as never)
    .get("/greedy/:path+", show as never)
    .all("/any/*", () => text("wildcard"));
  const of = async (path: string, init?: RequestInit) =>
    (await ask(router, `/api${path}`, init))?.text();
  assert.equal(await of("/users/1?a=1&a=2&b=x"), '[{"id":"1"},{"a":["1","2"],"b":"x"}]');
  assert.equal(await of("/optional"), "[{},{}]");
  assert.equal(await of("/files/logo.png"), '[{"file":"logo","extension":"png"},{}]');
  assert.equal(await of("/greedy/a/b/c"), '[{"path":"a/b/c"},{}]');
  assert.equal(await of("/any/a/b", { method: "PURGE" }), "wildcard");
  assert.equal(await of("/nowhere"), undefined);
});

test("itty-router runs before, catch and finally stages", async () => {
  const seen: unknown[] = [];
  const router = Router({
    before: [
      withParams,
      (request: { started?: boolean }) => void (request.started = true),
    ] as never,
    catch: error,
    finally: [
      json as never,
      (response: Response) => {
        seen.push(response.status);
        response.headers.set("x-final", "yes");
        return response;
      },
    ],
  });
  router
    .get("/ok/:id", (({ id, started }: { id: string; started: boolean }) => ({
      id,
      started,
    })) as never)
    .get("/fails", () => {
      throw new StatusError(418, { error: "teapot", extra: 1 });
    })
    .get("/bug", () => (undefined as never as { a: string }).a)
    .all("*", () => error(404));
  const ok = await ask(router, "/ok/5");
  assert.deepEqual(await ok.json(), { id: "5", started: true });
  assert.equal(ok.headers.get("x-final"), "yes");
  const fails = await ask(router, "/fails");
  assert.deepEqual(await fails.json(), { status: 418, error: "teapot", extra: 1 });
  assert.equal((await ask(router, "/bug")).status, 500);
  assert.equal((await ask(router, "/nowhere")).status, 404);
  assert.deepEqual(seen, [200, 418, 500, 404]);
});

test("itty-router passes further arguments", async () => {
  const router = AutoRouter();
  router.get("/", (request: IRequest, env: { KEY: string }, ctx: { n: number }) => [
    env.KEY,
    ctx.n,
    request.headers.get("x-a"),
  ]);
  const response = await ask(router, "/", { headers: { "x-a": "b" } }, { KEY: "k" }, { n: 1 });
  assert.deepEqual(await response.json(), ["k", 1, "b"]);
});

test("itty-router middleware: withContent and withCookies", async () => {
  const router = AutoRouter();
  router
    .post("/content", withContent, ({ content }: IRequest) => [content])
    .post("/form", withContent, ({ content }: IRequest) => [(content as FormData).get("a")])
    .get("/cookies", withCookies, ({ cookies }: IRequest) => cookies);
  const headers = { "content-type": "application/json" };
  const posted = await ask(router, "/content", { method: "POST", headers, body: '{"a":1}' });
  assert.deepEqual(await posted.json(), [{ a: 1 }]);
  const plain = await ask(router, "/content", { method: "POST", body: "plain" });
  assert.deepEqual(await plain.json(), ["plain"]);
  const form = new FormData();
  form.set("a", "value");
  const formed = await ask(router, "/form", { method: "POST", body: form });
  assert.deepEqual(await formed.json(), ["value"]);
  const cookies = await ask(router, "/cookies", { headers: { cookie: "a=1; b=x=y" } });
  assert.deepEqual(await cookies.json(), { a: "1", b: "x=y" });
});

test("itty-router cors answers preflights and marks answers", async () => {
  const { preflight, corsify } = cors({
    origin: ["https://a.test"],
    credentials: true,
    allowMethods: "GET, POST",
    maxAge: 84600,
  });
  const router = AutoRouter({ before: [preflight as never], finally: [corsify as never] });
  router.get(
    "/",
    () =>
      new Response("body", {
        headers: [
          ["set-cookie", "a=1"],
          ["set-cookie", "b=2"],
        ],
      }),
  );
  const origin = { origin: "https://a.test" };
  const before = await ask(router, "/", { method: "OPTIONS", headers: origin });
  assert.equal(before.status, 204);
  assert.equal(before.headers.get("access-control-allow-origin"), "https://a.test");
  assert.equal(before.headers.get("access-control-allow-methods"), "GET, POST");
  const got = await ask(router, "/", { headers: origin });
  assert.equal(got.headers.get("access-control-allow-origin"), "https://a.test");
  assert.equal(got.headers.get("access-control-allow-credentials"), "true");
  assert.equal(await got.text(), "body");
});

test("itty-router's response helpers", async () => {
  assert.equal(status(204).status, 204);
  assert.equal(html("<p>").headers.get("content-type"), "text/html");
  assert.equal(png(new Uint8Array([1]) as never).headers.get("content-type"), "image/png");
  const csv = createResponse("text/csv", (rows: string[][]) => rows.map(String).join("\n"));
  const response = csv(
    [
      ["a", "b"],
      ["1", "2"],
    ],
    { status: 201, headers: { "x-rows": "2" } },
  );
  assert.equal(`${response.status} ${await response.text()}`, "201 a,b\n1,2");
  assert.equal(response.headers.get("content-type"), "text/csv");
  assert.equal(response.headers.get("x-rows"), "2");
  const wrong = error(400, { detail: "x" });
  assert.deepEqual(await wrong.json(), { status: 400, detail: "x" });
});
