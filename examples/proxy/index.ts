// A reverse proxy: requests go to another server and answers come back, headers and bodies of any size
// included, while the app holds none of them. It asks the app `stream` of this server, as `services` in
// ../nano.yaml has it, or the address in the variable PROXY_UPSTREAM when the server is started with one.
//
//   curl -i 'http://proxy.localhost:8080/count?to=3'
//   curl -N http://proxy.localhost:8080/ticks
//   curl -T README.md http://proxy.localhost:8080/shout
//   PROXY_UPSTREAM=http://localhost:3000 make serve

interface Env {
  /** Where to: "https://api.example.com". Empty: to the service. */
  UPSTREAM?: string;
  /** An app of this server. */
  STREAM?: { fetch: typeof fetch };
}

const VIA = "1.1 nano-proxy";

/** The request as it goes on: same method, headers and body. A client that leaves ends it. */
function onwards(request: Request, upstream: string): Request {
  const here = new URL(request.url);
  const there = new URL(upstream);
  // Not new URL(path, upstream): a path such as "//evil.example/" would lead somewhere else.
  there.pathname = here.pathname;
  there.search = here.search;
  // Where a redirect leads is the client's business.
  const next = new Request(new Request(there, request), { redirect: "manual" });
  next.headers.set("x-forwarded-host", here.host);
  // Who asks, as the server has found out (docs/clients.md), whatever the client has written here.
  next.headers.set("x-forwarded-for", request.headers.get("cf-connecting-ip") ?? "unknown");
  next.headers.append("via", VIA);
  return next;
}

/** A failed call as the client is told of it: the details are the log's. */
function failure(error: unknown): Response {
  const code = String((error as { cause?: { code?: unknown } }).cause?.code);
  console.error(error);
  return code.endsWith("TIMEOUT") || code === "ETIMEDOUT"
    ? new Response("the upstream takes too long\n", { status: 504 })
    : new Response("the upstream does not answer\n", { status: 502 });
}

export default {
  async fetch(request: Request, { UPSTREAM, STREAM }: Env): Promise<Response> {
    // Its own, for who watches it; the rest is passed on.
    if (new URL(request.url).pathname === "/-/health") return new Response("ok\n");
    if (!UPSTREAM && !STREAM) {
      return new Response("set UPSTREAM, or bind STREAM, in nano.yaml\n", { status: 503 });
    }
    try {
      const answer = UPSTREAM
        ? await fetch(onwards(request, UPSTREAM))
        : await STREAM!.fetch(onwards(request, request.url));
      // Its body goes to the client as it comes, event by event, and compressed if the client takes that.
      const response = new Response(answer.body, answer);
      response.headers.append("via", VIA);
      return response;
    } catch (error) {
      // The client has left: there is nobody to answer.
      if (request.signal.aborted) throw error;
      return failure(error);
    }
  },
};
