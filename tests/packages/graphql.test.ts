// graphql-yoga and @whatwg-node/server: queries, mutations, subscriptions as server-sent events, file
// uploads, plugins; the server adapter's middleware.
import {
  createServerAdapter,
  useContentEncoding,
  useCORS,
  useErrorHandling,
} from "@whatwg-node/server";
import { createPubSub, createSchema, createYoga } from "graphql-yoga";
import { GraphQLError } from "graphql";
import { assert, test } from "../web/harness.ts";

const pubSub = createPubSub<{ added: [number] }>();
const ended: string[] = [];

const yoga = createYoga<{ tenant?: string }>({
  logging: false,
  maskedErrors: true,
  graphiql: true,
  cors: { origin: ["https://a.test"], credentials: true },
  schema: createSchema({
    typeDefs: /* GraphQL */ `
      scalar File
      type Book {
        id: ID!
        title: String!
        pages(chapter: Int = 1): [Int!]!
      }
      type Query {
        hello(name: String!): String!
        books: [Book!]!
        tenant: String
        secret: String
        denied: String
      }
      type Mutation {
        add(n: Int!): Int!
        upload(file: File!): String!
      }
      type Subscription {
        countdown(from: Int!): Int!
        added: Int!
      }
    `,
    resolvers: {
      Query: {
        hello: (_, { name }: { name: string }) => `Hello, ${name}!`,
        books: async () => [{ id: 1, title: "Emma" }],
        tenant: (_, __, context: { tenant?: string }) => context.tenant,
        secret: () => {
          throw new Error("password: hunter2");
        },
        denied: () => {
          throw new GraphQLError("denied", { extensions: { code: "FORBIDDEN" } });
        },
      },
      Book: { pages: (_, { chapter }: { chapter: number }) => [chapter, chapter + 1] },
      Mutation: {
        add: (_, { n }: { n: number }) => {
          pubSub.publish("added", n);
          return n;
        },
        upload: async (_, { file }: { file: File }) => `${file.name}: ${await file.text()}`,
      },
      Subscription: {
        countdown: {
          async *subscribe(_, { from }: { from: number }) {
            try {
              for (let i = from; i >= 0; i--) yield { countdown: i };
            } finally {
              ended.push("countdown");
            }
          },
        },
        added: {
          subscribe: () => pubSub.subscribe("added"),
          resolve: (n: number) => n,
        },
      },
    },
  }),
});

async function execute(body: unknown, headers: Record<string, string> = {}, context = {}) {
  const response = await yoga.fetch(
    new Request("http://api.test/graphql", {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    }),
    context,
  );
  return response;
}

test("graphql-yoga answers queries with variables and aliases", async () => {
  const response = await execute({
    query: "query ($n: String!) { a: hello(name: $n) books { title pages(chapter: 3) } }",
    variables: { n: "Ada" },
  });
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), {
    data: { a: "Hello, Ada!", books: [{ title: "Emma", pages: [3, 4] }] },
  });
});

test("graphql-yoga answers GET, with the GraphQL response type", async () => {
  const url = new URL("http://api.test/graphql");
  url.searchParams.set("query", '{ hello(name: "GET & co") }');
  const accept = "application/graphql-response+json";
  const response = await yoga.fetch(url, { headers: { accept } });
  assert.ok(response.headers.get("content-type")!.startsWith(accept));
  assert.deepEqual(await response.json(), { data: { hello: "Hello, GET & co!" } });
});

test("graphql-yoga passes the server's context on", async () => {
  const response = await execute({ query: "{ tenant }" }, {}, { tenant: "acme" });
  assert.deepEqual(await response.json(), { data: { tenant: "acme" } });
});

test("graphql-yoga masks unexpected errors and shows expected ones", async () => {
  const { errors } = (await (await execute({ query: "{ secret denied }" })).json()) as {
    errors: { message: string; path: string[]; extensions?: { code?: string } }[];
  };
  const [denied, secret] = errors.sort((a, b) => (a.path[0]! < b.path[0]! ? -1 : 1));
  assert.equal(secret!.message, "Unexpected error.");
  assert.equal(denied!.message, "denied");
  assert.equal(denied!.extensions!.code, "FORBIDDEN");
});

test("graphql-yoga validates", async () => {
  const wrong = await execute({ query: "{ nothing }" });
  const { errors } = (await wrong.json()) as { errors: { message: string }[] };
  assert.ok(errors[0]!.message.includes('Cannot query field "nothing"'), errors[0]!.message);
  assert.equal((await yoga.fetch("http://api.test/elsewhere")).status, 404);
});

