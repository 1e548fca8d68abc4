// One answer made of several: calls in parallel, each with the same time to answer. What fails or is late
// is named under `missing`, and the rest is answered all the same.
//
//   curl http://aggregate.localhost:8080/users/1
//   curl 'http://aggregate.localhost:8080/users/1?within=100'
//   curl http://aggregate.localhost:8080/users/9
//   AGGREGATE_NEWS=https://api.example.com/news.json make serve

type Service = { fetch: typeof fetch };

interface Env {
  /** The app `router`, by `services` in ../nano.yaml. */
  USERS?: Service;
  /** The app `stream`, which takes most of a second. */
  EVENTS?: Service;
  /** The URL of something in JSON, by the variable AGGREGATE_NEWS. */
  NEWS?: string;
}

/** The answer, if it is one of use. */
async function good(answer: Promise<Response>): Promise<Response> {
  const response = await answer;
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response;
}

function reasonOf({ name, message }: Error): string {
  return name === "TimeoutError" ? "too late" : message;
}

function bound(service: Service | undefined, name: string): Service {
  if (service === undefined) throw new Error(`no service ${name} in nano.yaml`);
  return service;
}

/** Each starts its call; the host of a service's URL is that service's own business. */
const parts: Record<string, (env: Env, id: string, signal: AbortSignal) => Promise<unknown>> = {
  async user({ USERS }, id, signal) {
    const users = bound(USERS, "USERS");
    return (await good(users.fetch(`http://users/users/${id}`, { signal }))).json();
  },
  async events({ EVENTS }, _id, signal) {
    const events = bound(EVENTS, "EVENTS");
    const text = await (await good(events.fetch("http://events/ticks", { signal }))).text();
    return text.match(/^data: /gm)!.length;
  },
  async news({ NEWS }, _id, signal) {
    if (!NEWS) throw new Error("no address: set AGGREGATE_NEWS in the server's environment");
    return (await good(fetch(NEWS, { signal }))).json();
  },
};

async function overview(env: Env, id: string, signal: AbortSignal): Promise<Response> {
  const names = Object.keys(parts);
  const outcomes = await Promise.allSettled(names.map((name) => parts[name]!(env, id, signal)));
  const found: Record<string, unknown> = {};
  const missing: Record<string, string> = {};
  for (const [index, outcome] of outcomes.entries()) {
    const name = names[index]!;
    if (outcome.status === "fulfilled") found[name] = outcome.value;
    else missing[name] = reasonOf(outcome.reason as Error);
  }
  const status = Object.keys(found).length > 0 ? 200 : 502;
  return Response.json({ ...found, missing }, { status });
}

export default {
  fetch(request: Request, env: Env): Response | Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/") return new Response("try /users/1\n");
    const [, id] = /^\/users\/(\d+)$/.exec(pathname) ?? [];
    if (id === undefined) return new Response("not found\n", { status: 404 });
    const within = Number(searchParams.get("within") ?? 2000);
    if (!(within >= 0 && within <= 10_000)) {
      return new Response("within: 0 to 10000 milliseconds\n", { status: 400 });
    }
    // A client that leaves ends the calls as well; the time is for their heads and bodies.
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(within)]);
    return overview(env, id, signal);
  },
};
