// An app that others should not hold up. It passes on what is below /call to another one.
interface Env {
  OTHER?: { fetch(url: string): Promise<Response> };
}

export default {
  fetch(request: Request, env: Env): Response | Promise<Response> {
    if (env.OTHER && request.url.endsWith("/call")) return env.OTHER.fetch("http://other/");
    return new Response("quiet\n");
  },
};