test("graphql-yoga streams subscriptions as server-sent events", async () => {
  const accept = "text/event-stream";
  const response = await execute({ query: "subscription { countdown(from: 2) }" }, { accept });
  assert.equal(response.headers.get("content-type"), accept);
  const text = await response.text();
  const values = [...text.matchAll(/"countdown":(\d)/g)].map(([, n]) => n);
  assert.deepEqual(values, ["2", "1", "0"]);
  assert.ok(text.includes("event: complete"), text);
  assert.deepEqual(ended, ["countdown"]);
});

test("graphql-yoga subscriptions hear what mutations publish, until they are cancelled", async () => {
  const accept = "text/event-stream";
  const response = await execute({ query: "subscription { added }" }, { accept });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let heard = "";
  const pump = (async () => {
    while (!heard.includes('"added":7')) {
      const { done, value } = await reader.read();
      if (done) break;
      heard += value;
    }
  })();
  await execute({ query: "mutation { add(n: 7) }" });
  await pump;
  assert.ok(heard.includes('"added":7'), heard);
  await reader.cancel();
});

test("graphql-yoga takes multipart uploads", async () => {
  const form = new FormData();
  const query = "mutation ($file: File!) { upload(file: $file) }";
  form.set("operations", JSON.stringify({ query, variables: { file: null } }));
  form.set("map", JSON.stringify({ 0: ["variables.file"] }));
  form.set("0", new File(["contents"], "a.txt", { type: "text/plain" }));
  const response = await yoga.fetch("http://api.test/graphql", { method: "POST", body: form });
  assert.deepEqual(await response.json(), { data: { upload: "a.txt: contents" } });
});

test("graphql-yoga answers preflights and serves GraphiQL", async () => {
  const preflight = await yoga.fetch("http://api.test/graphql", {
    method: "OPTIONS",
    headers: { origin: "https://a.test", "access-control-request-method": "POST" },
  });
  assert.equal(preflight.headers.get("access-control-allow-origin"), "https://a.test");
  const page = await yoga.fetch("http://api.test/graphql", { headers: { accept: "text/html" } });
  assert.ok(page.headers.get("content-type")!.startsWith("text/html"));
  assert.ok((await page.text()).includes("<title>Yoga GraphiQL</title>"));
});

test("@whatwg-node/server adapts a handler", async () => {
  const waited: Promise<unknown>[] = [];
  const adapter = createServerAdapter<{ user?: string }>((request, context) => {
    context.waitUntil(Promise.resolve("done") as never);
    return Response.json({ path: new URL(request.url).pathname, user: context.user });
  });
  // As Workers call it: fetch(request, env, ctx).
  const ctx = { waitUntil: (promise: Promise<unknown>) => void waited.push(promise) } as never;
  const response = await adapter.fetch(new Request("http://a.test/x"), { user: "ada" }, ctx);
  assert.deepEqual(await response.json(), { path: "/x", user: "ada" });
  assert.equal(await waited[0], "done");
});

test("@whatwg-node/server plugins: CORS, errors, content encoding", async () => {
  const adapter = createServerAdapter(
    async (request) => {
      if (request.url.endsWith("/error")) throw new Error("broken");
      return new Response(`got ${await request.text()}`);
    },
    {
      plugins: [
        useCORS({ origin: "https://a.test" }),
        useErrorHandling((error) => new Response(`caught ${error.message}`, { status: 500 })),
        useContentEncoding(),
      ],
    },
  );
  const failed = await adapter.fetch("http://a.test/error");
  assert.equal(`${failed.status} ${await failed.text()}`, "500 caught broken");
  const compressed = new Blob(["hello"]).stream().pipeThrough(new CompressionStream("gzip"));
  const response = await adapter.fetch("http://a.test/", {
    method: "POST",
    headers: { "content-encoding": "gzip", "accept-encoding": "gzip", origin: "https://a.test" },
    body: compressed,
    duplex: "half",
  } as RequestInit);
  assert.equal(response.headers.get("content-encoding"), "gzip");
  assert.equal(response.headers.get("access-control-allow-origin"), "https://a.test");
  const text = response.body!.pipeThrough(new DecompressionStream("gzip"));
  assert.equal(await new Response(text).text(), "got hello");
});
