// @trpc/server: its fetch adapter with queries, mutations, batches, errors, uploads, subscriptions.
import { initTRPC, tracked, TRPCError } from "@trpc/server";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import * as z from "zod";
import { assert, test } from "../web/harness.ts";

interface Context {
  user: string | null;
}

const t = initTRPC.context<Context>().create({
  sse: { ping: { enabled: false } },
  jsonl: { pingMs: 1000 },
});

const authed = t.procedure.use(({ ctx, next }) => {
  if (ctx.user === null) throw new TRPCError({ code: "UNAUTHORIZED", message: "who are you?" });
  return next({ ctx: { user: ctx.user } });
});

const router = t.router({
  hello: t.procedure.input(z.string()).query(({ input }) => `Hello, ${input}!`),
  whoami: authed.query(({ ctx }) => ctx.user),
  nested: t.router({
    add: t.procedure
      .input(z.object({ a: z.number(), b: z.number() }))
      .mutation(({ input }) => input.a + input.b),
  }),
  upload: t.procedure.input(z.instanceof(FormData)).mutation(async ({ input }) => {
    const file = input.get("file") as File;
    return `${file.name}: ${await file.text()}`;
  }),
  bug: t.procedure.query(() => {
    throw new Error("broken");
  }),
  slow: t.procedure.query(async function* () {
    yield 1;
    yield 2;
    return 3;
  }),
  ticks: t.procedure.input(z.number()).subscription(async function* ({ input }) {
    for (let i = 0; i < input; i++) yield tracked(String(i), { tick: i });
  }),
});

const seenErrors: string[] = [];

function ask(path: string, init?: RequestInit): Promise<Response> {
  return fetchRequestHandler({
    endpoint: "/trpc",
    req: new Request(`http://api.test/trpc/${path}`, init),
    router,
    createContext: ({ req }) => ({ user: req.headers.get("authorization") }),
    onError: ({ error }) => void seenErrors.push(error.code),
    responseMeta: () => ({ headers: { "x-meta": "1" } }),
  });
}

const input = (value: unknown) => `input=${encodeURIComponent(JSON.stringify(value))}`;
const post = (value: unknown): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});

test("@trpc/server answers queries", async () => {
  const response = await ask(`hello?${input("Ada")}`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("x-meta"), "1");
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.deepEqual(await response.json(), { result: { data: "Hello, Ada!" } });
});

test("@trpc/server answers mutations of nested routers", async () => {
  const response = await ask("nested.add", post({ a: 1, b: 2 }));
  assert.deepEqual(await response.json(), { result: { data: 3 } });
});

test("@trpc/server answers batches", async () => {
  const response = await ask(`hello,whoami?batch=1&${input({ 0: "a" })}`, {
    headers: { authorization: "ada" },
  });
  assert.deepEqual(await response.json(), [
    { result: { data: "Hello, a!" } },
    { result: { data: "ada" } },
  ]);
});

test("@trpc/server streams batches line by line", async () => {
  const response = await ask(`hello,slow?batch=1&${input({ 0: "a" })}`, {
    headers: { "trpc-accept": "application/jsonl" },
  });
  assert.equal(response.headers.get("content-type"), "application/json");
  const lines = (await response.text()).trim().split("\n");
  assert.ok(lines.length > 2, lines.join("\n"));
  assert.ok(lines.some((line) => line.includes("Hello, a!")));
  for (const line of lines) JSON.parse(line);
});

test("@trpc/server maps errors to statuses", async () => {
  assert.equal((await ask("whoami")).status, 401);
  const invalid = await ask(`hello?${input(1)}`);
  assert.equal(invalid.status, 400);
  const { error } = (await invalid.json()) as { error: { data: { code: string; path: string } } };
  assert.deepEqual([error.data.code, error.data.path], ["BAD_REQUEST", "hello"]);
  assert.equal((await ask("nowhere")).status, 404);
  assert.equal((await ask("bug")).status, 500);
  assert.equal((await ask("hello", post("Ada"))).status, 405);
  assert.deepEqual(seenErrors, [
    "UNAUTHORIZED",
    "BAD_REQUEST",
    "NOT_FOUND",
    "INTERNAL_SERVER_ERROR",
    "METHOD_NOT_SUPPORTED",
  ]);
});

test("@trpc/server takes form data", async () => {
  const form = new FormData();
  form.set("file", new File(["contents"], "a.txt"));
  const response = await ask("upload", { method: "POST", body: form });
  assert.deepEqual(await response.json(), { result: { data: "a.txt: contents" } });
});

test("@trpc/server streams subscriptions as server-sent events", async () => {
  const response = await ask(`ticks?${input(2)}`, { headers: { accept: "text/event-stream" } });
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  const text = await response.text();
  assert.ok(text.includes('data: {"tick":0}\nid: 0'), text);
  assert.ok(text.includes('data: {"tick":1}\nid: 1'), text);
  assert.ok(text.includes("event: return"), text);
});

test("@trpc/server stops a subscription whose reader is gone", async () => {
  const response = await ask(`ticks?${input(1_000_000)}`, {
    headers: { accept: "text/event-stream" },
  });
  const reader = response.body!.getReader();
  const { value } = await reader.read();
  assert.ok(value!.byteLength > 0);
  await reader.cancel();
  assert.equal((await reader.read()).done, true);
});

test("@trpc/server calls procedures directly", async () => {
  const caller = t.createCallerFactory(router)({ user: "ada" });
  assert.equal(await caller.whoami(), "ada");
  assert.equal(await caller.nested.add({ a: 2, b: 2 }), 4);
});
